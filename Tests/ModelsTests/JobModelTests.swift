import PacerModels
import PacerPlatform
import PacerUnits
import Testing

@Suite struct JobModelTests {
    static let machine = PowerModel(
        idle: Watts(8), uncore: Watts(6), cubic: 0.25, linear: 0.5, constant: 0.4)
    static let frequencies = [1.0, 1.5, 2, 2.5, 3].map { Hertz($0 * 1e9) }
    static let cores = [1, 2, 3, 4, 6, 8]
    static let truth = TimeModelTests.truth

    private func measurement(_ cores: Int, _ gigahertz: Double, activity: Double = 1) -> Measurement {
        var measurement = Self.truth.measurement(cores, gigahertz)
        measurement.power = power(measurement.configuration, activity: activity)
        measurement.powerError = 0.01
        return measurement
    }

    /// Cores switch by what they get done; on all cores at the top frequency each counts as one.
    private func power(_ at: Configuration, activity: Double) -> Watts {
        let fastest = Configuration(cores: 8, frequency: Hertz(3e9))
        let done = Self.truth.rate(at) / Self.truth.rate(fastest) * (fastest.frequency / at.frequency)
        let machine = Self.machine
        let job = PowerModel(
            idle: machine.idle, uncore: machine.uncore, cubic: machine.cubic * activity,
            linear: machine.linear * activity, constant: machine.constant * activity)
        return job.power(cores: at.cores, at: at.frequency, effectiveCores: 8 * done)
    }

    private func model(_ measurements: [Measurement]) -> JobModel {
        JobModel(
            measurements: measurements, machine: Self.machine, frequencies: Self.frequencies,
            coreCounts: Self.cores)
    }

    private var cross: [Measurement] {
        [1, 2, 4, 8].map { measurement($0, 3, activity: 1.4) }
            + [1.0, 2].map { measurement(8, $0, activity: 1.4) }
    }

    @Test func `the grid is complete and ascending`() {
        let estimates = model([]).estimates()
        #expect(estimates.count == 30)
        #expect(estimates.map(\.configuration) == estimates.map(\.configuration).sorted())
    }

    @Test func `without measurements rates are relative and everything is assumed`() {
        let model = model([])
        #expect(model.scalability == nil)
        #expect(model.frequencySensitivity == nil)
        #expect(model.activity == 1)
        for estimate in model.estimates() {
            let at = estimate.configuration
            #expect(estimate.origin == .assumed)
            #expect(estimate.rateError == 0.5)
            #expect(agree(estimate.rate, Double(at.cores) * (at.frequency / Hertz(3e9)), within: 1e-12))
            let power = Self.machine.power(cores: at.cores, at: at.frequency)
            #expect(agree(estimate.power.value, power.value, within: 1e-12))
        }
    }

    @Test func `a profile along both axes predicts rate and power everywhere`() {
        let model = model(cross)
        #expect(agree(model.activity, 1.4, within: 1e-6))
        for estimate in model.estimates() {
            let at = estimate.configuration
            let power = power(at, activity: 1.4)
            #expect(agree(estimate.rate, Self.truth.rate(at), within: 0.02))
            #expect(agree(estimate.power.value, power.value, within: 0.02))
            let isMeasured = cross.contains { $0.configuration == at }
            #expect(estimate.origin == (isMeasured ? .measured : .predicted))
            #expect(estimate.rateError < (isMeasured ? 0.011 : 0.25))
        }
    }

    @Test func `a measured power bends the model, most of all where it was measured`() {
        let plain = model(cross)
        var odd = cross
        let at = Configuration(cores: 8, frequency: Hertz(2e9))
        for index in odd.indices where odd[index].configuration == at {
            odd[index].power = (odd[index].power ?? .zero) * 1.3
            odd[index].powerError = 0.002
        }
        let bent = model(odd)
        let ratio = bent.estimate(at).power / plain.estimate(at).power
        #expect(agree(ratio, 1.3, within: 0.02))
        let neighbour = Configuration(cores: 6, frequency: Hertz(2e9))
        #expect(bent.estimate(neighbour).power > plain.estimate(neighbour).power)
    }

