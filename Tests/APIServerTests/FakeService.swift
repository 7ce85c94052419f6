import PacerModels
import PacerPlatform
import PacerPorts
import PacerRuntime
import PacerScheduling
import PacerUnits

/// A service whose jobs end when the test says so.
final class FakeService: JobService {
    var store: [Int64: StoredJob] = [:]
    var waiting: [(JobID, Bool, @Sendable () -> Void)] = []
    var outputFolder = "/nonexistent"
    let observed = FakeObservations()
    let now = Instant(nanoseconds: 1_790_000_000_000_000_000)
    let policies: [any Policy] = [FakePolicy(name: "minimum-energy"), FakePolicy(name: "race-to-idle")]
    let defaultPolicy = "minimum-energy"

    /// What every job is promised.
    var admission = Admission.unknown(.work)

    func submit(_ submission: JobSubmission, ifLate: LateChoice) throws(ServiceError) -> AcceptedJob {
        if ifLate == .reject, admission.missesDeadline {
            throw ServiceError(.deadlineUnkeepable, "too late", details: ["earliestDeadlineUnixNs": "7"])
        }
        try check(submission)
        let id = JobID(Int64(store.count + 1))
        let job = StoredJob(submission: submission, record: record(id, submission))
        store[id.number] = job
        return AcceptedJob(job: job, admission: admission)
    }

    func submit(_ submissions: [JobSubmission], ifLate: LateChoice) throws(ServiceError) -> [JobID] {
        if ifLate == .reject, admission.missesDeadline { throw ServiceError(.deadlineUnkeepable, "too late") }
        for submission in submissions { try check(submission) }
        return try submissions.map { submission throws(ServiceError) in
            try submit(submission, ifLate: ifLate).job.record.request.id
        }
    }

    /// Knows no policy 'unknown' and cannot read the pattern '('.
    private func check(_ submission: JobSubmission) throws(ServiceError) {
        if submission.policy == "unknown" {
            throw ServiceError(.policyNotFound, "there is no policy 'unknown'")
        }
        if submission.progressPattern == "(" {
            throw ServiceError(.invalid, "could not read the progress pattern '('")
        }
    }

    func cancel(_ id: JobID) throws(ServiceError) -> StoredJob {
        guard try job(id).record.finished == nil else {
            throw ServiceError(.jobFinished, "job \(id) has finished already")
        }
        finish(id, .stopped(.cancelled))
        return try job(id)
    }

    func job(_ id: JobID) throws(ServiceError) -> StoredJob {
        guard let job = store[id.number] else { throw ServiceError(.jobNotFound, "there is no job \(id)") }
        return job
    }

    func jobs(limit: Int?) throws(ServiceError) -> [StoredJob] {
        Array(store.values.sorted { $0.record.request.id < $1.record.request.id }.suffix(limit ?? .max))
    }

    func jobs(limit: Int?, of user: UInt32) throws(ServiceError) -> [StoredJob] {
        Array(try jobs(limit: nil).filter { $0.submission.userID == user }.suffix(limit ?? .max))
    }

    var running: [JobID] {
        store.keys.sorted().map { JobID($0) }.filter { store[$0.number]?.record.state.allocation != nil }
    }

    func folder(of id: JobID) -> String { outputFolder }

    func whenFinished(
        _ id: JobID, horizon: Bool, _ action: @escaping @Sendable () -> Void
    ) throws(ServiceError) {
        let record = try job(id).record
        let isKnown = record.finished != nil && (!horizon || record.energy.horizon != nil)
        if isKnown { action() } else { waiting.append((id, horizon, action)) }
    }

    func forecast(_ submission: JobSubmission) throws(ServiceError) -> Forecast {
        Forecast(
            policy: submission.policy, className: submission.className, knownRuns: 3,
            startsWith: Allocation(cores: [CoreID(0)], frequency: Hertz(kilohertz: 800_000)), probes: [],
            estimates: [Self.estimate], work: WorkBelief(), forecasts: [], idlePower: Watts(8))
    }

    func explanation(of job: StoredJob) -> Explanation {
        let view = PlanningView(
            estimates: job.record.estimates, remainingWork: 10, remainingTime: Seconds(20),
            idlePower: Watts(8), switchCost: .zero, current: nil, reserve: Seconds(5))
        return Explanation(
            scope: .rest, policy: job.record.request.policy, policies: policies, idlePower: Watts(8),
            view: job.record.estimates.isEmpty ? nil : view)
    }

    var journal: [JournalSegment]? = []

    func journalSegments() throws(ServiceError) -> [JournalSegment]? { journal }

    func machineReport() throws(ServiceError) -> MachineReport {
        let machine = Self.machine
        return MachineReport(
            machine: machine, isEmulated: true,
            frequencySummary: "frequency is emulated by a bandwidth quota.",
            containment: Containment(method: "cgroup v2", note: "Nothing escapes."),
            energyDomains: [
                EnergyDomain(
                    name: "package-0", origin: "emulated", rangeMicrojoules: 262_143_328_850,
                    countsTowardsTotal: true)
            ],
            notes: [], conflicts: [],
            knobs: [
                Knob(
                    path: "policy0/scaling_max_freq", now: "800000", original: "1600000", wanted: "800000",
                    owner: .pacer, reason: .policy, since: 1_790_000_000)
            ], held: [DomainID(0): Hertz(kilohertz: 800_000)],
            powerModel: PowerModel(idle: Watts(8), uncore: Watts(6), cubic: 0.25, linear: 0.5, constant: 0.4),
            energy: EnergyReading(at: now, total: Joules(42), unknown: .zero),
            present: machine.cores.map(\.id))
    }

    /// Ends a job and tells who waits for it.
    func finish(_ id: JobID, _ outcome: Outcome) {
        store[id.number]?.record.state = .finished(outcome, at: now)
        call { $0.0 == id && !$0.1 }
    }

    /// Makes the energy up to the deadline known.
    func reachHorizon(_ id: JobID, _ energy: Joules) {
        store[id.number]?.record.energy.horizon = energy
        call { $0.0 == id && $0.1 }
    }

    private func call(_ isMeant: ((JobID, Bool, @Sendable () -> Void)) -> Bool) {
        let due = waiting.filter(isMeant)
        waiting.removeAll(where: isMeant)
        for entry in due { entry.2() }
    }

    static let estimate = Estimate(
        configuration: Configuration(cores: 1, frequency: Hertz(kilohertz: 800_000)), rate: 2, rateError: 0.1,
        power: Watts(15), origin: .measured)

    private func record(_ id: JobID, _ submission: JobSubmission) -> JobRecord {
        let request = JobRequest(
            id: id, className: submission.className, submitted: now, deadline: submission.deadline,
            shape: submission.shape, policy: submission.policy, estimate: submission.estimate,
            outputLimit: submission.outputLimit)
        let allocation = Allocation(cores: [CoreID(0)], frequency: Hertz(kilohertz: 800_000))
        var record = JobRecord(queued: request)
        record.state = .running(allocation, since: now)
        record.started = now
        record.rate = .infinity
        record.estimates = [Self.estimate]
        record.kappa = .nan
        record.knownRuns = 3
        return record
    }
}

struct FakePolicy: Policy {
    var name: String
    var summary = "A policy of the tests."
    var wantsProfile = true
    var margin = 0.05
    var accounting = Accounting.horizon

    func plan(_ view: PlanningView) -> Plan {
        let configuration = view.estimates[0].configuration
        return Plan(
            segments: [PlanSegment(configuration: configuration, duration: .infinity)], energy: nil,
            duration: nil, meetsDeadline: true, reason: "the tests want it")
    }
}
