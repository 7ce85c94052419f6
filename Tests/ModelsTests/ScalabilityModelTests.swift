import PacerModels
import Testing

@Suite struct ScalabilityModelTests {
    @Test func `the worked example of the documentation`() {
        let model = ScalabilityModel(base: 1, contention: 0.05, coherency: 0.001)
        #expect(abs(model.speedup(cores: 16) - 16 / 1.99) < 1e-12)
        #expect(abs(model.speedup(cores: 16) - 8.04) < 0.005)
        #expect(agree(model.peak ?? 0, 30.82, within: 0.001))
    }

    @Test func `one core has a speedup of one`() {
        var random = SplitMix64(seed: 11)
        for _ in 0..<100 {
            let model = ScalabilityModel(
                base: random.number(0.1...100), contention: random.number(0...2),
                coherency: random.number(0...1))
            #expect(model.speedup(cores: 1) == 1)
            #expect(model.rate(cores: 1) == model.base)
        }
    }

    @Test func `without contention and coherency the speedup is the number of cores`() {
        let model = ScalabilityModel(base: 3, contention: 0, coherency: 0)
        #expect(model.rate(cores: 64) == 192)
        #expect(model.peak == nil)
    }

    @Test func `with contention alone the law is Amdahl's`() {
        let model = ScalabilityModel(base: 1, contention: 0.1, coherency: 0)
        for n in 1...64 {
            #expect(close(model.speedup(cores: n), 1 / (0.1 + 0.9 / Double(n)), within: 1e-12))
        }
        #expect(model.peak == nil)
    }

    @Test func `no whole number of cores beats the peak's neighbours`() throws {
        var random = SplitMix64(seed: 12)
        for _ in 0..<100 {
            let model = ScalabilityModel(
                base: 1, contention: random.number(0...0.9), coherency: random.number(0.0005...0.05))
            let peak = try #require(model.peak)
            let below = max(1, Int(peak))
            let best = max(model.speedup(cores: below), model.speedup(cores: below + 1))
            for n in 1...100 { #expect(model.speedup(cores: n) <= best + 1e-12) }
        }
    }

    @Test func `contention above one slows down with every core`() {
        let model = ScalabilityModel(base: 10, contention: 1.2, coherency: 0)
        #expect(model.peak == 1)
        for n in 1...32 { #expect(model.rate(cores: n + 1) < model.rate(cores: n)) }
    }
}
