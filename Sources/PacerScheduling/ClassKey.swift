/// A class of jobs: users do not learn from each other's.
public struct ClassKey: Hashable, Comparable, Sendable {
    /// Whose jobs; `nil` where all jobs are one user's.
    public var user: UserID?
    /// The name of the class.
    public var name: String

    /// The class `name` of a user's jobs.
    public init(user: UserID?, name: String) {
        self.user = user
        self.name = name
    }

    /// The class that a job belongs to.
    public init(_ request: JobRequest) { self.init(user: request.user, name: request.className) }

    /// The class that is remembered.
    public init(_ profile: ClassProfile) { self.init(user: profile.user, name: profile.className) }

    /// Orders by user, those of no user first, then by name.
    public static func < (left: ClassKey, right: ClassKey) -> Bool {
        (left.user?.number ?? -1, left.name) < (right.user?.number ?? -1, right.name)
    }
}
