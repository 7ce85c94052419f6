/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): the numbers that a seed stands for, alike on every system.
struct SplitMix64: Hashable, Sendable {
    private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// The number at `index` of the sequence that `seed` begins.
    static func number(seed: UInt64, index: Int) -> UInt64 {
        var mixed = seed &+ step &* (UInt64(truncatingIfNeeded: index) &+ 1)
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number in 0..<`count` from the sequence's number at `index`.
    ///
    /// The high half of the product, so that no value is preferred by more than one in 2⁶⁴/`count`.
    static func index(below count: Int, seed: UInt64, at index: Int) -> Int {
        precondition(count > 0, "there is something to draw from")
        return Int(number(seed: seed, index: index).multipliedFullWidth(by: UInt64(count)).high)
    }
}
