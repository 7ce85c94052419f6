import PacerModels
import PacerUnits

/// Noise on what windows measure, to see how a method bears it.
///
/// Each window's rate and power is multiplied by 1 + ε, ε of mean zero and the given standard deviation. The
/// same seed gives the same noise on every system.
public struct WindowNoise: Hashable, Sendable {
    /// Standard deviation of the relative error of a window's rate, and of its power.
    public let deviation: Double
    private var state: UInt64

    /// Noise of standard deviation `deviation`, 0.05 for 5 %, drawn from `seed`.
    public init(deviation: Double, seed: UInt64) {
        self.deviation = deviation
        self.state = seed
    }

    /// The measurement as it would have been read.
    mutating func disturb(_ measurement: Measurement) -> Measurement {
        var disturbed = measurement
        disturbed.rate *= factor()
        let powerFactor = factor()
        disturbed.power = measurement.power.map { $0 * powerFactor }
        return disturbed
    }

    /// What a true value is multiplied by: one on average, and never less than a twentieth.
    public mutating func factor() -> Double { max(0.05, 1 + deviation * normal()) }

    /// The sum of twelve uniform numbers, less six: a standard deviation of one, and no function of the
    /// mathematics library, whose last bits differ between systems.
    private mutating func normal() -> Double {
        var sum = -6.0
        for _ in 0..<12 { sum += uniform() }
        return sum
    }

    /// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), as a number in 0..<1.
    private mutating func uniform() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return Double(mixed >> 11) * 0x1p-53
    }
}
