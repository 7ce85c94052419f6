import PacerUnits

/// Busy cores over time by their frequency, as means over bins of equal length, so that area is core-time.
struct CoreOccupancy: Hashable {
    /// What is drawn one by one at most, in rectangles: a segment has one for every run of neighbours.
    static let mostRectangles = 3000
    static let bins = 400

    /// Length of a bin.
    let step: Seconds
    /// Mean number of busy cores: one row a class of frequency, ascending, one column a bin.
    let cores: [[Double]]

    /// Whether `segments` are few enough to be drawn one by one.
    static func isExact(_ segments: [ReportSegment], cores: Int) -> Bool {
        guard segments.count <= mostRectangles else { return false }
        return segments.reduce(0) { $0 + ranges($1.cores).count } <= mostRectangles
    }

    /// Ascending numbers as runs of neighbours.
    static func ranges(_ numbers: [Int]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        for number in numbers {
            if let last = ranges.last, last.upperBound == number {
                ranges[ranges.count - 1] = last.lowerBound..<(number + 1)
            } else {
                ranges.append(number..<(number + 1))
            }
        }
        return ranges
    }

    /// Cores of `policy` over the span of `data`.
    init(_ policy: ReportPolicy, of data: ReportData, colours: FrequencyColours) {
        let bins = CoreOccupancy.bins
        let width = data.horizon.value / Double(bins)
        var cores = [[Double]](
            repeating: [Double](repeating: 0, count: bins), count: max(1, colours.frequencies.count))
        for segment in policy.segments where width > 0 {
            let row = colours.index(segment.frequencyKilohertz)
            let (start, end) = (segment.start.value, segment.end.value)
            let first = max(0, min(bins - 1, Int(start / width)))
            let last = max(first, min(bins - 1, Int(end / width)))
            for bin in first...last {
                let from = bin == first ? start : Double(bin) * width
                let to = bin == last ? end : Double(bin + 1) * width
                cores[row][bin] += max(0, to - from) / width * Double(segment.cores.count)
            }
        }
        step = Seconds(width)
        self.cores = cores
    }
}
