/// A policy that jobs can be submitted with.
public struct PolicyView: Hashable, Sendable, Codable {
    /// The name it is selected by.
    public var name: String
    /// What it does, in one sentence.
    public var summary: String
    /// Which energy its predictions count: `horizon` or `run`.
    public var accounting: String
    /// Share of the remaining time that is kept in hand, 0…1.
    public var marginRatio: Double
    /// Whether the job is probed for it.
    public var wantsProfile: Bool
    /// Whether jobs get it that name none.
    public var isDefault: Bool
    /// The order in which waiting jobs are served where it is the default: `edf`, `fcfs` or `easy-backfill`;
    /// `nil` from a daemon that does not say.
    public var queue: String?
    /// How much faster than its deadline asks a job that shares the machine is run, at least 1.
    public var hasteRatio: Double?
    /// Whoever would be alone waits for others until its time left is so many times what it takes alone;
    /// `nil` where nobody waits.
    public var patienceRatio: Double?
    /// Whether jobs that run may be paused for more urgent ones.
    public var preempts: Bool?

    /// A policy as the daemon knows it.
    public init(
        name: String, summary: String, accounting: String, marginRatio: Double, wantsProfile: Bool,
        isDefault: Bool, queue: String? = nil
    ) {
        self.name = name
        self.summary = summary
        self.accounting = accounting
        self.marginRatio = marginRatio
        self.wantsProfile = wantsProfile
        self.isDefault = isDefault
        self.queue = queue
    }
}

/// The body of `GET /v1/policies`.
public struct PolicyList: Hashable, Sendable, Codable {
    /// By name.
    public var policies: [PolicyView]

    /// A list of these policies.
    public init(policies: [PolicyView]) { self.policies = policies }
}
