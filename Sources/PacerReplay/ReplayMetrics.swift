public import PacerUnits

/// What users of a machine see of a replay.
public struct ReplayMetrics: Hashable, Sendable {
    /// Jobs of the workload.
    public var jobs: Int
    /// Jobs that were never run, since they cannot be.
    public var refused: Int
    /// Jobs that were neither refused nor finished.
    public var unfinished: Int
    /// Jobs with a deadline.
    public var deadlines: Int
    /// Deadlines that were not kept: the job finished later or never.
    public var misses: Int
    /// The longest time from a deadline to a later finish; zero when every finished job was in time, `nil`
    /// when no job with a deadline finished.
    public var maximumTardiness: Seconds?
    /// From submission to start, over the jobs that started; `nil` when none did.
    public var meanWait: Seconds?
    /// Turnaround over run time in the trace, over the finished jobs whose run time is above zero; `nil` when
    /// there are none. It is not bounded, so that short jobs weigh heavily.
    public var meanSlowdown: Double?
    /// As in ``ReplayResult/utilisation``; `nil` when no time passed.
    public var utilisation: Double?
    /// Changes of configuration of all jobs.
    public var switches: Int

    /// What `result` is for the jobs of `workload`.
    public init(_ result: ReplayResult, of workload: Workload) {
        precondition(result.jobs.count == workload.jobs.count, "the result is one of this workload")
        jobs = workload.jobs.count
        refused = result.jobs.count { $0.refusal != nil }
        unfinished = result.jobs.count { $0.refusal == nil && $0.finished == nil }
        switches = result.switches
        utilisation = result.utilisation.isFinite ? result.utilisation : nil
        deadlines = 0
        misses = 0
        var waits = Mean()
        var slowdowns = Mean()
        for (job, replayed) in zip(workload.jobs, result.jobs) {
            if let started = replayed.started { waits.add((started - job.submitted).value) }
            if let finished = replayed.finished, job.runTime > .zero {
                slowdowns.add((finished - job.submitted) / job.runTime)
            }
            guard let deadline = job.deadline else { continue }
            deadlines += 1
            guard let finished = replayed.finished else {
                misses += 1
                continue
            }
            if finished > deadline { misses += 1 }
            maximumTardiness = max(maximumTardiness ?? .zero, finished - deadline)
        }
        meanWait = waits.value.map { Seconds($0) }
        meanSlowdown = slowdowns.value
    }
}

/// The mean of numbers that come one by one.
private struct Mean {
    private var sum = 0.0
    private var count = 0

    mutating func add(_ value: Double) {
        sum += value
        count += 1
    }

    var value: Double? { count > 0 ? sum / Double(count) : nil }
}
