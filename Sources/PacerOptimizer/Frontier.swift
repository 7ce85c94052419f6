public import PacerModels
public import PacerPlatform
public import PacerUnits

/// A point of the rate–power plane: a configuration, or the idle machine.
public struct FrontierPoint: Hashable, Sendable {
    /// `nil` for the idle machine.
    public let configuration: Configuration?
    /// Work per second.
    public let rate: Double
    /// Power of the whole machine there.
    public let power: Watts

    /// A point at `rate` and `power`; `configuration` is `nil` for the idle machine.
    public init(configuration: Configuration?, rate: Double, power: Watts) {
        self.configuration = configuration
        self.rate = rate
        self.power = power
    }
}

/// The lower convex hull of what a job can run at: at each rate, the least power that achieves it on average.
///
/// Doing work W in time D at least energy is a linear program with two constraints (all the work, all the
/// time), so an optimal solution uses at most two configurations: the ends of the hull's edge above r = W/D.
/// Kim, Imes, Hoffmann, "Racing and Pacing to Idle", CPSNA 2015; derivation in docs/models/hull.md.
public struct Frontier: Hashable, Sendable {
    /// Ascending in rate; starts with the idle machine.
    public let points: [FrontierPoint]

    /// The hull of `estimates` and the idle machine at `idlePower`.
    public init(estimates: [Estimate], idlePower: Watts) {
        var candidates = estimates.filter { $0.rate > 0 && $0.rate.isFinite && $0.power.isFinite }.map {
            FrontierPoint(configuration: $0.configuration, rate: $0.rate, power: $0.power)
        }
        candidates.append(FrontierPoint(configuration: nil, rate: 0, power: idlePower))
        candidates.sort { left, right in
            if left.rate != right.rate { return left.rate < right.rate }
            if left.power != right.power { return left.power < right.power }
            guard let first = left.configuration, let second = right.configuration else {
                return left.configuration == nil && right.configuration != nil
            }
            return first < second
        }
        var hull: [FrontierPoint] = []
        for point in candidates {
            if let last = hull.last, last.rate == point.rate { continue }
            while hull.count >= 2, !Frontier.turnsLeft(hull[hull.count - 2], hull[hull.count - 1], point) {
                hull.removeLast()
            }
            hull.append(point)
        }
        points = hull
    }

    /// The highest rate there is.
    public var highestRate: Double { points.last?.rate ?? 0 }

    /// The two hull points around `rate` and the share of time at the faster one; `nil` above the highest
    /// rate.
    public func edge(at rate: Double) -> (slow: FrontierPoint, fast: FrontierPoint, fastShare: Double)? {
        guard rate >= 0, rate <= highestRate, points.count >= 2 else { return nil }
        let index = points.indices.dropFirst().first { points[$0].rate >= rate } ?? points.count - 1
        let slow = points[index - 1]
        let fast = points[index]
        return (slow, fast, (rate - slow.rate) / (fast.rate - slow.rate))
    }

    /// Least mean power at which `rate` can be kept up; `nil` above the highest rate.
    public func power(at rate: Double) -> Watts? {
        edge(at: rate).map { $0.slow.power + ($0.fast.power - $0.slow.power) * $0.fastShare }
    }

    private static func turnsLeft(_ a: FrontierPoint, _ b: FrontierPoint, _ c: FrontierPoint) -> Bool {
        let cross =
            (b.rate - a.rate) * (c.power - a.power).value - (b.power - a.power).value * (c.rate - a.rate)
        return cross > 0
    }
}
