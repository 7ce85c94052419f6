import PacerModels
import PacerOptimizer
import PacerPlatform
import PacerPolicies
import PacerReplay
import PacerScheduling
import PacerTestSupport
import PacerUnits
import Testing

/// What is told of a job's configurations, policies and joules.
@Suite struct ExplanationTests {
    private static func explanation(
        _ view: PlanningView?, policy: String = "minimum-energy"
    ) -> Explanation {
        Explanation(
            scope: .rest, policy: policy, policies: shippedPolicies,
            idlePower: view?.idlePower ?? Watts(10), view: view)
    }

    @Test(arguments: UInt64(1)...300)
    func `no plan that leaves the reserve alone costs less than minimum-energy's`(seed: UInt64) throws {
        let told = Self.explanation(randomView(seed: seed))
        try #require(told.plans.count == shippedPolicies.count)
        let chosen = try #require(told.chosen)
        #expect(told.plans.first == chosen)
        #expect(told.plans.dropFirst().map(\.policy) == told.plans.dropFirst().map(\.policy).sorted())
        guard chosen.plan.meetsDeadline, chosen.keepsReserve else { return }
        let least = try #require(chosen.plan.energy)
        for other in told.plans where other.plan.meetsDeadline && other.keepsReserve {
            let energy = try #require(other.plan.energy)
            #expect(energy >= least * (1 - 1e-9), "seed \(seed): \(other.policy)")
        }
        if let single = told.nextBest { #expect(single.energy >= least * (1 - 1e-9), "seed \(seed)") }
    }

    @Test(arguments: UInt64(1)...300)
    func `the hull is below every configuration and every plan`(seed: UInt64) throws {
        let view = randomView(seed: seed)
        let told = Self.explanation(view)
        let frontier = Frontier(estimates: told.estimates, idlePower: told.restPower)
        for estimate in told.estimates {
            let least = try #require(frontier.power(at: estimate.rate))
            #expect(least <= estimate.power + Watts(1e-9), "seed \(seed): \(estimate.configuration)")
        }
        let (time, work) = (try #require(view.remainingTime), try #require(view.remainingWork))
        guard let power = frontier.power(at: work / time.value) else { return }
        let bound = power * time + view.idlePower * view.reserve
        for entry in told.plans where entry.keepsReserve {
            let energy = try #require(entry.plan.energy)
            #expect(energy >= bound * (1 - 1e-9), "seed \(seed): \(entry.policy)")
        }
    }

    @Test func `energies are counted to the deadline itself, by the accounting of the job's policy`() throws {
        var view = smallView(work: 36, time: 20)
        view.reserve = Seconds(2)
        let told = Self.explanation(view)
        #expect(told.requiredRate == 36.0 / 22)
        let energy = { (told: Explanation, policy: String) in
            told.plans.first { $0.policy == policy }?.plan.energy?.value
        }
        // 10 s at 34 W and 12 s idle at 10 W; 20 s at 17 W and the 2 s of the reserve idle.
        #expect(energy(told, "race-to-idle") == 460)
        #expect(energy(told, "minimum-energy") == 360)
        // Its own words count the run alone: here it is counted as the others are.
        #expect(energy(told, "minimum-edp") == 460)
        // One core at 2 GHz: 18 s at 22 W and 4 s idle.
        #expect(told.nextBest?.estimate.configuration == Configuration(cores: 1, frequency: Hertz(2e9)))
        #expect(told.nextBest?.energy == Joules(436))
        let run = Self.explanation(view, policy: "minimum-edp")
        #expect(run.accounting == .run)
        #expect(run.restPower == .zero)
        #expect(energy(run, "minimum-edp") == 340)
        #expect(energy(run, "wide-and-slow") == 340)
        #expect(energy(run, "narrow-and-fast") == 396)
    }

    @Test func `a plan that ends within the reserve is told from one that leaves it alone`() throws {
        // 20.5 s at the slowest of 22: in time, but not by the plan's own clock.
        var view = smallView(work: 36.9, time: 20)
        view.reserve = Seconds(2)
        let told = Self.explanation(view)
        let slow = try #require(told.plans.first { $0.policy == "governor-powersave" })
        #expect(slow.plan.meetsDeadline)
        #expect(!slow.keepsReserve)
        #expect(try #require(told.chosen).keepsReserve)
    }

    @Test func `what is not known is not told`() {
        let nothing = Self.explanation(nil)
        #expect(nothing.estimates.isEmpty && nothing.plans.isEmpty)
        #expect(nothing.requiredRate == nil && nothing.nextBest == nil && nothing.chosen == nil)
        let noWork = Self.explanation(smallView(work: nil, time: 20))
        #expect(noWork.plans.count == shippedPolicies.count)
        #expect(noWork.plans.allSatisfy { $0.plan.energy == nil })
        #expect(noWork.requiredRate == nil && noWork.nextBest == nil)
        let noDeadline = Self.explanation(smallView(work: 36, time: nil))
        #expect(noDeadline.span == nil && noDeadline.requiredRate == nil)
        #expect(noDeadline.plans.allSatisfy { $0.keepsReserve })
        let gone = Self.explanation(smallView(work: 36, time: 20), policy: "gone")
        #expect(gone.chosen == nil)
        #expect(gone.plans.count == shippedPolicies.count)
    }

    @Test func `a job that has ended is explained as a whole, by what its record kept`() throws {
        let start = Instant.zero
        let job = SimulatedJob(
            request: JobRequest(
                id: JobID(1), className: "ideal", submitted: start, deadline: start + Seconds(60),
                shape: .malleable(limit: nil), policy: "minimum-energy"),
            work: 60
        ) { Double($0.cores) * ($0.frequency / Hertz(3.2e9)) }
        var simulation = Simulation(
            machine: exampleMachine(cores: 2, perDomain: 1), truth: examplePower, policies: shippedPolicies,
            jobs: [job])
        let record = try #require(simulation.run().records.first)
        let finished = try #require(record.finished)
        #expect(record.idlePower == examplePower.idle)
        // Another engine: nothing but the record is known of the job.
        let other = PowerModel(idle: Watts(99), uncore: .zero, cubic: 0, linear: 0, constant: 0)
        let engine = Engine(
            machine: exampleMachine(cores: 2, perDomain: 1), power: other, policies: shippedPolicies)
        let told = engine.explanation(of: record, at: finished)
        #expect(told.scope == .whole)
        #expect(told.idlePower == examplePower.idle)
        #expect(told.estimates == record.estimates)
        #expect(abs((told.work ?? 0) - 60) < 1e-6)
        let started = try #require(record.started)
        #expect(told.span == start + Seconds(60) - started)
        // The last reserve, and the margin of what is before it.
        let span = (start + Seconds(60) - started).value
        #expect(abs(told.reserve.value - span * (0.005 + 0.995 * 0.05)) < 1e-6)
        #expect(told.chosen?.plan.meetsDeadline == true)
        let stays = record.stays(until: finished)
        let total = stays.map(\.duration).total()
        #expect(abs((total - (finished - started)).value) < 1e-6)
        #expect(stays.map(\.duration) == stays.map(\.duration).sorted(by: >))
        // A record of a version that did not keep the idle power gets the present one.
        var old = record
        old.idlePower = nil
        #expect(engine.explanation(of: old, at: finished).idlePower == Watts(99))
    }
}
