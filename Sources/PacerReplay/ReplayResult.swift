public import PacerPlatform
public import PacerUnits

/// A stretch of a replay in which one job kept its cores and their frequency.
public struct ReplaySegment: Hashable, Sendable {
    /// Index of the job in the workload.
    public var job: Int
    /// When it began.
    public var start: Instant
    /// When it was over.
    public var end: Instant
    /// Ascending.
    public var cores: [CoreID]
    /// What the cores ran at.
    public var frequency: Hertz
    /// Work done, in seconds of the job's run time in the trace; a job is done when its segments add up to
    /// it. A change of configuration does none.
    public var work: Double

    /// A stretch of `job` from `start` to `end`.
    public init(job: Int, start: Instant, end: Instant, cores: [CoreID], frequency: Hertz, work: Double) {
        self.job = job
        self.start = start
        self.end = end
        self.cores = cores
        self.frequency = frequency
        self.work = work
    }
}

/// What became of one job of a replay.
public struct ReplayedJob: Hashable, Sendable {
    /// Why a job was never run.
    public enum Refusal: String, Hashable, Sendable, Codable {
        /// It needs more cores than the machine has.
        case tooWide
    }

    /// When it got its first cores; `nil` when it never did.
    public var started: Instant?
    /// When all its work was done; `nil` when it never was.
    public var finished: Instant?
    /// Energy of its cores.
    public var coreEnergy: Joules
    /// Its part of the uncore energy, shared among the jobs that run at the time by their number of cores.
    public var uncoreEnergy: Joules
    /// Changes of its configuration while it ran.
    public var switches: Int
    /// Why it was never run; `nil` when it was.
    public var refusal: Refusal?

    /// A job that has not run yet.
    public init() {
        coreEnergy = .zero
        uncoreEnergy = .zero
        switches = 0
    }

    /// Its energy above idle: cores and its part of the uncore.
    public var energy: Joules { coreEnergy + uncoreEnergy }
}

/// Where the energy of a replay went. The three add up to the total, and so do the jobs and `idle`.
public struct ReplayEnergy: Hashable, Sendable {
    /// Idle power over the whole horizon.
    public var idle: Joules
    /// Uncore power while any core was busy.
    public var uncore: Joules
    /// Every busy core.
    public var cores: Joules

    /// Energy of these components.
    public init(idle: Joules, uncore: Joules, cores: Joules) {
        self.idle = idle
        self.uncore = uncore
        self.cores = cores
    }

    /// All of it.
    public var total: Joules { idle + uncore + cores }
}

/// What a policy made of a workload. All joules are modelled.
public struct ReplayResult: Sendable {
    /// The policy's name.
    public var policy: String
    /// One a job of the workload, in its order.
    public var jobs: [ReplayedJob]
    /// By start, then job; empty when they were not asked for.
    public var segments: [ReplaySegment]
    /// Over the horizon.
    public var energy: ReplayEnergy
    /// From the first submission…
    public var start: Instant
    /// … to the last deadline or the last finish, whichever is later.
    public var end: Instant
    /// Core-time in which cores were given to jobs, over all core-time from the first submission to the last
    /// finish.
    public var utilisation: Double
    /// Changes of configuration of all jobs.
    public var switches: Int

    /// A result of these parts.
    public init(
        policy: String, jobs: [ReplayedJob], segments: [ReplaySegment], energy: ReplayEnergy, start: Instant,
        end: Instant, utilisation: Double, switches: Int
    ) {
        self.policy = policy
        self.jobs = jobs
        self.segments = segments
        self.energy = energy
        self.start = start
        self.end = end
        self.utilisation = utilisation
        self.switches = switches
    }
}
