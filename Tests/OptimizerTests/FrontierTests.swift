import PacerModels
import PacerOptimizer
import PacerPlatform
import PacerTestSupport
import PacerUnits
import Testing

@Suite struct FrontierTests {
    @Test(arguments: UInt64(1)...240)
    func `the hull is the best of all pairs of configurations`(seed: UInt64) throws {
        let surface = Surface(seed: seed)
        let frontier = Frontier(estimates: surface.estimates, idlePower: surface.idle)
        let top = try #require(surface.estimates.map(\.rate).max())
        #expect(frontier.highestRate == top, "\(surface)")
        let rates = (0...40).map { min(top, top * Double($0) / 40) } + surface.estimates.map(\.rate)
        for rate in rates {
            let found = try #require(frontier.power(at: rate), "\(surface) at \(rate)").value
            let best = try #require(surface.leastPower(at: rate))
            #expect(abs(found - best) <= 1e-9 * max(1, best), "\(surface) at \(rate)")
        }
    }

    @Test(arguments: UInt64(1)...120)
    func `no mix of three configurations needs less than the hull`(seed: UInt64) throws {
        let surface = Surface(seed: seed)
        let frontier = Frontier(estimates: surface.estimates, idlePower: surface.idle)
        var generator = SeededGenerator(seed: seed &+ 1000)
        let points = [(0.0, surface.idle.value)] + surface.estimates.map { ($0.rate, $0.power.value) }
        for _ in 0..<60 {
            let weights = (0..<3).map { _ in Double.random(in: 0...1, using: &generator) }
            let total = weights.reduce(0, +)
            guard total > 0 else { continue }
            var rate = 0.0
            var power = 0.0
            for weight in weights {
                let point = points[Int.random(in: 0..<points.count, using: &generator)]
                rate += point.0 * weight / total
                power += point.1 * weight / total
            }
            let least = try #require(frontier.power(at: min(rate, frontier.highestRate))).value
            #expect(least <= power + 1e-9 * max(1, power), "\(surface) at \(rate)")
        }
    }

    @Test(arguments: UInt64(1)...120)
    func `an edge is two neighbours of the hull in shares that give the rate`(seed: UInt64) throws {
        let surface = Surface(seed: seed)
        let frontier = Frontier(estimates: surface.estimates, idlePower: surface.idle)
        for step in 0...25 {
            let rate = min(frontier.highestRate, frontier.highestRate * Double(step) / 25)
            let edge = try #require(frontier.edge(at: rate))
            #expect(edge.fastShare >= 0 && edge.fastShare <= 1)
            let mean = edge.slow.rate * (1 - edge.fastShare) + edge.fast.rate * edge.fastShare
            #expect(abs(mean - rate) <= 1e-12 * max(1, rate), "\(surface)")
            let slow = try #require(frontier.points.firstIndex(of: edge.slow))
            #expect(frontier.points[slow + 1] == edge.fast)
            #expect(edge.fast.configuration != nil)
        }
    }

    @Test(arguments: UInt64(1)...120)
    func `the hull starts at idle, rises in rate and never gets flatter`(seed: UInt64) {
        let surface = Surface(seed: seed)
        let points = Frontier(estimates: surface.estimates, idlePower: surface.idle).points
        #expect(points.first == FrontierPoint(configuration: nil, rate: 0, power: surface.idle))
        #expect(points.dropFirst().allSatisfy { $0.configuration != nil })
        let slopes = zip(points, points.dropFirst()).map { slow, fast in
            #expect(fast.rate > slow.rate)
            return (fast.power - slow.power).value / (fast.rate - slow.rate)
        }
        for (flatter, steeper) in zip(slopes, slopes.dropFirst()) {
            #expect(steeper > flatter - 1e-9 * max(1, abs(flatter)), "\(surface)")
        }
        let believed = Set(surface.estimates.map { [$0.rate, $0.power.value] })
        #expect(points.dropFirst().allSatisfy { believed.contains([$0.rate, $0.power.value]) })
    }

