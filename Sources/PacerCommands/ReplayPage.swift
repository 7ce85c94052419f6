import PacerAPI
import PacerReplay

/// The page of a replay.
enum ReplayPage {
    /// Writes the page of `runs` to the file at `path`.
    static func write(
        _ runs: [ReplayRun], machine: ReplayMachine, workload: Workload, to path: String
    ) throws(CommandFailure) {
        throw CommandFailure(.usage, "--report: pages cannot be written yet; --json and --schedule-out can")
    }
}
