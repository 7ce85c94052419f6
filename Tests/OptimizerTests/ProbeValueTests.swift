import PacerModels
import PacerOptimizer
import PacerPlatform
import PacerTestSupport
import PacerUnits
import Testing

/// The worked numbers are those of docs/models/probing.md.
@Suite struct ProbeValueTests {
    private static let a = Configuration(cores: 1, frequency: Hertz(1e9))
    private static let b = Configuration(cores: 2, frequency: Hertz(1e9))
    private static let c = Configuration(cores: 3, frequency: Hertz(1e9))
    private static let changes = SwitchCost(cores: Seconds(0.005), frequency: Seconds(0.002))

    private static func belief(
        _ at: Configuration, _ rate: Double, _ power: Double, rateError: Double = 0, powerError: Double? = 0
    ) -> Estimate {
        Estimate(
            configuration: at, rate: rate, rateError: rateError, power: Watts(power),
            powerError: powerError, origin: .predicted)
    }

    /// A and B are known, C is in between in rate: the documented example.
    private static func question(
        rate: Double = 1.5, power: Double = 31, rateError: Double = 0, powerError: Double? = 0.1,
        work: Double = 150, time: Double? = 100, noise: Double = 0.01
    ) -> ProbeQuestion {
        ProbeQuestion(
            estimates: [
                belief(a, 1, 20), belief(b, 2, 40),
                belief(c, rate, power, rateError: rateError, powerError: powerError),
            ],
            excluded: [], work: work, time: time.map { Seconds($0) }, idlePower: Watts(10),
            window: Seconds(1), rateError: noise, powerError: noise, switchCost: changes, current: a, next: a)
    }

    /// What measuring C is worth, whether or not it pays.
    private static func gain(_ question: ProbeQuestion) -> Double {
        question.worthwhile(floor: -.infinity).first { $0.configuration == c }?.gain ?? .nan
    }

    @Test func `the worked example`() throws {
        let question = Self.question()
        let best = try #require(question.worthwhile().first)
        #expect(question.worthwhile().count == 1)
        #expect(best.configuration == Self.c)
        #expect(abs(best.gain - 78.14) < 0.005)
        let cost = try #require(question.relativeCost(of: question.estimates[2]))
        #expect(abs(cost * 3000 - 1.31) < 1e-9)
    }

    @Test func `a probe on the way costs only what it is out of the way`() {
        var question = Self.question()
        let straight = Self.gain(question)
        // On the way from A to B, both of which have other cores, C is one change more instead of two.
        question.next = Self.b
        #expect(abs(Self.gain(question) - straight - 0.005 * 31) < 1e-9)
        // Where only the frequency changes, there and back are 4 ms.
        question.current = Configuration(cores: 3, frequency: Hertz(2e9))
        question.next = question.current
        #expect(abs(Self.gain(question) - straight - 0.006 * 31) < 1e-9)
    }

    @Test(arguments: UInt64(1)...120)
    func `nothing is worth measuring where everything is known`(seed: UInt64) {
        var surface = Surface(seed: seed)
        for index in surface.estimates.indices { surface.estimates[index].powerError = 0 }
        let top = surface.estimates.map(\.rate).max() ?? 0
        for time in [nil, 10, 50] as [Double?] {
            for share in [0.3, 0.8, 1.5] {
                let question = ProbeQuestion(
                    estimates: surface.estimates, excluded: [], work: top * share * (time ?? 50),
                    time: time.map { Seconds($0) }, idlePower: surface.idle, window: Seconds(0.3),
                    rateError: 0.01, powerError: 0.01, switchCost: Self.changes, current: nil, next: nil)
                #expect(question.worthwhile().isEmpty, "\(surface), \(share) of the top rate")
                // The same, where something is doubtful, finds probes.
                var doubtful = question
                for index in doubtful.estimates.indices {
                    doubtful.estimates[index].powerError = 0.3
                    doubtful.estimates[index].rateError = 0.3
                }
                doubtful.switchCost = .zero
                #expect(!doubtful.worthwhile().isEmpty, "\(surface), \(share) of the top rate")
            }
        }
    }

