import PacerAPI
import PacerModels
import PacerPlatform
import PacerPorts
import PacerScheduling
import PacerUnits

extension JobView {
    /// What is shown of a stored job at `now`.
    init(_ job: StoredJob, traits: MachineTraits, now: Instant) {
        let record = job.record
        let request = record.request
        self.init(
            id: request.id.number, className: request.className, command: job.submission.arguments,
            workingDirectory: job.submission.workingDirectory, userID: job.submission.userID,
            shape: ShapeView(request.shape), policy: request.policy, state: StateName(record.state),
            submittedUnixNs: request.submitted.nanoseconds, nowUnixNs: now.nanoseconds,
            work: WorkView(record.work, rate: record.rate), learnt: LearntView(record, traits: traits),
            energy: EnergyView(record.energy, source: traits.energySource))
        estimateS = request.estimate?.value.finite
        if case .finished(let outcome, _) = record.state { self.outcome = OutcomeView(outcome) }
        startedUnixNs = record.started?.nanoseconds
        finishedUnixNs = record.finished?.nanoseconds
        deadlineUnixNs = request.deadline?.nanoseconds
        predictedFinishUnixNs = record.finished == nil ? record.predictedFinish?.nanoseconds : nil
        deadlineKept = record.keptDeadline
        if let deadline = request.deadline, let end = record.finished ?? record.predictedFinish {
            slackS = (deadline - end).value.finite
        }
        allocation = record.state.allocation.map { AllocationView($0, traits: traits) }
        plan = record.plan.map { PlanView($0, traits: traits) }
        probes = record.probes.map { ConfigurationView($0, traits: traits) }
        decisions = record.decisions.map { DecisionView($0, traits: traits) }
    }
}

extension Double {
    /// The number, unless it is infinite or not one: JSON has neither.
    var finite: Double? { isFinite ? self : nil }
}

extension ShapeView {
    init(_ shape: JobShape) {
        switch shape {
        case .rigid(let cores): self.init(.rigid, cores: cores)
        case .moldable(let limit): self.init(.moldable, cores: limit)
        case .malleable(let limit): self.init(.malleable, cores: limit)
        }
    }
}

extension StateName {
    init(_ state: JobState) {
        switch state {
        case .queued: self = .queued
        case .starting: self = .starting
        case .running: self = .running
        case .paused: self = .paused
        case .stopping: self = .stopping
        case .finished: self = .finished
        }
    }
}

extension OutcomeView {
    init(_ outcome: Outcome) {
        switch outcome {
        case .ended(.exited(let code)): self.init(.exited, exitCode: code)
        case .ended(.signalled(let signal)): self.init(.signalled, signal: signal)
        case .ended(.lost), .lost: self.init(OutcomeName.lost)
        case .stopped(.cancelled): self.init(.cancelled)
        case .stopped(.outputLimit): self.init(.outputLimit)
        case .notStarted(let reason): self.init(.notStarted, reason: reason)
        }
    }
}

extension WorkView {
    init(_ work: WorkBelief, rate: Double?) {
        self.init(
            done: work.done.finite ?? 0, total: work.total?.finite, basis: work.basis.rawValue,
            source: work.source?.rawValue, ratePerS: rate?.finite)
    }
}

extension EnergySourceName {
    init(_ source: EnergySource) { self.init(rawValue: source.rawValue) }
}

extension EnergyView {
    init(_ energy: JobEnergy, source: EnergySource) {
        self.init(
            source: EnergySourceName(source), machineDuringRunJ: energy.machineDuringRun.value.finite ?? 0,
            attributedJ: energy.attributed.value.finite ?? 0,
            attributedErrorJ: energy.attributedError?.value.finite, horizonJ: energy.horizon?.value.finite,
            unknownS: energy.unknown.value.finite ?? 0)
    }
}

extension LearntView {
    init(_ record: JobRecord, traits: MachineTraits) {
        self.init(knownRuns: record.knownRuns)
        speedups = Self.speedups(record)
        estimates = record.estimates.compactMap { EstimateView($0, traits: traits) }
        sigma = record.sigma?.finite
        kappa = record.kappa?.finite
        frequencySensitivity = record.frequencySensitivity?.finite
        verdict = record.verdict?.kind.rawValue
        evidence = record.verdict?.evidence ?? []
    }

    /// At the top frequency; each as trustworthy as the weaker of its two rates.
    private static func speedups(_ record: JobRecord) -> [SpeedupView] {
        guard let top = record.estimates.map(\.configuration.frequency).max() else { return [] }
        let row = record.estimates.filter { $0.configuration.frequency == top }
        guard let one = row.first(where: { $0.configuration.cores == 1 }) else { return [] }
        return row.compactMap { estimate in
            let cores = estimate.configuration.cores
            guard let speedup = record.speedup(cores: cores)?.finite else { return nil }
            let weaker = max(one.origin.weakness, estimate.origin.weakness)
            let origin = [Estimate.Origin.measured, .predicted, .assumed][weaker]
            return SpeedupView(cores: cores, speedup: speedup, origin: OriginName(rawValue: origin.rawValue))
        }
    }
}

extension Estimate.Origin {
    /// Rank by trust: 0 is the most trustworthy.
    fileprivate var weakness: Int {
        switch self {
        case .measured: 0
        case .predicted: 1
        case .assumed: 2
        }
    }
}

extension DecisionView {
    init(_ decision: DecisionRecord, traits: MachineTraits) {
        self.init(
            atUnixNs: decision.at.nanoseconds, kind: decision.kind.rawValue,
            configuration: decision.configuration.map { ConfigurationView($0, traits: traits) },
            reason: decision.reason)
    }
}
