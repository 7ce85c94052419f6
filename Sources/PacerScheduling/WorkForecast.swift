import PacerModels

/// How much work the next run of a class has, as far as its latest runs tell.
struct WorkForecast {
    /// This many of the latest runs are looked at: a class may change.
    private static let runs = 5

    /// The largest of them, in the class's units.
    let expected: Double
    /// What few runs exceed; never less than what is expected.
    let most: Double

    /// A forecast from the work of completed runs, oldest first; `nil` where there are none.
    ///
    /// The next run is taken to differ from those before it as they do among themselves: it lies within
    /// t · s · √(1 + 1/n) of their mean (Student's interval for one further normal value, 95 %, so that one
    /// in forty is larger). What runs of programs usually differ by counts as one more value that was seen:
    /// there is an interval after one run, and no certainty after two equal ones. Where runs differ by more
    /// than is usual, one in ten exceeds it after two of them, one in thirty after five.
    init?(of work: [Double], source: ProgressSource) {
        let latest = work.suffix(Self.runs).filter { $0 > 0 }
        guard let largest = latest.max() else { return nil }
        let count = Double(latest.count)
        let shares = latest.map { $0 / largest }
        let mean = shares.reduce(0, +) / count
        let usual = Self.usualSpread(source) * mean
        let variance = shares.reduce(usual * usual) { $0 + ($1 - mean) * ($1 - mean) } / count
        let width = studentT95(degreesOfFreedom: latest.count) * (variance * (1 + 1 / count)).squareRoot()
        expected = largest
        most = largest * max(1, mean + width)
    }

    /// What runs with the same input differ by, relative. Processor time hangs on where they ran as well: it
    /// holds waiting, and not all that memory takes.
    private static func usualSpread(_ source: ProgressSource) -> Double {
        switch source {
        case .declared, .output, .instructions: 0.005
        case .cpuTime: 0.01
        }
    }
}
