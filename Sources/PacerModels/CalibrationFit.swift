public import PacerUnits

/// What was measured in one window of a calibration.
public struct CalibrationWindow: Hashable, Sendable {
    /// What the machine did.
    public var point: CalibrationPoint
    /// How long the window was.
    public var length: Seconds
    /// The machine's energy in it.
    public var energy: Joules
    /// Core-seconds that the load really used.
    public var busy: Seconds
    /// How long the busiest core was busy: the time in which something was.
    public var busiest: Seconds
    /// What the cores ran at, where that can be read; else it is taken to be what was asked for.
    public var effective: Hertz?

    /// A window of `length` in which the machine took `energy`.
    public init(
        point: CalibrationPoint, length: Seconds, energy: Joules, busy: Seconds, busiest: Seconds,
        effective: Hertz? = nil
    ) {
        self.point = point
        self.length = length
        self.energy = energy
        self.busy = busy
        self.busiest = busiest
        self.effective = effective
    }

    /// Mean power of the machine.
    public var power: Watts { energy / length }

    /// The mean power that `model` has for the window, with the processor time that was really used.
    func power(by model: PowerModel, activity: Double = 1) -> Watts {
        guard case .busy(_, _, let frequency, _) = point else { return model.idle }
        let core = model.corePower(at: frequency, activity: activity)
        return model.idle + model.uncore * (busiest / length) + core * (busy / length)
    }
}

/// The power model of a machine from windows that were measured for it, and how far it can be believed.
///
///     P·t = idle·t + uncore·busiest + busy·(cubic·f³ + linear·f + constant)        f in GHz
///
/// by least squares over the idle windows and those of the compute load up to base frequency, relative to the
/// measured power, with no coefficient below zero. What the windows cannot tell apart is not guessed: it
/// stays in one coefficient, and ``Coefficient/doubt`` says so. Derivation: docs/models/calibration.md.
public struct CalibrationFit: Hashable, Sendable {
    /// A part of the power model.
    public enum Name: String, Hashable, Sendable, CaseIterable {
        case idle, uncore, cubic, linear, constant
    }

    /// A part of the power model as the windows show it.
    public struct Coefficient: Hashable, Sendable {
        /// Which one.
        public var name: Name
        /// In W, W/GHz³ or W/GHz.
        public var value: Double
        /// In the same unit; `nil` where the windows say nothing, or the coefficient lies at zero, its bound.
        public var standardError: Double?
        /// Why it is not known, as the rest of a sentence; `nil` where it is.
        public var doubt: String?
    }

    /// A job's factor on core power.
    public struct Activity: Hashable, Sendable {
        /// Relative to the compute load.
        public var factor: Double
        /// In the same unit.
        public var standardError: Double?
    }

    /// How far predictions were off for points that the fit had not seen, as shares of their power.
    public struct CrossValidation: Hashable, Sendable {
        /// How many points were left out, each once.
        public var points: Int
        /// Half of them were predicted better than this.
        public var median: Double
        /// Nineteen of twenty were.
        public var high: Double
    }

    /// Power above base frequency, beside what the fit makes of it.
    public struct Boost: Hashable, Sendable {
        /// Busy cores.
        public var cores: Int
        /// What was asked for.
        public var frequency: Hertz
        /// What the cores ran at; `nil` where it cannot be read.
        public var effective: Hertz?
        /// Power of the machine with those cores busy all the time.
        public var power: Watts
        /// What the model says, which does not know boost.
        public var modelled: Watts
    }

    /// The model; what is not known is zero in it.
    public let model: PowerModel
    /// In the order of ``Name``.
    public let coefficients: [Coefficient]
    /// Core power of the memory load; `nil` where it was not measured.
    public let memory: Activity?
    /// `nil` where there are too few points to leave one out.
    public let crossValidation: CrossValidation?
    /// Root mean square of the relative deviations of the fitted windows.
    public let deviation: Double
    /// Relative standard deviation between windows of one point; `nil` without repeats.
    public let repeatability: Double?
    /// By how much of itself idle power had changed at the end; `nil` for fewer than two idle windows.
    public let idleDrift: Double?
    /// One for each number of cores, ascending; empty without boost.
    public let boost: [Boost]

    /// The fit of `windows`; `nil` unless an idle window and one of the compute load are among them.
    public init?(_ windows: [CalibrationWindow]) {
        let sound = windows.filter {
            $0.length > .zero && $0.power > .zero && $0.power.isFinite && $0.busy.isFinite
        }
        let idle = sound.filter { $0.point == .idle }
        let compute = sound.filter { $0.load == .compute && !$0.isBoost && $0.busy > .zero }
        guard let firstIdle = idle.first, let lastIdle = idle.last, !compute.isEmpty else { return nil }
        let fitted = idle + compute
        let solution = CalibrationSolution(fitted)
        let model = solution.model
        self.model = model
        coefficients = solution.coefficients
        deviation = solution.deviation
        idleDrift = idle.count > 1 ? lastIdle.power / firstIdle.power - 1 : nil
        repeatability = Self.repeatability(fitted, model: model)
        crossValidation = Self.crossValidation(idle: idle, compute: compute)
        memory = Self.activity(sound.filter { $0.load == .memory && $0.busy > .zero }, model: model)
        boost = Self.boost(sound.filter(\.isBoost), model: model)
    }

