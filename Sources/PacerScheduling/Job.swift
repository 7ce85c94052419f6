public import PacerModels
public import PacerPlatform
public import PacerUnits

/// What the engine needs to know of a submitted job. What its program is, only the driver knows.
public struct JobRequest: Hashable, Sendable, Codable {
    /// The job's number.
    public var id: JobID
    /// Jobs of one class are expected to behave alike, and share what is learnt.
    public var className: String
    /// When the job was accepted.
    public var submitted: Instant
    /// The latest acceptable finish; `nil` for none.
    public var deadline: Instant?
    /// How it may use cores.
    public var shape: JobShape
    /// The name of the policy that plans it.
    public var policy: String
    /// The user's guess of the run time with the whole machine at its top frequency.
    public var estimate: Seconds?
    /// Output beyond this many bytes ends the job; `nil` for no limit.
    public var outputLimit: UInt64?
    /// Whose it is; `nil` where all jobs are one user's.
    public var user: UserID?
    /// True for a job that is not put off for the sake of company, whatever its policy says; else `nil`.
    public var beginsAtOnce: Bool?
    /// True for a job that is not paused for more urgent ones, whatever its policy says; else `nil`.
    public var isNeverPaused: Bool?

    /// A request of the job `id`, submitted at `submitted`.
    public init(
        id: JobID, className: String, submitted: Instant, deadline: Instant?, shape: JobShape, policy: String,
        estimate: Seconds? = nil, outputLimit: UInt64? = nil, user: UserID? = nil,
        beginsAtOnce: Bool? = nil, isNeverPaused: Bool? = nil
    ) {
        self.id = id
        self.className = className
        self.submitted = submitted
        self.deadline = deadline
        self.shape = shape
        self.policy = policy
        self.estimate = estimate
        self.outputLimit = outputLimit
        self.user = user
        self.beginsAtOnce = beginsAtOnce
        self.isNeverPaused = isNeverPaused
    }
}

/// The cores a job has and the frequency it wants them at.
public struct Allocation: Hashable, Sendable, Codable {
    /// Ascending.
    public var cores: [CoreID]
    /// What the frequency domains of the cores are to hold.
    public var frequency: Hertz

    /// An allocation of `cores`, in any order, at `frequency`.
    public init(cores: [CoreID], frequency: Hertz) {
        self.cores = cores.sorted()
        self.frequency = frequency
    }

    /// The allocation without the identity of its cores.
    public var configuration: Configuration { Configuration(cores: cores.count, frequency: frequency) }
}

/// Why a job is being stopped.
public enum StopReason: String, Hashable, Sendable, Codable {
    case cancelled
    case outputLimit
}

/// How a job ended.
public enum Outcome: Hashable, Sendable, Codable {
    /// The program ended by itself.
    case ended(ExitStatus)
    case stopped(StopReason)
    /// The program could not be executed.
    case notStarted(String)
    /// It ran when the daemon died and nobody saw it end.
    case lost

    /// Whether the program ended by itself with exit code 0.
    public var isSuccess: Bool { self == .ended(.exited(code: 0)) }
}

/// Where a job is in its life. Each case carries only what exists in it.
public enum JobState: Hashable, Sendable, Codable {
    case queued
    case starting(Allocation)
    case running(Allocation, since: Instant)
    /// Its processes do not run until there is room for it again; it had this allocation before.
    case paused(Allocation, since: Instant)
    /// Told to end; killed when `killAt` has passed.
    case stopping(Allocation, since: Instant, StopReason, killAt: Instant)
    case finished(Outcome, at: Instant)

    /// The cores and frequency held in this state.
    public var allocation: Allocation? {
        switch self {
        case .queued, .paused, .finished: nil
        case .starting(let allocation), .running(let allocation, _), .stopping(let allocation, _, _, _):
            allocation
        }
    }

    /// What is held, or was held last by a job whose program has not ended.
    public var latestAllocation: Allocation? {
        if case .paused(let allocation, _) = self { allocation } else { allocation }
    }
}

/// A choice that the engine made for a job, kept so that "why" has an answer.
public struct DecisionRecord: Hashable, Sendable, Codable {
    /// What kind of choice it was.
    public enum Kind: String, Hashable, Sendable, Codable {
        case start
        case probe
        case plan
        case sprint
        case note
    }

