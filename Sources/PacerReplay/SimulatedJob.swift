public import PacerPlatform
public import PacerScheduling
public import PacerUnits

/// A job of the simulated machine: when it comes, how much it has to do, and how fast it does it where.
public struct SimulatedJob: Sendable {
    /// What the engine is told of it.
    public var request: JobRequest
    /// Work in the job's own units.
    public var work: Double
    /// Whether the job declares its progress and total; otherwise only its processor time is seen.
    public var declaresProgress: Bool
    /// Whether what it declares has the total, too.
    public var declaresTotal = true
    /// The truth: work per second at a configuration.
    public var rate: @Sendable (Configuration) -> Double
    /// The truth: share of its cores' time in which the job keeps them busy.
    public var busyShare: @Sendable (Configuration) -> Double
    /// The truth: the job's factor on the machine's core power.
    public var activity: Double
    /// The truth, where it was measured: power of the whole machine with this job alone on it. Without it the
    /// machine's power model and ``activity`` say.
    public var machinePower: (@Sendable (Configuration) -> Watts)?
    /// The code it exits with when its work is done.
    public var exitCode: Int32

    /// A job that declares progress and keeps its cores busy, unless said otherwise.
    public init(
        request: JobRequest, work: Double, declaresProgress: Bool = true, activity: Double = 1,
        exitCode: Int32 = 0, machinePower: (@Sendable (Configuration) -> Watts)? = nil,
        busyShare: @escaping @Sendable (Configuration) -> Double = { _ in 1 },
        rate: @escaping @Sendable (Configuration) -> Double
    ) {
        self.request = request
        self.work = work
        self.declaresProgress = declaresProgress
        self.activity = activity
        self.machinePower = machinePower
        self.exitCode = exitCode
        self.busyShare = busyShare
        self.rate = rate
    }
}

/// A stretch of time in which a job ran at one configuration.
public struct TimelineSegment: Hashable, Sendable {
    /// The job that ran.
    public var job: JobID
    /// When the stretch began.
    public var start: Instant
    /// When it was over.
    public var end: Instant
    /// The cores the job had.
    public var cores: [CoreID]
    /// What the cores ran at.
    public var frequency: Hertz
    /// What was done of the job's work, in its own units; zero while it changed its configuration.
    public var work: Double

    /// A stretch of `job` from `start` to `end`.
    public init(job: JobID, start: Instant, end: Instant, cores: [CoreID], frequency: Hertz, work: Double) {
        self.job = job
        self.start = start
        self.end = end
        self.cores = cores
        self.frequency = frequency
        self.work = work
    }
}

/// What a simulation ended with.
public struct SimulationResult: Sendable {
    /// The last record of every job, ascending.
    public var records: [JobRecord]
    /// In order of time, then job.
    public var timeline: [TimelineSegment]
    /// Energy of the machine from time zero to the end.
    public var energy: Joules
    /// When the last event happened.
    public var end: Instant
    /// What the engine remembered of classes, the last per class.
    public var profiles: [String: ClassProfile]
    /// Every event and what was ordered, where the simulation was to keep that.
    public var journal: [JournalEntry]
}
