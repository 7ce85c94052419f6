import PacerUnits

/// Cores over time: every segment where that is few, else the means of bins.
struct CoreOccupancy: Hashable {
    /// Neighbouring cells of a row of bins that look the same.
    struct Run: Hashable {
        /// From below, counted from zero.
        let row: Int
        /// Bins, from the first one up to but without the last one.
        let bins: Range<Int>
        /// Class of the mean frequency.
        let frequency: Int
        /// Busy for at least half of the time.
        let isFull: Bool
    }

    /// What is drawn at most, in rectangles: a segment has one for every run of neighbouring cores.
    static let mostRectangles = 3000
    static let mostRows = 64
    static let bins = 240

    /// How many cores a row stands for.
    let coresPerRow: Int
    let rows: Int
    let runs: [Run]

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

    /// Cells of `policy` over the span of `data`.
    init(_ policy: ReportPolicy, of data: ReportData, colours: FrequencyColours) {
        let cores = data.machine.cores
        let perRow = (cores + CoreOccupancy.mostRows - 1) / CoreOccupancy.mostRows
        let rows = (cores + perRow - 1) / perRow
        let bins = CoreOccupancy.bins
        let width = data.horizon.value / Double(bins)
        var busy = [Double](repeating: 0, count: rows * bins)
        var cycles = busy
        for segment in policy.segments where width > 0 {
            let (start, end) = (segment.start.value, segment.end.value)
            let first = max(0, min(bins - 1, Int(start / width)))
            let last = max(first, min(bins - 1, Int(end / width)))
            for bin in first...last {
                let time = min(end, Double(bin + 1) * width) - max(start, Double(bin) * width)
                guard time > 0 else { continue }
                for core in segment.cores {
                    busy[core / perRow * bins + bin] += time
                    cycles[core / perRow * bins + bin] += time * Double(segment.frequencyKilohertz ?? 0)
                }
            }
        }
        var runs: [Run] = []
        for row in 0..<rows {
            let members = min(perRow, cores - row * perRow)
            for bin in 0..<bins {
                let time = busy[row * bins + bin]
                let share = time / (width * Double(members))
                guard share >= CoreOccupancy.leastShare else { continue }
                let frequency = colours.nearest(cycles[row * bins + bin] / time)
                if let last = runs.last, last.row == row, last.bins.upperBound == bin,
                    last.frequency == frequency, last.isFull == (share >= 0.5)
                {
                    runs[runs.count - 1] = Run(
                        row: row, bins: last.bins.lowerBound..<(bin + 1), frequency: frequency,
                        isFull: last.isFull)
                } else {
                    runs.append(
                        Run(row: row, bins: bin..<(bin + 1), frequency: frequency, isFull: share >= 0.5))
                }
            }
        }
        coresPerRow = perRow
        self.rows = rows
        self.runs = runs
    }

    /// Cells that are busy for less look idle.
    private static let leastShare = 0.02
}
