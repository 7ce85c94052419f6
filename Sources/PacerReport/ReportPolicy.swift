public import PacerUnits

/// What a policy made of its jobs.
public struct ReportPolicy: Hashable, Sendable, Codable {
    /// Its name.
    public var name: String
    /// Where the energy went.
    public var energy: ReportEnergy
    /// No schedule takes less, proven; `nil` where no bound is known.
    public var bound: Joules?
    /// What its energy is counted up to.
    public var horizon: Seconds
    /// Its figures.
    public var summary: ReportSummary
    /// One a job.
    public var outcomes: [ReportOutcome]
    /// By start; empty where they were not kept.
    public var segments: [ReportSegment]

    /// A policy with its figures; outcomes and segments are set afterwards.
    public init(
        name: String, energy: ReportEnergy, bound: Joules?, horizon: Seconds, summary: ReportSummary
    ) {
        self.name = name
        self.energy = energy
        self.bound = bound
        self.horizon = horizon
        self.summary = summary
        outcomes = []
        segments = []
    }

    /// Energy above the bound as a share of the bound; `nil` without a bound.
    public var gap: Double? { bound.flatMap { $0 > .zero ? energy.total / $0 - 1 : nil } }

    private enum CodingKeys: String, CodingKey {
        case name, energy, summary, outcomes, segments
        case bound = "bound_j"
        case horizon = "horizon_s"
    }
}

/// Where energy went. Parts that are known add up to the total.
public struct ReportEnergy: Hashable, Sendable, Codable {
    /// All of it.
    public var total: Joules
    /// Idle power over the horizon; `nil` where unknown or not counted.
    public var idle: Joules?
    /// Uncore power while any core was busy; `nil` where unknown.
    public var uncore: Joules?
    /// Busy cores; `nil` where unknown.
    public var cores: Joules?

    /// Energy by component.
    public init(idle: Joules, uncore: Joules, cores: Joules) {
        total = idle + uncore + cores
        self.idle = idle
        self.uncore = uncore
        self.cores = cores
    }

    /// Energy of unknown components.
    public init(total: Joules) { self.total = total }

    private enum CodingKeys: String, CodingKey {
        case total = "total_j"
        case idle = "idle_j"
        case uncore = "uncore_j"
        case cores = "cores_j"
    }
}

/// Figures over the jobs of a policy.
public struct ReportSummary: Hashable, Sendable, Codable {
    /// How many jobs.
    public var jobs: Int
    /// How many of them have a deadline.
    public var withDeadline: Int
    /// How many of those missed it.
    public var misses: Int
    /// How many jobs never ran.
    public var neverRan: Int
    /// The longest that a job was late; zero when none was.
    public var maxTardiness: Seconds
    /// Mean of start minus submission; `nil` when no job started.
    public var meanWait: Seconds?
    /// Mean of turnaround over run time; `nil` when unknown.
    public var meanSlowdown: Double?
    /// Share of all core-time in which cores were given to jobs, 0…1; `nil` when unknown.
    public var utilisation: Double?
    /// Changes of configuration; `nil` when unknown.
    public var switches: Int?

    /// Figures of `jobs` jobs; the rest is set afterwards.
    public init(jobs: Int) {
        self.jobs = jobs
        withDeadline = 0
        misses = 0
        neverRan = 0
        maxTardiness = .zero
    }

    private enum CodingKeys: String, CodingKey {
        case jobs, misses, utilisation, switches
        case withDeadline = "with_deadline"
        case neverRan = "never_ran"
        case maxTardiness = "max_tardiness_s"
        case meanWait = "mean_wait_s"
        case meanSlowdown = "mean_slowdown"
    }
}

/// A stretch in which a job kept its cores and their frequency.
public struct ReportSegment: Hashable, Sendable, Codable {
    /// Index of the job.
    public var job: Int
    /// When it began.
    public var start: Seconds
    /// When it was over.
    public var end: Seconds
    /// Numbers of the cores, ascending.
    public var cores: [Int]
    /// In kHz; `nil` where frequency cannot be chosen.
    public var frequencyKilohertz: Int?
    /// Power of these cores above idle; in a replay without uncore power, live with its part of it.
    public var power: Watts

    /// A stretch of a job.
    public init(
        job: Int, start: Seconds, end: Seconds, cores: [Int], frequencyKilohertz: Int?, power: Watts
    ) {
        self.job = job
        self.start = start
        self.end = end
        self.cores = cores
        self.frequencyKilohertz = frequencyKilohertz
        self.power = power
    }

    private enum CodingKeys: String, CodingKey {
        case job, cores
        case start = "start_s"
        case end = "end_s"
        case frequencyKilohertz = "freq_khz"
        case power = "power_w"
    }
}
