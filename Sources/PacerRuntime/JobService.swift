public import PacerModels
public import PacerPlatform
public import PacerPorts
public import PacerScheduling
public import PacerUnits

/// Why a request of a user was refused; `description` is the one sentence they read.
public struct ServiceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of refusal it was; the wire code and the HTTP status follow from it.
    public enum Code: String, Hashable, Sendable {
        case jobNotFound = "job.notFound"
        case jobFinished = "job.finished"
        case invalid = "request.invalid"
        case policyNotFound = "policy.notFound"
        case deadlinePast = "deadline.past"
        case deadlineUnkeepable = "deadline.unkeepable"
        case tooWide = "job.tooWide"
        case notPermitted = "notPermitted"
        case quotaExceeded = "quota.exceeded"
        case storage = "storage.failed"
        case internalFailure = "internal"
    }

    /// What kind of refusal it was.
    public let code: Code
    /// Why, in one sentence for the user.
    public let description: String
    /// Values that belong to the code, for programs.
    public let details: [String: String]

    /// A refusal of kind `code` with the sentence that the user reads.
    public init(_ code: Code, _ description: String, details: [String: String] = [:]) {
        self.code = code
        self.description = description
        self.details = details
    }
}

/// What is done with a job that is known to miss its deadline.
public enum LateChoice: String, Hashable, Sendable, CaseIterable {
    /// It runs, as fast as it can.
    case accept
    /// It is refused.
    case reject
}

/// A job that was accepted, and what it was promised.
public struct AcceptedJob: Hashable, Sendable {
    /// The job as it is now.
    public var job: StoredJob
    /// What could be said of its end when it was accepted.
    public var admission: Admission

    /// A job with its promise.
    public init(job: StoredJob, admission: Admission) {
        self.job = job
        self.admission = admission
    }
}

/// What a policy would do with a job; nothing is done.
public struct PolicyForecast: Hashable, Sendable {
    /// The policy's name.
    public var policy: String
    /// The plan it would make.
    public var plan: Plan

    /// The `plan` that `policy` would make.
    public init(policy: String, plan: Plan) {
        self.policy = policy
        self.plan = plan
    }
}

/// What `pacer plan` tells of a job that was not submitted.
public struct Forecast: Hashable, Sendable {
    /// The name of the policy that the job asks for.
    public var policy: String
    /// The class the job would belong to.
    public var className: String
    /// Completed runs of the class that the forecast rests on; with none it is the machine's prior.
    public var knownRuns: Int
    /// The cores the job would start with now; `nil` when it would have to wait.
    public var startsWith: Allocation?
    /// Probes it would be given first.
    public var probes: [Configuration]
    /// What is believed of every configuration; empty while nothing is known.
    public var estimates: [Estimate]
    /// How much work the job is believed to have.
    public var work: WorkBelief
    /// One a policy, the asked one first, then by name; empty while nothing can be predicted.
    public var forecasts: [PolicyForecast]
    /// What the machine is believed to draw when nothing runs.
    public var idlePower: Watts

    /// A forecast made of these parts.
    public init(
        policy: String, className: String, knownRuns: Int, startsWith: Allocation?, probes: [Configuration],
        estimates: [Estimate], work: WorkBelief, forecasts: [PolicyForecast], idlePower: Watts
    ) {
        self.policy = policy
        self.className = className
        self.knownRuns = knownRuns
        self.startsWith = startsWith
        self.probes = probes
        self.estimates = estimates
        self.work = work
        self.forecasts = forecasts
        self.idlePower = idlePower
    }
}

/// What `pacer inspect` tells of the machine.
public struct MachineReport: Sendable {
    /// Its cores, frequency domains and source of energy.
    public var machine: Machine
    /// Whether the frequency and the energy are those of an emulated machine.
    public var isEmulated: Bool
    /// One sentence each: how frequency is controlled, how jobs are held together, what energy covers.
    public var frequencySummary: String
    /// How the processes of a job are held together.
    public var containment: Containment
    /// Every energy counter, those that are only shown included.
    public var energyDomains: [EnergyDomain]
    /// What is absent or restricted, and what follows.
    public var notes: [String]
    /// Other programs that set the same knobs.
    public var conflicts: [String]
    /// Every control that is or could be changed.
    public var knobs: [Knob]
    /// The frequency that each domain is held at; domains that are not held are missing.
    public var held: [DomainID: Hertz]
    /// The cores that have a CPU online, ascending.
    public var present: [CoreID]
    /// What is believed of the machine's power.
    public var powerModel: PowerModel
    /// Its energy since the meter was opened.
    public var energy: EnergyReading

