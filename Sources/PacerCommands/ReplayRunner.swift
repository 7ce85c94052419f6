import Glibc
import PacerConfig
import PacerReplay
import PacerScheduling
import PacerUnits

/// What one policy made of a workload.
struct ReplayRun {
    let policy: String
    /// Its segments are there only where they were asked for.
    let result: ReplayResult
    let metrics: ReplayMetrics
    /// The least energy that any schedule takes over the same horizon; `nil` when it is not known.
    let bound: Joules?
    /// Processor time of the replay itself.
    let processorTime: Seconds

    /// The same without its segments, which may take a lot of memory.
    var withoutSegments: ReplayRun {
        var result = result
        result.segments = []
        return ReplayRun(
            policy: policy, result: result, metrics: metrics, bound: bound, processorTime: processorTime)
    }

    /// How far the energy is above the bound.
    var gap: Double? { bound.flatMap { $0 > .zero ? result.energy.total / $0 - 1 : nil } }
}

/// Replays a workload under one policy after the other.
struct ReplayRunner {
    let machine: ReplayMachine
    let workload: Workload
    let policies: [any Policy]
    let bound: ScenarioFile.Bound
    let keepsSegments: Bool

    /// Gives every run to `each`, which is called before the next one begins.
    func run(_ each: (ReplayRun) throws -> Void) throws {
        let jobs = workload.jobs.count
        let display = CountDisplay(total: jobs * policies.count, of: "jobs")
        defer { display.clear() }
        for (index, policy) in policies.enumerated() {
            let replay = Replay(
                machine: machine, workload: workload, policy: policy, keepsSegments: keepsSegments)
            let begin = Self.processorTime
            let result = replay.run { display.show(index * jobs + $0) }
            let time = Self.processorTime - begin
            display.show((index + 1) * jobs)
            let joules = ReplayBound.joules(
                bound, machine: machine, workload: workload, result: result)
            try each(
                ReplayRun(
                    policy: policy.name, result: result, metrics: ReplayMetrics(result, of: workload),
                    bound: joules, processorTime: time))
        }
    }

    /// Processor time of this process, user and system.
    private static var processorTime: Seconds {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Seconds(Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)
    }
}
