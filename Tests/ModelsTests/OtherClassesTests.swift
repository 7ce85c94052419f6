@testable import PacerModels
import PacerPlatform
import PacerUnits
import Testing

@Suite struct OtherClassesTests {
    private static let machine = JobModelTests.machine
    private static let cores = JobModelTests.cores
    private static let grid = cores.flatMap { count in
        JobModelTests.frequencies.map { Configuration(cores: count, frequency: $0) }
    }

    /// A kind of job: how it scales, its share of the clock and its activity.
    private static func kind(
        _ contention: Double, _ coherency: Double, _ sensitivity: Double, base: Double = 1
    ) -> Truth {
        Truth(
            scalability: ScalabilityModel(base: base, contention: contention, coherency: coherency),
            sensitivity: sensitivity)
    }

    private static let kinds = [kind(0.01, 0, 0.95), kind(0.1, 0.001, 0.7), kind(0.3, 0.01, 0.4)]

    private static func power(_ at: Configuration, _ activity: Double = 1) -> Watts {
        machine.power(cores: at.cores, at: at.frequency, activity: activity)
    }

    private static func estimates(_ truth: Truth, activity: Double = 1) -> [Estimate] {
        grid.map { at in
            Estimate(
                configuration: at, rate: truth.rate(at), rateError: 0.01, power: power(at, activity),
                origin: .measured)
        }
    }

