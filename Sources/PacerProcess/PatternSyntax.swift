/// A regular expression as it is written, taken apart.
///
/// What can be written is what can be matched in a time that grows with the text alone: no look-around, no
/// back references, no possessive repetitions. docs/cli.md lists it.
indirect enum PatternSyntax: Hashable {
    /// Matches where it stands, without taking anything.
    case empty
    /// One scalar out of a set.
    case one(ScalarSet)
    /// The start of the line.
    case start
    /// The end of the line.
    case end
    /// A place where a word begins or ends, or one where none does.
    case wordEdge(isEdge: Bool)
    case sequence([PatternSyntax])
    /// The first that matches counts.
    case alternatives([PatternSyntax])
    /// A group that is told of, by its number from 1.
    case group(Int, PatternSyntax)
    /// As often as possible, or as seldom when it is lazy; `most` is `nil` for any number.
    case repeated(PatternSyntax, least: Int, most: Int?, isLazy: Bool)
}

/// Why a text is no pattern: one sentence without a full stop.
struct PatternProblem: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// A set of Unicode scalars: ranges, or everything but them.
struct ScalarSet: Hashable {
    /// Ascending, with a gap between any two, however often a scalar was named.
    let ranges: [ClosedRange<UInt32>]
    let isNegated: Bool

    static let any = ScalarSet(ranges: [], isNegated: true)
    static let digit = ScalarSet(ranges: [48...57])
    static let word = ScalarSet(ranges: [48...57, 65...90, 95...95, 97...122])
    static let space = ScalarSet(ranges: [9...13, 32...32])

    /// The set of what is in any of `ranges`, in any order, or in none of them.
    init(ranges: [ClosedRange<UInt32>], isNegated: Bool = false) {
        var merged: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last,
                range.lowerBound <= last.upperBound || range.lowerBound - 1 == last.upperBound
            {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        self.ranges = merged
        self.isNegated = isNegated
    }

    /// Whether `scalar` is in it.
    func contains(_ scalar: UInt32) -> Bool {
        // The first range that does not end before it.
        var (index, end) = (0, ranges.count)
        while index < end {
            let middle = (index + end) / 2
            if ranges[middle].upperBound < scalar { index = middle + 1 } else { end = middle }
        }
        return (index < ranges.count && ranges[index].lowerBound <= scalar) != isNegated
    }

    /// About how many ranges ``contains(_:)`` looks at; at least one.
    var steps: Int { max(1, Int.bitWidth - ranges.count.leadingZeroBitCount) }

    /// The same with both cases of every ASCII letter.
    var ignoringCase: ScalarSet {
        var both = ranges
        for range in ranges {
            for (letters, distance) in [(UInt32(65)...90, Int(32)), (97...122, -32)] {
                let common = range.clamped(to: letters)
                guard range.overlaps(letters) else { continue }
                both.append(
                    UInt32(Int(common.lowerBound) + distance)...UInt32(Int(common.upperBound) + distance))
            }
        }
        return ScalarSet(ranges: both, isNegated: isNegated)
    }

    /// Everything but it, as ranges.
    var complement: [ClosedRange<UInt32>] {
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { gaps.append(next...range.lowerBound - 1) }
            next = range.upperBound + 1
        }
        return gaps + [next...UInt32.max]
    }
}
