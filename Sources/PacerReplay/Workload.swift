public import PacerScheduling
public import PacerUnits

/// One job of a trace, complete with what the trace does not tell and a rule added.
public struct ReplayJob: Hashable, Sendable {
    /// The trace's own number of the job; several jobs may have the same.
    public var number: Int
    /// When it is submitted.
    public var submitted: Instant
    /// Its run time on ``cores`` cores at the machine's top frequency: what fixes its amount of work.
    public var runTime: Seconds
    /// The cores that ``runTime`` is about; a rigid job has exactly these.
    public var cores: Int
    /// What its user said that it would take; `nil` for nothing.
    public var requestedTime: Seconds?
    /// How it may use cores.
    public var shape: JobShape
    /// The latest acceptable finish; `nil` for none.
    public var deadline: Instant?
    /// Index of its kind in the workload.
    public var kind: Int

    /// A job of a trace.
    public init(
        number: Int, submitted: Instant, runTime: Seconds, cores: Int, requestedTime: Seconds?,
        shape: JobShape, deadline: Instant?, kind: Int
    ) {
        self.number = number
        self.submitted = submitted
        self.runTime = runTime
        self.cores = cores
        self.requestedTime = requestedTime
        self.shape = shape
        self.deadline = deadline
        self.kind = kind
    }
}

/// The jobs of a replay.
public struct Workload: Sendable {
    /// What it is called in reports: the names of the traces.
    public var name: String
    /// What the jobs' ``ReplayJob/kind`` points to.
    public var kinds: [JobKind]
    /// By time of submission; at equal times in the order of the trace.
    public var jobs: [ReplayJob]
    /// What was left out or assumed, one sentence each.
    public var notes: [String]

    /// A workload of `jobs`, in the order of the trace.
    public init(name: String, kinds: [JobKind], jobs: [ReplayJob], notes: [String] = []) {
        precondition(
            jobs.allSatisfy { kinds.indices.contains($0.kind) }, "every job is of one of the kinds")
        self.name = name
        self.kinds = kinds
        // The sort is stable, so equal times keep the order of the trace.
        self.jobs = jobs.sorted { $0.submitted < $1.submitted }
        self.notes = notes
    }
}
