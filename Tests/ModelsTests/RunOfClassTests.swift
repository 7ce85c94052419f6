import PacerModels
import PacerPlatform
import PacerUnits
import Testing

@Suite struct RunOfClassTests {
    private static func row(
        _ cores: Int, rate: Double, error: Double = 0.02, watts: Double? = 50, powerError: Double = 0.02
    ) -> Measurement {
        Measurement(
            configuration: Configuration(cores: cores, frequency: Hertz(2e9)), rate: rate, rateError: error,
            power: watts.map { Watts($0) }, powerError: powerError, duration: Seconds(1))
    }

    // MARK: How fast the run is

    @Test func `what is clearly another speed is believed, what errors explain is not`() {
        // 1 + 0.3·(1 − (0.02/0.3)²)
        #expect(close(RunSpeed(ratio: 1.3, error: 0.02).factor, 1.298_667, within: 1e-6))
        #expect(close(RunSpeed(ratio: 0.5, error: 0.02).factor, 0.5008, within: 1e-6))
        #expect(RunSpeed(ratio: 1.02, error: 0.02).factor == 1)
        #expect(RunSpeed(ratio: 1, error: 0) == .same)
        // Without errors a ratio is what it is.
        #expect(RunSpeed(ratio: 1.01, error: 0).factor == 1.01)
    }

    @Test(arguments: [0.01, 0.05])
    func `of runs that are as fast as their class less is made up than was measured`(_ error: Double) {
        var random = SplitMix64(seed: 7)
        var (raw, kept) = (0.0, 0.0)
        for _ in 0..<4000 {
            let ratio = 1 + error * random.normal()
            raw += (ratio - 1) * (ratio - 1)
            let factor = RunSpeed(ratio: ratio, error: error).factor
            kept += (factor - 1) * (factor - 1)
        }
        #expect(kept < 0.5 * raw)
    }

    @Test func `rows of both are compared, the median decides, and of two the lower one`() throws {
        let memory = [Self.row(1, rate: 1), Self.row(2, rate: 2), Self.row(4, rate: 4), Self.row(8, rate: 1)]
        // One core was measured in the start of the program.
        let run = [
            Self.row(1, rate: 9, error: 1e-3), Self.row(2, rate: 3, error: 1e-3),
            Self.row(4, rate: 6, error: 1e-3), Self.row(5, rate: 1),
        ]
        let three = try #require(RunSpeed(of: run, in: memory))
        #expect(abs(three.factor - 1.5) < 0.002)
        let two = try #require(RunSpeed(of: Array(run.prefix(2)), in: memory))
        #expect(abs(two.factor - 1.5) < 0.002)
        #expect(RunSpeed(of: [Self.row(5, rate: 1)], in: memory) == nil)
        #expect(RunSpeed(of: [], in: memory) == nil)
    }

    // MARK: Two measurements of one thing

    @Test func `two measurements are joined by their errors`() {
        let one = Self.row(2, rate: 10, error: 0.02, watts: 60, powerError: 0.03)
        let both = one.joined(with: Self.row(2, rate: 10.3, error: 0.01, watts: 61, powerError: 0.03))
        // (10/4 + 10.3)/(1/4 + 1), and 1/√(1/0.02² + 1/0.01²).
        #expect(close(both.rate, 10.24, within: 1e-9))
        #expect(close(both.rateError, 0.008_944_272, within: 1e-6))
        #expect(close(both.power?.value ?? 0, 60.5, within: 1e-9))
        #expect(close(both.powerError, 0.03 / 2.0.squareRoot(), within: 1e-9))
    }

    @Test func `what errors do not explain is left out, rate and power each by itself`() {
        let one = Self.row(2, rate: 10, watts: 60)
        let other = Self.row(2, rate: 15, watts: 60.6)
        let both = one.joined(with: other)
        #expect((both.rate, both.rateError) == (10, 0.02))
        #expect(close(both.power?.value ?? 0, 60.3, within: 1e-9))
        // A power that is not known is taken over.
        let known = Self.row(2, rate: 10, watts: nil).joined(with: other)
        #expect(known.power == other.power && known.powerError == other.powerError)
        let still = one.joined(with: Self.row(2, rate: 10, watts: nil))
        #expect(still.power == one.power && still.powerError == one.powerError)
    }

    @Test func `joined measurements are nearer the truth, by as much as they say`() {
        var random = SplitMix64(seed: 11)
        var (alone, joined, claimed) = (0.0, 0.0, 0.0)
        for _ in 0..<4000 {
            let one = Self.row(2, rate: 10 * (1 + 0.05 * random.normal()), error: 0.05)
            let other = Self.row(2, rate: 10 * (1 + 0.05 * random.normal()), error: 0.05)
            let both = one.joined(with: other)
            alone += (one.rate / 10 - 1) * (one.rate / 10 - 1)
            joined += (both.rate / 10 - 1) * (both.rate / 10 - 1)
            claimed += both.rateError * both.rateError
        }
        #expect(joined < 0.65 * alone)
        #expect((0.8...1.25).contains(joined / claimed))
    }
}