    @Test(arguments: UInt64(1)...60)
    func `the order of the estimates and copies of them change nothing`(seed: UInt64) {
        let surface = Surface(seed: seed)
        var generator = SeededGenerator(seed: seed)
        let again = (surface.estimates + surface.estimates).shuffled(using: &generator)
        #expect(
            Frontier(estimates: again, idlePower: surface.idle)
                == Frontier(estimates: surface.estimates, idlePower: surface.idle))
    }

    @Test func `nothing is faster than the fastest and nothing slower than standing still`() {
        let frontier = Frontier(
            estimates: [estimate(1, 1, rate: 2, power: 20)], idlePower: Watts(10))
        #expect(frontier.edge(at: 2.000001) == nil)
        #expect(frontier.power(at: -0.1) == nil)
        #expect(frontier.power(at: .nan) == nil)
        #expect(frontier.power(at: 0) == Watts(10))
        #expect(frontier.power(at: 1) == Watts(15))
        #expect(frontier.power(at: 2) == Watts(20))
    }

    @Test func `a machine that can do nothing has no edge`() {
        let frontier = Frontier(estimates: [], idlePower: Watts(10))
        #expect(frontier.points.count == 1)
        #expect(frontier.highestRate == 0)
        #expect(frontier.edge(at: 0.5) == nil)
    }

    @Test func `configurations that stand still or are not known are left out`() {
        let sound = estimate(2, 2, rate: 4, power: 30)
        let frontier = Frontier(
            estimates: [
                estimate(1, 1, rate: 0, power: 1), estimate(1, 2, rate: -1, power: 1),
                estimate(1, 3, rate: .nan, power: 1), estimate(2, 1, rate: .infinity, power: 1), sound,
                estimate(2, 3, rate: 5, power: .nan), estimate(3, 1, rate: 6, power: .infinity),
            ], idlePower: Watts(10))
        #expect(frontier.points.map(\.configuration) == [nil, sound.configuration])
    }

    @Test func `of equal rates the least power counts, and of equal points the first configuration`() {
        let cheap = estimate(4, 1, rate: 4, power: 20)
        let frontier = Frontier(
            estimates: [estimate(2, 2, rate: 4, power: 30), estimate(4, 2, rate: 4, power: 20), cheap],
            idlePower: Watts(10))
        #expect(frontier.points.last?.configuration == cheap.configuration)
    }

    /// docs/models/hull.md, "Worked": four cores, three frequencies, speedups 1, 1.9 and 3.4.
    @Test func `the worked example of the documentation comes out`() throws {
        let power = PowerModel(idle: Watts(8), uncore: Watts(6), cubic: 0.25, linear: 0.5, constant: 0.4)
        let estimates = [(1, 1.0), (2, 1.9), (4, 3.4)].flatMap { cores, speedup in
            [1.0, 2.0, 3.0].map { gigahertz in
                estimate(
                    cores, gigahertz, rate: speedup * gigahertz / 3,
                    power: power.power(cores: cores, at: Hertz(gigahertz * 1e9)).value)
            }
        }
        let frontier = Frontier(estimates: estimates, idlePower: power.idle)
        let relaxed = try #require(frontier.edge(at: 1.7))
        #expect(relaxed.slow.configuration == nil)
        #expect(relaxed.fast.configuration == Configuration(cores: 4, frequency: Hertz(2e9)))
        #expect(abs(relaxed.fastShare * 200 - 150) < 1e-9)
        #expect(abs(try #require(frontier.power(at: 1.7)).value * 200 - 4540) < 1e-6)
        let pressed = try #require(frontier.edge(at: 340.0 / 120))
        #expect(pressed.slow.configuration == Configuration(cores: 4, frequency: Hertz(2e9)))
        #expect(pressed.fast.configuration == Configuration(cores: 4, frequency: Hertz(3e9)))
        #expect(abs(pressed.fastShare * 120 - 60) < 1e-9)
        #expect(abs(try #require(frontier.power(at: 340.0 / 120)).value * 120 - 4572) < 1e-6)
    }
}
