import PacerModels
import PacerPlatform
import PacerReplay
import PacerScheduling
import PacerTestSupport
import PacerUnits
import Testing

/// Programs and machines of every kind: from perfect scaling to locks that all cores fight for, bound by the
/// clock or by memory, with times and powers that scatter from one configuration to the next.
@Suite struct GeneratedSurfaceTests {
    private struct Case {
        var surface: Surface
        var idle: Double
    }

    private static func pick<Value>(_ values: [Value], _ random: inout SeededGenerator) -> Value {
        values[Int.random(in: values.indices, using: &random)]
    }

    private static func generated(_ seed: UInt64) -> Case {
        var random = SeededGenerator(seed: seed)
        let widest = pick([2, 4, 8, 16, 32, 64], &random)
        let cores = (1...widest).filter { widest <= 8 || $0 <= 2 || $0 % (widest / 8) == 0 }
        let step = Double.random(in: 0.1...0.3, using: &random)
        let gigahertz = (0..<pick([1, 3, 6, 9], &random)).map { 1 + step * Double($0) }
        let law = ScalabilityModel(
            base: 1, contention: pick([0, 0.01, 0.05, 0.2, 0.5], &random),
            coherency: pick([0, 0, 1e-4, 1e-3, 5e-3, 0.01, 0.05], &random))
        let sensitivity = pick([1, 0.9, 0.7, 0.4, 0.1], &random)
        let scatter = pick([0, 0, 0.02, 0.05], &random)
        let idle = pick([5.0, 20, 60, 150, 300], &random)
        let (cubic, constant) = (
            Double.random(in: 0.05...0.6, using: &random), Double.random(in: 0.1...3, using: &random)
        )
        let top = gigahertz.last ?? 1
        let scale =
            Double.random(in: 8...200, using: &random) * (cores.map { law.speedup(cores: $0) }.max() ?? 1)
        var times: [Configuration: (time: Double, power: Double)] = [:]
        for count in cores {
            for frequency in gigahertz {
                let at = Configuration(cores: count, frequency: Hertz(frequency * 1e9))
                let clock = sensitivity * top / frequency + 1 - sensitivity
                times[at] = (
                    scale / law.speedup(cores: count) * clock
                        * (1 + scatter * Double.random(in: -1...1, using: &random)),
                    (idle + Double(count) * (cubic * frequency * frequency * frequency + constant))
                        * (1 + 0.5 * scatter * Double.random(in: -1...1, using: &random))
                )
            }
        }
        let made = times
        func value(_ cores: Double, _ gigahertz: Double) -> (time: Double, power: Double) {
            made[Configuration(cores: Int(cores), frequency: Hertz(gigahertz * 1e9))] ?? (1, 1)
        }
        return Case(
            surface: surface(
                "generated-\(seed)", cores: cores, gigahertz: gigahertz, time: { value($0, $1).time },
                power: { value($0, $1).power }), idle: idle)
    }

    @Test func `a job of eight seconds or more keeps every deadline that leaves a quarter`() throws {
        let policy = try shipped("minimum-energy")
        var excess: [Double] = []
        for seed in 1...40 as ClosedRange<UInt64> {
            let made = Self.generated(seed)
            for factor in [1.25, 2] {
                let result = made.surface.evaluate(policy, trial(factor, idle: made.idle))
                #expect(!result.isMissed, "\(seed) at \(factor): \(result.time) of \(result.deadline)")
                excess.append(try #require(result.excess))
            }
        }
        excess.sort()
        #expect(excess[excess.count / 2] < 0.05, "\(excess)")
    }
}
