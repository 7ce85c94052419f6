import PacerModels
import PacerPlatform
import PacerUnits

/// A stretch of a job's run at one configuration, over which its rate and the machine's power are taken.
struct MeasuringWindow: Hashable, Sendable {
    /// Why the job runs at this configuration.
    enum Purpose: Hashable, Sendable {
        /// To learn how it does there.
        case probe
        /// Because it was chosen.
        case steady
    }

    let configuration: Configuration
    let purpose: Purpose
    /// Nothing counts before this.
    let settled: Instant
    /// Progress that was reported before this says nothing of the configuration.
    private let reportsFrom: Instant
    /// The window's time is up.
    let expires: Instant
    private(set) var alone = true
    private var estimator = RateEstimator(window: Seconds(3600))
    private var first: (sample: JobSample, energy: EnergyReading)?
    private var last: (sample: JobSample, energy: EnergyReading)?
    private var states: [ThreadStates] = []

    /// - Parameter reportsFrom: Where reports of progress begin to count, if not with everything else: a job
    ///   reports now and then, so the first look finds a report that is older than itself.
    init(
        configuration: Configuration, purpose: Purpose, settled: Instant, reportsFrom: Instant? = nil,
        expires: Instant
    ) {
        self.configuration = configuration
        self.purpose = purpose
        self.settled = settled
        self.reportsFrom = reportsFrom ?? settled
        self.expires = expires
    }

    /// The window that begins where this one ended, at the same configuration: what was seen last is its
    /// beginning. One look at its end is then enough to know what happened in between.
    func continued(purpose: Purpose, expires: Instant) -> MeasuringWindow {
        var next = MeasuringWindow(
            configuration: configuration, purpose: purpose, settled: settled, reportsFrom: reportsFrom,
            expires: expires)
        next.estimator = estimator
        next.estimator.restart()
        next.first = last
        next.last = last
        return next
    }

    /// Takes what was observed at one moment.
    mutating func add(
        _ sample: JobSample, energy: EnergyReading, progress: ProgressTracker.Point?, alone: Bool
    ) {
        guard sample.at >= settled else { return }
        self.alone = self.alone && alone
        if first == nil { first = (sample, energy) }
        last = (sample, energy)
        states.append(sample.threads)
        if let progress, progress.at >= reportsFrom { estimator.add(at: progress.at, done: progress.done) }
    }

    /// How long was really observed.
    var span: Seconds {
        guard let first, let last else { return .zero }
        return last.sample.at - first.sample.at
    }

    /// What the window says of the rate so far.
    var rate: RateEstimate? { estimator.estimate }

    /// The window's result; `nil` when it saw no work.
    var measurement: Measurement? {
        guard let rate, rate.rate > 0, let first, let last, span > .zero else { return nil }
        let energy = last.energy.total - first.energy.total
        let known = last.energy.unknown == first.energy.unknown
        let power = alone && known && energy > .zero ? energy / span : nil
        // One interval cannot tell its own error.
        let told = rate.relativeError
        var error = told.isFinite ? told : MeasuringWindow.scatter(over: rate.span)
        // Work is counted in units, and no window is quite like the next.
        error = max(error, MeasuringWindow.leastError)
        if isDisturbed { error = max(error, 0.3) }
        // The counter moves once a millisecond at either end of the window.
        let powerError = max(MeasuringWindow.leastError, 0.002 / span.value)
        return Measurement(
            configuration: configuration, rate: rate.rate, rateError: min(1, error), power: power,
            powerError: min(1, powerError), duration: span)
    }

    /// How far a rate errs that was seen over `span` in one piece: 10 % is the scatter of a quarter of a
    /// second on a busy machine, and what comes and goes evens out over longer spans.
    private static func scatter(over span: Seconds) -> Double {
        0.1 * (Seconds(0.25) / max(span, Seconds(0.01))).squareRoot()
    }

    /// No window claims to be better than this.
    static let leastError = 0.01

    /// Somebody else took the cores: threads waited for a CPU although the job had a core for each of them.
    /// What was measured then says little of the configuration.
    private var isDisturbed: Bool {
        guard let signals, let delay = signals.runQueueShare, let runnable = signals.runnableThreads else {
            return false
        }
        return delay >= 0.25 && runnable <= Double(configuration.cores) + 0.5
    }

    /// What the job's threads were seen doing.
    var signals: ContentionSignals? {
        guard let first, let last, span > .zero else { return nil }
        let (before, after) = (first.sample, last.sample)
        let capacity = span.value * Double(configuration.cores)
        let processor = (after.userTime - before.userTime) + (after.systemTime - before.systemTime)
        var signals = ContentionSignals(
            cores: configuration.cores,
            onCPUShare: min(1, max(0, (after.busyTime - before.busyTime).value / capacity)))
        if processor > .zero {
            signals.systemShare = (after.systemTime - before.systemTime) / processor
        }
        let rate = { (count: (JobSample) -> UInt64) in
            Double(count(after) - min(count(before), count(after))) / span.value
        }
        signals.voluntarySwitchesPerSecond = rate(\.voluntarySwitches)
        signals.majorFaultsPerSecond = rate(\.majorFaults)
        signals.runQueueShare = max(0, (after.runQueueDelay - before.runQueueDelay).value / capacity)
        let threads = states.map(\.threads).reduce(0, +)
        let runnable = states.map(\.runnable).reduce(0, +)
        let sleeping = threads - runnable
        if threads > 0 {
            signals.runnableThreads = Double(runnable) / Double(states.count)
            signals.uninterruptibleShare =
                Double(states.map(\.uninterruptible).reduce(0, +)) / Double(threads)
            if sleeping > 0 {
                signals.futexShare = min(1, Double(states.map(\.inFutex).reduce(0, +)) / Double(sleeping))
            }
        }
        return signals
    }

    static func == (left: MeasuringWindow, right: MeasuringWindow) -> Bool {
        left.configuration == right.configuration && left.settled == right.settled
            && left.span == right.span
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(configuration)
        hasher.combine(settled)
    }
}