    @Test func `what is surely above the price of speed is not measured, what may lie below is`() {
        // 39 W are 9 W above the line: three standard deviations of 3 W, or one of 9 W.
        #expect(Self.question(power: 39, powerError: 3.0 / 39).worthwhile().isEmpty)
        #expect(Self.question(power: 39, powerError: 9.0 / 39).worthwhile().map(\.configuration) == [Self.c])
    }

    @Test func `the gain grows with the work left and with the doubt, and falls with the probe's noise`() {
        // Work and time together, so that the required rate and with it the line stay.
        let works = [0.5, 1, 2, 4, 8].map { Self.gain(Self.question(work: 150 * $0, time: 100 * $0)) }
        let doubts = [0.05, 0.1, 0.2, 0.3].map { Self.gain(Self.question(powerError: $0)) }
        let noises = [0.2, 0.1, 0.05, 0.01, 0.001].map { Self.gain(Self.question(noise: $0)) }
        for gains in [works, doubts, noises] {
            for (less, more) in zip(gains, gains.dropFirst()) { #expect(less < more) }
        }
        // The cost does not depend on the work: 79.45 J of saving per 100 s.
        #expect(abs(works[2] - works[1] - 79.45) < 0.005)
        // An unknown error counts as 10 %.
        #expect(Self.gain(Self.question(powerError: nil)) == Self.gain(Self.question(powerError: 0.1)))
    }

    @Test func `what is excluded is never proposed, but its rate and power still count`() {
        var question = Self.question()
        question.excluded = [Self.c]
        #expect(question.worthwhile(floor: -.infinity).map(\.configuration).sorted() == [Self.a, Self.b])
        question.estimates[1].powerError = 0.3
        let gains = question.worthwhile()
        #expect(gains.map(\.configuration) == [Self.b])
        // C at 25 W would be the plan; then the line is another, and B is worth less.
        question.estimates[2].power = Watts(25)
        question.estimates[2].powerError = 0
        #expect(question.worthwhile() != gains)
        question.excluded = [Self.a, Self.b, Self.c]
        #expect(question.worthwhile(floor: -.infinity).isEmpty)
    }

    @Test func `where the deadline is out of reach only what may be faster counts`() throws {
        // The fastest known does 2 a second, 250 in 125 s.
        let cheap = Self.question(rate: 1, power: 1, rateError: 0.05, powerError: 0.5, work: 250)
        #expect(cheap.worthwhile().isEmpty)
        let likely = Self.question(rate: 1.9, power: 500, rateError: 0.1, work: 250)
        let found = try #require(likely.worthwhile().first)
        #expect(found.configuration == Self.c)
        // In seconds: two standard deviations up, 1.9·1.284 = 2.44, would take 102 s, in one case of ninety.
        #expect(found.gain > 0 && found.gain < 125)
        #expect(Self.gain(likely) > Self.gain(Self.question(rate: 1.8, rateError: 0.1, work: 250)))
        // Power does not matter then.
        #expect(Self.gain(likely) == Self.gain(Self.question(rate: 1.9, rateError: 0.1, work: 250)))
        let late = Self.question(rate: 1.9, rateError: 0.1, work: 250, time: 0)
        #expect(Self.gain(late) == found.gain)
    }

    @Test func `without a deadline a unit of work is what counts`() {
        // A and B need 20 J a unit. A slow configuration at 18 J would be better however long it takes.
        let slow = Self.question(rate: 0.1, power: 2.1, powerError: 0.1, time: nil)
        #expect(slow.worthwhile().map(\.configuration) == [Self.c])
        // Idling is free: without a deadline nobody counts it.
        var idle = slow
        idle.idlePower = Watts(1000)
        #expect(idle.worthwhile() == slow.worthwhile())
        let hungry = Self.question(rate: 0.1, power: 3, powerError: 0.1, time: nil)
        #expect(hungry.worthwhile().isEmpty)
    }

    @Test func `nobody knows the work, or there is none: nothing is proposed`() {
        var question = Self.question()
        question.work = nil
        #expect(question.worthwhile().isEmpty)
        #expect(question.relativeCost(of: question.estimates[2]) == nil)
        question.work = 0
        #expect(question.worthwhile().isEmpty)
        question = Self.question()
        question.estimates = []
        #expect(question.worthwhile().isEmpty)
    }

    /// Draws instead of nodes: normal to within the twelve uniform numbers that it sums.
    private static func normal(_ generator: inout SeededGenerator) -> Double {
        (0..<12).reduce(-6) { sum, _ in sum + Double.random(in: 0..<1, using: &generator) }
    }

    /// The mean over draws of `saving` where C turns out at a rate and power, and its standard error.
    private static func drawn(
        _ c: Estimate, noise: Double, seed: UInt64, saving: (_ rate: Double, _ power: Double) -> Double
    ) -> (mean: Double, error: Double) {
        var generator = SeededGenerator(seed: seed)
        func step(_ belief: Double) -> Double {
            belief * belief / (belief * belief + noise * noise).squareRoot()
        }
        let steps = (rate: step(c.rateError), power: step(c.powerError ?? 0))
        let count = 4000
        var sum = 0.0
        var squares = 0.0
        for _ in 0..<count {
            let rate = c.rate * max(0.05, 1 + steps.rate * normal(&generator))
            let power = c.power.value * max(0, 1 + steps.power * normal(&generator))
            let saved = saving(rate, power)
            sum += saved
            squares += saved * saved
        }
        let mean = sum / Double(count)
        return (mean, (max(0, squares / Double(count) - mean * mean) / Double(count)).squareRoot())
    }

    /// Five nodes miss the mean of max(0, z + x) by at most 0.066; eight hundredths leave room for the second
    /// dimension, and four standard errors for the draws.
    @Test(arguments: UInt64(1)...30)
    func `the quadrature agrees with draws`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let rate = Double.random(in: 0.6...2.2, using: &generator)
        let c = Self.belief(
            Self.c, rate, 20 * rate * Double.random(in: 1...1.3, using: &generator),
            rateError: Double.random(in: 0...0.1, using: &generator),
            powerError: Double.random(in: 0.02...0.2, using: &generator))
        let noise = Double.random(in: 0.005...0.1, using: &generator)
        let hasDeadline = seed % 2 == 0
        let question = Self.question(
            rate: rate, power: c.power.value, rateError: c.rateError, powerError: c.powerError,
            time: hasDeadline ? 100 : nil, noise: noise)
        // A, B and 20 J a unit are the plan, with a deadline at 1.5 units a second.
        let (mean, error) = Self.drawn(c, noise: noise, seed: seed &+ 1000) { rate, power in
            let below = max(0, 20 * rate - power)
            if !hasDeadline { return below * 150 / rate }
            let share = rate >= 1.5 ? 0.5 / (rate - 1) : 0.5 / (2 - rate)
            return below * min(1, share) * 100
        }
        let above = max(0, c.power.value - 20 * c.rate)
        let cost = above + 0.04 * c.power.value
        let wide =
            20 * c.rate * (c.rateError * c.rateError + (c.powerError ?? 0) * (c.powerError ?? 0)).squareRoot()
            * 1.3 * (hasDeadline ? 100 : 150 / c.rate)
        let found = Self.gain(question) + cost
        #expect(abs(found - mean) <= 0.08 * wide + 4 * error, "\(found) J, drawn \(mean) ± \(error) J")
    }

    /// The best plan with C in place can only be better than the mix that the saving is reckoned with.
    @Test(arguments: UInt64(1)...20)
    func `planning anew with what was found saves at least what was expected`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let rate = Double.random(in: 0.6...2.2, using: &generator)
        let question = Self.question(
            rate: rate, power: 20 * rate * Double.random(in: 1...1.2, using: &generator), rateError: 0.05)
        let c = question.estimates[2]
        var surface = Surface(seed: 5)
        surface.idle = question.idlePower
        surface.estimates = question.estimates
        let before = try #require(surface.leastPower(at: 1.5))
        let (mean, error) = Self.drawn(c, noise: 0.01, seed: seed &+ 2000) { rate, power in
            surface.estimates[2].rate = rate
            surface.estimates[2].power = Watts(power)
            return (before - (surface.leastPower(at: 1.5) ?? before)) * 100
        }
        let cost = max(0, c.power.value - 20 * c.rate) + 0.04 * c.power.value
        let wide = 20 * rate * (0.05 * 0.05 + 0.1 * 0.1).squareRoot() * 1.3 * 100
        #expect(Self.gain(question) + cost <= mean + 4 * error + 0.08 * wide)
    }
}