    @Test func `one core draws what it gets done, although only many cores were measured`() {
        // Eight cores do 3.3 times as much as one.
        let wide = [measurement(8, 3), measurement(8, 2), measurement(4, 3)]
        let one = Configuration(cores: 1, frequency: Hertz(3e9))
        let estimate = model(wide).estimate(one)
        #expect(agree(estimate.power.value, power(one, activity: 1).value, within: 0.1))
    }

    @Test(arguments: [3, 10]) func `where others are known a place is as sure as it was measured`(
        _ count: Int
    ) throws {
        let grid = Self.cores.map { Configuration(cores: $0, frequency: Hertz(3e9)) }
        let classes = (1...count).map { index in
            grid.map {
                Estimate(
                    configuration: $0,
                    rate: Self.truth.rate($0) / (1 + 0.02 * Double(index * $0.cores)), rateError: 0.01,
                    power: power($0, activity: 1) * (1 + 0.1 * Double(index)), powerError: 0.01,
                    origin: .measured)
            }
        }
        // A rate in doubt is believed to be another than was measured, and so is what the cores get done.
        let measured = [measurement(8, 3), measurement(2, 3)].map {
            var measurement = $0
            measurement.rate *= 1 + 0.005 * Double($0.configuration.cores)
            measurement.rateError = 0.05
            measurement.powerError = 0.002
            return measurement
        }
        let model = JobModel(
            measurements: measured, machine: Self.machine, frequencies: [Hertz(3e9)], coreCounts: Self.cores,
            others: OtherClasses(classes, idle: Self.machine.idle))
        for measurement in measured {
            let error = try #require(model.estimate(measurement.configuration).powerError)
            #expect(error < 0.0021, "\(measurement.configuration)")
        }
    }

    @Test func `a machine without frequency control has one column`() {
        let nominal = Machine.nominalFrequency
        let measurements = [(1, 2.0, 20.0), (2, 3.9, 26), (4, 7.4, 40)].map { cores, rate, watts in
            Measurement(
                configuration: Configuration(cores: cores, frequency: nominal), rate: rate, rateError: 0.01,
                power: Watts(watts), powerError: 0.005, duration: Seconds(5))
        }
        let model = JobModel(
            measurements: measurements, machine: Self.machine, frequencies: [nominal],
            coreCounts: [1, 2, 3, 4])
        #expect(model.frequencySensitivity == nil)
        let estimates = model.estimates()
        #expect(estimates.count == 4)
        #expect(agree(estimates[3].rate, 7.4, within: 0.01))
        #expect(agree(estimates[3].power.value, 40, within: 0.02))
        #expect(estimates[2].power > estimates[1].power && estimates[2].power < estimates[3].power)
        #expect(estimates[2].rate > estimates[1].rate && estimates[2].rate < estimates[3].rate)
    }

    @Test func `a job that slows down with every core is predicted to`() {
        let measurements = [(1, 10.0), (2, 6), (4, 3.3)].map { cores, rate in
            Measurement(
                configuration: Configuration(cores: cores, frequency: Hertz(3e9)), rate: rate,
                rateError: 0.02,
                power: nil, powerError: 1, duration: Seconds(5))
        }
        let estimates = model(measurements).estimates().filter { $0.configuration.frequency == Hertz(3e9) }
        for (fewer, more) in zip(estimates, estimates.dropFirst()) { #expect(more.rate < fewer.rate) }
    }

    @Test func `every estimate is finite and positive whatever was measured`() {
        var random = SplitMix64(seed: 61)
        for _ in 0..<300 {
            let grid = Self.cores.flatMap { n in
                Self.frequencies.map { Configuration(cores: n, frequency: $0) }
            }
            let picked = grid.shuffled(using: &random).prefix(Int(random.number(0...9)))
            let measurements = picked.map { configuration in
                Measurement(
                    configuration: configuration, rate: random.number(0.01...100),
                    rateError: random.number(0...2),
                    power: random.number(0...1) < 0.7 ? Watts(random.number(1...300)) : nil,
                    powerError: random.number(0...2), duration: Seconds(1))
            }
            let model = model(measurements)
            for estimate in model.estimates() {
                #expect(estimate.rate.isFinite && estimate.rate > 0)
                #expect(estimate.rateError >= 0 && estimate.rateError <= 0.5)
                #expect(estimate.power.isFinite && estimate.power >= Self.machine.idle)
            }
            #expect(model == self.model(measurements.reversed()))
        }
    }
}
