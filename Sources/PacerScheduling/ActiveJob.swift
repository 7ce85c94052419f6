import PacerModels
import PacerPlatform
import PacerUnits

/// What is believed of a job: the fitted model, and what it says of every configuration.
///
/// Jobs of one class that wait share theirs.
final class Belief: Sendable {
    let model: JobModel
    /// Ascending by configuration.
    let estimates: [Estimate]
    /// The highest rate of them; of equal ones the first.
    let fastest: Estimate?

    init(model: JobModel, grid: [Configuration]) {
        self.model = model
        let estimates = model.estimates(over: grid)
        self.estimates = estimates
        fastest = Self.fastest(of: estimates)
    }

    static func fastest(of estimates: [Estimate]) -> Estimate? {
        estimates.max { ($0.rate, $1.configuration) < ($1.rate, $0.configuration) }
    }

    /// The estimates with one of `counts` cores.
    func estimates(cores counts: [Int]) -> [Estimate] {
        estimates.filter { counts.contains($0.configuration.cores) }
    }
}

/// A job in the engine's hands: its state, and everything that was learnt of it.
struct ActiveJob: Sendable {
    let request: JobRequest
    let policy: any Policy
    let prior: ClassProfile?
    var state: JobState
    var started: Instant?

    // What is learnt.
    var progress = ProgressTracker()
    var work = WorkBelief()
    var table: MeasurementTable
    var signals: [Int: ContentionSignals] = [:]
    /// Rates of the class are this much higher in this run (other input, other units per item).
    var speed = RunSpeed.same
    /// What the user's other classes do; `nil` before the first window, and where too few are known.
    var others: OtherClasses?
    /// What follows from all that; renewed whenever a window adds to it.
    var belief: Belief?

    // What is being done.
    var window: MeasuringWindow?
    var windowsTaken = 0
    /// How long the last probe took to be sure: what the next one is expected to take.
    var lastProbeSpan: Seconds?
    /// Whether the time of a probe was up before its rate was steady.
    var wasUnsteady = false
    /// What the probe that is made must not endanger.
    var lifeline: Engine.Lifeline?
    /// Cores left alone by a probe of fewer: they stay the job's until it is known how many it needs.
    var reserved: [CoreID] = []
    var probes: [Configuration] = []
    /// Where probes saw no work done: neither probed again nor planned for.
    var skippedProbes: Set<Configuration> = []
    var plan: Plan?
    var planMade: Instant?
    var prediction: JobPrediction?
    /// Probes made before the prediction.
    var predictedAfter = 0
    var lastChange: Instant?
    /// When it last went on after a pause.
    var proceeded: Instant?
    var utilisation = 1.0

    // Accounts.
    var lastSample: JobSample?
    var energy = JobEnergy()
    /// The machine's energy while the job ran; `energy` has it in joules.
    var machineMicrojoules: UInt64 = 0
    var energyAtRelease: EnergyReading?
    var decisions: [DecisionRecord] = []
    /// Cores that went offline under a job that cannot change its width; it gets them back.
    var withdrawn: [CoreID] = []

    init(request: JobRequest, policy: any Policy, prior: ClassProfile?) {
        self.request = request
        self.policy = policy
        self.prior = prior
        // More than five times is another phase rather than noise, and says nothing of the next run.
        let expected = prior?.inflation ?? MeasurementTable.Inflation()
        self.table = MeasurementTable(
            expected: MeasurementTable.Inflation(rate: min(5, expected.rate), power: min(5, expected.power)))
        self.state = .queued
    }

    var id: JobID { request.id }
    var isQueued: Bool { state == .queued }
    var isFinished: Bool { if case .finished = state { true } else { false } }
    /// Holds cores.
    var isActive: Bool { state.allocation != nil }
    var isRunning: Bool { if case .running = state { true } else { false } }
    /// Has a program that does not run now.
    var isPaused: Bool { if case .paused = state { true } else { false } }

    /// The most cores that the job may have on a machine with `available` of them.
    func coreLimit(available: Int) -> Int { request.coreLimit(available: available) }

    /// Keeps what `plan` foretells of the whole run; a probe after it makes the next plan foretell anew.
    mutating func predict(_ plan: Plan, at now: Instant) {
        guard prediction == nil || predictedAfter != probes.count, let started, let rest = plan.duration
        else { return }
        predictedAfter = probes.count
        prediction = JobPrediction(
            made: now, time: now - started + rest, energy: plan.energy.map { energy.machineDuringRun + $0 })
    }

