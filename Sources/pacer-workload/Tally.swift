/// What has been done, in a form that can be added up over threads and checked without doing it again.
///
/// `sum` and `sumOfSquares` of the item numbers have closed forms, and agree with them only if every item was
/// done once (a lost item and a doubled one would have to match in both). `digest` is the exclusive or of the
/// items' results; `Compute` is linear over exclusive or, so that one item's computation checks them all.
struct Tally: Sendable {
    private(set) var items = 0
    private(set) var sum: UInt64 = 0
    private(set) var sumOfSquares: UInt64 = 0
    private(set) var digest: UInt64 = 0

    /// Counts item number `item`, whose computation gave `result`.
    @inline(__always)
    mutating func add(item: Int, result: UInt64) {
        let number = UInt64(truncatingIfNeeded: item)
        items &+= 1
        sum &+= number
        sumOfSquares &+= number &* number
        digest ^= result
    }

    static func + (left: Tally, right: Tally) -> Tally {
        var total = left
        total.items += right.items
        total.sum &+= right.sum
        total.sumOfSquares &+= right.sumOfSquares
        total.digest ^= right.digest
        return total
    }

    /// What is wrong with this tally for items 0..<`work` of `compute`, or nil when it is right.
    func fault(work: Int, compute: Compute) -> String? {
        if let fault = faultInItems(work: work) { return fault }
        if digest != compute.result(of: Self.exclusiveOr(below: UInt64(work))) {
            return "the items' results do not add up to the expected checksum"
        }
        return nil
    }

    /// The same for the items alone, whatever they computed.
    func faultInItems(work: Int) -> String? {
        let count = UInt64(work)
        if items != work { return "\(items) items were done, not \(work)" }
        if sum != Self.sum(below: count) || sumOfSquares != Self.sumOfSquares(below: count) {
            return "some item was done twice and another not at all"
        }
        return nil
    }

    /// 0 + 1 + … + (n − 1), modulo 2⁶⁴: n(n − 1)/2.
    private static func sum(below n: UInt64) -> UInt64 {
        n.isMultiple(of: 2) ? (n / 2) &* (n &- 1) : n &* ((n &- 1) / 2)
    }

    /// 0² + 1² + … + (n − 1)², modulo 2⁶⁴: (n − 1)n(2n − 1)/6.
    ///
    /// Divides before it multiplies, so that the division is exact. n = 4: 0 + 1 + 4 + 9 = 3·4·7/6 = 14.
    private static func sumOfSquares(below n: UInt64) -> UInt64 {
        guard n > 0 else { return 0 }
        var factors = [n - 1, n, 2 * n - 1]
        for divisor in [2, 3] as [UInt64] {
            for index in factors.indices where factors[index].isMultiple(of: divisor) {
                factors[index] /= divisor
                break
            }
        }
        return factors.reduce(1, &*)
    }

    /// 0 ⊕ 1 ⊕ … ⊕ (n − 1), which repeats with period four.
    private static func exclusiveOr(below n: UInt64) -> UInt64 {
        guard n > 0 else { return 0 }
        let last = n - 1
        switch last % 4 {
        case 0: return last
        case 1: return 1
        case 2: return last + 1
        default: return 0
        }
    }
}
