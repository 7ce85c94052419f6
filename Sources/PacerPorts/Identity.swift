/// As whom a program runs: all that the kernel goes by when it decides what the program may do.
public struct Identity: Hashable, Sendable {
    /// Its user.
    public var userID: UInt32
    /// Its primary group.
    public var groupID: UInt32
    /// Its supplementary groups, and no others.
    public var groups: [UInt32]
    /// What it may use; a resource that is not mentioned is limited as the daemon is.
    public var limits: [ResourceLimit]

    /// The identity of a user with these groups and limits.
    public init(userID: UInt32, groupID: UInt32, groups: [UInt32], limits: [ResourceLimit]) {
        self.userID = userID
        self.groupID = groupID
        self.groups = groups
        self.limits = limits
    }
}

/// How much of one resource a process may use; setrlimit(2).
public struct ResourceLimit: Hashable, Sendable, Codable {
    /// The number of the resource, `RLIMIT_…`.
    public var resource: Int32
    /// The limit that holds, in the unit of the resource; `nil` for none.
    public var soft: UInt64?
    /// How far the process may raise it; `nil` for no end.
    public var hard: UInt64?

    /// A limit of the resource with this number.
    public init(resource: Int32, soft: UInt64?, hard: UInt64?) {
        self.resource = resource
        self.soft = soft
        self.hard = hard
    }
}

extension JobSubmission {
    /// As whom the job is to run where the daemon can become its submitter.
    public var identity: Identity {
        Identity(userID: userID, groupID: groupID, groups: groups ?? [], limits: limits ?? [])
    }
}