    /// A report made of these parts.
    public init(
        machine: Machine, isEmulated: Bool, frequencySummary: String, containment: Containment,
        energyDomains: [EnergyDomain], notes: [String], conflicts: [String], knobs: [Knob],
        held: [DomainID: Hertz], powerModel: PowerModel, energy: EnergyReading, present: [CoreID]
    ) {
        self.present = present
        self.machine = machine
        self.isEmulated = isEmulated
        self.frequencySummary = frequencySummary
        self.containment = containment
        self.energyDomains = energyDomains
        self.notes = notes
        self.conflicts = conflicts
        self.knobs = knobs
        self.held = held
        self.powerModel = powerModel
        self.energy = energy
    }
}

/// What the API offers, whoever provides it. Called on the daemon's one thread.
public protocol JobService: AnyObject {
    /// Accepts a job; on return it is durable. One that is known to miss its deadline is refused when it is
    /// to be, and leaves no trace.
    func submit(_ submission: JobSubmission, ifLate: LateChoice) throws(ServiceError) -> AcceptedJob

    /// Accepts jobs, all of them or none; on return they are durable.
    func submit(_ submissions: [JobSubmission], ifLate: LateChoice) throws(ServiceError) -> [JobID]

    /// Tells a job to end. Returns at once; the job ends after a grace period at the latest.
    func cancel(_ id: JobID) throws(ServiceError) -> StoredJob

    func job(_ id: JobID) throws(ServiceError) -> StoredJob

    /// The newest `limit` jobs, ascending by number.
    func jobs(limit: Int?) throws(ServiceError) -> [StoredJob]

    /// The newest `limit` jobs of one user, ascending by number.
    func jobs(limit: Int?, of user: UInt32) throws(ServiceError) -> [StoredJob]

    /// Jobs that hold cores, ascending.
    var running: [JobID] { get }

    /// The folder with a job's `stdout` and `stderr`.
    func folder(of id: JobID) -> String

    /// Calls `action` once, on this thread, when the job has finished (and, with `horizon`, its energy up to
    /// the deadline is known); at once if that is so already.
    func whenFinished(_ id: JobID, horizon: Bool, _ action: @escaping @Sendable () -> Void)
        throws(ServiceError)

    func forecast(_ submission: JobSubmission) throws(ServiceError) -> Forecast

    /// Why a job runs, or ran, at what it does.
    func explanation(of job: StoredJob) -> Explanation

    /// Every policy, by name.
    var policies: [any Policy] { get }
    var defaultPolicy: String { get }

    func machineReport() throws(ServiceError) -> MachineReport

    /// The segments of the event journal, oldest first; `nil` where none is kept.
    func journalSegments() throws(ServiceError) -> [JournalSegment]?

    /// Called for every event while somebody waits for one; `nil` when nobody does. It must not ask the
    /// service anything at that moment.
    var onEvent: ((ServiceEvent) -> Void)? { get set }

    /// The first `limit` events behind `sequence` that `isMeant` takes.
    func events(after sequence: Int64, limit: Int, where isMeant: (ServiceEvent) -> Bool) -> EventPage

    /// The number before the first event at `instant` or later, of those that are kept.
    func eventSequence(before instant: Instant) -> Int64

    /// The number of the last event.
    var lastEvent: Int64 { get }

    /// Everything that can be counted, after a look at the machine that is at most a second old.
    func figures() -> ServiceFigures

    /// What is going on, with the first `limit` jobs that wait, of one user for a number.
    func overview(waiting limit: Int, of user: UInt32?) -> ServiceOverview

    /// What jobs that ended since then took, and the machine's account; of one user's jobs, and without the
    /// machine's account, for a number.
    func energyReport(
        by grouping: AccountGrouping, since: Instant, user: UInt32?
    ) throws(ServiceError) -> EnergyReport

    /// The present time on the clock of every instant.
    var now: Instant { get }
}
