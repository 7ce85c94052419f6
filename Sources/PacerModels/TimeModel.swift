public import PacerPlatform
public import PacerUnits

/// Time per unit of work of a job as a function of cores and frequency.
///
///     T(n, f) = T(n)·(s(n)·f₀/f + 1 − s(n)),     T(n) = 1/X(n)
///
/// X is the scalability law at the reference frequency f₀, the one at which most core counts were measured;
/// s(n) is the frequency sensitivity, the share of run time that shrinks with the clock. Both laws are bent
/// through the measured points. A job with s = 0.75 that runs 8 s at 2 GHz runs 8·(0.75·2 + 0.25) = 14 s at
/// 1 GHz. Derivation and limits: docs/models/time.md.
public struct TimeModel: Hashable, Sendable {
    /// The scalability law at ``reference``.
    public let scalability: ScalabilityFit
    /// f₀, where the law was fitted and to which the sensitivity refers.
    public let reference: Hertz
    /// s at ``sensitivityCores``; `nil` while only one frequency was measured and no prior says more.
    public let frequencySensitivity: Double?
    /// The core count at which the sensitivity is known best.
    public let sensitivityCores: Int?
    private let anchor: SensitivityAnchor?
    private let corrections: [SensitivityCorrection]
    private let bend: SurfaceBend
    private let measured: [Configuration: Double]
    private let measuredCores: [Int]
    /// Root mean square of the relative deviations of all measurements from the unbent laws.
    private let misfit: Double

    /// The error of the law itself, between and beside measured points: a median of 7.7 % over measured
    /// speedup curves, which is a standard deviation of 11 %.
    static let lawError = 0.11

    /// The model for `measurements`; `nil` when none has a positive rate.
    public init?(_ measurements: [Measurement], prior: JobModel.Prior? = nil) {
        let usable = measurements.filter { $0.rate > 0 && $0.rate.isFinite }
            .sorted { $0.configuration < $1.configuration }
        guard let reference = TimeModel.reference(of: usable) else { return nil }
        let rows = SensitivityRow.rows(usable, reference: reference)
        let best = rows.filter { $0.information > 0 }.max {
            ($0.information, -$0.cores) < ($1.information, -$1.cores)
        }
        let sensitivity = best?.sensitivity ?? prior?.frequencySensitivity
        // A first law with one sensitivity for all, then a second with what that law says of each core count.
        var law = TimeModel.fit(usable, reference: reference, prior: prior) { _ in sensitivity ?? 1 }
        guard let first = law else { return nil }
        let anchor = best.map { SensitivityAnchor($0) }
        var corrections: [SensitivityCorrection] = []
        if let anchor {
            corrections = rows.compactMap { SensitivityCorrection($0, anchor: anchor, law: first.model) }
            law = TimeModel.fit(usable, reference: reference, prior: prior) { cores in
                anchor.sensitivity(cores: cores, law: first.model, corrections: corrections)
            }
        }
        guard let second = law else { return nil }
        self.scalability = second
        self.reference = reference
        self.frequencySensitivity = sensitivity
        self.sensitivityCores = best?.cores
        self.anchor = anchor
        self.corrections = corrections
        self.measured = Dictionary(
            usable.map { ($0.configuration, clampedError($0.rateError)) }, uniquingKeysWith: min)
        self.measuredCores = Set(usable.map(\.configuration.cores)).sorted()
        let points = usable.map { measurement -> SurfaceBend.Point in
            let cores = measurement.configuration.cores
            let share =
                anchor?.sensitivity(cores: cores, law: second.model, corrections: corrections)
                ?? sensitivity ?? 1
            return TimeModel.bendPoint(measurement, law: second.model, share: share, reference: reference)
        }
        self.bend = SurfaceBend(points, reference: reference.value, limit: 3 * TimeModel.lawError)
        let squares = points.reduce(0) { $0 + ($1.ratio - 1) * ($1.ratio - 1) }
        self.misfit = min(1, (squares / Double(points.count)).squareRoot())
    }

    /// s(n): the share of run time on `n` cores at the reference frequency that scales with 1/f.
    ///
    /// One, the safe side for slowing down, while nothing is known.
    public func sensitivity(cores n: Int) -> Double {
        anchor?.sensitivity(cores: n, law: scalability.model, corrections: corrections)
            ?? frequencySensitivity ?? 1
    }

