import PacerModels
import PacerPlatform
import PacerUnits
import Testing

@testable import PacerScheduling

@Suite struct WindowNoiseTests {
    private static let window = Measurement(
        configuration: Configuration(cores: 2, frequency: Hertz(2e9)), rate: 10, rateError: 0.02,
        power: Watts(40), powerError: 0.01, duration: Seconds(1))

    private func draws(_ count: Int, deviation: Double, seed: UInt64) -> [Measurement] {
        var noise = WindowNoise(deviation: deviation, seed: seed)
        return (0..<count).map { _ in noise.disturb(Self.window) }
    }

    @Test func `the same seed gives the same noise, another seed another`() {
        let first = draws(100, deviation: 0.05, seed: 7)
        #expect(first == draws(100, deviation: 0.05, seed: 7))
        #expect(first != draws(100, deviation: 0.05, seed: 8))
        #expect(Set(first.map(\.rate)).count == 100)
    }

    @Test func `mean and deviation are those asked for, in rate and power, one independent of the other`()
        throws
    {
        let count = 10_000.0
        let deviation = 0.05
        let windows = draws(10_000, deviation: deviation, seed: 1)
        let rates = windows.map { $0.rate / 10 - 1 }
        let powers = try windows.map { try #require($0.power).value / 40 - 1 }
        // The standard error of a deviation of normal numbers is deviation/√2n; of a product, deviation²/√n.
        for errors in [rates, powers] {
            let mean = errors.reduce(0, +) / count
            let spread = (errors.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)).squareRoot()
            #expect(abs(mean) < 4 * deviation / count.squareRoot())
            #expect(abs(spread - deviation) < 4 * deviation / (2 * count).squareRoot())
        }
        let product = zip(rates, powers).reduce(0) { $0 + $1.0 * $1.1 } / count
        #expect(abs(product) < 4 * deviation * deviation / count.squareRoot())
    }

    @Test func `only rate and power are touched, and they stay positive`() throws {
        let windows = draws(1000, deviation: 2, seed: 3)
        for window in windows {
            #expect(window.rate >= 0.5 && window.power ?? .zero >= Watts(2))
            var restored = window
            restored.rate = Self.window.rate
            restored.power = Self.window.power
            #expect(restored == Self.window)
        }
        #expect(windows.contains { $0.rate == 0.5 })
        #expect(draws(3, deviation: 0, seed: 3) == [Self.window, Self.window, Self.window])
    }

    @Test func `a window without a power stays without, and the rates after it are the same`() {
        var silent = Self.window
        silent.power = nil
        var noise = WindowNoise(deviation: 0.05, seed: 7)
        let disturbed = (0..<20).map { _ in noise.disturb(silent) }
        #expect(disturbed.allSatisfy { $0.power == nil })
        #expect(disturbed.map(\.rate) == draws(20, deviation: 0.05, seed: 7).map(\.rate))
    }
}
