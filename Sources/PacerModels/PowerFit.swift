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

    /// A sample of the machine's power.
    public init(cores: Int, frequency: Hertz, power: Watts, relativeError: Double) {
        self.cores = cores
        self.frequency = frequency
        self.power = power
        self.relativeError = relativeError
    }
}

/// The power model that lies closest to measured power, held near a prior where the samples say little.
///
///     min Σ ((P(nᵢ, fᵢ) − Pᵢ)/(Pᵢ·eᵢ))² + Σ ((cⱼ − priorⱼ)/scaleⱼ)²      cⱼ ≥ 0
///
/// The scale of a coefficient is the prior itself (so ±100 %); that of the idle power is a twentieth of it
/// unless the idle machine was sampled, because samples of busy cores cannot tell it from uncore power.
/// Derivation and limits: docs/models/power.md.
public struct PowerFit: Hashable, Sendable {
    /// The fitted model.
    public let model: PowerModel
    /// Root mean square of the relative deviations of the samples from the model.
    public let deviation: Double
    /// How many samples were used.
    public let samples: Int

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
            let scale = 1 / (sample.power.value * max(0.005, clampedError(sample.relativeError)))
            let features = PowerFit.features(cores: sample.cores, frequency: sample.frequency)
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
            let miss = model.power(cores: sample.cores, at: sample.frequency) / sample.power - 1
            return sum + miss * miss
        }
        self.model = model
        self.deviation = usable.isEmpty ? 0 : (squares / Double(usable.count)).squareRoot()
    }

    /// A job's factor on the machine's core power; `nil` when no sample has a busy core.
    ///
    ///     a = Σ wᵢ·qᵢ·(Pᵢ − idle − uncore) / Σ wᵢ·qᵢ²,     qᵢ = nᵢ·corePower(fᵢ),   wᵢ = 1/(Pᵢ·eᵢ)²
    ///
    /// Never below one fiftieth: a job that keeps cores busy draws something.
    public static func activity(_ samples: [PowerSample], machine: PowerModel) -> Double? {
        var product = 0.0
        var square = 0.0
        for sample in samples where sample.cores > 0 && sample.power.value > 0 && sample.power.isFinite {
            let core = machine.corePower(at: sample.frequency).value * Double(sample.cores)
            let sigma = sample.power.value * max(0.005, clampedError(sample.relativeError))
            product += core * (sample.power - machine.idle - machine.uncore).value / (sigma * sigma)
            square += core * core / (sigma * sigma)
        }
        return square > 0 ? max(0.02, product / square) : nil
    }

    /// What each coefficient is multiplied by: idle, uncore, cubic, linear, constant.
    private static func features(cores: Int, frequency: Hertz) -> [Double] {
        guard cores > 0 else { return [1, 0, 0, 0, 0] }
        let n = Double(cores)
        let gigahertz = frequency.value / 1e9
        return [1, 1, n * gigahertz * gigahertz * gigahertz, n * gigahertz, n]
    }

    /// How far each coefficient may stray from its prior.
    private static func widths(_ prior: [Double], samples: [PowerSample]) -> [Double] {
        // A coefficient whose prior is zero may still turn out to explain a tenth of the power.
        let mean = samples.map(\.power.value).reduce(0, +) / Double(max(1, samples.count))
        let sawIdle = samples.contains { $0.cores == 0 }
        return prior.indices.map { index in
            if index == 0 { return max(prior[0] / (sawIdle ? 1 : 20), mean / 1000) }
            let feature =
                samples.map { features(cores: $0.cores, frequency: $0.frequency)[index] }.reduce(0, +)
                / Double(max(1, samples.count))
            return max(prior[index], feature > 0 ? 0.1 * mean / feature : 0)
        }
    }
}
