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
    /// s at ``sensitivityCores``; `nil` while only one frequency was measured.
    public let frequencySensitivity: Double?
    /// The core count at which the sensitivity is known best.
    public let sensitivityCores: Int?
    private let anchor: SensitivityAnchor?
    private let corrections: [SensitivityCorrection]
    private let among: LawAmongOthers
    private let field: ResidualField

    /// How far the law of a job is off, for what it was fitted to: over 1,511 measured speedup curves four
    /// points give a median error of 7.7 %, which is a standard deviation of 11 %, most of it common to
    /// neighbouring core counts.
    static let lawError = 0.11
    /// Of the law: the rate of one core, contention, coherency and the frequency sensitivity.
    private static let parameters = 4

    /// The model for `measurements` of a job that is likely to resemble `others`; `nil` when no measurement
    /// has a positive rate.
    public init?(_ measurements: [Measurement], others: OtherClasses? = nil) {
        let usable = measurements.filter { $0.rate > 0 && $0.rate.isFinite }
            .sorted { $0.configuration < $1.configuration }
        guard let reference = TimeModel.reference(of: usable) else { return nil }
        let rows = SensitivityRow.rows(usable, reference: reference)
        let best = rows.filter { $0.information > 0 }.max {
            ($0.information, -$0.cores) < ($1.information, -$1.cores)
        }
        let sensitivity = best?.sensitivity
        // A first law with one sensitivity for all, then a second with what that law says of each core count.
        var law = TimeModel.fit(usable, reference: reference) { _ in sensitivity ?? 1 }
        guard let first = law else { return nil }
        let anchor = best.map { SensitivityAnchor($0) }
        var corrections: [SensitivityCorrection] = []
        if let anchor {
            corrections = rows.compactMap { SensitivityCorrection($0, anchor: anchor, law: first.model) }
            law = TimeModel.fit(usable, reference: reference) { cores in
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
        let clock = Clock(
            reference: reference,
            share: { cores in
                anchor?.sensitivity(cores: cores, law: second.model, corrections: corrections)
                    ?? sensitivity ?? 1
            })
        let among = LawAmongOthers(others?.times ?? [:], scaledTo: TimeModel.readings(usable))
        self.among = among
        let observations = usable.map { measurement -> ResidualField.Observation in
            let rate = second.model.rate(cores: measurement.configuration.cores)
            let (time, deviations) = among.value(
                at: measurement.configuration, law: clock.factor(measurement.configuration) / rate)
            return ResidualField.Observation(
                place: clock.place(measurement.configuration, deviations),
                deviation: TimeModel.deviation(ofRatio: 1 / (measurement.rate * time)),
                error: clampedError(measurement.rateError))
        }
        self.field = ResidualField(
            observations,
            // What the law rests on matters less where others say how programs scale here.
            usual: among.hasOthers
                ? TimeModel.spread(.contentionAndCoherency, knowsSensitivity: true)
                : TimeModel.spread(second.basis, knowsSensitivity: best != nil),
            parameters: TimeModel.parameters)
    }

    /// s(n): the share of run time on `n` cores at the reference frequency that scales with 1/f.
    ///
    /// One, the safe side for slowing down, while nothing is known.
    public func sensitivity(cores n: Int) -> Double {
        anchor?.sensitivity(cores: n, law: scalability.model, corrections: corrections)
            ?? frequencySensitivity ?? 1
    }

    /// Work per second at `configuration`.
    public func rate(_ configuration: Configuration) -> Double { belief(configuration).rate }

    /// Relative standard error of ``rate(_:)``, which grows with the distance from what was measured.
    public func rateError(_ configuration: Configuration) -> Double { belief(configuration).error }

    /// Work per second at `configuration` and its relative standard error.
    func belief(_ configuration: Configuration) -> (rate: Double, error: Double) {
        let clock = Clock(reference: reference, share: { sensitivity(cores: $0) })
        let law = clock.factor(configuration) / scalability.model.rate(cores: configuration.cores)
        let (time, deviations) = among.value(at: configuration, law: law)
        let (deviation, error) = field.value(at: clock.place(configuration, deviations))
        return (1 / (time * TimeModel.ratio(ofDeviation: deviation)), min(0.5, error))
    }
}

/// What the clock does to a job's time, and how a place of the residual field follows from it.
private struct Clock {
    var reference: Hertz
    var share: (Int) -> Double

    /// Time at a frequency over time at the reference, on the same cores.
    func factor(_ configuration: Configuration) -> Double {
        let share = share(configuration.cores)
        return share * (reference / configuration.frequency) + 1 - share
    }

    func place(_ configuration: Configuration, _ others: [Double]) -> ResidualField.Place {
        ResidualField.Place(
            cores: Double(configuration.cores), frequency: configuration.frequency.value,
            slope: (reference / configuration.frequency - 1) / factor(configuration), others: others)
    }
}

extension TimeModel {
    /// The frequency with the most core counts; the highest of several.
    private static func reference(of measurements: [Measurement]) -> Hertz? {
        var counts: [Hertz: Int] = [:]
        for measurement in measurements { counts[measurement.configuration.frequency, default: 0] += 1 }
        return counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
    }

    /// A deviation that treats twice and half alike: 2(x − 1)/(x + 1), which is ln x but for (ln x)³/12, in
    /// exact arithmetic on every system.
    private static func deviation(ofRatio ratio: Double) -> Double { 2 * (ratio - 1) / (ratio + 1) }

    private static func ratio(ofDeviation deviation: Double) -> Double {
        let bounded = max(-1.5, min(1.5, deviation))
        return (2 + bounded) / (2 - bounded)
    }

    private static func readings(_ measurements: [Measurement]) -> [LawAmongOthers.Reading] {
        measurements.map {
            LawAmongOthers.Reading(
                configuration: $0.configuration, value: 1 / $0.rate, error: $0.rateError)
        }
    }

    /// The scalability law from all measurements, brought to the reference frequency.
    private static func fit(
        _ measurements: [Measurement], reference: Hertz, sensitivity: (Int) -> Double
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
        return ScalabilityFit(points, prior: .common)
    }

    /// How far times stray from the law, by what the law rests on.
    private static func spread(
        _ basis: ScalabilityFit.Basis, knowsSensitivity: Bool
    ) -> ResidualField.Spread {
        let cores: Double
        switch basis {
        case .assumed: cores = 0.4
        case .contention: cores = 0.2
        case .contentionAndCoherency: cores = lawError
        }
        // A share of which nothing is known is uniform over 0…1: a standard deviation of 0.29.
        return ResidualField.Spread(
            cores: cores, frequency: 0.05, sensitivity: knowsSensitivity ? 0.1 : 0.29)
    }
}