    /// When the choice was made.
    public var at: Instant
    /// What kind of choice it was.
    public var kind: Kind
    /// The configuration that the choice is about; `nil` for none.
    public var configuration: Configuration?
    /// Why, in words for people.
    public var reason: String

    /// A choice of `configuration` made at `at`, and why.
    public init(at: Instant, kind: Kind, configuration: Configuration?, reason: String) {
        self.at = at
        self.kind = kind
        self.configuration = configuration
        self.reason = reason
    }
}

/// A job's joules, each figure with what it covers. Their source is the machine's.
public struct JobEnergy: Hashable, Sendable, Codable {
    /// The machine's energy while the job ran, other jobs and idle power included.
    public var machineDuringRun: Joules = .zero
    /// The job's part of it: above idle, shared with co-runners by core-time, frequency and activity.
    public var attributed: Joules = .zero
    /// One standard error of `attributed`, without that of the counter itself; `nil` where it was not
    /// estimated.
    public var attributedError: Joules?
    /// The machine's energy from release to deadline (or to the end of the job, if later), the idle tail
    /// included; `nil` until then and for jobs without a deadline.
    public var horizon: Joules?
    /// Time of the run whose energy is not known.
    public var unknown: Seconds = .zero

    /// Nothing counted yet; no horizon has ended.
    public init() {}
}

/// How much work a job is believed to have.
public struct WorkBelief: Hashable, Sendable, Codable {
    /// Where the total comes from.
    public enum Basis: String, Hashable, Sendable, Codable {
        case declared
        case history
        case estimate
        case unknown
    }

    /// Work done so far in the units of `source`.
    public var done: Double = 0
    /// All the work; `nil` when unknown.
    public var total: Double?
    /// What the total of a large run is, or what the submitter guesses where that is more; `nil` where the
    /// total is not from earlier runs.
    public var most: Double?
    /// What the total rests on.
    public var basis: Basis = .unknown
    /// Where `done` comes from; `nil` while nothing is known of it.
    public var source: ProgressSource?

    /// Nothing done, and an unknown total.
    public init() {}

    /// The work that is left; `nil` when unknown. A job past its expected end has 5 % of it left.
    public var remaining: Double? {
        guard let total else { return nil }
        if basis == .declared { return max(0, total - done) }
        return max(total - done, 0.05 * total)
    }

    /// What comes on top of the work that is left, should this be a large run.
    var surplus: Double {
        guard let most, let remaining else { return 0 }
        return max(0, most - done - remaining)
    }
}

/// What is remembered of all jobs of one class on one machine.
public struct ClassProfile: Hashable, Sendable, Codable {
    /// Whose jobs; `nil` where all jobs are one user's.
    public var user: UserID?
    /// The class that is remembered.
    public var className: String
    /// Rates and powers hold on the machine they were measured on.
    public var machineName: String
    /// The units of every rate and amount of work below.
    public var source: ProgressSource
    /// Rate and power at every configuration that was measured.
    public var measurements: [Measurement]
    /// What threads were seen doing, by number of cores.
    public var signals: [ContentionSignals]
    /// Total work of the latest completed runs, oldest first.
    public var work: [Double]
    /// Completed runs so far.
    public var runs: Int
    /// The class's factor on the machine's core power; `nil` while unknown.
    public var activity: ActivityEstimate?
    /// By how much windows of such jobs err more than they claim; `nil` while unknown.
    public var inflation: MeasurementTable.Inflation?

    /// A profile of the class `className` on the machine `machineName`.
    public init(
        className: String, machineName: String, source: ProgressSource, measurements: [Measurement],
        signals: [ContentionSignals], work: [Double], runs: Int, activity: ActivityEstimate? = nil,
        inflation: MeasurementTable.Inflation? = nil, user: UserID? = nil
    ) {
        self.className = className
        self.machineName = machineName
        self.source = source
        self.measurements = measurements
        self.signals = signals
        self.work = work
        self.runs = runs
        self.activity = activity
        self.inflation = inflation
        self.user = user
    }
}
