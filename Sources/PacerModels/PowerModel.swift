public import PacerUnits

/// Power of a machine as a function of busy cores and their frequency.
///
///     P(n, f) = idle + [n > 0]·uncore + n·(cubic·f³ + linear·f + constant)·activity      f in GHz
///
/// `idle` is what the machine draws with nothing running; `uncore` is drawn once while any core is busy;
/// `activity` is a job's own factor (vector code draws more than code that waits for memory). Cores that wait
/// for each other or for memory do less and switch less: a job's switching power, cubic·f³ + linear·f, goes
/// with its effective cores, which are fewer. All coefficients are at least zero. With idle 8 W, uncore 6 W,
/// cubic 0.25 W/GHz³, linear 0.5 W/GHz and constant 0.4 W, two cores at 3 GHz draw 8 + 6 + 2·(6.75 + 1.5 +
/// 0.4) = 31.3 W.
/// Derivation and limits: docs/models/power.md.
public struct PowerModel: Hashable, Sendable, Codable {
    /// Drawn with nothing running.
    public var idle: Watts
    /// Drawn once while any core is busy.
    public var uncore: Watts
    /// W per GHz³ and core.
    public var cubic: Double
    /// W per GHz and core.
    public var linear: Double
    /// W per core.
    public var constant: Double

    /// A model of these two powers and three coefficients.
    public init(idle: Watts, uncore: Watts, cubic: Double, linear: Double, constant: Double) {
        self.idle = idle
        self.uncore = uncore
        self.cubic = cubic
        self.linear = linear
        self.constant = constant
    }

    /// Where learning starts on a machine that nobody described, but for its idle power: the proportions of a
    /// common processor. Their scale is taken from the first measurement.
    public static func unmeasured(idle: Watts) -> PowerModel {
        PowerModel(idle: idle, uncore: Watts(5), cubic: 0.3, linear: 0.5, constant: 0.5)
    }

    /// Power that one busy core adds at `frequency`, without its share of idle and uncore power.
    public func corePower(at frequency: Hertz, activity: Double = 1) -> Watts {
        let gigahertz = frequency.value / 1e9
        let cube = gigahertz * gigahertz * gigahertz
        return Watts((cubic * cube + linear * gigahertz + constant) * activity)
    }

    /// Power of the whole machine with `cores` busy at `frequency`.
    public func power(cores: Int, at frequency: Hertz, activity: Double = 1) -> Watts {
        guard cores > 0 else { return idle }
        return idle + uncore + corePower(at: frequency, activity: activity) * Double(cores)
    }

    /// Power of the whole machine with `cores` busy at `frequency` that get as much done as `effectiveCores`
    /// would without waiting.
    public func power(cores: Int, at frequency: Hertz, effectiveCores: Double) -> Watts {
        guard cores > 0 else { return idle }
        let switching = corePower(at: frequency).value - constant
        return idle + uncore + Watts(switching * effectiveCores + constant * Double(cores))
    }
}
