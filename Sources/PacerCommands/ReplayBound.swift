import PacerConfig
import PacerReplay
import PacerUnits

/// The least energy that any schedule of a workload takes.
enum ReplayBound {
    /// A lower bound for the energy over the horizon of `result`; `nil` when none was asked for, or none can
    /// be computed.
    static func joules(
        _ choice: ScenarioFile.Bound, machine: ReplayMachine, workload: Workload, result: ReplayResult
    ) -> Joules? { nil }
}
