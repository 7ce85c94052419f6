public import PacerModels
public import PacerPlatform
public import PacerUnits

/// Everything that can be told of a job at one moment: what is stored, shown and exported.
public struct JobRecord: Hashable, Sendable, Codable {
    /// What was asked for.
    public var request: JobRequest
    /// Where the job is in its life.
    public var state: JobState
    /// When its program was started; `nil` before.
    public var started: Instant?
    /// How much work it has done and is believed to have.
    public var work: WorkBelief
    /// Work per second now, in the units of `work.source`; `nil` while unknown.
    public var rate: Double?
    /// Probes made in this run, in order.
    public var probes: [Configuration]
    /// What is believed of every configuration the job may take, ascending.
    public var estimates: [Estimate]
    /// Contention of the fitted scalability (USL); `nil` while unknown.
    public var sigma: Double?
    /// Coherency of the fitted scalability (USL); `nil` while unknown.
    public var kappa: Double?
    /// Share of run time that scales with 1/f, 0…1; `nil` while unknown.
    public var frequencySensitivity: Double?
    /// What keeps the job from using more cores; `nil` while nothing was observed.
    public var verdict: ContentionVerdict?
    /// The plan in force.
    public var plan: Plan?
    /// What was foretold of the whole run when it had been learnt; `nil` before, and where the amount of work
    /// is not known.
    public var prediction: JobPrediction?
    /// When the job should end; `nil` unless it runs and its rate and work are known.
    public var predictedFinish: Instant?
    /// The job's joules so far.
    public var energy: JobEnergy
    /// The choices made for it, oldest first; of very many the middle is dropped.
    public var decisions: [DecisionRecord]
    /// Number of runs of the class known at the start.
    public var knownRuns: Int
    /// What the machine was believed to draw with nothing running; `nil` for a job of which nothing was told
    /// yet, and in records of versions that did not keep it.
    public var idlePower: Watts?

    /// The record of a job that was just accepted.
    public init(queued request: JobRequest) {
        self.init(
            request: request, state: .queued, started: nil, work: WorkBelief(), rate: nil, probes: [],
            estimates: [], sigma: nil, kappa: nil, frequencySensitivity: nil, verdict: nil, plan: nil,
            prediction: nil, predictedFinish: nil, energy: JobEnergy(), decisions: [], knownRuns: 0)
    }

    init(
        request: JobRequest, state: JobState, started: Instant?, work: WorkBelief, rate: Double?,
        probes: [Configuration], estimates: [Estimate], sigma: Double?, kappa: Double?,
        frequencySensitivity: Double?, verdict: ContentionVerdict?, plan: Plan?,
        prediction: JobPrediction?, predictedFinish: Instant?, energy: JobEnergy, decisions: [DecisionRecord],
        knownRuns: Int
    ) {
        self.request = request
        self.state = state
        self.started = started
        self.work = work
        self.rate = rate
        self.probes = probes
        self.estimates = estimates
        self.sigma = sigma
        self.kappa = kappa
        self.frequencySensitivity = frequencySensitivity
        self.verdict = verdict
        self.plan = plan
        self.prediction = prediction
        self.predictedFinish = predictedFinish
        self.energy = energy
        self.decisions = decisions
        self.knownRuns = knownRuns
    }

    /// When the job finished; `nil` before.
    public var finished: Instant? {
        if case .finished(_, let at) = state { at } else { nil }
    }

    /// Whether the deadline was kept; `nil` without a deadline, before the end, and for a job that did not
    /// end by itself.
    public var keptDeadline: Bool? {
        guard let deadline = request.deadline, case .finished(.ended, let at) = state else { return nil }
        return at <= deadline
    }

    /// Rate of the fastest frequency with `cores` cores over that with one core: measured or fitted.
    public func speedup(cores: Int) -> Double? {
        guard let top = estimates.map(\.configuration.frequency).max() else { return nil }
        let rate = { (count: Int) in
            estimates.first { $0.configuration == Configuration(cores: count, frequency: top) }?.rate
        }
        guard let one = rate(1), let many = rate(cores), one > 0 else { return nil }
        return many / one
    }
}

/// What was foretold of a whole run, to be compared with what came of it.
public struct JobPrediction: Hashable, Sendable, Codable {
    /// When: at the first plan after the last probe.
    public var made: Instant
    /// From the start of the program to its end.
    public var time: Seconds
    /// Energy of the machine over the whole run under the policy's accounting; `nil` where it is not known.
    public var energy: Joules?

    /// A prediction made at `made`.
    public init(made: Instant, time: Seconds, energy: Joules?) {
        self.made = made
        self.time = time
        self.energy = energy
    }
}
