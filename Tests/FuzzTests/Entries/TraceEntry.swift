@testable import PacerCommands
import PacerPolicies
import PacerReplay
import PacerScheduling
import PacerUnits

/// A trace, packed or not. What can be read is replayed on a small machine, where it is short: the first byte
/// chooses the rules, the second the policy.
@Sendable func readTrace(_ input: [UInt8]) {
    guard input.count > 2 else { return }
    var bytes = Array(input.dropFirst(2))
    accepting {
        if Gunzip.isPacked(bytes) { bytes = try Gunzip.unpack(bytes, limit: 1 << 20) }
        let trace = try Trace(
            standardWorkloadFormat: bytes, name: "fuzz.swf", skipsBadLines: input[0] & 1 == 1)
        _ = trace.machineProcessors
        let scenario = scenario(input[0])
        let workload = try scenario.workload([trace], cores: 8)
        _ = Scenario.offeredLoad(workload.jobs, cores: 8)
        guard workload.jobs.count <= 24 else { return }
        let policy = tracePolicies[Int(input[1]) % tracePolicies.count]
        let replay = Replay(machine: ReplayMachine(plainCores: 8), workload: workload, policy: policy)
        let result = try replay.run()
        _ = ReplayMetrics(result, of: workload)
    }
}

private func scenario(_ rules: UInt8) -> Scenario {
    let shapes = Scenario.Shape.allCases
    let widths = Scenario.Width.allCases
    let deadlines: [Scenario.Deadline] = [.none, .requested, .factor(1.5), .factor(1000)]
    return Scenario(
        shape: shapes[Int(rules >> 1) % shapes.count], deadline: deadlines[Int(rules >> 3) % 4],
        width: widths[Int(rules >> 5) % widths.count], utilisation: rules >= 224 ? 0.6 : nil)
}

private let tracePolicies: [GridPolicy] = [QueueDiscipline.edf, .fcfs, .easyBackfill].map { queue in
    GridPolicy(
        name: "fuzz", summary: "of the tests", cores: .any, frequency: .any, mix: .none, objective: .energy,
        accounting: .horizon, margin: 0.05, queue: queue, haste: 1, references: [])
}
