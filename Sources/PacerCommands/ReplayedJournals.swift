import PacerAPI
import PacerPlatform
import PacerPolicies
import PacerReplay
import PacerUnits

/// Event journals, replayed: their jobs under the policies that ran and under others.
struct ReplayedJournals {
    private let runs: [JournalSegmentRun]
    private let policies: [GridPolicy]

    init(_ runs: [JournalSegmentRun], policies: [GridPolicy]) {
        self.runs = runs
        self.policies = policies
    }

    /// Prints what every policy makes of the recorded jobs.
    func run(_ request: ReplayRequest) throws {
        guard request.machine == nil, request.cores == nil else {
            throw CommandFailure(
                .usage, "an event journal brings its own machine; leave out --machine and --cores")
        }
        guard request.scheduleOut == nil, !request.keepsResults else {
            throw CommandFailure(
                .usage, "--schedule-out, --results and --report are for traces, not for event journals")
        }
        let report = JournalReplayReport(runs, policies: policies)
        if request.json {
            for row in report.rows { try Console.stream(json: JournalReplayRowView(row, of: report)) }
            for note in report.notes { Console.note("pacer: \(note)") }
        } else {
            for line in report.lines(style: Terminal(1).style) { Console.say(line) }
        }
    }
}

/// A row of a replayed journal as JSON: the keys of a replayed trace, as far as they are known, and what was
/// recorded. Without a policy it is that of the policies that ran.
private struct JournalReplayRowView: Encodable {
    private let row: JournalReplayRow
    private let report: JournalReplayReport

    init(_ row: JournalReplayRow, of report: JournalReplayReport) {
        self.row = row
        self.report = report
    }

    private enum CodingKeys: String, CodingKey {
        case policy, jobs
        case energy = "energy_j"
        case bound = "bound_j"
        case gap, misses
        case runTime = "run_time_s"
        case turnaround = "turnaround_s"
        case energySource = "energy_source"
        case recordedEnergy = "recorded_energy_j"
        case recordedSource = "recorded_energy_source"
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(row.policy, forKey: .policy)
        try values.encode(row.jobs, forKey: .jobs)
        try values.encode(row.energy.value, forKey: .energy)
        try values.encodeNil(forKey: .bound)
        try values.encodeNil(forKey: .gap)
        try values.encode(row.misses, forKey: .misses)
        try values.encode(row.runTime.value, forKey: .runTime)
        try values.encode(row.turnaround.value, forKey: .turnaround)
        try values.encode(EnergySource.modelled.rawValue, forKey: .energySource)
        try values.encode(report.recorded.value, forKey: .recordedEnergy)
        try values.encode(report.source?.rawValue, forKey: .recordedSource)
    }
}