    private static func others(_ kinds: [Truth] = kinds) throws -> OtherClasses {
        try #require(
            OtherClasses(
                zip(kinds, [0.8, 1, 1.3]).map { estimates($0, activity: $1) }, idle: machine.idle))
    }

    private static func measured(
        _ truth: Truth, _ places: [Configuration], activity: Double = 1
    ) -> [Measurement] {
        places.map { at in
            Measurement(
                configuration: at, rate: truth.rate(at), rateError: 0.01, power: power(at, activity),
                powerError: 0.01, duration: Seconds(1))
        }
    }

    private static func model(_ measurements: [Measurement], _ others: OtherClasses?) -> JobModel {
        JobModel(
            measurements: measurements, machine: machine, frequencies: JobModelTests.frequencies,
            coreCounts: cores, others: others)
    }

    /// Root mean square of the relative errors of the times over the grid.
    private static func miss(_ model: JobModel, _ truth: Truth) -> Double {
        let squares = grid.map { at in
            let ratio = model.estimate(at).rate / truth.rate(at) - 1
            return ratio * ratio
        }
        return (squares.reduce(0, +) / Double(squares.count)).squareRoot()
    }

    private static let widest = Configuration(cores: 8, frequency: Hertz(3e9))

    @Test func `fewer than three classes say nothing`() {
        let two = Self.kinds.prefix(2).map { Self.estimates($0) }
        #expect(OtherClasses(two, idle: Self.machine.idle) == nil)
    }

    @Test func `a configuration that one class does not have is left out`() throws {
        var classes = Self.kinds.map { Self.estimates($0) }
        classes[1].removeAll { $0.configuration == Self.widest }
        let others = try #require(OtherClasses(classes, idle: Self.machine.idle))
        #expect(Set(others.times.keys) == Set(Self.grid).subtracting([Self.widest]))
        #expect(Set(others.powers.keys) == Set(others.times.keys))
    }

    @Test func `the worked example of the documentation`() {
        let here = Configuration(cores: 4, frequency: Hertz(2e9))
        let there = Configuration(cores: 1, frequency: Hertz(2e9))
        let among = LawAmongOthers(
            [here: [2, 10, 5], there: [8, 36, 10]],
            scaledTo: [LawAmongOthers.Reading(configuration: here, value: 10, error: 0.01)])
        let one = among.value(at: here, law: 10)
        #expect(close(one.expected, 10, within: 1e-12))
        #expect(one.deviations.allSatisfy { abs($0) < 1e-12 })
        let other = among.value(at: there, law: 24)
        #expect(close(other.expected, 30, within: 1e-12))
        let expected = [-6 / 54.0, 10 / 70.0, 6 / 66.0, -10 / 50.0]
        for (deviation, expected) in zip(other.deviations, expected) {
            #expect(close(deviation, expected, within: 1e-12))
        }
        let variance = other.deviations.reduce(0) { $0 + $1 * $1 }
        #expect(close(variance.squareRoot(), 0.2846, within: 1e-4))
    }

    @Test func `units of the others do not matter`() throws {
        let scaled = zip(Self.kinds, [1e-9, 1, 1e9]).map { kind, factor in
            Truth(
                scalability: ScalabilityModel(
                    base: factor, contention: kind.scalability.contention,
                    coherency: kind.scalability.coherency), sensitivity: kind.sensitivity)
        }
        let own = Self.measured(Self.kind(0.05, 0, 0.8, base: 70), [Self.widest])
        let plain = Self.model(own, try Self.others())
        let same = Self.model(own, try Self.others(scaled))
        for at in Self.grid {
            #expect(agree(plain.estimate(at).rate, same.estimate(at).rate, within: 1e-9))
            #expect(agree(plain.estimate(at).rateError, same.estimate(at).rateError, within: 1e-6))
        }
    }

    /// The first kind scales as is assumed where nothing is known.
    @Test(arguments: [1, 2])
    func `one that is like an earlier class is known from fewer measurements`(_ index: Int) throws {
        let kind = Self.kinds[index]
        let truth = Truth(
            scalability: ScalabilityModel(
                base: 40, contention: kind.scalability.contention, coherency: kind.scalability.coherency),
            sensitivity: kind.sensitivity)
        let low = Configuration(cores: 1, frequency: Hertz(1e9))
        for places in [[Self.widest], [Self.widest, low]] {
            let own = Self.measured(truth, places)
            let alone = Self.miss(Self.model(own, nil), truth)
            let among = Self.miss(Self.model(own, try Self.others()), truth)
            #expect(among < alone, "\(places.count) places: \(among) among others, \(alone) alone")
        }
        let two = Self.miss(
            Self.model(Self.measured(truth, [Self.widest, low]), try Self.others()), truth)
        #expect(two < 0.1, "\(two)")
    }

    @Test func `errors cover what a program between the others does, and shrink with measurements`() throws {
        let others = try Self.others()
        for (contention, sensitivity) in [(0.03, 0.9), (0.08, 0.8), (0.2, 0.5)] {
            let truth = Self.kind(contention, 0.001, sensitivity, base: 3)
            let one = Self.model(Self.measured(truth, [Self.widest]), others)
            for at in Self.grid {
                let estimate = one.estimate(at)
                let miss = abs(truth.rate(at) / estimate.rate - 1)
                // No rate claims to be off by more than half.
                #expect(
                    estimate.rateError == 0.5 || miss < 2.5 * max(estimate.rateError, 0.01),
                    "\(at): \(miss), \(estimate.rateError)")
            }
            let far = Configuration(cores: 1, frequency: Hertz(1e9))
            let two = Self.model(Self.measured(truth, [Self.widest, far]), others)
            let between = Configuration(cores: 2, frequency: Hertz(1.5e9))
            #expect(two.estimate(between).rateError < one.estimate(between).rateError)
        }
    }

    @Test func `where it was measured a measurement counts, whatever others do`() throws {
        let truth = Self.kind(0.6, 0.02, 0.1, base: 5)
        let own = Self.measured(truth, Self.grid, activity: 2)
        let model = Self.model(own, try Self.others())
        for at in Self.grid {
            let estimate = model.estimate(at)
            #expect(agree(estimate.rate, truth.rate(at), within: 0.03))
            #expect(agree(estimate.power.value, Self.power(at, 2).value, within: 0.03))
        }
    }

    @Test func `power is expected to be as others draw, and follows what was measured`() throws {
        let others = try Self.others()
        let truth = Self.kinds[1]
        let low = Configuration(cores: 1, frequency: Hertz(1e9))
        let model = Self.model(Self.measured(truth, [Self.widest], activity: 1.2), others)
        #expect(
            agree(model.estimate(Self.widest).power.value, Self.power(Self.widest, 1.2).value, within: 0.02))
        let estimate = model.estimate(low)
        let miss = abs(Self.power(low, 1.2) / estimate.power - 1)
        #expect(miss < 2 * max(estimate.powerError ?? 1, 0.01))
    }
}
