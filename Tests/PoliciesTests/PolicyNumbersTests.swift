import PacerModels
import PacerPlatform
import PacerPolicies
import PacerScheduling
import PacerUnits
import Testing

/// Plans and joules computed by hand.
@Suite struct PolicyNumbersTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var policy: String
        var work: Double
        var time: Double?
        /// (cores, GHz, seconds) of each stretch.
        var stretches: [[Double]]
        var joules: Double

        var testDescription: String { "\(policy), W = \(work), D = \(time.map { "\($0)" } ?? "none")" }
    }

    /// On ``smallView(work:time:utilisation:current:)``. Each comment is the whole computation.
    static let cases = [
        // 36 in 20 s needs a rate of 1.8. 36/3.6 = 10 s: 10 · 34 + 10 · 10.
        Case(policy: "race-to-idle", work: 36, time: 20, stretches: [[2, 2, 10]], joules: 440),
        Case(policy: "governor-performance", work: 36, time: 20, stretches: [[2, 2, 10]], joules: 440),
        Case(policy: "governor-schedutil", work: 36, time: 20, stretches: [[2, 2, 10]], joules: 440),
        Case(policy: "governor-ondemand", work: 36, time: 20, stretches: [[2, 2, 10]], joules: 440),
        // 36/1.8 = 20 s: 20 · 17, and nothing is left to idle.
        Case(policy: "wide-and-slow", work: 36, time: 20, stretches: [[2, 1, 20]], joules: 340),
        Case(policy: "governor-powersave", work: 36, time: 20, stretches: [[2, 1, 20]], joules: 340),
        Case(policy: "pace-to-idle", work: 36, time: 20, stretches: [[2, 1, 20]], joules: 340),
        Case(policy: "minimum-energy", work: 36, time: 20, stretches: [[2, 1, 20]], joules: 340),
        // 36/2 = 18 s: 18 · 22 + 2 · 10.
        Case(policy: "narrow-and-fast", work: 36, time: 20, stretches: [[1, 2, 18]], joules: 416),
        // E·T over the run: 396 · 18, 340 · 20 and 340 · 10; the last is least, and its run costs 10 · 34.
        Case(policy: "minimum-edp", work: 36, time: 20, stretches: [[2, 2, 10]], joules: 340),

        // 54 in 20 s needs 2.7, which only two cores at 2 GHz reach: 15 · 34 + 5 · 10.
        Case(policy: "race-to-idle", work: 54, time: 20, stretches: [[2, 2, 15]], joules: 560),
        Case(policy: "wide-and-slow", work: 54, time: 20, stretches: [[2, 2, 15]], joules: 560),
        Case(policy: "narrow-and-fast", work: 54, time: 20, stretches: [[2, 2, 15]], joules: 560),
        Case(policy: "pace-to-idle", work: 54, time: 20, stretches: [[2, 2, 15]], joules: 560),
        // Halfway between 1.8 and 3.6: 10 · 17 + 10 · 34.
        Case(
            policy: "minimum-energy", work: 54, time: 20, stretches: [[2, 1, 10], [2, 2, 10]], joules: 510),
        // Its words leave 1.8, with which 54 takes 30 s, too late: 30 · 17, and no time is left to idle.
        Case(policy: "governor-powersave", work: 54, time: 20, stretches: [[2, 1, 30]], joules: 510),

        // 9 in 20 s needs 0.45. (P − 10)/R is 4, 6, 3.89 and 6.67: two cores at 1 GHz, 5 · 17 + 15 · 10.
        Case(policy: "pace-to-idle", work: 9, time: 20, stretches: [[2, 1, 5]], joules: 235),
        Case(policy: "minimum-energy", work: 9, time: 20, stretches: [[2, 1, 5]], joules: 235),
        // One core is enough: 4.5 · 22 + 15.5 · 10.
        Case(policy: "narrow-and-fast", work: 9, time: 20, stretches: [[1, 2, 4.5]], joules: 254),

        // Without a deadline there is no idle tail. P/R is 14, 11, 9.44 and 9.44: the first of the two least.
        Case(policy: "minimum-energy", work: 36, time: nil, stretches: [[2, 1, 20]], joules: 340),
        Case(policy: "race-to-idle", work: 36, time: nil, stretches: [[2, 2, 10]], joules: 340),
        // P/R² is 14, 5.5, 5.25 and 2.62.
        Case(policy: "minimum-edp", work: 36, time: nil, stretches: [[2, 2, 10]], joules: 340),
    ]

    @Test(arguments: cases)
    func `a plan is what the formula gives`(example: Case) throws {
        let plan = try shipped(example.policy).plan(smallView(work: example.work, time: example.time))
        let stretches = plan.segments.map {
            [Double($0.configuration.cores), $0.configuration.frequency.value / 1e9, $0.duration.value]
        }
        #expect(stretches.count == example.stretches.count)
        for (found, expected) in zip(stretches, example.stretches) {
            #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-9 }, "\(plan)")
        }
        #expect(abs((plan.energy?.value ?? 0) - example.joules) < 1e-9, "\(plan)")
        #expect(!plan.reason.isEmpty)
    }

    @Test(
        arguments: [
            // schedutil: 1.25 · u · 2 GHz, rounded up to 1 or 2 GHz.
            ("governor-schedutil", 0.4, 1.0), ("governor-schedutil", 0.41, 2), ("governor-schedutil", 1, 2),
            // ondemand: 2 GHz above 0.8, otherwise 1 + u · 1 GHz, rounded up.
            ("governor-ondemand", 0, 1), ("governor-ondemand", 0.01, 2), ("governor-ondemand", 0.81, 2),
            ("governor-performance", 0, 2), ("governor-powersave", 1, 1),
        ])
    func `a governor follows the utilisation as the kernel's does`(
        name: String, utilisation: Double, gigahertz: Double
    ) throws {
        let plan = try shipped(name).plan(smallView(work: 1, time: 100, utilisation: utilisation))
        let configuration = Configuration(cores: 2, frequency: Hertz(gigahertz * 1e9))
        #expect(plan.segments.map(\.configuration) == [configuration])
    }

    @Test func `an uncertain rate is planned one standard error lower`() throws {
        var view = smallView(work: 36, time: 20)
        for index in view.estimates.indices { view.estimates[index].rateError = 0.01 }
        // 1.8 less one per cent is too slow now.
        let single = try shipped("wide-and-slow").plan(view)
        #expect(single.segments.map(\.configuration) == [Configuration(cores: 2, frequency: Hertz(2e9))])
        // The hull mixes in a little of the faster one: 1.782 + s · 1.782 = 1.8.
        let mixed = try shipped("minimum-energy").plan(view)
        #expect(mixed.segments.count == 2)
        #expect(abs((mixed.segments.last?.duration.value ?? 0) - 20 * (1.8 / 1.782 - 1)) < 1e-9)
    }

    @Test func `a mix shorter than two changes of configuration is not taken`() throws {
        var view = smallView(work: 54, time: 20)
        view.switchCost = SwitchCost(cores: Seconds(5), frequency: Seconds(5))
        let plan = try shipped("minimum-energy").plan(view)
        #expect(plan.segments.map(\.configuration) == [Configuration(cores: 2, frequency: Hertz(2e9))])
    }

    @Test func `who had to hurry goes back to slow only where the time for it is worth the changes`() throws {
        let (slow, fast) = (smallConfiguration(1), smallConfiguration(2))
        var view = smallView(work: 54, time: 17, current: fast)
        for index in view.estimates.indices { view.estimates[index].rateError = 0.05 }
        view.nextLook = Seconds(0.3)
        view.switchCost.cores = Seconds(0.02)
        // 54/17 lies between both rates: 4 s slow, then 13 s fast. The surest rate is 3.24 and the slow one at
        // least 1.71, so that only (3.24 · 17 − 54)/(3.24 − 1.71) = 0.71 s of the four can be had now, which
        // save 0.4 %: less than is in doubt.
        #expect(try shipped("minimum-energy").plan(view).segments.map(\.configuration) == [fast])
        // Who is slow already stays so.
        view.current = slow
        #expect(try shipped("minimum-energy").plan(view).segments.map(\.configuration) == [slow, fast])
        // With a second more it is (3.24 · 18 − 54)/1.53 = 2.8 s.
        view.current = fast
        view.remainingTime = Seconds(18)
        #expect(try shipped("minimum-energy").plan(view).segments.map(\.configuration) == [slow, fast])
    }

    private func smallConfiguration(_ gigahertz: Double) -> Configuration {
        Configuration(cores: 2, frequency: Hertz(gigahertz * 1e9))
    }

    @Test func `a late job is said to be late by as much as it is`() throws {
        // 90/3.6 = 25 s are needed; 20 s and one in reserve are there.
        var view = smallView(work: 90, time: 20)
        view.reserve = Seconds(1)
        let plan = try shipped("minimum-energy").plan(view)
        #expect(!plan.meetsDeadline)
        #expect(plan.reason.contains("\(Seconds(4))"))
        view.reserve = Seconds(6)
        #expect(try shipped("minimum-energy").plan(view).meetsDeadline)
    }

    /// docs/models/hull.md, "Worked".
    @Test(
        arguments: [
            ("race-to-idle", [5660.0, 5020]), ("narrow-and-fast", [5769, 5020]),
            ("wide-and-slow", [4540, 5020]),
            ("minimum-energy", [4540, 4572]),
        ])
    func `the worked table of the hull is what the policies plan`(name: String, joules: [Double]) throws {
        let power = PowerModel(idle: Watts(8), uncore: Watts(6), cubic: 0.25, linear: 0.5, constant: 0.4)
        let estimates = [(1, 1.0), (2, 1.9), (4, 3.4)].flatMap { cores, speedup in
            [1.0, 2.0, 3.0].map { gigahertz in
                estimate(
                    cores, gigahertz, rate: speedup * gigahertz / 3,
                    power: power.power(cores: cores, at: Hertz(gigahertz * 1e9)).value)
            }
        }
        for (deadline, expected) in zip([200.0, 120], joules) {
            let view = PlanningView(
                estimates: estimates, remainingWork: 340, remainingTime: Seconds(deadline),
                idlePower: power.idle,
                switchCost: .zero, current: nil)
            let energy = try #require(try shipped(name).plan(view).energy).value
            #expect(abs(energy - expected) < 0.5, "D = \(deadline) s")
        }
    }
}
