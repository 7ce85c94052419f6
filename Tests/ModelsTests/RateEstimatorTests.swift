import PacerModels
import PacerUnits
import Testing

@Suite struct RateEstimatorTests {
    private func instant(_ seconds: Double) -> Instant { Instant.zero + Seconds(seconds) }

    @Test func `steady progress has a rate without error`() throws {
        var estimator = RateEstimator(window: Seconds(10))
        for step in 0...5 { estimator.add(at: instant(Double(step)), done: Double(step) * 3) }
        let estimate = try #require(estimator.estimate)
        #expect(close(estimate.rate, 3, within: 1e-12))
        #expect(estimate.relativeError < 1e-9)
        #expect(estimate.intervals == 5)
        #expect(estimate.isTight(within: 0.001))
    }

    @Test func `the error is that of the mean of the intervals' rates`() throws {
        // Rates 9, 11, 10, 12, 8 over equal intervals: mean 10, s = 1.5811, standard error 0.70711.
        var estimator = RateEstimator(window: Seconds(100))
        var done = 0.0
        estimator.add(at: instant(0), done: 0)
        for (index, rate) in [9.0, 11, 10, 12, 8].enumerated() {
            done += rate
            estimator.add(at: instant(Double(index + 1)), done: done)
        }
        let estimate = try #require(estimator.estimate)
        #expect(agree(estimate.rate, 10, within: 1e-9))
        #expect(agree(estimate.relativeError, 0.0707107, within: 1e-5))
        #expect(agree(estimate.relativeHalfWidth, 2.7764 * 0.0707107, within: 1e-5))
        #expect(!estimate.isTight(within: 0.19))
        #expect(estimate.isTight(within: 0.2))
    }

    @Test func `irregular reports give the same rate as regular ones`() throws {
        var random = SplitMix64(seed: 71)
        var estimator = RateEstimator(window: Seconds(1000))
        var now = 0.0
        for _ in 0..<100 {
            estimator.add(at: instant(now), done: now * 7)
            now += random.number(0.01...5)
        }
        let estimate = try #require(estimator.estimate)
        #expect(agree(estimate.rate, 7, within: 1e-6))
        #expect(estimate.relativeError < 1e-6)
    }

    @Test func `a stale report changes nothing`() {
        var estimator = RateEstimator(window: Seconds(10))
        for step in 0...3 { estimator.add(at: instant(Double(step)), done: Double(step)) }
        let before = estimator
        estimator.add(at: instant(3), done: 3)
        estimator.add(at: instant(2), done: 9)
        #expect(estimator == before)
    }

    @Test func `old reports leave the window`() throws {
        var estimator = RateEstimator(window: Seconds(5))
        for step in 0...20 {
            estimator.add(at: instant(Double(step)), done: step < 10 ? 0 : Double(step - 10))
        }
        let estimate = try #require(estimator.estimate)
        #expect(close(estimate.rate, 1, within: 1e-12))
        #expect(estimate.span <= Seconds(6))
    }

    @Test func `one interval has a rate but no confidence, one report has nothing`() throws {
        var estimator = RateEstimator(window: Seconds(5))
        #expect(estimator.estimate == nil)
        estimator.add(at: instant(0), done: 1)
        #expect(estimator.estimate == nil)
        estimator.add(at: instant(2), done: 5)
        let estimate = try #require(estimator.estimate)
        #expect(estimate.rate == 2)
        #expect(estimate.relativeError == .infinity)
        #expect(!estimate.isTight(within: 0.5))
    }

    @Test func `work that falls starts anew and a restart keeps the newest report`() throws {
        var estimator = RateEstimator(window: Seconds(50))
        for step in 0...5 { estimator.add(at: instant(Double(step)), done: Double(step) * 100) }
        estimator.add(at: instant(6), done: 0)
        #expect(estimator.estimate == nil)
        estimator.add(at: instant(8), done: 2)
        #expect(estimator.estimate?.rate == 1)
        estimator.restart()
        #expect(estimator.estimate == nil)
        estimator.add(at: instant(10), done: 8)
        #expect(estimator.estimate?.rate == 3)
    }

    @Test func `a chatty job keeps the whole window`() throws {
        var estimator = RateEstimator(window: Seconds(100), capacity: 16)
        for step in 0...1000 { estimator.add(at: instant(Double(step) / 10), done: Double(step)) }
        let estimate = try #require(estimator.estimate)
        #expect(agree(estimate.rate, 10, within: 1e-9))
        #expect(estimate.span >= Seconds(90))
        #expect(estimate.intervals <= 16)
    }

    @Test func `the 95 per cent interval holds the true rate about 95 times in a hundred`() {
        var random = SplitMix64(seed: 72)
        var hits = 0
        for _ in 0..<1000 {
            var estimator = RateEstimator(window: Seconds(100))
            var done = 0.0
            estimator.add(at: instant(0), done: 0)
            for step in 1...8 {
                done += 10 + random.normal()
                estimator.add(at: instant(Double(step)), done: done)
            }
            guard let estimate = estimator.estimate else { continue }
            if abs(estimate.rate - 10) <= estimate.relativeHalfWidth * estimate.rate { hits += 1 }
        }
        #expect(hits > 925 && hits < 975)
    }

    /// scipy 1.17.1: `scipy.stats.t.ppf(0.975, ν)`.
    @Test(arguments: [
        (1, 12.7062), (2, 4.30265), (5, 2.57058), (11, 2.20099), (25, 2.05954), (40, 2.02108), (90, 1.98667),
        (500, 1.96472),
    ])
    func `Student's quantile is right to a five hundredth`(_ freedom: Int, _ expected: Double) {
        #expect(agree(studentT95(degreesOfFreedom: freedom), expected, within: 0.002))
    }
}
