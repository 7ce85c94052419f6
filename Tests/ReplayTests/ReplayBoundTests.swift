import PacerModels
import PacerOptimizer
import PacerPlatform
import PacerReplay
import PacerScheduling
import PacerUnits
import Testing

@Suite struct ReplayBoundTests {
    private static let machine = ReplayMachine(
        MachineDescription(
            name: "four", summary: "", frequencies: [Hertz(1e9), Hertz(2e9), Hertz(3e9)],
            boostFrequencies: [Hertz(4e9)], coresPerDomain: 1, cores: 4,
            power: PowerModel(idle: Watts(8), uncore: Watts(6), cubic: 0.25, linear: 0.5, constant: 0.4),
            counterRangeMicrojoules: 1))

    private static let kind = JobKind(
        name: "k", scalability: ScalabilityModel(base: 1, contention: 0.1, coherency: 0), clockShare: 0.8,
        activity: 1.2)

    private func at(_ seconds: Double) -> Instant { Instant(nanoseconds: Int64(seconds * 1e9)) }

    private func job(
        _ number: Int, submitted: Double, runTime: Double, cores: Int, _ shape: JobShape, deadline: Double?
    ) -> ReplayJob {
        ReplayJob(
            number: number, submitted: at(submitted), runTime: Seconds(runTime), cores: cores,
            requestedTime: nil, shape: shape, deadline: deadline.map(at), kind: 0)
    }

    private func result(_ finishes: [Double?], start: Double, end: Double) -> ReplayResult {
        let jobs = finishes.map { finish in
            var job = ReplayedJob()
            job.finished = finish.map(at)
            if finish == nil { job.refusal = .tooWide }
            return job
        }
        return ReplayResult(
            policy: "p", jobs: jobs, segments: [],
            energy: ReplayEnergy(idle: Joules(8 * (end - start)), uncore: .zero, cores: .zero),
            start: at(start),
            end: at(end), utilisation: 0, switches: 0)
    }

    @Test func `windows end at the deadline, the late finish or the end of the horizon`() {
        let workload = Workload(
            name: "w", kinds: [Self.kind],
            jobs: [
                job(1, submitted: 10, runTime: 20, cores: 2, .rigid(cores: 2), deadline: 50),
                job(2, submitted: 12, runTime: 20, cores: 2, .rigid(cores: 2), deadline: 40),
                job(3, submitted: 14, runTime: 20, cores: 2, .malleable(limit: 3), deadline: nil),
                job(4, submitted: 15, runTime: 20, cores: 9, .rigid(cores: 9), deadline: nil),
                job(5, submitted: 16, runTime: 0, cores: 1, .rigid(cores: 1), deadline: 90),
            ])
        let problem = BoundProblem(
            workload: workload, machine: Self.machine,
            result: result([35, 60, 70, nil, 16], start: 10, end: 90))
        #expect(problem.jobs.map(\.release) == [Seconds(0), Seconds(2), Seconds(4)])
        #expect(problem.jobs.map(\.deadline) == [Seconds(40), Seconds(50), Seconds(80)])
        #expect(problem.machine.horizon == Seconds(80) && !problem.machine.sharesFrequency)
        #expect(problem.unreachable.isEmpty)
        #expect(problem.tables[problem.jobs[0].table].allSatisfy { $0.cores == 2 })
        #expect(Set(problem.tables[problem.jobs[2].table].map(\.cores)).isSubset(of: [1, 2, 3]))
        #expect(problem.tables.joined().allSatisfy { $0.frequency <= Hertz(3e9) })
        let option = problem.tables[problem.jobs[0].table].last
        let top = Configuration(cores: 2, frequency: Hertz(3e9))
        #expect(option?.rate == Self.kind.speed(top, top: Hertz(3e9)))
        #expect(option?.corePower == Watts(2 * 8.65 * 1.2))
    }

    @Test func `one rigid job that runs alone as fast as it can has no gap`() throws {
        let workload = Workload(
            name: "w", kinds: [Self.kind],
            jobs: [job(1, submitted: 0, runTime: 20, cores: 2, .rigid(cores: 2), deadline: 20)])
        var replayed = result([20], start: 0, end: 20)
        replayed.energy.uncore = Joules(120)
        replayed.energy.cores = Joules(2 * 8.65 * 1.2 * 20)
        let problem = BoundProblem(workload: workload, machine: Self.machine, result: replayed)
        let bound = try EnergyBound(problem, method: .auto, solver: nil)
        let outcome = ReplayBoundOutcome(jobs: 1, energy: replayed.energy.total, bound: bound)
        let gap = try #require(outcome.gap)
        #expect(gap >= -1e-9 && gap < 0.01)
        #expect(ReplayBoundOutcome(jobs: 1, energy: Joules(1), bound: nil).gap == nil)
    }

    @Test func `a machine with one clock for all cores is bounded as one`() {
        var description = MachineDescription(
            name: "one", summary: "", frequencies: [Hertz(1e9), Hertz(2e9)], boostFrequencies: [],
            coresPerDomain: nil, cores: 4, power: Self.machine.power, counterRangeMicrojoules: 1)
        let workload = Workload(name: "w", kinds: [Self.kind], jobs: [])
        let empty = result([], start: 0, end: 1)
        #expect(
            BoundProblem(workload: workload, machine: ReplayMachine(description), result: empty)
                .machine.sharesFrequency)
        description.coresPerDomain = 2
        #expect(
            !BoundProblem(workload: workload, machine: ReplayMachine(description), result: empty)
                .machine.sharesFrequency)
    }
}