    mutating func note(
        _ kind: DecisionRecord.Kind, _ configuration: Configuration?, _ reason: String, at now: Instant
    ) {
        if let last = decisions.last, last.kind == kind, last.configuration == configuration,
            kind == .plan || kind == .sprint || last.reason == reason
        {
            return
        }
        // The first decisions explain the start, the last ones the present; a long middle explains nothing.
        if decisions.count >= 120 { decisions.remove(at: 40) }
        decisions.append(
            DecisionRecord(at: now, kind: kind, configuration: configuration, reason: reason))
    }
}

extension JobRequest {
    /// The latest finish, then the number: the order in which jobs are planned together.
    var urgency: (Instant, JobID) { (deadline ?? .distantFuture, id) }

    /// The most cores that the job may have on a machine with `available` of them.
    func coreLimit(available: Int) -> Int {
        switch shape {
        case .rigid(let cores): cores
        case .moldable(let limit), .malleable(let limit): min(available, limit ?? available)
        }
    }
}

// MARK: - What is believed

extension ActiveJob {
    /// What was measured in this run and, scaled to it, in its class.
    func knowledge(at now: Instant) -> [Measurement] {
        let own = table.measurements(at: now)
        guard let prior, isComparable(prior) else { return own }
        var known = Dictionary(own.map { ($0.configuration, $0) }) { first, _ in first }
        for var row in prior.measurements {
            row.rate *= speed.factor
            // Another run of the class is not this run; what is common to all rows is in the factor.
            row.rateError = max(row.rateError, 0.01, speed.error)
            row.powerError = max(row.powerError, 0.005)
            known[row.configuration] = known[row.configuration]?.joined(with: row) ?? row
        }
        return known.keys.sorted().compactMap { known[$0] }
    }

    /// Whether anything at all was measured, in this run or in the class.
    var knowsSomething: Bool {
        if !table.isEmpty { return true }
        guard let prior, isComparable(prior) else { return false }
        return !prior.measurements.isEmpty
    }

    /// Whether a measurement of `configuration` is at hand, from this run or from the class.
    func knows(_ configuration: Configuration) -> Bool {
        if table.configurations.contains(configuration) { return true }
        guard let prior, isComparable(prior) else { return false }
        return prior.measurements.contains { $0.configuration == configuration }
    }

    /// Whether the class's figures are in this run's units; before the first progress they are taken to be.
    private func isComparable(_ prior: ClassProfile) -> Bool {
        progress.source == nil || prior.source == progress.source
    }

    /// Whether what was taken for the job's progress on its output ended while the job goes on: it was that
    /// of a part of it, and says nothing of the rest.
    private var hasOutlivedItsGuess: Bool {
        guard progress.source == .output, let total = progress.declaredTotal, let latest = progress.latest,
            latest.done >= total, let looked = lastSample?.at
        else { return false }
        return looked - latest.at > max(Self.tail, (progress.interval ?? .zero) * 2)
    }

    /// Programs write their results after the last line of progress.
    private static let tail = Seconds(2)

    /// Updates what is believed of the amount of work.
    mutating func updateWork(fastestRate: Double?) {
        work.source = progress.source ?? prior?.source
        work.most = nil
        if let latest = progress.latest { work.done = latest.done }
        guard !hasOutlivedItsGuess else {
            work.total = nil
            work.basis = .unknown
            return
        }
        if let total = progress.declaredTotal, progress.source == .declared || progress.source == .output {
            work.total = total
            work.basis = .declared
        } else if let prior, isComparable(prior),
            let forecast = WorkForecast(of: prior.work, source: prior.source)
        {
            work.total = forecast.expected
            // A guess is no better than what was seen, but who makes it may know of more to do this time.
            let guess = request.estimate.flatMap { estimate in fastestRate.map { estimate.value * $0 } }
            work.most = max(forecast.most, guess ?? 0)
            work.basis = .history
        } else if let estimate = request.estimate, let fastestRate {
            // Fixed once, so that a slower rate later does not shrink the work.
            if work.basis != .estimate { work.total = estimate.value * fastestRate }
            work.basis = .estimate
        } else {
            work.total = nil
            work.basis = .unknown
        }
    }

    /// The job with what is believed of its work now.
    func updated(fastestRate: Double?) -> ActiveJob {
        var copy = self
        copy.updateWork(fastestRate: fastestRate)
        return copy
    }
}
