import PacerModels
import PacerPlatform
import PacerPolicies
import PacerReplay
import PacerScheduling
import PacerTestSupport
import PacerUnits
import Testing

/// Several jobs at once in the engine: the queues, and how jobs share the machine.
@Suite struct CompanyTests {
    private func queue(_ discipline: QueueDiscipline) -> GridPolicy {
        GridPolicy(
            name: discipline.rawValue, summary: "", cores: .widest, frequency: .highest, mix: .none,
            objective: .energy, accounting: .horizon, margin: 0, queue: discipline, references: [])
    }

    private func run(
        _ jobs: [SimulatedJob], policies: [GridPolicy] = examplePolicies,
        queuePolicy: String = "minimum-energy",
        profiles: [String: ClassProfile] = [:], cores: Int = 4
    ) -> SimulationResult {
        var simulation = Simulation(
            machine: exampleMachine(cores: cores), truth: examplePower, policies: policies, jobs: jobs,
            profiles: profiles, queuePolicy: queuePolicy)
        return simulation.run()
    }

    /// What one run teaches of the class of `job`.
    private func learnt(_ job: SimulatedJob) -> [String: ClassProfile] { run([job]).profiles }

    private func started(_ result: SimulationResult, _ number: Int64) throws -> Double {
        let record = try #require(result.records.first { $0.request.id == JobID(number) })
        return (try #require(record.started) - .zero).value
    }

    private func assertNoCoreIsUsedTwice(_ result: SimulationResult) {
        for (index, one) in result.timeline.enumerated() {
            for other in result.timeline[(index + 1)...]
            where other.job != one.job && other.start < one.end && one.start < other.end {
                #expect(Set(one.cores).isDisjoint(with: other.cores))
            }
        }
    }

    @Test func `a known job that runs makes room for a more urgent one, and both are in time`() throws {
        let profiles = learnt(simulated(1, work: 60, deadline: 60, className: "a")).merging(
            learnt(simulated(1, work: 20, deadline: 20, className: "b"))
        ) { first, _ in first }
        // Alone the first one would keep all cores for most of its time.
        let result = run(
            [
                simulated(1, work: 200, deadline: 75, className: "a"),
                simulated(2, work: 10, deadline: 12, submitted: 10, className: "b"),
            ].map { job in
                var job = job
                job.declaresProgress = true
                return job
            }, profiles: profiles)
        assertNoCoreIsUsedTwice(result)
        #expect(result.records.allSatisfy { $0.keptDeadline == true })
        #expect(try started(result, 2) < 10.5)
    }

    @Test func `a moldable job that starts alone is not hurried by itself`() throws {
        let profiles = learnt(simulated(1, work: 60, deadline: 60, className: "a"))
        let result = run(
            [simulated(2, work: 60, deadline: 60, shape: .moldable(limit: nil), className: "a")],
            profiles: profiles)
        let record = try #require(result.records.first)
        let best = try #require(optimum(Law(), cores: 4, work: 60, deadline: 60))
        #expect(record.keptDeadline == true)
        #expect(try #require(record.energy.horizon).value < best * 1.1)
    }

    @Test func `cores are never used twice while random known jobs come and go`() {
        let laws = [Law(), Law(sigma: 0.1, kappa: 0.01), Law(sigma: 0.3, sensitivity: 0.6)]
        var profiles: [String: ClassProfile] = [:]
        for (index, law) in laws.enumerated() {
            profiles.merge(
                learnt(simulated(1, work: 40, deadline: 40, law: law, className: "kind-\(index)"))
            ) { first, _ in first }
        }
        for seed in UInt64(1)...4 {
            var generator = SeededGenerator(seed: seed)
            let jobs = (1...8).map { number in
                let kind = Int(Double.random(in: 0...2.99, using: &generator))
                let work = Double.random(in: 5...40, using: &generator)
                return simulated(
                    Int64(number), work: work, deadline: work * Double.random(in: 1.5...4, using: &generator),
                    law: laws[kind],
                    submitted: Double.random(in: 0...60, using: &generator), className: "kind-\(kind)")
            }
            let result = run(jobs, profiles: profiles)
            assertNoCoreIsUsedTwice(result)
            #expect(result.records.allSatisfy { $0.finished != nil })
        }
    }

    @Test func `first come, first served waits for the first, whatever its deadline`() throws {
        let policies = [queue(.fcfs)]
        let jobs = [
            simulated(1, work: 30, deadline: nil, policy: "fcfs", shape: .rigid(cores: 3)),
            simulated(
                2, work: 30, deadline: 1000, policy: "fcfs", shape: .rigid(cores: 4), submitted: 1),
            simulated(3, work: 1, deadline: 20, policy: "fcfs", shape: .rigid(cores: 1), submitted: 2),
        ]
        let result = run(jobs, policies: policies, queuePolicy: "fcfs")
        #expect(try started(result, 2) >= 9)
        #expect(try started(result, 3) >= started(result, 2))
    }

    @Test func `a job that does not delay the first in line overtakes it under EASY, another does not`()
        throws
    {
        let policies = [queue(.easyBackfill)]
        let estimate = Seconds(10)
        let jobs = [
            simulated(
                1, work: 30, deadline: nil, policy: "easy-backfill", shape: .rigid(cores: 3),
                estimate: estimate),
            simulated(
                2, work: 30, deadline: nil, policy: "easy-backfill", shape: .rigid(cores: 4), submitted: 1,
                estimate: estimate),
            simulated(
                3, work: 20, deadline: nil, policy: "easy-backfill", shape: .rigid(cores: 1), submitted: 2,
                estimate: Seconds(20)),
            simulated(
                4, work: 2, deadline: nil, policy: "easy-backfill", shape: .rigid(cores: 1), submitted: 3,
                estimate: Seconds(2)),
        ]
        let result = run(jobs, policies: policies, queuePolicy: "easy-backfill")
        assertNoCoreIsUsedTwice(result)
        #expect(try started(result, 4) < 4)
        #expect(try started(result, 3) > started(result, 2))
    }
}
