import PacerModels
import PacerPlatform
import PacerUnits
import Testing

/// A made-up job whose time follows the law exactly: all but the coherency term shrinks with the clock, to
/// the share that one core has.
struct Truth {
    var scalability: ScalabilityModel
    /// On one core.
    var sensitivity: Double
    var reference = Hertz(3e9)

    func rate(_ configuration: Configuration) -> Double {
        let n = Double(configuration.cores)
        let clocked = 1 + scalability.contention * (n - 1)
        let share = sensitivity * clocked / (clocked + scalability.coherency * n * (n - 1))
        let clock = share * (reference / configuration.frequency) + 1 - share
        return scalability.rate(cores: configuration.cores) / clock
    }

    func measurement(_ cores: Int, _ gigahertz: Double, error: Double = 0.01) -> Measurement {
        let configuration = Configuration(cores: cores, frequency: Hertz(gigahertz * 1e9))
        return Measurement(
            configuration: configuration, rate: rate(configuration), rateError: error, power: nil,
            powerError: 0, duration: Seconds(1))
    }
}

@Suite struct TimeModelTests {
    static let truth = Truth(
        scalability: ScalabilityModel(base: 4, contention: 0.05, coherency: 0.002), sensitivity: 0.7)

    private func configuration(_ cores: Int, _ gigahertz: Double) -> Configuration {
        Configuration(cores: cores, frequency: Hertz(gigahertz * 1e9))
    }

    @Test func `the worked example of the documentation`() throws {
        let truth = Truth(
            scalability: ScalabilityModel(base: 1.0 / 8, contention: 0, coherency: 0), sensitivity: 0.75,
            reference: Hertz(2e9))
        let time = 1 / truth.rate(configuration(1, 1))
        #expect(close(time, 14, within: 1e-12))
        let model = try #require(TimeModel([truth.measurement(1, 2), truth.measurement(1, 1)]))
        #expect(agree(try #require(model.frequencySensitivity), 0.75, within: 1e-9))
        #expect(agree(1 / model.rate(configuration(1, 1)), 14, within: 1e-9))
    }

    @Test func `cores at one frequency and frequencies at one core give the whole surface`() throws {
        let measurements =
            [1, 2, 4, 8].map { Self.truth.measurement($0, 3) }
            + [1.0, 2].map { Self.truth.measurement(1, $0) }
        let model = try #require(TimeModel(measurements))
        #expect(model.reference == Hertz(3e9))
        #expect(model.sensitivityCores == 1)
        #expect(agree(try #require(model.frequencySensitivity), 0.7, within: 1e-6))
        #expect(agree(model.sensitivity(cores: 8), 0.7 * 1.35 / 1.462, within: 1e-3))
        for cores in 1...8 {
            for gigahertz in [1.0, 1.5, 2, 2.5, 3] {
                let at = configuration(cores, gigahertz)
                #expect(agree(model.rate(at), Self.truth.rate(at), within: 1e-3))
            }
        }
    }

    @Test func `with one frequency the job is taken to slow down with the clock`() throws {
        let model = try #require(TimeModel([1, 2, 4].map { Self.truth.measurement($0, 3) }))
        #expect(model.frequencySensitivity == nil)
        #expect(model.sensitivity(cores: 4) == 1)
        #expect(
            agree(model.rate(configuration(4, 1.5)), Self.truth.rate(configuration(4, 3)) / 2, within: 1e-3))
        #expect(model.rateError(configuration(4, 1.5)) > 0.1)
    }

    @Test func `memory time seen on many cores is not carried to few`() throws {
        // 40 cores wait for memory for 28 % of their time, one core does not: T(40) = 17.5 + 6.9, T(1) = 700.
        let reference = Hertz(2e9)
        let times: [(Int, Double, Double)] = [(1, 2, 700), (20, 2, 36.5), (40, 2, 24.4), (40, 1, 41.9)]
        let measurements = times.map { cores, gigahertz, time in
            Measurement(
                configuration: configuration(cores, gigahertz), rate: 1 / time, rateError: 0.01, power: nil,
                powerError: 0, duration: Seconds(1))
        }
        let model = try #require(TimeModel(measurements))
        #expect(model.reference == reference)
        #expect(abs(model.sensitivity(cores: 40) - 17.5 / 24.4) < 0.01)
        #expect(model.sensitivity(cores: 1) > 0.97)
    }

    @Test func `a measured point is answered by its measurement`() throws {
        var random = SplitMix64(seed: 41)
        for _ in 0..<50 {
            let measurements = [1, 2, 4, 8].flatMap { cores in
                [1.0, 2, 3].map { gigahertz -> Measurement in
                    var measurement = Self.truth.measurement(cores, gigahertz, error: 0.001)
                    measurement.rate *= random.number(0.8...1.25)
                    return measurement
                }
            }
            let model = try #require(TimeModel(measurements))
            for measurement in measurements {
                #expect(agree(model.rate(measurement.configuration), measurement.rate, within: 0.001))
                #expect(model.rateError(measurement.configuration) <= 0.00101)
            }
        }
    }

    @Test func `a doubtful measurement bends the law less than a sure one`() throws {
        var measurements = [1, 2, 4, 8].map { Self.truth.measurement($0, 3) }
        let odd = measurements[2].configuration
        func answer(error: Double) throws -> Double {
            measurements[2].rate = Self.truth.rate(odd) * 0.7
            measurements[2].rateError = error
            return try #require(TimeModel(measurements)).rate(odd) / Self.truth.rate(odd)
        }
        #expect(try answer(error: 0.002) < 0.71)
        #expect(try answer(error: 0.5) > 0.95)
    }

    @Test func `a boost that breaks the law at one frequency is carried to other core counts in part`() throws
    {
        var measurements =
            [1, 2, 4, 8].map { Self.truth.measurement($0, 3) }
            + [1.0, 1.5, 2, 2.5].map { Self.truth.measurement(8, $0) }
        for index in measurements.indices where measurements[index].configuration == configuration(8, 2.5) {
            measurements[index].rate *= 1.2
        }
        let model = try #require(TimeModel(measurements))
        let ratio = model.rate(configuration(1, 2.5)) / Self.truth.rate(configuration(1, 2.5))
        #expect(ratio > 1.02 && ratio < 1.2)
    }

    @Test func `the error grows with the distance from what was measured`() throws {
        let model = try #require(
            TimeModel([1, 2, 4].map { Self.truth.measurement($0, 3) } + [Self.truth.measurement(1, 1.5)]))
        var last = 0.0
        for cores in [4, 5, 6, 8, 12] {
            let error = model.rateError(configuration(cores, 3))
            #expect(error > last)
            last = error
        }
        #expect(model.rateError(configuration(4, 1)) > model.rateError(configuration(4, 2)))
        #expect(last <= 0.5)
    }

    @Test func `the order of measurements does not matter and scattered ones suffice`() throws {
        let measurements = [
            Self.truth.measurement(4, 3), Self.truth.measurement(1, 2), Self.truth.measurement(2, 1),
            Self.truth.measurement(4, 1),
        ]
        #expect(TimeModel(measurements) == TimeModel(measurements.reversed()))
        let model = try #require(TimeModel(measurements))
        for cores in 1...4 {
            let at = configuration(cores, 3)
            #expect(agree(model.rate(at), Self.truth.rate(at), within: 0.1))
        }
    }

    @Test func `nothing measured is no model`() {
        #expect(TimeModel([]) == nil)
        var idle = Self.truth.measurement(1, 3)
        idle.rate = 0
        #expect(TimeModel([idle]) == nil)
    }
}
