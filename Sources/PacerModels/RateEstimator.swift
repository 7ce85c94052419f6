public import PacerUnits

/// How fast a job works, from reports of its progress.
///
/// Keeps the reports of the last `window`. The rate is work over time between the oldest and the newest of
/// them, which is the mean of the rates of the intervals in between, weighted by their lengths; its error is
/// the standard error of that weighted mean. Reports may come at irregular times; a report that is not newer
/// than the last one is stale and ignored; work that falls means that the job began anew, and so do we.
public struct RateEstimator: Hashable, Sendable {
    private struct Point: Hashable, Sendable {
        var at: Instant
        var done: Double
    }

    /// How far back reports count.
    public let window: Seconds
    private let capacity: Int
    private var points: [Point] = []

    /// An estimator that looks back over `window` and keeps at most `capacity` reports.
    ///
    /// Above `capacity` neighbouring intervals are merged, so a chatty job still fills the whole window.
    public init(window: Seconds, capacity: Int = 256) {
        precondition(capacity >= 4, "an estimator keeps at least four reports")
        self.window = window
        self.capacity = capacity
    }

    /// Takes the report that `done` units of work had been done at `at`.
    public mutating func add(at: Instant, done: Double) {
        guard done.isFinite else { return }
        if let last = points.last {
            if at <= last.at { return }
            if done < last.done { points.removeAll() }
        }
        points.append(Point(at: at, done: done))
        while points.count > 2, at - points[1].at >= window { points.removeFirst() }
        if points.count > capacity { thinOut() }
    }

    /// Forgets every report but the newest, which is where a new configuration starts.
    public mutating func restart() {
        guard points.count > 1 else { return }
        points.removeFirst(points.count - 1)
    }

    /// What the reports say; `nil` before two of them.
    public var estimate: RateEstimate? {
        guard let first = points.first, let last = points.last, last.at > first.at else { return nil }
        let span = last.at - first.at
        let rate = (last.done - first.done) / span.value
        let intervals = points.count - 1
        guard rate > 0 else {
            return RateEstimate(rate: 0, relativeError: .infinity, intervals: intervals, span: span)
        }
        guard intervals > 1 else {
            return RateEstimate(rate: rate, relativeError: .infinity, intervals: intervals, span: span)
        }
        var squares = 0.0
        for (earlier, later) in zip(points, points.dropFirst()) {
            let length = (later.at - earlier.at).value
            let deviation = (later.done - earlier.done) - rate * length
            squares += deviation * deviation
        }
        let count = Double(intervals)
        let error = (squares * count / (count - 1)).squareRoot() / span.value
        return RateEstimate(rate: rate, relativeError: error / rate, intervals: intervals, span: span)
    }

    private mutating func thinOut() {
        let newest = points.count - 1
        points = points.enumerated().filter { $0.offset.isMultiple(of: 2) || $0.offset == newest }.map(
            \.element)
    }
}

/// A rate with its uncertainty.
public struct RateEstimate: Hashable, Sendable {
    /// Work per second, in the job's own units.
    public var rate: Double
    /// Relative standard error of `rate`; infinite when one interval cannot tell.
    public var relativeError: Double
    /// How many intervals between reports were used.
    public var intervals: Int
    /// The time from the first to the last report.
    public var span: Seconds

    /// An estimate with the given parts.
    public init(rate: Double, relativeError: Double, intervals: Int, span: Seconds) {
        self.rate = rate
        self.relativeError = relativeError
        self.intervals = intervals
        self.span = span
    }

    /// Half the width of the 95 % confidence interval over the rate: Student's t times the standard error.
    public var relativeHalfWidth: Double {
        guard intervals > 1, relativeError.isFinite else { return .infinity }
        return studentT95(degreesOfFreedom: intervals - 1) * relativeError
    }

    /// Whether the 95 % confidence interval stays within `share` of the rate: 0.05 is ±5 %.
    public func isTight(within share: Double) -> Bool { relativeHalfWidth <= share }
}
