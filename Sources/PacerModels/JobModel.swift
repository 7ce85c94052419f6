public import PacerPlatform
public import PacerUnits

/// What is believed about a job's rate and power at every configuration, from what was measured of it.
///
/// The façade over the scalability, time and power models. A configuration that was measured answers with
/// its measurement; the others with laws bent through the measured ones.
/// Derivation and limits: docs/models/time.md and docs/models/power.md.
public struct JobModel: Hashable, Sendable {
    /// How the rate scales with cores at the reference frequency; `nil` before two core counts were
    /// measured.
    public let scalability: ScalabilityModel?
    /// Share of run time at the reference frequency that scales with 1/f, 0…1; `nil` while only one frequency
    /// was measured. Estimates then assume one: the job slows down as much as the clock,
    /// which is the safe side.
    public let frequencySensitivity: Double?
    /// The job's factor on the machine's core power; one while no power was measured.
    public let activity: Double
    /// The time model behind the rates; `nil` when nothing was measured.
    public let time: TimeModel?
    /// The power model behind the powers, the job's activity included in its core coefficients.
    public let power: PowerModel
    private let powerAmongOthers: LawAmongOthers
    private let powerField: ResidualField
    private let effective: EffectiveCores
    private let measured: Set<Configuration>
    private let frequencies: [Hertz]
    private let coreCounts: [Int]

    /// A model of a job from its measurements on a machine with the given operating points and core counts.
    ///
    /// `machine` gives idle power and the start of the power fit; `others` are classes that the job is likely
    /// to resemble where it was not measured. Without measurements rates are relative to one core at the top
    /// frequency under ideal scaling.
    public init(
        measurements: [Measurement], machine: PowerModel, frequencies: [Hertz], coreCounts: [Int],
        others: OtherClasses? = nil
    ) {
        let time = TimeModel(measurements, others: others)
        let knowsScaling = time.map { $0.scalability.basis != .assumed } ?? false
        self.time = time
        self.scalability = knowsScaling ? time?.scalability.model : nil
        self.frequencySensitivity = time?.frequencySensitivity
        self.measured = Set(measurements.filter { $0.rate > 0 && $0.rate.isFinite }.map(\.configuration))
        self.frequencies = Set(frequencies).sorted()
        self.coreCounts = Set(coreCounts).sorted()

        let effective = EffectiveCores(measurements)
        self.effective = effective
        // By the same rates as in estimates, or a measured place would not be found in the field.
        let samples = JobModel.samples(measurements) {
            effective.cores(at: $0, rate: time?.rate($0) ?? 0)
        }
        let machine = JobModel.scaled(machine, to: samples)
        let activity = PowerFit.activity(samples, machine: machine) ?? 1
        let scaled = PowerModel(
            idle: machine.idle, uncore: machine.uncore, cubic: machine.cubic * activity,
            linear: machine.linear * activity, constant: machine.constant * activity)
        let power = PowerFit(samples, prior: scaled, keepingIdle: true).model
        self.activity = activity
        self.power = power
        self.powerAmongOthers = LawAmongOthers(others?.powers ?? [:])
        self.powerField = JobModel.field(samples, law: power, among: powerAmongOthers)
    }

    /// What is believed about `configuration`.
    public func estimate(_ configuration: Configuration) -> Estimate {
        guard let time else {
            let (power, powerError) = power(at: configuration, Double(configuration.cores))
            let clock = clockFactor(configuration.frequency)
            return Estimate(
                configuration: configuration, rate: Double(configuration.cores) / clock, rateError: 0.5,
                power: power, powerError: powerError, origin: .assumed)
        }
        let (rate, error) = time.belief(configuration)
        let (power, powerError) = power(at: configuration, effective.cores(at: configuration, rate: rate))
        return Estimate(
            configuration: configuration, rate: rate, rateError: error, power: power, powerError: powerError,
            origin: measured.contains(configuration) ? .measured : .predicted)
    }

    /// What is believed about every configuration of `grid`, in its order.
    public func estimates(over grid: [Configuration]) -> [Estimate] { grid.map(estimate) }

