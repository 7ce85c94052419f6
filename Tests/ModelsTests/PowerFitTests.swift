import PacerModels
import PacerUnits
import Testing

@Suite struct PowerFitTests {
    static let machine = PowerModel(
        idle: Watts(8), uncore: Watts(6), cubic: 0.25, linear: 0.5, constant: 0.4)

    private func sample(
        _ cores: Int, _ gigahertz: Double, _ watts: Double, effectiveCores: Double? = nil
    ) -> PowerSample {
        PowerSample(
            cores: cores, frequency: Hertz(gigahertz * 1e9), power: Watts(watts), relativeError: 0.02,
            effectiveCores: effectiveCores)
    }

    private func samples(
        of model: PowerModel, cores: [Int], gigahertz: [Double], activity: Double = 1
    ) -> [PowerSample] {
        cores.flatMap { n in
            gigahertz.map { f in
                sample(n, f, model.power(cores: n, at: Hertz(f * 1e9), activity: activity).value)
            }
        }
    }

    @Test func `the worked example of the documentation`() {
        #expect(close(Self.machine.power(cores: 2, at: Hertz(3e9)).value, 31.3, within: 1e-12))
        #expect(Self.machine.power(cores: 0, at: Hertz(3e9)) == Watts(8))
        let waiting = Self.machine.power(cores: 2, at: Hertz(3e9), effectiveCores: 1.6)
        #expect(close(waiting.value, 28, within: 1e-12))
        #expect(Self.machine.power(cores: 0, at: Hertz(3e9), effectiveCores: 0) == Watts(8))
    }

    /// scipy 1.17.1: `nnls` of the rows features/(P·√(0.02² + 0.04²)) and the rows 1/width of the prior, idle
    /// kept at 8 W.
    @Test func `the fit is the one that scipy finds`() {
        let measured = [
            sample(1, 1, 15.1), sample(1, 2, 18.0), sample(1, 3, 23.2),
            sample(4, 1, 18.4, effectiveCores: 3.2), sample(4, 2, 27.9, effectiveCores: 3.2),
            sample(4, 3, 46.8, effectiveCores: 3.2), sample(2, 3, 32.0, effectiveCores: 1.9),
        ]
        let fit = PowerFit(measured, prior: Self.machine, keepingIdle: true)
        #expect(fit.model.idle == Watts(8))
        #expect(agree(fit.model.uncore.value, 5.55839542, within: 1e-6))
        #expect(agree(fit.model.cubic, 0.26706721, within: 1e-6))
        #expect(agree(fit.model.linear, 0.79683696, within: 1e-6))
        #expect(agree(fit.model.constant, 0.43714301, within: 1e-6))
        #expect(agree(fit.deviation, 0.01726684, within: 1e-6))
        #expect(fit.samples == 7)
    }

    @Test func `many samples of another machine outweigh the prior`() {
        let truth = PowerModel(idle: Watts(20), uncore: Watts(15), cubic: 0.6, linear: 0.2, constant: 1.5)
        let measured =
            samples(of: truth, cores: [1, 2, 4, 8], gigahertz: [1, 1.5, 2, 2.5, 3]) + [sample(0, 1, 20)]
        let fit = PowerFit(measured, prior: Self.machine)
        #expect(fit.deviation < 0.02)
        for n in 0...8 {
            let f = Hertz(2.2e9)
            let expected = truth.power(cores: n, at: f).value
            #expect(agree(fit.model.power(cores: n, at: f).value, expected, within: 0.05))
        }
    }

    @Test func `coefficients are never negative and no samples leave the prior`() {
        var random = SplitMix64(seed: 51)
        for _ in 0..<200 {
            let count = Int(random.number(1...9))
            let measured = (0..<count).map { _ in
                sample(Int(random.number(0...8)), random.number(0.8...4), random.number(5...200))
            }
            let model = PowerFit(measured, prior: Self.machine).model
            #expect(model.idle.value >= 0 && model.uncore.value >= 0)
            #expect(model.cubic >= 0 && model.linear >= 0 && model.constant >= 0)
        }
        #expect(PowerFit([], prior: Self.machine).model == Self.machine)
        let unusable = [sample(1, 1, .nan), sample(1, 1, 0)]
        #expect(PowerFit(unusable, prior: Self.machine).model == Self.machine)
    }

    @Test func `one sample moves the prior without making it wild`() {
        let fit = PowerFit([sample(4, 3, 60)], prior: Self.machine, keepingIdle: true)
        #expect(agree(fit.model.power(cores: 4, at: Hertz(3e9)).value, 60, within: 0.05))
        let small = fit.model.power(cores: 1, at: Hertz(1e9)).value
        #expect(small > 12 && small < 30)
    }

    @Test func `activity is the ratio of the core power to the model's`() throws {
        let measured = samples(of: Self.machine, cores: [1, 2, 4], gigahertz: [1, 3], activity: 1.7)
        #expect(agree(try #require(PowerFit.activity(measured, machine: Self.machine)), 1.7, within: 1e-9))
        #expect(PowerFit.activity([sample(0, 1, 8)], machine: Self.machine) == nil)
        #expect(PowerFit.activity([], machine: Self.machine) == nil)
        #expect(PowerFit.activity([sample(2, 1, 9)], machine: Self.machine) == 0.02)
    }
}
