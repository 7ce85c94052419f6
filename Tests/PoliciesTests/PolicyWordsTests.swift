import PacerModels
import PacerPlatform
import PacerPolicies
import PacerScheduling
import PacerUnits
import Testing

/// What the words of a policy say, read a second time and independently of its planning.
struct Words {
    let policy: GridPolicy
    let view: PlanningView

    /// The rate one standard error below what is believed.
    static func safeRate(_ estimate: Estimate) -> Double {
        estimate.rate * (1 - min(0.5, estimate.rateError))
    }

    func estimate(_ configuration: Configuration) -> Estimate? {
        view.estimates.first { $0.configuration == configuration }
    }

    /// Whether the words leave more than one configuration, so that an infeasible deadline frees the choice.
    var leaveAChoice: Bool { policy.wantsProfile }

    /// What the words allow, whatever the deadline.
    var allowed: [Estimate] {
        let counts = Set(view.estimates.map(\.configuration.cores)).sorted()
        var rows = view.estimates
        switch policy.cores {
        case .widest: rows = rows.filter { $0.configuration.cores == counts.last }
        case .fixed(let count):
            let nearest = counts.min { (abs($0 - count), $0) < (abs($1 - count), $1) }
            rows = rows.filter { $0.configuration.cores == nearest }
        case .narrowest, .any: break
        }
        let clocks = Set(rows.map(\.configuration.frequency)).sorted()
        guard let low = clocks.first, let high = clocks.last else { return [] }
        switch policy.frequency {
        case .highest: return rows.filter { $0.configuration.frequency == high }
        case .lowest: return rows.filter { $0.configuration.frequency == low }
        case .lowestFeasible, .any: return rows
        case .governor(let governor):
            let target =
                switch governor {
                case .performance: high
                case .powersave: low
                case .schedutil: min(high, (view.current?.frequency ?? high) * (1.25 * view.utilisation))
                case .ondemand: view.utilisation > 0.8 ? high : low + (high - low) * view.utilisation
                }
            let chosen = clocks.first { $0 >= target } ?? high
            return rows.filter { $0.configuration.frequency == chosen }
        }
    }

    /// What of it keeps the deadline at safe rates.
    var feasible: [Estimate] {
        guard let work = view.remainingWork, let time = view.remainingTime else { return allowed }
        return allowed.filter { Words.safeRate($0) * time.value >= work }
    }

    /// The machine's energy from now to the deadline under a plan, if the rates are as believed.
    func horizon(_ plan: Plan) -> Double? {
        guard let time = view.remainingTime else { return nil }
        let running = plan.segments.reduce(0) { sum, segment in
            sum + (estimate(segment.configuration)?.power.value ?? .infinity) * segment.duration.value
        }
        let length = plan.segments.reduce(0) { $0 + $1.duration.value }
        return running + view.idlePower.value * max(0, time.value - length)
    }
}

@Suite struct PolicyWordsTests {
    @Test func `every file in the directory of policies is read`() {
        #expect(shippedPolicies.count >= 10)
        #expect(Set(shippedPolicies.map(\.name)).count == shippedPolicies.count)
    }

    @Test(arguments: shippedPolicies)
    func `the same view always gets the same plan`(policy: GridPolicy) {
        for seed in UInt64(1)...40 {
            let view = randomView(seed: seed, error: 0...0.3)
            #expect(policy.plan(view) == policy.plan(view), "seed \(seed)")
        }
    }

    @Test(arguments: shippedPolicies)
    func `a plan for a deadline that can be kept obeys the words`(policy: GridPolicy) {
        for seed in UInt64(1)...200 {
            let view = randomView(seed: seed, error: 0...0.3)
            let words = Words(policy: policy, view: view)
            guard !words.feasible.isEmpty else { continue }
            let plan = policy.plan(view)
            let allowed = Set(words.allowed.map(\.configuration))
            #expect(plan.segments.allSatisfy { allowed.contains($0.configuration) }, "seed \(seed)")
            #expect(plan.segments.count <= (policy.mix == .none ? 1 : 2))
            guard let chosen = plan.segments.first?.configuration else { continue }
            if policy.cores == .narrowest {
                #expect(chosen.cores == words.feasible.map(\.configuration.cores).min(), "seed \(seed)")
            }
            if policy.frequency == .lowestFeasible {
                let clocks = words.feasible.filter { $0.configuration.cores == chosen.cores }
                #expect(chosen.frequency == clocks.map(\.configuration.frequency).min(), "seed \(seed)")
            }
        }
    }

