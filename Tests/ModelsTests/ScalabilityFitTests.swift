import PacerModels
import Testing

/// Expected parameters: scipy 1.17.1, `least_squares(lambda p: (X(p, n)/x − 1)/e, bounds=([1e-9, 0, 0],
/// inf))` with all tolerances 1e-15; standard errors from (JᵀJ)⁻¹·2·cost/(points − parameters off their
/// bound).
@Suite struct ScalabilityFitTests {
    struct Oracle: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var cores: [Int]
        var rates: [Double]
        var errors: [Double]
        var base: Double
        var contention: Double
        var coherency: Double
        var standardErrors: [Double]
    }

    static let oracles = [
        Oracle(
            testDescription: "six noisy points", cores: [1, 2, 4, 8, 16, 32],
            rates: [10.1, 18.9, 36.2, 60.5, 88.0, 101.0], errors: [0.02, 0.02, 0.02, 0.02, 0.02, 0.02],
            base: 10.0270908, contention: 0.0383853243, coherency: 0.000999493773,
            standardErrors: [0.11459469, 0.00383687, 0.00012418]),
        Oracle(
            testDescription: "points of different weight", cores: [1, 2, 4, 8],
            rates: [5.0, 9.2, 15.1, 20.0],
            errors: [0.01, 0.02, 0.02, 0.05], base: 5.00150316, contention: 0.071891, coherency: 0.00894905,
            standardErrors: [0.00697795, 0.00295323, 0.00053602]),
        Oracle(
            testDescription: "slower with every core", cores: [1, 2, 4, 8], rates: [100, 60, 33, 17],
            errors: [0.02, 0.02, 0.02, 0.02], base: 99.94022046, contention: 0.90898947,
            coherency: 0.70543391, standardErrors: [0.80795029, 0.0429032, 0.01079774]),
        Oracle(
            testDescription: "faster than ideal rests on both bounds", cores: [1, 2, 4, 8],
            rates: [1.0, 2.1, 4.3, 8.4], errors: [0.02, 0.02, 0.02, 0.02], base: 1.04229039, contention: 0,
            coherency: 0, standardErrors: [0.0159897, 0, 0]),
        Oracle(
            testDescription: "a peak between the points", cores: [1, 4, 16, 32],
            rates: [2.0, 6.4, 11.0, 8.5],
            errors: [0.02, 0.02, 0.02, 0.02], base: 1.97571689, contention: 0.05099393,
            coherency: 0.00483091, standardErrors: [0.05531663, 0.01288561, 0.00045048]),
    ]

    static func points(_ model: ScalabilityModel, at cores: [Int], error: Double = 0.01) -> [ScalabilityPoint]
    {
        cores.map { ScalabilityPoint(cores: $0, rate: model.rate(cores: $0), relativeError: error) }
    }

    @Test(arguments: oracles) func `the fit is the one that scipy finds`(_ oracle: Oracle) throws {
        let points = zip(zip(oracle.cores, oracle.rates), oracle.errors).map {
            ScalabilityPoint(cores: $0.0, rate: $0.1, relativeError: $1)
        }
        let fit = try #require(ScalabilityFit(points))
        #expect(fit.basis == .contentionAndCoherency)
        #expect(agree(fit.model.base, oracle.base, within: 1e-6))
        #expect(abs(fit.model.contention - oracle.contention) < 1e-6)
        #expect(abs(fit.model.coherency - oracle.coherency) < 1e-6)
        let errors = try #require(fit.errors)
        #expect(agree(errors.base * fit.model.base, oracle.standardErrors[0], within: 1e-4))
        #expect(abs(errors.contention - oracle.standardErrors[1]) < 1e-5)
        #expect(abs(errors.coherency - oracle.standardErrors[2]) < 1e-5)
    }

    @Test func `points without noise give their law back`() throws {
        var random = SplitMix64(seed: 21)
        for _ in 0..<200 {
            let truth = ScalabilityModel(
                base: random.number(0.001...1000), contention: random.number(0...1.5),
                coherency: random.number(0...0.8))
            let fit = try #require(ScalabilityFit(Self.points(truth, at: [1, 2, 4, 8, 16])))
            for n in 1...32 {
                #expect(agree(fit.model.rate(cores: n), truth.rate(cores: n), within: 1e-5))
            }
            #expect(fit.deviation < 1e-6)
        }
    }

    @Test func `with two per cent noise the prediction stays close between the points`() throws {
        var random = SplitMix64(seed: 22)
        var misses: [Double] = []
        for _ in 0..<200 {
            let truth = ScalabilityModel(
                base: 5, contention: random.number(0...0.2), coherency: random.number(0...0.005))
            let points = Self.points(truth, at: [1, 4, 8, 16], error: 0.02).map {
                ScalabilityPoint(
                    cores: $0.cores, rate: $0.rate * (1 + 0.02 * random.normal()), relativeError: 0.02)
            }
            let fit = try #require(ScalabilityFit(points))
            #expect(fit.model.contention >= 0 && fit.model.coherency >= 0)
            misses += (1...16).map { abs(fit.model.rate(cores: $0) / truth.rate(cores: $0) - 1) }
        }
        misses.sort()
        #expect(misses[misses.count / 2] < 0.02)
        #expect(misses[misses.count * 9 / 10] < 0.04)
    }

    @Test func `one core count assumes ideal scaling and says so`() throws {
        let fit = try #require(ScalabilityFit([ScalabilityPoint(cores: 4, rate: 8, relativeError: 0.01)]))
        #expect(fit.basis == .assumed)
        #expect(fit.errors == nil)
        #expect(agree(fit.model.rate(cores: 8), 16, within: 1e-9))
    }

    @Test func `two core counts determine contention alone`() throws {
        let truth = ScalabilityModel(base: 2, contention: 0.3, coherency: 0)
        let fit = try #require(ScalabilityFit(Self.points(truth, at: [1, 8])))
        #expect(fit.basis == .contention)
        #expect(fit.model.coherency == 0)
        #expect(agree(fit.model.contention, 0.3, within: 1e-6))
        #expect(fit.errors == nil)
    }

    @Test func `two core counts of a job that slows down predict a falling curve`() throws {
        let fit = try #require(
            ScalabilityFit([
                ScalabilityPoint(cores: 1, rate: 10, relativeError: 0.01),
                ScalabilityPoint(cores: 2, rate: 6, relativeError: 0.01),
            ]))
        #expect(agree(fit.model.rate(cores: 2), 6, within: 1e-6))
        for n in 1..<16 { #expect(fit.model.rate(cores: n + 1) < fit.model.rate(cores: n)) }
    }

    @Test func `repeated points at one core count are averaged by their weight`() throws {
        let fit = try #require(
            ScalabilityFit([
                ScalabilityPoint(cores: 1, rate: 10, relativeError: 0.01),
                ScalabilityPoint(cores: 1, rate: 12, relativeError: 0.10),
            ]))
        #expect(fit.model.base > 10 && fit.model.base < 10.1)
        #expect(fit.basis == .assumed)
    }

    @Test func `the order of the points does not matter`() throws {
        let oracle = try #require(Self.oracles.first)
        let points = zip(oracle.cores, oracle.rates).map {
            ScalabilityPoint(cores: $0, rate: $1, relativeError: 0.02)
        }
        #expect(ScalabilityFit(points) == ScalabilityFit(points.reversed()))
    }

    @Test func `a prior holds back what two neighbouring core counts would say, as documented`() throws {
        let points = [(7, 6.5), (8, 7.0)].map {
            ScalabilityPoint(cores: $0.0, rate: $0.1, relativeError: 0.02)
        }
        let free = try #require(ScalabilityFit(points)?.model)
        let held = try #require(ScalabilityFit(points, prior: .common)?.model)
        // A search over σ with the best γ for each gives these.
        #expect(abs(free.contention - 0.09677) < 1e-5)
        #expect(abs(held.contention - 0.08037) < 1e-5)
        #expect(abs(free.rate(cores: 32) - 11.74) < 0.005)
        #expect(abs(held.rate(cores: 32) - 12.57) < 0.005)
    }

    @Test func `a prior does not move what many sure points say`() throws {
        let truth = ScalabilityModel(base: 10, contention: 0.04, coherency: 0.001)
        let points = [1, 2, 4, 8, 16, 32].map {
            ScalabilityPoint(cores: $0, rate: truth.rate(cores: $0), relativeError: 0.002)
        }
        let held = try #require(ScalabilityFit(points, prior: .common)?.model)
        #expect(agree(held.contention, 0.04, within: 0.02))
        #expect(agree(held.coherency, 0.001, within: 0.02))
    }

    @Test func `a prior lets go of a program that is unlike most`() throws {
        // Far slower on all cores than on four: 164 standard deviations from what is usual of κ.
        let truth = ScalabilityModel(base: 0.05, contention: 0.02, coherency: 0.05)
        let held = try #require(ScalabilityFit(Self.points(truth, at: [1, 20, 40]), prior: .common)?.model)
        for n in [1, 2, 4, 8, 12, 20, 40] {
            #expect(agree(held.rate(cores: n), truth.rate(cores: n), within: 0.02), "\(n) cores")
        }
    }

    @Test func `with a prior one core count scales as is usual, as documented`() throws {
        let fit = try #require(
            ScalabilityFit([ScalabilityPoint(cores: 40, rate: 8, relativeError: 0.01)], prior: .common))
        #expect(fit.basis == .assumed)
        #expect(agree(fit.model.rate(cores: 40), 8, within: 1e-9))
        #expect(abs(fit.model.rate(cores: 20) - 5.529) < 5e-4)
        #expect(abs(fit.model.rate(cores: 1) - 0.434) < 5e-4)
    }

    @Test func `points without a positive rate are left out`() {
        let empty = [
            ScalabilityPoint(cores: 1, rate: 0, relativeError: 0.01),
            ScalabilityPoint(cores: 2, rate: .nan, relativeError: 0.01),
            ScalabilityPoint(cores: 3, rate: .infinity, relativeError: 0.01),
        ]
        #expect(ScalabilityFit(empty) == nil)
        #expect(ScalabilityFit([]) == nil)
        let some = empty + [ScalabilityPoint(cores: 1, rate: 3, relativeError: .nan)]
        #expect(ScalabilityFit(some)?.model.base == 3)
    }
}
