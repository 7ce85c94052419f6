import PacerModels
import PacerPlatform
import PacerReplay
import PacerScheduling
import PacerTestSupport
import PacerUnits
import Testing

/// What is thought to have become of jobs that raced, against a replay in which they do.
@Suite struct RacingShadowTests {
    /// Whom the shadow has late at his deadline.
    private static func late(_ workload: Workload, _ machine: ReplayMachine, _ cores: Int) -> Set<Int> {
        let tables = workload.kinds.map { OptionTable(machine.options(of: $0)) }
        let top = machine.machine.topFrequency
        var shadow = RacingShadow(cores: cores)
        var moments = workload.jobs.indices.map { (at: workload.jobs[$0].submitted, job: $0, comes: true) }
        moments += workload.jobs.indices.compactMap { index in
            workload.jobs[index].deadline.map { ($0, index, false) }
        }
        var late: Set<Int> = []
        for moment in moments.sorted(by: { ($0.at, $0.job) < ($1.at, $1.job) }) {
            let job = workload.jobs[moment.job]
            let id = JobID(Int64(moment.job))
            guard moment.comes, let deadline = job.deadline else {
                // Looked at in a copy: whoever is planned anew is planned at another moment.
                var copy = shadow
                copy.advance(to: (moment.at - .zero).value)
                if copy.lateOnes().contains(id) { late.insert(moment.job) }
                continue
            }
            shadow.advance(to: (moment.at - .zero).value)
            let reference = workload.kinds[job.kind].speed(
                Configuration(cores: job.cores, frequency: top), top: top)
            var limit = cores
            if case .malleable(.some(let most)) = job.shape { limit = min(cores, most) }
            #expect(!shadow.knows(id))
            shadow.enter(
                id, work: job.runTime.value * reference, table: tables[job.kind], cores: 1...limit,
                deadline: (deadline - .zero).value)
        }
        return late
    }

    @Test func `those are late that a replay of race-to-idle has late`() throws {
        let policy = try shipped("race-to-idle")
        var constants = ControlConstants()
        constants.switchCost = .zero
        constants.frequencySwitchCost = .zero
        var count = 0
        for seed in UInt64(1)...40 {
            let cores = [1, 2, 4, 8][Int(seed % 4)]
            let machine = ReplayMachines.machine("m", cores: cores, perDomain: 1, [0.8, 1.6, 2.4, 3.2])
            var workload = RandomWorkload(
                seed: seed, jobs: 60, cores: cores, shape: .malleable, load: [0.4, 0.9, 1.4][Int(seed % 3)],
                factors: 1.2...1.2, isWide: false
            ).workload
            workload.jobs.removeAll { $0.runTime == .zero }
            let result = try Replay(
                machine: machine, workload: workload, policy: policy, constants: constants
            ).run()
            let shadow = Self.late(workload, machine, cores)
            for (index, job) in workload.jobs.enumerated() {
                let finished = try #require(result.jobs[index].finished)
                let deadline = try #require(job.deadline)
                // The shadow does not round to nanoseconds.
                guard abs((finished - deadline).value) > 1e-3 else { continue }
                #expect(shadow.contains(index) == (finished > deadline), "seed \(seed), job \(index)")
                if finished > deadline { count += 1 }
            }
        }
        #expect(count > 100)
    }

    @Test func `one that failed is raced no longer, one that ended early is`() {
        let machine = ReplayMachines.four
        let table = OptionTable(machine.options(of: ShippedKinds.plain))
        for (failed, isLate) in [(false, true), (true, false)] {
            var shadow = RacingShadow(cores: 4)
            let work = 100 * table.highestSpeed
            shadow.enter(JobID(1), work: work, table: table, cores: 1...4, deadline: 120)
            shadow.enter(JobID(2), work: work, table: table, cores: 1...4, deadline: 130)
            #expect(shadow.lateOnes() == [JobID(2)])
            shadow.leave(JobID(1), failed: failed)
            #expect(!shadow.knows(JobID(1)))
            #expect(shadow.lateOnes().contains(JobID(2)) == isLate)
        }
    }
}
