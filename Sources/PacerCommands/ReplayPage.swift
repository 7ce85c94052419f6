import PacerOptimizer
import PacerReplay
import PacerReport

/// What a replay leaves behind for `pacer report`.
enum ReplayPage {
    /// The results of `runs`, which have their segments.
    static func results(_ runs: [ReplayRun], machine: ReplayMachine, workload: Workload) -> ReportData {
        var data = ReportData(
            replay: workload, machine: machine, results: runs.map { ($0.result, bound: $0.bound) })
        for note in runs.flatMap({ $0.boundOutcome.bound?.notes ?? [] }) where !data.notes.contains(note) {
            data.notes.append(note)
        }
        return data
    }
}
