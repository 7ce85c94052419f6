/// Everything that can be told of a job. Never its environment, which may hold secrets.
public struct JobView: Hashable, Sendable, Codable {
    /// The job's number.
    public var id: Int64
    /// Jobs of one class share what is learnt.
    public var className: String
    /// The program and its arguments.
    public var command: [String]
    /// Where the program started.
    public var workingDirectory: String
    /// Who submitted it.
    public var userID: UInt32
    /// How it may use cores.
    public var shape: ShapeView
    /// The policy that plans it.
    public var policy: String
    /// The user's guess of the run time, in seconds.
    public var estimateS: Double?

    /// Where it is in its life.
    public var state: StateName
    /// How it ended; `nil` before.
    public var outcome: OutcomeView?
    /// When the job's numbers were true, in nanoseconds since the Unix epoch.
    public var nowUnixNs: Int64
    /// When it was submitted, in nanoseconds since the Unix epoch.
    public var submittedUnixNs: Int64
    /// When its program started, in nanoseconds since the Unix epoch.
    public var startedUnixNs: Int64?
    /// When it ended, in nanoseconds since the Unix epoch.
    public var finishedUnixNs: Int64?
    /// The latest acceptable finish, in nanoseconds since the Unix epoch.
    public var deadlineUnixNs: Int64?
    /// When it is expected to end, in nanoseconds since the Unix epoch.
    public var predictedFinishUnixNs: Int64?
    /// Whether the deadline was kept; `nil` without one or before the end.
    public var deadlineKept: Bool?
    /// Deadline minus finish, the predicted one until it has finished, in seconds; below zero when late.
    public var slackS: Double?

    /// The cores it has now and their frequency.
    public var allocation: AllocationView?
    /// The plan in force.
    public var plan: PlanView?
    /// How much work there is.
    public var work: WorkView
    /// What was learnt of it.
    public var learnt: LearntView
    /// Probes made in this run, in order.
    public var probes: [ConfigurationView]
    /// Choices made, in order.
    public var decisions: [DecisionView]
    /// Its joules.
    public var energy: EnergyView
    /// What it was promised; only in the answer to its submission.
    public var admission: AdmissionView?

    /// A job that was just submitted; what comes later is set afterwards.
    public init(
        id: Int64, className: String, command: [String], workingDirectory: String, userID: UInt32,
        shape: ShapeView, policy: String, state: StateName, submittedUnixNs: Int64, nowUnixNs: Int64,
        work: WorkView, learnt: LearntView, energy: EnergyView
    ) {
        self.id = id
        self.className = className
        self.command = command
        self.workingDirectory = workingDirectory
        self.userID = userID
        self.shape = shape
        self.policy = policy
        self.state = state
        self.submittedUnixNs = submittedUnixNs
        self.nowUnixNs = nowUnixNs
        self.work = work
        self.learnt = learnt
        self.energy = energy
        probes = []
        decisions = []
    }

    /// Whether the job has ended.
    public var isFinished: Bool { state == .finished }
}

/// The body of `GET /v1/jobs`.
public struct JobList: Hashable, Sendable, Codable {
    /// Ascending by number.
    public var jobs: [JobView]

    /// A list of these jobs.
    public init(jobs: [JobView]) { self.jobs = jobs }
}
