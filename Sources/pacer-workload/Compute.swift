/// The computation of one work item: integer arithmetic in registers, no memory traffic.
///
/// Four independent xorshift generators (Marsaglia 2003), so that a core has enough to overlap. Every step is
/// linear over exclusive or: `result(of: a) ^ result(of: b) == result(of: a ^ b)`. That makes a run checkable
/// at the price of one item, and no compiler folds the loop into a closed form.
struct Compute: Sendable {
    /// Steps of each generator; 1,000 take two to three microseconds on a fast core.
    let rounds: Int

    /// The result of the item with number `item`.
    @inline(__always)
    func result(of item: UInt64) -> UInt64 {
        var first = item
        var second = Self.rotate(item, by: 17)
        var third = Self.rotate(item, by: 31)
        var fourth = Self.rotate(item, by: 47)
        for _ in 0..<rounds {
            first = Self.step(first)
            second = Self.step(second)
            third = Self.step(third)
            fourth = Self.step(fourth)
        }
        return first ^ Self.rotate(second, by: 1) ^ Self.rotate(third, by: 2) ^ Self.rotate(fourth, by: 3)
    }

    @inline(__always)
    private static func step(_ state: UInt64) -> UInt64 {
        var next = state
        next ^= next &<< 13
        next ^= next &>> 7
        next ^= next &<< 17
        return next
    }

    @inline(__always)
    private static func rotate(_ word: UInt64, by bits: UInt64) -> UInt64 {
        word &<< bits | word &>> (64 &- bits)
    }
}
