import PacerModels
import PacerPlatform
import PacerPolicies
import PacerScheduling
import PacerUnits
import Testing

@Suite struct MendingTests {
    private let policy = GridPolicy(
        name: "wide-and-slow", summary: "", cores: .widest, frequency: .lowestFeasible, mix: .none,
        objective: .energy, accounting: .horizon, margin: 0, references: [])

    /// One core: 1 GHz is believed to do 10/s, give or take 30 %; 2 GHz is known to do 20/s.
    private func view(nextLook: Seconds, _ origin: Estimate.Origin = .predicted) -> PlanningView {
        let slow = Configuration(cores: 1, frequency: Hertz(1e9))
        let fast = Configuration(cores: 1, frequency: Hertz(2e9))
        return PlanningView(
            estimates: [
                Estimate(configuration: slow, rate: 10, rateError: 0.3, power: Watts(10), origin: origin),
                Estimate(configuration: fast, rate: 20, rateError: 0, power: Watts(30), origin: .measured),
            ], remainingWork: 95, remainingTime: Seconds(10), idlePower: Watts(5), switchCost: .zero,
            current: nil, nextLook: nextLook)
    }

    @Test func `an uncertain rate is acted on when an error would be found in time to mend it`() {
        let plan = policy.plan(view(nextLook: Seconds(1)))
        #expect(plan.segments.first?.configuration.frequency == Hertz(1e9))
        #expect(plan.meetsDeadline)
    }

    @Test func `an uncertain rate is not acted on when the next look comes too late`() {
        // After 9 s at the safe rate of 7/s, 32 of 95 are left for 1 s at 20/s.
        let plan = policy.plan(view(nextLook: Seconds(9)))
        #expect(plan.segments.first?.configuration.frequency == Hertz(2e9))
    }

    @Test func `a rate that a law foretells must leave more time for mending than a measured one`() {
        // After 7.9 s: at 7/s 39.7 of 95 are left, which 20/s do in 2.1 s; at 4/s 63.4 are, which they do not.
        let measured = policy.plan(view(nextLook: Seconds(7.9), .measured))
        #expect(measured.segments.first?.configuration.frequency == Hertz(1e9))
        let foretold = policy.plan(view(nextLook: Seconds(7.9)))
        #expect(foretold.segments.first?.configuration.frequency == Hertz(2e9))
    }

    @Test func `a plan that is never looked at again rests on safe rates alone`() {
        let plan = policy.plan(view(nextLook: .infinity))
        #expect(plan.segments.first?.configuration.frequency == Hertz(2e9))
    }

    @Test(arguments: [(error: 0.0, stretches: 2), (error: 0.02, stretches: 1)])
    func `a mix that gains less than its rates are sure by is left alone`(error: Double, stretches: Int) {
        // 15 of work in 10 s, idle at 5 W: 2/s at 21 W takes 170 J, half the time at each takes 169 J, 0.6 % less.
        let hull = GridPolicy(
            name: "minimum-energy", summary: "", cores: .any, frequency: .any, mix: .twoConfigurations,
            objective: .energy, accounting: .horizon, margin: 0, references: [])
        let rows = [(gigahertz: 1.0, rate: 1.0, watts: 12.8), (gigahertz: 2, rate: 2, watts: 21)]
        let view = PlanningView(
            estimates: rows.map {
                Estimate(
                    configuration: Configuration(cores: 1, frequency: Hertz($0.gigahertz * 1e9)),
                    rate: $0.rate,
                    rateError: error, power: Watts($0.watts), origin: .measured)
            }, remainingWork: 15, remainingTime: Seconds(10), idlePower: Watts(5), switchCost: .zero,
            current: nil, nextLook: Seconds(0.1))
        #expect(hull.plan(view).segments.count == stretches)
    }
}
