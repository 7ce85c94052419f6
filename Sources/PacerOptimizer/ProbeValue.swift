public import PacerModels
public import PacerPlatform
public import PacerUnits

/// What a measurement would be worth: where to look next, and when to stop looking.
///
/// The plan in force puts a price on speed: on the rate–power plane it is a line P = μ + λ·R through the
/// configurations it uses, and a configuration saves power exactly where it lies below the line. What is
/// believed of a configuration that was not measured is uncertain in rate and power, so the saving it may
/// turn out to bring has an expectation, which is above zero even where the believed point lies above the
/// line. Measuring costs the window, run at a price above the line, and two changes of configuration. A probe
/// is worth it while the expected saving over what is left exceeds the cost (the value of information:
/// Howard, IEEE Trans. SSC 2, 1966; expected improvement: Jones, Schonlau, Welch, J. Global Optimization 13,
/// 1998). Derivation and worked numbers: docs/models/probing.md.
public struct ProbeValue: Hashable, Sendable {
    /// What would be measured.
    public let configuration: Configuration
    /// Expected saving over what is left, less the cost of the probe: joules, or seconds where the deadline
    /// is out of reach and only time counts.
    public let gain: Double
}

/// What is asked of ``ProbeValue``.
public struct ProbeQuestion: Sendable {
    /// What the policy may choose from, with what is believed of it.
    public var estimates: [Estimate]
    /// What is not to be measured: where the job runs now, or what was given up.
    public var excluded: Set<Configuration>
    /// Work that is left; `nil` when nobody knows.
    public var work: Double?
    /// Time that is left for it; `nil` without a deadline.
    public var time: Seconds?
    /// Power of the idle machine; zero where only the run is accounted.
    public var idlePower: Watts
    /// How long a probe lasts.
    public var window: Seconds
    /// Relative standard error of the rate that a probe will measure.
    public var rateError: Double
    /// Relative standard error of the power that a probe will measure.
    public var powerError: Double
    /// Time lost by changes of configuration.
    public var switchCost: SwitchCost
    /// Where the job runs.
    public var current: Configuration?
    /// Where it goes if nothing is measured.
    public var next: Configuration?

    /// A question about `estimates`.
    public init(
        estimates: [Estimate], excluded: Set<Configuration>, work: Double?, time: Seconds?,
        idlePower: Watts, window: Seconds, rateError: Double, powerError: Double,
        switchCost: SwitchCost, current: Configuration?, next: Configuration?
    ) {
        self.estimates = estimates
        self.excluded = excluded
        self.work = work
        self.time = time
        self.idlePower = idlePower
        self.window = window
        self.rateError = rateError
        self.powerError = powerError
        self.switchCost = switchCost
        self.current = current
        self.next = next
    }

    /// The probes that pay, the best first.
    ///
    /// `floor` is the least gain that counts, as a share of what the rest of the job takes.
    public func worthwhile(floor: Double = 0.001) -> [ProbeValue] {
        let usable = estimates.filter { $0.rate > 0 && $0.rate.isFinite && $0.power.isFinite }
        let open = usable.filter { !excluded.contains($0.configuration) }
        guard !open.isEmpty, let line = PriceLine(self, usable) else { return [] }
        return open.map { ProbeValue(configuration: $0.configuration, gain: line.gain($0)) }
            .filter { $0.gain > floor * line.total }
            .sorted { ($1.gain, $0.configuration) < ($0.gain, $1.configuration) }
    }

    /// What measuring `estimate` costs, as a share of what the rest of the job takes; `nil` where the price
    /// of speed is not known.
    public func relativeCost(of estimate: Estimate) -> Double? {
        let usable = estimates.filter { $0.rate > 0 && $0.rate.isFinite && $0.power.isFinite }
        guard let line = PriceLine(self, usable), line.total > 0 else { return nil }
        return line.cost(estimate) / line.total
    }
}

/// The price of speed under the best plan that is known.
private struct PriceLine {
    private enum Aim {
        /// Between two points of the hull: rates and the required rate.
        case rate(low: Double, high: Double, required: Double, time: Double)
        /// The least energy a unit of work.
        case efficiency(work: Double)
        /// The deadline is out of reach.
        case speed(fastest: Double, work: Double)
    }

