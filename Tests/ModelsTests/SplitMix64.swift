/// A small generator with a seed, so that a failing property can be run again.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Uniform over `range`.
    mutating func number(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &self) }

    /// Close to normal with mean zero and deviation one: the sum of twelve uniform numbers, less six.
    mutating func normal() -> Double { (0..<12).reduce(-6) { sum, _ in sum + number(0...1) } }
}

/// Whether two numbers agree to `share` of the larger, or to `share` where both are small.
func close(_ left: Double, _ right: Double, within share: Double) -> Bool {
    abs(left - right) <= share * max(1, abs(left), abs(right))
}

/// Whether two numbers agree to `share` of the second.
func agree(_ value: Double, _ expected: Double, within share: Double) -> Bool {
    abs(value - expected) <= share * abs(expected)
}
