import PacerReplay
import PacerReport
import PacerUnits

extension ReportSummary {
    /// Figures over the jobs of a replay.
    init(_ result: ReplayResult, of workload: Workload) {
        let metrics = ReplayMetrics(result, of: workload)
        self.init(jobs: metrics.jobs)
        neverRan = metrics.refused + metrics.unfinished
        withDeadline = metrics.deadlines
        misses = metrics.misses
        maxTardiness = metrics.maximumTardiness ?? .zero
        meanWait = metrics.meanWait
        meanSlowdown = metrics.meanSlowdown
        utilisation = metrics.utilisation
        switches = metrics.switches
    }
}
