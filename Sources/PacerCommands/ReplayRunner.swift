import Glibc
import PacerAPI
import PacerOptimizer
import PacerReplay
import PacerScheduling
import PacerUnits

/// What one policy made of a workload.
struct ReplayRun {
    let policy: String
    /// Its segments are there only where they were asked for.
    let result: ReplayResult
    let metrics: ReplayMetrics
    /// The least energy that any schedule takes over the same horizon, and how that is known.
    let boundOutcome: ReplayBoundOutcome
    /// Processor time of the replay itself.
    let processorTime: Seconds

    /// The same without its segments, which may take a lot of memory.
    var withoutSegments: ReplayRun {
        var result = result
        result.segments = []
        return ReplayRun(
            policy: policy, result: result, metrics: metrics, boundOutcome: boundOutcome,
            processorTime: processorTime)
    }

    /// The least energy; `nil` when it is not known.
    var bound: Joules? { boundOutcome.bound?.bound }

    /// How far the energy is above the bound.
    var gap: Double? { boundOutcome.gap }
}

/// Replays a workload under one policy after the other.
struct ReplayRunner {
    let machine: ReplayMachine
    let workload: Workload
    let policies: [any Policy]
    let bound: BoundMethod
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
            let result: ReplayResult
            do throws(Replay.Problem) {
                result = try replay.run { display.show(index * jobs + $0) }
            } catch {
                throw CommandFailure(.data, error.description)
            }
            let time = Self.processorTime - begin
            display.show((index + 1) * jobs)
            let outcome = try BoundSolver.outcome(workload, machine, result, method: bound)
            try each(
                ReplayRun(
                    policy: policy.name, result: result, metrics: ReplayMetrics(result, of: workload),
                    boundOutcome: outcome, processorTime: time))
        }
    }

    /// Processor time of this process, user and system.
    private static var processorTime: Seconds {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Seconds(Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)
    }
}