    /// What is believed about every configuration of the machine, ascending.
    public func estimates() -> [Estimate] {
        estimates(
            over: coreCounts.flatMap { n in frequencies.map { Configuration(cores: n, frequency: $0) } })
    }

    private func power(
        at configuration: Configuration, _ effectiveCores: Double
    ) -> (power: Watts, error: Double) {
        let law = power.power(
            cores: configuration.cores, at: configuration.frequency, effectiveCores: effectiveCores)
        let (value, deviations) = powerAmongOthers.value(at: configuration, law: (law - power.idle).value)
        let (deviation, error) = powerField.value(at: JobModel.place(configuration, deviations))
        let above = Watts(value)
        let expected = power.idle + above * max(0, 1 + deviation)
        return (expected, expected > .zero ? min(1, above * error / expected) : 1)
    }

    /// Time at `frequency` over time at the top frequency, when nothing was measured.
    private func clockFactor(_ frequency: Hertz) -> Double {
        guard let top = frequencies.last, frequency > .zero else { return 1 }
        return top / frequency
    }

    /// The machine's model, or one of its proportions where the samples are of another order of magnitude:
    /// then it is a guess, and its uncore power is no better than the rest.
    private static func scaled(_ machine: PowerModel, to samples: [PowerSample]) -> PowerModel {
        var seen = 0.0
        var expected = 0.0
        for sample in samples where sample.cores > 0 {
            seen += max(0, (sample.power - machine.idle).value)
            expected += (power(machine, sample) - machine.idle).value
        }
        guard seen > 0, expected > 0 else { return machine }
        let scale = seen / expected
        guard scale > 3 || scale < 1 / 3.0 else { return machine }
        return PowerModel(
            idle: machine.idle, uncore: machine.uncore * scale, cubic: machine.cubic * scale,
            linear: machine.linear * scale, constant: machine.constant * scale)
    }

    private static func power(_ law: PowerModel, _ sample: PowerSample) -> Watts {
        law.power(cores: sample.cores, at: sample.frequency, effectiveCores: sample.effectiveCores)
    }

    private static func samples(
        _ measurements: [Measurement], _ effectiveCores: (Configuration) -> Double
    ) -> [PowerSample] {
        measurements.sorted { $0.configuration < $1.configuration }.compactMap { measurement in
            guard let power = measurement.power, power.value > 0, power.isFinite else { return nil }
            return PowerSample(
                cores: measurement.configuration.cores, frequency: measurement.configuration.frequency,
                power: power, relativeError: measurement.powerError,
                effectiveCores: effectiveCores(measurement.configuration))
        }
    }

    /// Of the law of power above idle: uncore, cubic, linear, constant.
    private static let powerParameters = 4

    /// What the samples say of the power above idle, beyond the law.
    private static func field(
        _ samples: [PowerSample], law: PowerModel, among: LawAmongOthers
    ) -> ResidualField {
        let observations = samples.compactMap { sample -> ResidualField.Observation? in
            let configuration = Configuration(cores: sample.cores, frequency: sample.frequency)
            let own = power(law, sample) - law.idle
            let (value, deviations) = among.value(at: configuration, law: own.value)
            guard value > 0 else { return nil }
            let predicted = Watts(value)
            return ResidualField.Observation(
                place: place(configuration, deviations), deviation: (sample.power - law.idle) / predicted - 1,
                error: clampedError(sample.relativeError) * (sample.power / predicted))
        }
        // What was seen at one core count, or one frequency, says little of another, unless others do.
        let counts = among.hasOthers ? 2 : Set(samples.map(\.cores)).count
        let frequencies = among.hasOthers ? 2 : Set(samples.map(\.frequency)).count
        return ResidualField(
            observations,
            usual: ResidualField.Spread(
                cores: counts > 1 ? 0.1 : 0.3, frequency: frequencies > 1 ? 0.08 : 0.25),
            parameters: JobModel.powerParameters)
    }

    private static func place(
        _ configuration: Configuration, _ others: [Double]
    ) -> ResidualField.Place {
        ResidualField.Place(
            cores: Double(configuration.cores), frequency: configuration.frequency.value, others: others)
    }
}
