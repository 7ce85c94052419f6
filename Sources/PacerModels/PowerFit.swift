public import PacerUnits

/// Power of the whole machine, measured with some cores busy.
public struct PowerSample: Hashable, Sendable {
    /// Busy cores; zero for the idle machine.
    public var cores: Int
    /// Their frequency.
    public var frequency: Hertz
    /// Mean power of the machine.
    public var power: Watts
    /// Relative standard error of `power`.
    public var relativeError: Double
    /// As many cores would get as much done without waiting.
    public var effectiveCores: Double

    /// A sample of the machine's power; the cores do not wait unless `effectiveCores` says so.
    public init(
        cores: Int, frequency: Hertz, power: Watts, relativeError: Double, effectiveCores: Double? = nil
    ) {
        self.cores = cores
        self.effectiveCores = effectiveCores ?? Double(cores)
        self.frequency = frequency
        self.power = power
        self.relativeError = relativeError
    }
}

/// The power model that lies closest to measured power, held near a prior where the samples say little.
///
///     min Σ ((P(nᵢ, wᵢ, fᵢ) − Pᵢ)/(Pᵢ·√(eᵢ² + 0.04²)))² + Σ ((cⱼ − priorⱼ)/scaleⱼ)²      cⱼ ≥ 0
///
/// The 0.04 is how far the law itself is off: exact samples must not bend it. The scale of a coefficient is
/// half of the prior; that of the idle power is a twentieth of it unless the idle machine was sampled,
/// because samples of busy cores cannot tell it from uncore power.
/// Derivation and limits: docs/models/power.md.
public struct PowerFit: Hashable, Sendable {
    /// The fitted model.
    public let model: PowerModel
    /// Root mean square of the relative deviations of the samples from the model.
    public let deviation: Double
    /// How many samples were used.
    public let samples: Int

    /// How far the law is off for one program, as a standard deviation: 0.03 to 0.05 lead to the least errors
    /// at configurations of measured surfaces that were not visited.
    static let lawError = 0.04

    /// The model for `samples`; without any it is the prior.
    ///
    /// With `keepingIdle` the idle power is the prior's, because it was measured better elsewhere.
    public init(_ samples: [PowerSample], prior: PowerModel, keepingIdle: Bool = false) {
        let usable = samples.filter { $0.power.value > 0 && $0.power.isFinite && $0.cores >= 0 }
            .sorted { ($0.cores, $0.frequency, $0.power) < ($1.cores, $1.frequency, $1.power) }
        self.samples = usable.count
        let start = [
            prior.idle.value, prior.uncore.value, prior.cubic, prior.linear, prior.constant,
        ]
        var rows: [[Double]] = []
        var values: [Double] = []
        for sample in usable {
            let error = clampedError(sample.relativeError)
            let spread = (error * error + PowerFit.lawError * PowerFit.lawError).squareRoot()
            let scale = 1 / (sample.power.value * spread)
            let features = PowerFit.features(sample)
            let known = keepingIdle ? start[0] : 0
            rows.append((keepingIdle ? [0] + features.dropFirst() : features).map { $0 * scale })
            values.append((sample.power.value - known) * scale)
        }
        let widths = PowerFit.widths(start, samples: usable)
        for (index, width) in widths.enumerated() where width > 0 && !(keepingIdle && index == 0) {
            var row = [0.0, 0, 0, 0, 0]
            row[index] = 1 / width
            rows.append(row)
            values.append(start[index] / width)
        }
        var fitted = usable.isEmpty ? start : nonNegativeLeastSquares(rows: rows, values: values)
        if keepingIdle { fitted[0] = start[0] }
        let model = PowerModel(
            idle: Watts(fitted[0]), uncore: Watts(fitted[1]), cubic: fitted[2], linear: fitted[3],
            constant: fitted[4])
        let squares = usable.reduce(0) { sum, sample in
            let expected = model.power(
                cores: sample.cores, at: sample.frequency, effectiveCores: sample.effectiveCores)
            let miss = expected / sample.power - 1
            return sum + miss * miss
        }
        self.model = model
        self.deviation = usable.isEmpty ? 0 : (squares / Double(usable.count)).squareRoot()
    }

    /// A job's factor on the machine's core power; `nil` when no sample has a busy core.
    ///
    ///     a = Σ qᵢ·(Pᵢ − idle − uncore)/(Pᵢ·eᵢ)² / Σ qᵢ²/(Pᵢ·eᵢ)²,     qᵢ = P(nᵢ, wᵢ, fᵢ) − idle − uncore
    ///
    /// Never below one fiftieth: a job that keeps cores busy draws something.
    public static func activity(_ samples: [PowerSample], machine: PowerModel) -> Double? {
        var product = 0.0
        var square = 0.0
        for sample in samples where sample.cores > 0 && sample.power.value > 0 && sample.power.isFinite {
            let busy = machine.power(
                cores: sample.cores, at: sample.frequency, effectiveCores: sample.effectiveCores)
            let core = (busy - machine.idle - machine.uncore).value
            let sigma = sample.power.value * max(0.005, clampedError(sample.relativeError))
            product += core * (sample.power - machine.idle - machine.uncore).value / (sigma * sigma)
            square += core * core / (sigma * sigma)
        }
        return square > 0 ? max(0.02, product / square) : nil
    }

    /// What each coefficient is multiplied by: idle, uncore, cubic, linear, constant.
    private static func features(_ sample: PowerSample) -> [Double] {
        guard sample.cores > 0 else { return [1, 0, 0, 0, 0] }
        let gigahertz = sample.frequency.value / 1e9
        let clocks = sample.effectiveCores * gigahertz
        return [1, 1, clocks * gigahertz * gigahertz, clocks, Double(sample.cores)]
    }

    /// How far each coefficient may stray from its prior.
    private static func widths(_ prior: [Double], samples: [PowerSample]) -> [Double] {
        // A coefficient whose prior is zero may still turn out to explain a tenth of the power.
        let mean = samples.map(\.power.value).reduce(0, +) / Double(max(1, samples.count))
        let sawIdle = samples.contains { $0.cores == 0 }
        return prior.indices.map { index in
            if index == 0 { return max(prior[0] / (sawIdle ? 1 : 20), mean / 1000) }
            let feature =
                samples.map { features($0)[index] }.reduce(0, +) / Double(max(1, samples.count))
            return max(prior[index] / 2, feature > 0 ? 0.1 * mean / feature : 0)
        }
    }
}
