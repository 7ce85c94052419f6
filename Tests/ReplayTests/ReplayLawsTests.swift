import PacerModels
import PacerPlatform
import PacerPolicies
import PacerReplay
import PacerScheduling
import PacerTestSupport
import PacerUnits
import Testing

@Suite struct ReplayLawsTests {
    @Test(arguments: ReplayMachines.all, ReplayShapes.allCases)
    func `an independent account of every schedule comes to the same`(
        machine: ReplayMachine, shape: ReplayShapes
    ) throws {
        for (number, policy) in shippedPolicies.enumerated() {
            for seed in number * 8..<number * 8 + 3 {
                var sample = RandomWorkload(
                    seed: UInt64(seed), cores: machine.machine.coreCount, shape: shape)
                sample.isCoarse = seed.isMultiple(of: 2)
                sample.load = seed.isMultiple(of: 3) ? 0.5 : 1.5
                let workload = sample.workload
                let result = try Replay(
                    machine: machine, workload: workload, policy: policy, keepsSegments: true
                ).run()
                #expect(result.policy == policy.name && result.jobs.count == workload.jobs.count)
                ScheduleAudit(
                    machine: machine, workload: workload, result: result, preempts: policy.preempts
                )
                .check("\(policy.name) on \(machine.machine.name), \(shape), seed \(seed)")
            }
        }
    }

    @Test(arguments: shippedPolicies.map(\.name))
    func `the same workload twice gives the same, with segments and without`(name: String) throws {
        let policy = try shipped(name)
        let machine = ReplayMachines.all[2]
        let workload = RandomWorkload(seed: 5, jobs: 30, cores: 8).workload
        let replay = Replay(machine: machine, workload: workload, policy: policy, keepsSegments: true)
        let first = try replay.run()
        let second = try replay.run()
        let brief = try Replay(machine: machine, workload: workload, policy: policy).run()
        #expect(!first.segments.isEmpty && brief.segments.isEmpty)
        #expect(first.segments == second.segments)
        for other in [second, brief] {
            #expect(first.jobs == other.jobs && first.energy == other.energy)
            #expect(first.end == other.end && first.switches == other.switches)
            #expect(first.utilisation == other.utilisation)
        }
    }

    @Test(arguments: shippedPolicies.map(\.name))
    func `a workload without jobs takes nothing`(name: String) throws {
        let policy = try shipped(name)
        let empty = Workload(name: "", kinds: [ShippedKinds.plain], jobs: [])
        let result = try Replay(machine: ReplayMachines.four, workload: empty, policy: policy).run()
        #expect(result.jobs.isEmpty && result.energy.total == .zero && result.start == result.end)
    }

    @Test func `progress ascends to the number of jobs that ended`() throws {
        for policy in shippedPolicies where ["fcfs", "easy-backfill", "race-to-idle"].contains(policy.name) {
            let sample = RandomWorkload(
                seed: 3, jobs: 2500, cores: 4, shape: .rigid, load: 0.7, isCoarse: true, isWide: false)
            var told: [Int] = []
            _ = try Replay(machine: ReplayMachine(plainCores: 4), workload: sample.workload, policy: policy)
                .run { told.append($0) }
            #expect(told == told.sorted() && told.last == 2500, "\(policy.name)")
        }
    }
}
