/// A correction that bends a law over (cores, frequency) through what was measured.
///
/// Real surfaces leave their law slowly: a processor boosts, memory has its own clock, a program has a step
/// in its scaling. The correction is a product of three factors, each of which explains what the ones before
/// it left over: one along cores at the reference frequency, one along frequency, and one that is local to
/// single points and fades with their distance. Between points the first two are linear, outside constant.
/// Of what k core counts say of a frequency, k/(k + 1) is carried to the core counts that were not measured
/// there; at a measured point the product is what the measurement is believed to say.
struct SurfaceBend: Hashable, Sendable {
    /// What was measured over what the law says, at one point.
    struct Point: Hashable, Sendable {
        var cores: Double
        var frequency: Double
        var ratio: Double
        /// 0…1: how much of the deviation is believed; see ``trust(measured:law:)``.
        var trust: Double
    }

    private struct Knot: Hashable, Sendable {
        var at: Double
        var factor: Double
    }

    private struct Local: Hashable, Sendable {
        var cores: Double
        var frequency: Double
        var excess: Double
    }

    private var alongCores: [Knot] = []
    private var alongFrequency: [Knot] = []
    private var locals: [Local] = []

    /// Relative distance at which half of a single point's own deviation has faded.
    private static let reach = 0.15

    /// The bend through `points`, of which there is one per configuration.
    ///
    /// A deviation beyond `limit` is carried to other points as `limit` and stays for the rest with its own
    /// point: what lies that far off is more likely a bad reading than a law of the machine.
    init(_ points: [Point], reference: Double, limit: Double) {
        let sorted = points.sorted { ($0.cores, $0.frequency) < ($1.cores, $1.frequency) }
        alongCores = sorted.filter { $0.frequency == reference }
            .map { Knot(at: $0.cores, factor: 1 + max(-limit, min(limit, SurfaceBend.believed($0) - 1))) }
        var groups: [Double: [Double]] = [:]
        for point in sorted where point.frequency != reference {
            let rest = SurfaceBend.believed(point) / factor(alongCores, at: point.cores)
            groups[point.frequency, default: []].append(rest)
        }
        var knots = groups.keys.sorted().map { frequency in
            let rests = groups[frequency] ?? []
            // One of the voices is the law's: a single row may be peculiar to its core count.
            let excess = rests.reduce(0) { $0 + max(-limit, min(limit, $1 - 1)) } / Double(rests.count + 1)
            return Knot(at: frequency, factor: 1 + excess)
        }
        if !alongCores.isEmpty { knots.append(Knot(at: reference, factor: 1)) }
        alongFrequency = knots.sorted { $0.at < $1.at }
        for point in sorted {
            let product = factor(alongCores, at: point.cores) * factor(alongFrequency, at: point.frequency)
            let excess = SurfaceBend.believed(point) / product - 1
            locals.append(Local(cores: point.cores, frequency: point.frequency, excess: excess))
        }
    }

    /// By how much the law is multiplied at a point.
    func factor(cores: Double, frequency: Double) -> Double {
        let product = factor(alongCores, at: cores) * factor(alongFrequency, at: frequency)
        var weights = 1 / (SurfaceBend.reach * SurfaceBend.reach)
        var sum = 0.0
        for local in locals {
            let across = (cores - local.cores) / max(cores, local.cores)
            let along = (frequency - local.frequency) / max(frequency, local.frequency)
            let square = across * across + along * along
            if square == 0 { return product * (1 + local.excess) }
            weights += 1 / square
            sum += local.excess / square
        }
        return product * (1 + sum / weights)
    }

    /// How much of a deviation is believed when the measurement and the law err by the given shares.
    static func trust(measured: Double, law: Double) -> Double {
        law * law / (law * law + measured * measured)
    }

    private static func believed(_ point: Point) -> Double { 1 + (point.ratio - 1) * point.trust }

    private func factor(_ knots: [Knot], at position: Double) -> Double {
        guard let first = knots.first, let last = knots.last else { return 1 }
        if position <= first.at { return first.factor }
        if position >= last.at { return last.factor }
        for (left, right) in zip(knots, knots.dropFirst()) where position <= right.at {
            let share = (position - left.at) / (right.at - left.at)
            return left.factor + (right.factor - left.factor) * share
        }
        return last.factor
    }
}
