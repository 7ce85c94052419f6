public import PacerUnits

/// What a machine does while its power is measured.
public enum CalibrationPoint: Hashable, Sendable {
    /// Nothing of Pacer's runs.
    case idle
    /// So many cores do the same thing at one frequency.
    case busy(CalibrationLoad, cores: Int, frequency: Hertz, isBoost: Bool)
}

/// What keeps cores busy.
public enum CalibrationLoad: String, Hashable, Sendable, CaseIterable {
    /// Arithmetic in registers.
    case compute
    /// Walks through arrays that no cache holds.
    case memory
}

/// What is measured, in which order, and for how long.
///
/// Every busy point is measured in each round, in an order of its own, so that a drift of the machine falls
/// on no coefficient; the idle machine is measured at the start, at the end and in between. Two rounds tell
/// what one window is worth. Design and its reasons: docs/models/calibration.md.
public struct CalibrationPlan: Hashable, Sendable {
    /// In the order of measuring.
    public let points: [CalibrationPoint]
    /// What passes before each window, while the machine takes up what it is to do.
    public let settling: Seconds
    /// How long a busy machine is measured.
    public let busyWindow: Seconds
    /// How long the idle one is; it draws least, and everything else stands on it.
    public let idleWindow: Seconds

    /// Frequencies of the compute load: both ends and what lies evenly between.
    private static let mostFrequencies = (full: 8, quick: 4)
    private static let rounds = 2

    /// A plan for a machine.
    ///
    /// A full one takes 4 minutes at most, a quick one half a minute.
    ///
    /// - Parameters:
    ///   - cores: how many cores the machine has.
    ///   - frequencies: those that can be sustained.
    ///   - boost: the highest above base, where there is one; it is measured, and no part of the fit.
    ///   - isQuick: fewer frequencies and core counts, and shorter windows.
    ///   - seed: the same seed gives the same order.
    /// - Precondition: there is a core and a frequency.
    public init(cores: Int, frequencies: [Hertz], boost: Hertz?, isQuick: Bool, seed: UInt64) {
        precondition(cores > 0 && !frequencies.isEmpty, "a machine has a core and a frequency")
        settling = Seconds(isQuick ? 0.25 : 0.5)
        busyWindow = Seconds(isQuick ? 0.5 : 2)
        idleWindow = Seconds(isQuick ? 1 : 4)
        let all = frequencies.sorted()
        let chosen = Self.spread(
            all, most: isQuick ? Self.mostFrequencies.quick : Self.mostFrequencies.full)
        let widths = Set(isQuick ? [1, cores] : [1, (cores + 1) / 2, cores]).sorted()
        var busy = chosen.flatMap { frequency in
            widths.map {
                CalibrationPoint.busy(.compute, cores: $0, frequency: frequency, isBoost: false)
            }
        }
        let ends = Set([1, cores]).sorted()
        for frequency in Self.spread(all, most: isQuick ? 2 : 3) {
            for width in isQuick ? [cores] : ends {
                busy.append(.busy(.memory, cores: width, frequency: frequency, isBoost: false))
            }
        }
        if let boost {
            busy += ends.map { .busy(.compute, cores: $0, frequency: boost, isBoost: true) }
        }
        var generator = OrderGenerator(state: seed)
        let rounds = (0..<Self.rounds).flatMap { _ in busy.shuffled(using: &generator) }
        points = Self.withIdle(rounds, every: isQuick ? 8 : 10)
    }

    /// How long the windows from `index` on take, without the time to start and stop what runs in them.
    public func length(from index: Int) -> Seconds {
        points[index...].map { settling + window(of: $0) }.total()
    }

    /// How long `point` is measured.
    public func window(of point: CalibrationPoint) -> Seconds { point == .idle ? idleWindow : busyWindow }

    /// At most `most` of the values, both ends among them and the others evenly between.
    private static func spread(_ values: [Hertz], most: Int) -> [Hertz] {
        guard values.count > most else { return values }
        return (0..<most).map { values[($0 * (values.count - 1) + (most - 1) / 2) / (most - 1)] }
    }

    /// The idle machine first, last, and about `every` so many points between.
    private static func withIdle(_ busy: [CalibrationPoint], every count: Int) -> [CalibrationPoint] {
        let parts = max(2, (busy.count + count - 1) / count)
        let pieces = (0..<parts).map { busy[$0 * busy.count / parts..<($0 + 1) * busy.count / parts] }
        return pieces.flatMap { [.idle] + $0 } + [.idle]
    }
}

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
private struct OrderGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
