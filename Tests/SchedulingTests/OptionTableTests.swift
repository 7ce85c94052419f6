import PacerModels
import PacerPlatform
import PacerTestSupport
import PacerUnits
import Testing

@testable import PacerScheduling

@Suite struct OptionTableTests {
    private static let power = PowerModel(
        idle: Watts(8), uncore: Watts(6), cubic: 0.25, linear: 0.5, constant: 0.4)
    private static let ladder = PriceLadder(power: power, top: Hertz(3e9), accounting: .horizon)

    /// Options without any law, with ties now and then.
    private static func options(_ generator: inout SeededGenerator) -> [JobOption] {
        let cores = Int.random(in: 1...6, using: &generator)
        let frequencies = Int.random(in: 1...5, using: &generator)
        let isCoarse = Bool.random(using: &generator)
        var options: [JobOption] = []
        for count in 1...cores {
            for step in 1...frequencies where Int.random(in: 0...9, using: &generator) > 0 {
                var speed = Double.random(in: 0.1...4, using: &generator)
                var power = Double.random(in: 0.5...30, using: &generator)
                if isCoarse {
                    speed = speed.rounded()
                    power = power.rounded()
                }
                options.append(
                    JobOption(
                        configuration: Configuration(cores: count, frequency: Hertz(Double(step) * 1e9)),
                        speed: speed, corePower: Watts(power)))
            }
        }
        return options.shuffled(using: &generator)
    }

    private static func range(_ generator: inout SeededGenerator) -> ClosedRange<Int> {
        let low = Int.random(in: 1...7, using: &generator)
        return low...Int.random(in: low...8, using: &generator)
    }

    @Test func `the cheapest that is fast enough is what a look at all options finds`() {
        var found = 0
        for seed in UInt64(1)...150 {
            var generator = SeededGenerator(seed: seed)
            let options = Self.options(&generator)
            let table = OptionTable(options, ladder: Self.ladder)
            let plain = OptionTable(options)
            #expect(table.options == plain.options)
            for _ in 0..<40 {
                let cores = Self.range(&generator)
                let speeds = [0, Double.random(in: 0...4.5, using: &generator), 1, 2]
                let request = OptionRequest(
                    speed: speeds.randomElement(using: &generator) ?? 0, cores: cores,
                    priceStep: Int.random(in: 0..<Self.ladder.prices.count, using: &generator),
                    shareStep: Int.random(in: 0..<PriceLadder.shares.count, using: &generator),
                    ladder: Self.ladder)
                let candidates = options.filter {
                    $0.speed > 0 && $0.speed >= request.speed && cores.contains($0.configuration.cores)
                }
                let least = candidates.map {
                    ($0.corePower + request.price * Double($0.configuration.cores) + request.shared)
                        / $0.speed
                }.min()
                for table in [table, plain] {
                    let chosen = table.cheapest(request).map { table.options[$0] }
                    #expect((chosen == nil) == candidates.isEmpty, "seed \(seed)")
                    guard let chosen, let least else { continue }
                    found += 1
                    #expect(candidates.contains(chosen), "seed \(seed)")
                    #expect(request.cost(of: chosen) <= least * (1 + 1e-9), "seed \(seed)")
                }
            }
        }
        #expect(found > 4000)
    }

    @Test func `ranges and the fastest are what a filter finds, and options without speed are left out`() {
        for seed in UInt64(1)...300 {
            var generator = SeededGenerator(seed: seed)
            var options = Self.options(&generator)
            let sound = options.filter { $0.speed > 0 }
            for speed in [0, -1, .infinity, .nan] {
                options.append(
                    JobOption(
                        configuration: Configuration(cores: 1, frequency: Hertz(7e9)), speed: speed,
                        corePower: Watts(1)))
            }
            let table = OptionTable(options)
            #expect(Set(table.options) == Set(sound))
            #expect(
                zip(table.options, table.options.dropFirst()).allSatisfy {
                    $0.configuration < $1.configuration
                })
            #expect(table.highestSpeed == sound.map(\.speed).max() ?? 0)
            for _ in 0..<10 {
                let cores = Self.range(&generator)
                let inside = sound.filter { cores.contains($0.cores) }
                #expect(Set(table.options[table.range(cores: cores)]) == Set(inside), "seed \(seed)")
                let fastest = table.fastest(cores: cores).map { table.options[$0] }
                let top = inside.map(\.speed).max()
                #expect(fastest?.speed == top, "seed \(seed)")
                #expect(
                    fastest?.corePower == inside.filter { $0.speed == top }.map(\.corePower).min(),
                    "seed \(seed)")
            }
        }
    }

    @Test func `an empty table has nothing`() {
        for ladder in [nil, Self.ladder] {
            let table = OptionTable([], ladder: ladder)
            #expect(table.options.isEmpty && table.highestSpeed == 0)
            #expect(table.range(cores: 1...4).isEmpty)
            #expect(table.fastest(cores: 1...4) == nil)
            #expect(table.cheapest(OptionRequest(cores: 1...4)) == nil)
        }
    }

    @Test func `prices ascend from zero in steps of at most a fifth, and shares descend from one`() {
        let prices = Self.ladder.prices
        #expect(prices[0] == 0 && prices.count > 10)
        // The first step above zero is small against what a core draws.
        #expect(prices[1] < 0.05 * Self.power.corePower(at: Hertz(3e9)).value)
        #expect(zip(prices.dropFirst(), prices.dropFirst(2)).allSatisfy { $0 < $1 && $1 <= $0 * 1.2001 })
        #expect(PriceLadder.shares.first == 1 && PriceLadder.shares.last == 0)
        #expect(zip(PriceLadder.shares, PriceLadder.shares.dropFirst()).allSatisfy { $0 > $1 })
        for (index, share) in PriceLadder.shares.enumerated() {
            #expect(PriceLadder.share(nearest: share) == index)
        }
        #expect(Self.ladder.sharedPower == 6)
        #expect(PriceLadder(power: Self.power, top: Hertz(3e9), accounting: .run).sharedPower == 14)
    }
}
