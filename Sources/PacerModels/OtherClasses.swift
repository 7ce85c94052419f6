import PacerPlatform
public import PacerUnits

/// What is believed of other classes of jobs on the same machine: a job of a class that is not known yet is
/// likely to resemble some of them. Derivation and limits: docs/models/others.md.
public struct OtherClasses: Hashable, Sendable {
    /// Two differ in one way only, which is not enough to tell what programs have in common.
    public static let fewest = 3

    /// Seconds per unit of work, one a class, each in units of its own.
    let times: [Configuration: [Double]]
    /// Watts of the whole machine above idle, one a class.
    let powers: [Configuration: [Double]]

    /// What each of `classes` is believed to do at every configuration, on a machine that draws `idle` when
    /// nothing runs. Configurations of which not all have an estimate are left out.
    ///
    /// `nil` for fewer than ``fewest`` classes.
    public init?(_ classes: [[Estimate]], idle: Watts) {
        guard classes.count >= Self.fewest else { return nil }
        var times: [Configuration: [Double]] = [:]
        var powers: [Configuration: [Double]] = [:]
        for estimate in classes.joined() where estimate.rate > 0 && estimate.power > idle {
            times[estimate.configuration, default: []].append(1 / estimate.rate)
            powers[estimate.configuration, default: []].append((estimate.power - idle).value)
        }
        self.times = times.filter { $0.value.count == classes.count }
        self.powers = powers.filter { $0.value.count == classes.count }
    }
}

/// A law that was fitted to a job, taken as one among what other classes do.
///
///     μ(x) = Σ vₘ(x)/M,     dₘ(x) = 2(vₘ − μ)/(vₘ + μ)/√M
///
/// v₁ is the job's own law and v₂…v_M are the other classes, μ is what is expected of the job, and each dₘ
/// is a way in which it may differ from that: the covariance of its deviations is Σ dₘ(x)·dₘ(x′). Without
/// others the law is what is expected.
struct LawAmongOthers: Hashable, Sendable {
    /// What was measured of the job at a configuration, and the relative error of that.
    struct Reading {
        var configuration: Configuration
        var value: Double
        var error: Double
    }

    private let others: [Configuration: [Double]]
    /// By what the others' values are multiplied; all by one when empty.
    private let scales: [Double]

    /// Others whose values are in the job's units.
    init(_ others: [Configuration: [Double]]) {
        self.others = others
        scales = []
    }

    /// Others in units of their own: they are scaled so that each agrees with the job where it was measured,
    /// in the mean. Where none of the readings is at a configuration that they have, they say nothing.
    init(_ others: [Configuration: [Double]], scaledTo readings: [Reading]) {
        var sums: [Double] = []
        var weights = 0.0
        for reading in readings {
            guard let values = others[reading.configuration] else { continue }
            // No reading counts for all only because its window was longest.
            let error = clampedError(reading.error)
            let weight = 1 / (error * error + 1e-4)
            weights += weight
            if sums.isEmpty { sums = [Double](repeating: 0, count: values.count) }
            for (index, value) in values.enumerated() { sums[index] += weight * reading.value / value }
        }
        self.others = weights > 0 ? others : [:]
        scales = sums.map { $0 / weights }
    }

    /// Whether there are others.
    var hasOthers: Bool { !others.isEmpty }

    /// μ and all dₘ at a configuration where the job's law says `law`; no dₘ without others.
    func value(at configuration: Configuration, law: Double) -> (expected: Double, deviations: [Double]) {
        guard let values = others[configuration] else { return (law, []) }
        let all = [law] + (scales.isEmpty ? values : zip(values, scales).map(*))
        let count = Double(all.count)
        let mean = all.reduce(0, +) / count
        let share = count.squareRoot()
        return (mean, all.map { 2 * ($0 - mean) / ($0 + mean) / share })
    }
}
