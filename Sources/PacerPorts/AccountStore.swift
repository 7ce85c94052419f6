public import PacerPlatform
public import PacerScheduling
public import PacerUnits

/// What a job that has ended took: the line of it in accounts of many jobs.
public struct JobAccount: Hashable, Sendable {
    /// The job.
    public var job: JobID
    /// When it ended.
    public var finished: Instant
    /// Whose it was.
    public var userID: UInt32
    /// Its class.
    public var className: String
    /// The policy that planned it.
    public var policy: String
    /// How its joules came to be.
    public var source: EnergySource
    /// Its part of the machine's energy above idle.
    public var attributed: Joules
    /// One standard error of `attributed`; `nil` where it was not estimated.
    public var attributedError: Joules?
    /// Time of its run whose energy is not known.
    public var unknown: Seconds
    /// Cores times the time that it held them.
    public var coreTime: Seconds
    /// Whether its deadline was kept; `nil` without one, and for a job that did not end by itself.
    public var deadlineKept: Bool?

    /// The line of `job`.
    public init(
        job: JobID, finished: Instant, userID: UInt32, className: String, policy: String,
        source: EnergySource,
        attributed: Joules, attributedError: Joules?, unknown: Seconds, coreTime: Seconds, deadlineKept: Bool?
    ) {
        self.job = job
        self.finished = finished
        self.userID = userID
        self.className = className
        self.policy = policy
        self.source = source
        self.attributed = attributed
        self.attributedError = attributedError
        self.unknown = unknown
        self.coreTime = coreTime
        self.deadlineKept = deadlineKept
    }
}

/// What the machine took between two moments, and what of it belongs to no job.
public struct MachineAccount: Hashable, Sendable {
    /// The beginning of the interval.
    public var from: Instant
    /// Its end.
    public var until: Instant
    /// How these joules came to be.
    public var source: EnergySource
    /// All that was counted.
    public var counted: Joules
    /// Drawn by the idle machine, or while no job was busy. What jobs are known to have taken is put right
    /// later, so a part of one interval may be negative; the sum over all of them is not.
    public var idle: Joules
    /// Counted in intervals of which a part is unknown: no job's, and not idle.
    public var unattributed: Joules
    /// Time whose energy is not known; it is in none of the joules.
    public var unknown: Seconds

    /// An interval in which nothing was counted.
    public init(from: Instant, until: Instant, source: EnergySource) {
        self.from = from
        self.until = until
        self.source = source
        counted = .zero
        idle = .zero
        unattributed = .zero
        unknown = .zero
    }

    /// What belongs to jobs, those that still run included.
    public var attributed: Joules { counted - idle - unattributed }
}

/// What the accounts of jobs are grouped by.
public enum AccountGrouping: String, Hashable, Sendable, CaseIterable {
    /// One line a user.
    case user
    /// One line a class.
    case className = "class"
    /// One line a policy.
    case policy
}

/// The accounts of several jobs together, whose joules have one source.
public struct AccountSum: Hashable, Sendable {
    /// What they have in common: a user's number, a class or a policy.
    public var key: String
    /// How their joules came to be.
    public var source: EnergySource
    /// How many they are.
    public var jobs: Int
    /// Their parts of the machine's energy above idle.
    public var attributed: Joules
    /// Their standard errors added: errors of one model do not average out.
    public var attributedError: Joules
    /// Jobs whose error was not estimated, and is not in `attributedError`.
    public var withoutError: Int
    /// Time of their runs whose energy is not known.
    public var unknown: Seconds
    /// Cores times the time that they held them.
    public var coreTime: Seconds
    /// Jobs that ended by themselves and had a deadline.
    public var withDeadline: Int
    /// Those of them that missed it.
    public var missed: Int

    /// The sum of no accounts.
    public init(key: String, source: EnergySource) {
        self.key = key
        self.source = source
        jobs = 0
        attributed = .zero
        attributedError = .zero
        withoutError = 0
        unknown = .zero
        coreTime = .zero
        withDeadline = 0
        missed = 0
    }
}

/// Keeps what jobs and the machine took, in columns that can be added up without reading the jobs. Called
/// from one thread; a change is durable on return.
public protocol AccountStore: AnyObject {
    /// Adds a job's line, or replaces it.
    func enter(_ account: JobAccount) throws(PortError)

    /// Adds an interval of the machine's account.
    func enter(_ account: MachineAccount) throws(PortError)

    /// Jobs that ended at `since` or later, grouped; ascending by source, then key. Of one user for a number.
    func sums(
        by grouping: AccountGrouping, since: Instant, user: UInt32?
    ) throws(PortError) -> [AccountSum]

    /// The machine's account since then, one for each source of joules. Of an interval that began earlier the
    /// part that belongs here is taken to be proportional to its time.
    func machine(since: Instant) throws(PortError) -> [MachineAccount]
}
