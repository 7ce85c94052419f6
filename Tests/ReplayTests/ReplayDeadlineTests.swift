import PacerModels
import PacerPlatform
import PacerPolicies
import PacerReplay
import PacerScheduling
import PacerTestSupport
import PacerUnits
import Testing

@Suite struct ReplayDeadlineTests {
    private static func misses(
        _ workload: Workload, _ machine: ReplayMachine, _ policy: GridPolicy
    ) throws -> Int {
        let result = try Replay(machine: machine, workload: workload, policy: policy).run()
        return ReplayMetrics(result, of: workload).misses
    }

    @Test(arguments: ReplayMachines.all, ReplayShapes.allCases)
    func `minimum-energy keeps deadlines that are far away`(
        machine: ReplayMachine, shape: ReplayShapes
    ) throws {
        let policy = try shipped("minimum-energy")
        for seed in UInt64(1)...2 {
            var sample = RandomWorkload(
                seed: seed, cores: machine.machine.coreCount, shape: shape, load: 0.9, isWide: false)
            // More than all of the work on one core at the lowest frequency.
            sample.factors = 20_000...20_000
            var workload = sample.workload
            for index in workload.jobs.indices where workload.jobs[index].runTime == .zero {
                workload.jobs[index].deadline = workload.jobs[index].submitted + Seconds(20_000)
            }
            #expect(try Self.misses(workload, machine, policy) == 0, "seed \(seed)")
        }
    }

    @Test func `minimum-energy keeps every deadline of light workloads with twice the run time`() throws {
        let policy = try shipped("minimum-energy")
        // A moldable job that came when the machine was idle may keep all of it: nobody can promise the next.
        for shape in [ReplayShapes.rigid, .malleable] {
            for seed in UInt64(1)...12 {
                let sample = RandomWorkload(
                    seed: seed, jobs: 60, cores: 8, shape: shape, load: 0.08, factors: 2...2, widest: 2,
                    isWide: false)
                var workload = sample.workload
                // A job of no length has no time for anything.
                workload.jobs.removeAll { $0.runTime == .zero }
                let machine = ReplayMachines.machine("eight", cores: 8, perDomain: 1, [0.8, 1.6, 2.4, 3.2])
                #expect(try Self.misses(workload, machine, policy) == 0, "\(shape), seed \(seed)")
            }
        }
    }

    @Test func `a job alone takes at most a fiftieth more than under the best single configuration`() throws {
        let policy = try shipped("minimum-energy")
        for (number, machine) in ReplayMachines.all.enumerated() {
            for seed in 0..<24 {
                var generator = SeededGenerator(seed: UInt64(100 * number + seed))
                let cores = Int.random(in: 1...machine.machine.coreCount, using: &generator)
                let runTime = Double.random(in: 5...500, using: &generator)
                let deadline = runTime * Double.random(in: 10...40, using: &generator)
                let shape: JobShape =
                    [.rigid(cores: cores), .moldable(limit: nil), .malleable(limit: cores)][seed % 3]
                let job = ReplayJob(
                    number: 1, submitted: .zero, runTime: Seconds(runTime), cores: cores,
                    requestedTime: nil, shape: shape, deadline: .zero + Seconds(deadline), kind: seed % 2)
                let workload = Workload(name: "w", kinds: RandomWorkload.kinds, jobs: [job])
                let result = try Replay(machine: machine, workload: workload, policy: policy).run()
                let best = Self.leastEnergy(job, machine, horizon: deadline)
                #expect(
                    result.energy.total.value <= best * 1.02,
                    "\(machine.machine.name), seed \(seed): \(result.energy.total) and \(best)")
                #expect((result.jobs[0].finished ?? .zero) <= .zero + Seconds(deadline))
            }
        }
    }

    /// The least energy up to `horizon` with one configuration from start to end.
    private static func leastEnergy(
        _ job: ReplayJob, _ machine: ReplayMachine, horizon: Double
    ) -> Double {
        let kind = RandomWorkload.kinds[job.kind]
        let top = machine.machine.topFrequency
        let reference = kind.speed(Configuration(cores: job.cores, frequency: top), top: top)
        let counts: ClosedRange<Int> =
            switch job.shape {
            case .rigid(let cores): cores...cores
            case .moldable(let limit), .malleable(let limit): 1...(limit ?? machine.machine.coreCount)
            }
        var least = Double.infinity
        for cores in counts {
            for frequency in machine.machine.frequencies {
                let speed = kind.speed(Configuration(cores: cores, frequency: frequency), top: top)
                let time = job.runTime.value * reference / speed
                guard time <= horizon else { continue }
                let core = machine.power.corePower(at: frequency, activity: kind.activity).value
                let busy = (machine.power.uncore.value + core * Double(cores)) * time
                least = min(least, machine.power.idle.value * horizon + busy)
            }
        }
        return least
    }
}
