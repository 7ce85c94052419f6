import PacerReplay
import PacerReport
import PacerUnits

extension ReportSummary {
    /// Figures over the jobs of a replay.
    ///
    /// A job that never ran has missed its deadline if it has one; it has no wait and no tardiness. Jobs
    /// whose run takes no time have no slowdown.
    init(_ result: ReplayResult, of workload: Workload) {
        self.init(jobs: result.jobs.count)
        var waits: [Seconds] = []
        var slowdowns: [Double] = []
        for (job, outcome) in zip(workload.jobs, result.jobs) {
            if outcome.started == nil { neverRan += 1 }
            if let deadline = job.deadline {
                withDeadline += 1
                if outcome.finished.map({ $0 > deadline }) ?? true { misses += 1 }
                if let finished = outcome.finished { maxTardiness = max(maxTardiness, finished - deadline) }
            }
            guard let started = outcome.started else { continue }
            waits.append(started - job.submitted)
            if let finished = outcome.finished, finished > started {
                slowdowns.append((finished - job.submitted) / (finished - started))
            }
        }
        meanWait = waits.isEmpty ? nil : waits.total() / Double(waits.count)
        meanSlowdown = slowdowns.isEmpty ? nil : slowdowns.reduce(0, +) / Double(slowdowns.count)
        utilisation = result.utilisation
        switches = result.switches
    }
}