    /// Work per second at `configuration`.
    public func rate(_ configuration: Configuration) -> Double {
        let cores = configuration.cores
        let frequency = configuration.frequency.value
        let share = sensitivity(cores: cores)
        let clock = share * reference.value / frequency + 1 - share
        let law = scalability.model.rate(cores: cores) / clock
        return law / max(0.05, bend.factor(cores: Double(cores), frequency: frequency))
    }

    /// Relative standard error of ``rate(_:)``, which grows with the distance from what was measured.
    public func rateError(_ configuration: Configuration) -> Double {
        if let error = measured[configuration] {
            let sum = 1 / (error * error) + 1 / (TimeModel.lawError * TimeModel.lawError)
            return (1 / sum).squareRoot()
        }
        let across = coreError(configuration.cores)
        let along = frequencyError(configuration)
        let measurement = measured.values.sorted().reduce(0) { $0 + $1 * $1 } / Double(max(1, measured.count))
        return min(0.5, (across * across + along * along + measurement + misfit * misfit).squareRoot())
    }
}

extension TimeModel {
    /// The frequency with the most core counts; the highest of several.
    private static func reference(of measurements: [Measurement]) -> Hertz? {
        var counts: [Hertz: Int] = [:]
        for measurement in measurements { counts[measurement.configuration.frequency, default: 0] += 1 }
        return counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
    }

    /// The scalability law from all measurements, brought to the reference frequency.
    private static func fit(
        _ measurements: [Measurement], reference: Hertz, prior: JobModel.Prior?,
        sensitivity: (Int) -> Double
    ) -> ScalabilityFit? {
        let atReference = Set(
            measurements.filter { $0.configuration.frequency == reference }.map(\.configuration.cores))
        let points = measurements.compactMap { measurement -> ScalabilityPoint? in
            let cores = measurement.configuration.cores
            let frequency = measurement.configuration.frequency
            if frequency != reference, atReference.contains(cores) { return nil }
            let share = sensitivity(cores)
            let clock = share * (reference / frequency) + 1 - share
            let conversion = 0.15 * abs(reference / frequency - 1) / clock
            let error = clampedError(measurement.rateError)
            return ScalabilityPoint(
                cores: cores, rate: measurement.rate * clock,
                relativeError: (error * error + conversion * conversion).squareRoot())
        }
        if let shape = prior?.scalability, Set(points.map(\.cores)).count == 1 {
            return ScalabilityFit(points, shape: shape)
        }
        return ScalabilityFit(points)
    }

    /// Measured time over the law's time.
    private static func bendPoint(
        _ measurement: Measurement, law: ScalabilityModel, share: Double, reference: Hertz
    ) -> SurfaceBend.Point {
        let cores = measurement.configuration.cores
        let frequency = measurement.configuration.frequency
        let time = (share * (reference / frequency) + 1 - share) / law.rate(cores: cores)
        let trust = SurfaceBend.trust(measured: clampedError(measurement.rateError), law: lawError)
        return SurfaceBend.Point(
            cores: Double(cores), frequency: frequency.value, ratio: 1 / (measurement.rate * time),
            trust: trust)
    }

    private func coreError(_ cores: Int) -> Double {
        guard let nearest = measuredCores.min(by: { gap($0, cores) < gap($1, cores) }) else { return 0.5 }
        let distance = gap(nearest, cores)
        guard let last = measuredCores.last, let first = measuredCores.first else { return 0.5 }
        let inside = cores <= last && cores >= first
        switch scalability.basis {
        case .assumedIdeal: return min(0.5, 0.5 * distance)
        case .contention: return min(0.5, (inside ? 0.25 : 0.4) * distance)
        case .contentionAndCoherency: return min(0.5, (inside ? 2 * TimeModel.lawError : 0.4) * distance)
        }
    }

    /// 0…1: how far two core counts lie apart, relative to the larger.
    private func gap(_ left: Int, _ right: Int) -> Double {
        Double(max(left, right) - min(left, right)) / Double(max(left, right))
    }

    private func frequencyError(_ configuration: Configuration) -> Double {
        let slowdown = reference / configuration.frequency
        let cores = configuration.cores
        let share = sensitivity(cores: cores)
        let clock = share * slowdown + 1 - share
        // A share of which nothing is known is uniform over 0…1: a standard deviation of 0.29.
        guard let known = sensitivityCores else { return min(0.5, 0.29 * abs(slowdown - 1) / clock) }
        let spread = 0.03 + 0.15 * gap(known, cores)
        return min(0.5, spread * abs(slowdown - 1) / clock)
    }
}