    private let aim: Aim
    /// λ, joules a unit of work.
    private let slope: Double
    /// μ, watts.
    private let base: Double
    /// What the rest of the job takes: joules, or seconds.
    let total: Double
    private let window: Double
    private let lost: (Configuration) -> Double
    private let rateError: Double
    private let powerError: Double

    init?(_ question: ProbeQuestion, _ estimates: [Estimate]) {
        window = question.window.value
        lost = { [switchCost = question.switchCost, current = question.current, next = question.next] in
            switchCost.detour(from: current, by: $0, to: next).value
        }
        rateError = question.rateError
        powerError = question.powerError
        guard let work = question.work, work > 0 else { return nil }
        guard let time = question.time else {
            guard let best = estimates.min(by: { $0.power.value / $0.rate < $1.power.value / $1.rate })
            else { return nil }
            aim = .efficiency(work: work)
            slope = best.power.value / best.rate
            base = 0
            total = slope * work
            return
        }
        let hull = Frontier(estimates: estimates, idlePower: question.idlePower)
        guard time > .zero, let edge = hull.edge(at: work / time.value) else {
            guard hull.highestRate > 0 else { return nil }
            aim = .speed(fastest: hull.highestRate, work: work)
            slope = 0
            base = 0
            total = work / hull.highestRate
            return
        }
        slope = (edge.fast.power - edge.slow.power).value / (edge.fast.rate - edge.slow.rate)
        base = edge.slow.power.value - slope * edge.slow.rate
        aim = .rate(
            low: edge.slow.rate, high: edge.fast.rate, required: work / time.value, time: time.value)
        total = (base + slope * work / time.value) * time.value
    }

    /// Five-point Gauss–Hermite quadrature for a standard normal variable.
    private static let nodes: [(at: Double, weight: Double)] = [
        (-2.856970, 0.011257), (-1.355626, 0.222076), (0, 0.533333), (1.355626, 0.222076),
        (2.856970, 0.011257),
    ]

    /// Expected saving less cost of measuring `estimate`.
    func gain(_ estimate: Estimate) -> Double {
        var saving = 0.0
        let rateStep = PriceLine.resolvable(estimate.rateError, by: rateError)
        let powerStep = PriceLine.resolvable(estimate.powerError ?? 0.1, by: powerError)
        for fast in PriceLine.nodes {
            let rate = estimate.rate * max(0.05, 1 + fast.at * rateStep)
            if case .speed = aim {
                saving += fast.weight * self.saving(rate: rate, power: 0)
                continue
            }
            for cheap in PriceLine.nodes {
                let power = estimate.power.value * max(0, 1 + cheap.at * powerStep)
                saving += fast.weight * cheap.weight * self.saving(rate: rate, power: power)
            }
        }
        return saving - cost(estimate)
    }

    /// By how much a measurement of the given error is expected to move a belief, as a standard deviation.
    private static func resolvable(_ belief: Double, by error: Double) -> Double {
        guard belief > 0 else { return 0 }
        return belief * belief / (belief * belief + error * error).squareRoot()
    }

    /// What a configuration that turned out to have this rate and power would save.
    private func saving(rate: Double, power: Double) -> Double {
        let below = max(0, base + slope * rate - power)
        switch aim {
        case .efficiency(let work): return below * work / rate
        case .speed(let fastest, let work): return rate > fastest ? work / fastest - work / rate : 0
        case .rate(let low, let high, let required, let time):
            // The share of time that it would run, beside the end of the edge on the other side.
            let share =
                rate >= required
                ? (required - low) / max(rate - low, 1e-9 * required)
                : (high - required) / max(high - rate, 1e-9 * required)
            return below * min(1, max(0, share)) * time
        }
    }

    /// What the window and the detour cost.
    func cost(_ estimate: Estimate) -> Double {
        if case .speed(let fastest, _) = aim {
            return window * max(0, 1 - estimate.rate / fastest) + lost(estimate.configuration)
        }
        let above = max(0, estimate.power.value - base - slope * estimate.rate)
        return window * above + lost(estimate.configuration) * max(0, estimate.power.value - base)
    }
}
