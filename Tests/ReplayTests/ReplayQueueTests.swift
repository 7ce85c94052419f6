import PacerModels
import PacerPlatform
import PacerPolicies
import PacerReplay
import PacerScheduling
import PacerTestSupport
import PacerUnits
import Testing

@Suite struct ReplayQueueTests {
    /// The workload for the textbook: whole nanoseconds.
    private static func textbook(_ workload: Workload) -> [TextbookJob] {
        workload.jobs.map { job in
            let nanoseconds = { (time: Seconds) in Int64((time.value * 1e9).rounded()) }
            return TextbookJob(
                submitted: job.submitted.nanoseconds, runTime: nanoseconds(job.runTime),
                estimate: nanoseconds(job.requestedTime ?? job.runTime), cores: job.cores)
        }
    }

    @Test(arguments: ["fcfs", "easy-backfill"], ReplayMachines.all)
    func `jobs start when the textbook starts them, whatever their shape`(
        name: String, machine: ReplayMachine
    ) throws {
        let policy = try shipped(name)
        let cores = machine.machine.coreCount
        for seed in UInt64(1)...8 {
            var sample = RandomWorkload(seed: seed, jobs: 40, cores: cores, shape: .rigid, isCoarse: true)
            sample.load = seed.isMultiple(of: 2) ? 0.8 : 1.5
            let workload = sample.workload
            let expected = TextbookQueue.starts(
                Self.textbook(workload), cores: cores, backfills: name == "easy-backfill")
            var malleable = workload
            for index in malleable.jobs.indices where malleable.jobs[index].cores <= cores {
                malleable.jobs[index].shape =
                    index.isMultiple(of: 2) ? .malleable(limit: nil) : .moldable(limit: nil)
            }
            for workload in [workload, malleable] {
                let result = try Replay(machine: machine, workload: workload, policy: policy).run()
                #expect(result.jobs.map { $0.started?.nanoseconds } == expected, "seed \(seed)")
                for (job, outcome) in zip(workload.jobs, result.jobs) {
                    #expect(outcome.finished == outcome.started.map { $0 + job.runTime }, "seed \(seed)")
                    #expect(outcome.switches == 0)
                }
                let waits = zip(workload.jobs, expected).compactMap { job, start in
                    start.map { Double($0 - job.submitted.nanoseconds) / 1e9 }
                }
                let mean = ReplayMetrics(result, of: workload).meanWait?.value ?? .nan
                #expect(abs(mean - waits.reduce(0, +) / Double(waits.count)) < 1e-9 * (1 + mean))
            }
        }
    }

    @Test func `easy waits less than first come, first served on the whole`() throws {
        var waits: [String: Double] = [:]
        for seed in UInt64(1)...20 {
            let workload = RandomWorkload(seed: seed, jobs: 60, cores: 8, shape: .rigid, load: 1).workload
            for name in ["fcfs", "easy-backfill"] {
                let result = try Replay(
                    machine: ReplayMachine(plainCores: 8), workload: workload, policy: try shipped(name)
                ).run()
                waits[name, default: 0] += ReplayMetrics(result, of: workload).meanWait?.value ?? 0
            }
        }
        #expect((waits["easy-backfill"] ?? 0) < 0.9 * (waits["fcfs"] ?? 0), "\(waits)")
    }

    @Test func `a job that may be narrower than the trace says is cut down to the machine`() throws {
        let job = ReplayJob(
            number: 1, submitted: .zero, runTime: Seconds(10), cores: 8, requestedTime: nil,
            shape: .moldable(limit: nil), deadline: nil, kind: 0)
        let workload = Workload(name: "w", kinds: [ShippedKinds.plain], jobs: [job])
        for name in ["fcfs", "easy-backfill"] {
            let result = try Replay(
                machine: ReplayMachines.four, workload: workload, policy: try shipped(name),
                keepsSegments: true
            ).run()
            // Half the cores take twice as long.
            #expect(result.jobs[0].finished == .zero + Seconds(20))
            #expect(result.segments.map(\.cores.count) == [4])
        }
    }

    @Test func `other words choose a frequency under a queue, and it is kept`() throws {
        var policy = try shipped("fcfs")
        policy.frequency = .lowestFeasible
        let job = ReplayJob(
            number: 1, submitted: .zero, runTime: Seconds(10), cores: 2, requestedTime: nil,
            shape: .rigid(cores: 2), deadline: .zero + Seconds(21), kind: 0)
        let workload = Workload(name: "w", kinds: [ShippedKinds.plain], jobs: [job])
        let result = try Replay(
            machine: ReplayMachines.four, workload: workload, policy: policy, keepsSegments: true
        ).run()
        // Half of 3.2 GHz takes 20 s.
        #expect(result.segments.map(\.frequency) == [Hertz(1.6e9)])
        #expect(result.jobs[0].finished == .zero + Seconds(20))
    }
}
