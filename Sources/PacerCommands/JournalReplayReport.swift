import PacerModels
import PacerPlatform
import PacerPolicies
import PacerReplay
import PacerScheduling
import PacerUnits

/// The jobs of event journals under other policies, beside what the meter counted: what `pacer replay` says
/// of a file whose first line is that of a journal.
struct JournalReplayReport {
    /// The policies that ran, then each that was asked for.
    let rows: [JournalReplayRow]
    /// What the meter counted in the recorded time.
    let recorded: Joules
    /// What it would have counted by what was learnt of the jobs, with the decisions that were made.
    let modelled: Joules
    /// How it counted; `nil` for no segments, and for machines that count in different ways.
    let source: EnergySource?
    /// The recorded time.
    let span: Seconds
    /// Jobs that are in the journal from their beginning to their end.
    let jobs: Int
    let notes: [String]

    /// Simulates the jobs of `runs` under the policies that they were submitted with, and under each of
    /// `policies`; of two with one name those of `policies` are taken.
    init(_ runs: [JournalSegmentRun], policies: [GridPolicy]) {
        let workloads = runs.map(\.workload)
        rows = JournalReplay.run(
            workloads, policies: policies + runs.flatMap(\.policies), names: policies.map(\.name))
        recorded = workloads.map(\.energy).reduce(.zero, +)
        modelled = workloads.map(\.modelled).reduce(.zero, +)
        span = workloads.map(\.span).reduce(.zero, +)
        jobs = workloads.map(\.jobs.count).reduce(0, +)
        let sources = Set(workloads.map(\.start.machine.energySource))
        source = sources.count == 1 ? sources.first : nil
        notes =
            workloads.flatMap(\.notes)
            + runs.compactMap { run in run.check.cut.map { "a segment is cut: \($0)" } }
    }

    /// A table for people.
    func lines(style: Style = .plain) -> [String] {
        var table = TextTable([
            ("POLICY", .left), ("ENERGY", .right), ("MISSED", .right), ("RUN TIME", .right),
            ("TURNAROUND", .right),
        ])
        for row in rows {
            table.add([
                row.policy ?? "as it ran", "\(row.energy)", "\(row.misses)", "\(row.runTime)",
                "\(row.turnaround)",
            ])
        }
        let meter = "\(recorded) \(source?.rawValue ?? "counted"), in \(span) with \(jobs) jobs"
        return ["recorded: \(meter)", "simulated:"] + table.lines(style: style) + notes
    }
}