    /// √(Σ (rᵢ − r̄)² / Σ (k − 1)) over points of k windows, r being power over the model's, so that windows
    /// in which the load got less processor time can be compared.
    private static func repeatability(_ windows: [CalibrationWindow], model: PowerModel) -> Double? {
        var squares = 0.0
        var freedom = 0
        for members in grouped(windows) {
            let ratios = members.map { $0.power / $0.power(by: model) }
            let mean = ratios.reduce(0, +) / Double(ratios.count)
            squares += ratios.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            freedom += ratios.count - 1
        }
        return freedom > 0 ? (squares / Double(freedom)).squareRoot() : nil
    }

    /// Leaves out one point after the other, with all its windows, so that no repeat gives it away. A point
    /// without which a coefficient could not be told is kept.
    private static func crossValidation(
        idle: [CalibrationWindow], compute: [CalibrationWindow]
    ) -> CrossValidation? {
        let points = grouped(compute)
        let all = CalibrationSolution.known(compute)
        let misses = points.indices.compactMap { left -> Double? in
            let rest = points.indices.filter { $0 != left }.flatMap { points[$0] }
            guard CalibrationSolution.known(rest) == all else { return nil }
            let model = CalibrationSolution(idle + rest).model
            let predicted = points[left].map { $0.power(by: model) * $0.length.value }.total()
            let measured = points[left].map(\.energy.value).reduce(0, +)
            return abs(predicted.value / measured - 1)
        }
        guard misses.count > 1 else { return nil }
        return CrossValidation(
            points: misses.count, median: quantile(0.5, of: misses), high: quantile(0.95, of: misses))
    }

    /// a = Σ wᵢqᵢ(Pᵢ − idle − uncore)/Σ wᵢqᵢ², as in docs/models/power.md, with the processor time used.
    private static func activity(_ windows: [CalibrationWindow], model: PowerModel) -> Activity? {
        let rows = windows.map { window in
            let without = window.power(by: model, activity: 0)
            let core = window.power(by: model) - without
            return (core: core / window.power, above: (window.power - without) / window.power)
        }
        let square = rows.reduce(0) { $0 + $1.core * $1.core }
        guard square > 0 else { return nil }
        let factor = rows.reduce(0) { $0 + $1.core * $1.above } / square
        let rest = rows.reduce(0) { sum, row in
            let miss = row.above - factor * row.core
            return sum + miss * miss
        }
        let spread = rows.count > 1 ? (rest / Double(rows.count - 1) / square).squareRoot() : nil
        return Activity(factor: factor, standardError: spread)
    }

    private static func boost(_ windows: [CalibrationWindow], model: PowerModel) -> [Boost] {
        grouped(windows).compactMap { members in
            guard case .busy(_, let cores, let frequency, _) = members[0].point else { return nil }
            guard let activity = activity(members, model: model) else { return nil }
            let seen = members.compactMap(\.effective)
            return Boost(
                cores: cores, frequency: frequency,
                effective: seen.isEmpty ? nil : seen.total() / Double(seen.count),
                power: model.power(cores: cores, at: frequency, activity: activity.factor),
                modelled: model.power(cores: cores, at: frequency))
        }
    }

    /// The windows of each point together, in the order of load, cores and frequency.
    private static func grouped(_ windows: [CalibrationWindow]) -> [[CalibrationWindow]] {
        let groups = Dictionary(grouping: windows, by: \.point)
        return groups.sorted { $0.key.order.lexicographicallyPrecedes($1.key.order) }.map(\.value)
    }

    /// By linear interpolation between the sorted values.
    private static func quantile(_ share: Double, of values: [Double]) -> Double {
        let sorted = values.sorted()
        let place = share * Double(sorted.count - 1)
        let low = Int(place)
        let high = min(low + 1, sorted.count - 1)
        return sorted[low] + (sorted[high] - sorted[low]) * (place - Double(low))
    }
}

extension CalibrationWindow {
    var load: CalibrationLoad? {
        guard case .busy(let load, _, _, _) = point else { return nil }
        return load
    }

    var isBoost: Bool {
        guard case .busy(_, _, _, let isBoost) = point else { return false }
        return isBoost
    }
}

extension CalibrationPoint {
    fileprivate var order: [Int] {
        guard case .busy(let load, let cores, let frequency, let isBoost) = self else { return [] }
        return [load == .compute ? 0 : 1, isBoost ? 1 : 0, cores, frequency.kilohertz]
    }
}