    @Test(arguments: shippedPolicies)
    func `a plan for a deadline that can be kept does all the work in time at safe rates`(policy: GridPolicy)
    {
        for seed in UInt64(1)...200 {
            let view = randomView(seed: seed, error: 0...0.3)
            let words = Words(policy: policy, view: view)
            guard !words.feasible.isEmpty, let work = view.remainingWork, let time = view.remainingTime
            else { continue }
            let plan = policy.plan(view)
            #expect(plan.meetsDeadline, "seed \(seed)")
            #expect((plan.duration ?? .infinity).value <= time.value * (1 + 1e-9), "seed \(seed)")
            if plan.segments.count == 1, let only = plan.segments.first,
                let estimate = words.estimate(only.configuration)
            {
                #expect(Words.safeRate(estimate) * time.value >= work * (1 - 1e-9), "seed \(seed)")
            } else {
                let done = plan.segments.reduce(0) { sum, segment in
                    sum + (words.estimate(segment.configuration).map(Words.safeRate) ?? 0)
                        * segment.duration.value
                }
                #expect(abs(done - work) <= 1e-9 * work, "seed \(seed)")
                let rates = plan.segments.compactMap { words.estimate($0.configuration)?.rate }
                #expect(rates == rates.sorted(), "the slow one is run first, seed \(seed)")
            }
        }
    }

    @Test(arguments: shippedPolicies)
    func `a deadline that cannot be kept gets the fastest there is, or what the words leave`(
        policy: GridPolicy
    ) {
        var seen = 0
        for seed in UInt64(1)...200 {
            var view = randomView(seed: seed)
            view.remainingTime = view.remainingTime.map { $0 * (seed.isMultiple(of: 2) ? 0.05 : 1) }
            let words = Words(policy: policy, view: view)
            guard words.feasible.isEmpty else { continue }
            seen += 1
            let pool = words.leaveAChoice ? view.estimates : words.allowed
            let plan = policy.plan(view)
            let chosen = plan.segments.first.flatMap { words.estimate($0.configuration) }
            #expect(plan.segments.count == 1)
            #expect(chosen?.rate == pool.map(\.rate).max(), "seed \(seed)")
        }
        #expect(seen > 50)
    }

    @Test(arguments: shippedPolicies)
    func `a job without a deadline gets what the words leave at the least of the objective`(
        policy: GridPolicy
    ) {
        for seed in UInt64(1)...80 {
            var view = randomView(seed: seed)
            view.remainingTime = nil
            let words = Words(policy: policy, view: view)
            let plan = policy.plan(view)
            let chosen = plan.segments.first.flatMap { words.estimate($0.configuration) }
            #expect(words.allowed.contains { $0.configuration == chosen?.configuration }, "seed \(seed)")
            #expect(plan.meetsDeadline && plan.segments.count == 1)
            guard policy.cores == .any, policy.frequency == .any, let chosen else { continue }
            let cost = { (estimate: Estimate) in
                let perWork = estimate.power.value / estimate.rate
                return policy.objective == .energy ? perWork : perWork / estimate.rate
            }
            let least = view.estimates.map(cost).min() ?? 0
            #expect(cost(chosen) <= least * (1 + 1e-12), "seed \(seed)")
        }
    }

    @Test(arguments: shippedPolicies)
    func `work that nobody knows is done as fast as the words allow when there is a deadline`(
        policy: GridPolicy
    ) {
        for seed in UInt64(1)...40 {
            var view = randomView(seed: seed)
            view.remainingWork = nil
            let words = Words(policy: policy, view: view)
            let pool = words.leaveAChoice ? view.estimates : words.allowed
            let plan = policy.plan(view)
            let chosen = plan.segments.first.flatMap { words.estimate($0.configuration) }
            #expect(chosen?.rate == pool.map(\.rate).max(), "seed \(seed)")
            #expect(plan.energy == nil && plan.duration == nil)
            view.remainingTime = nil
            let relaxed = policy.plan(view)
            let allowed = words.allowed.map(\.configuration)
            #expect(relaxed.segments.allSatisfy { allowed.contains($0.configuration) }, "seed \(seed)")
            #expect(relaxed.energy == nil && relaxed.duration == nil)
        }
    }

    @Test(arguments: shippedPolicies)
    func `a machine with one configuration leaves nothing to choose`(policy: GridPolicy) {
        var view = smallView(work: 10, time: 20)
        view.estimates = [estimate(1, 1, rate: 1, power: 14)]
        for (work, time) in [(10.0, 20.0), (30, 20), (nil, 20), (10, nil), (nil, nil)] as [(Double?, Double?)]
        {
            view.remainingWork = work
            view.remainingTime = time.map { Seconds($0) }
            let plan = policy.plan(view)
            #expect(plan.segments.map(\.configuration) == [view.estimates[0].configuration])
            #expect(plan.meetsDeadline == !(work == 30))
        }
    }

    @Test func `minimum energy needs no more than any other policy that keeps the deadline`() throws {
        let least = try shipped("minimum-energy")
        var mixes = 0
        for seed in UInt64(1)...300 {
            let view = randomView(seed: seed)
            let plan = least.plan(view)
            let words = Words(policy: least, view: view)
            guard !words.feasible.isEmpty else { continue }
            let energy = try #require(words.horizon(plan))
            #expect(abs(energy - (plan.energy?.value ?? 0)) <= 1e-9 * energy, "seed \(seed)")
            if plan.segments.count == 2 { mixes += 1 }
            for other in shippedPolicies {
                let rival = other.plan(view)
                guard !Words(policy: other, view: view).feasible.isEmpty else { continue }
                let spent = try #require(words.horizon(rival))
                #expect(energy <= spent * (1 + 1e-9), "\(other.name), seed \(seed)")
            }
        }
        #expect(mixes > 30)
    }
}
