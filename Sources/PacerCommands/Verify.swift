import ArgumentParser
import PacerAPI
import PacerPlatform
import PacerReplay
import PacerScheduling
import PacerUnits

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Feeds a recorded journal to this version's engine and compares every decision.",
        discussion: """
            The engine is given the same events again and must order the same. Beside what the machine's \
            meter counted then stands the energy of those decisions by what was learnt of the jobs, and that \
            of a simulation of the jobs, which decides for itself under the policies that ran. Exit code 1 \
            when a decision differs.

              pacer export | pacer verify -
              pacer verify monday.jsonl tuesday.jsonl
            """)

    @Argument(help: ArgumentHelp("Journals; - is standard input.", valueName: "journal"))
    var files: [String]

    @Flag(help: "Print JSON, one line a journal.")
    var json = false

    func run() throws {
        var isEqual = true
        for file in files {
            let segments = try JournalFile.run(
                try JournalFile.bytes(file), name: file == "-" ? "standard input" : file)
            let report = JournalReport(file, segments)
            isEqual = isEqual && report.isEqual
            if json {
                try Console.stream(json: report)
            } else {
                for line in report.lines { Console.say(line) }
            }
        }
        guard isEqual else { throw CommandEnd(.jobFailed) }
    }
}

/// What came of a journal that was run again.
struct JournalReport: Encodable {
    struct Difference: Encodable {
        var line: Int
        var atUnixNs: Int64
        var event: Event
        var recorded: [String]
        var now: [String]
    }

    var journal: String
    var segments: Int
    var events: Int
    var decisions: Int
    var equalDecisions: Int
    var isEqual: Bool
    var difference: Difference?
    /// Of the segments that are not complete, why.
    var cuts: [String]
    var recordedBy: [String]
    var energySource: EnergySource?
    var jobs: Int
    var spanS: Double
    var recordedJ: Double
    /// Of the same decisions, by what was learnt of the jobs.
    var modelledJ: Double
    /// `nil` when no job is in the journal from its beginning to its end.
    var simulatedJ: Double?
    var simulatedMisses: Int
    /// Share of the time of held cores in which jobs were busy, the least of any segment.
    var busyRatio: Double?
    var notes: [String]

    init(_ name: String, _ runs: [JournalSegmentRun]) {
        journal = name
        segments = runs.count
        events = runs.reduce(0) { $0 + $1.check.events }
        decisions = runs.reduce(0) { $0 + $1.check.decisions }
        equalDecisions = runs.reduce(0) { $0 + $1.check.equalDecisions }
        isEqual = runs.allSatisfy(\.check.isEqual)
        difference = runs.lazy.compactMap(\.check.difference).first.map {
            Difference(
                line: $0.line, atUnixNs: $0.entry.at.nanoseconds, event: $0.entry.event,
                recorded: $0.entry.commands, now: $0.now)
        }
        cuts = runs.compactMap(\.check.cut)
        recordedBy = Set(runs.map(\.check.header.pacer)).sorted()
        let replay = JournalReplayReport(runs, policies: [])
        energySource = replay.source
        jobs = replay.jobs
        spanS = replay.span.value
        recordedJ = replay.recorded.value
        modelledJ = replay.modelled.value
        let asItRan = replay.rows.first
        simulatedJ = replay.jobs > 0 ? asItRan?.energy.value : nil
        simulatedMisses = asItRan?.misses ?? 0
        busyRatio = runs.compactMap(\.workload.busyShare).min()
        notes = replay.notes
    }

    var lines: [String] {
        var lines = [
            "\(journal): \(segments) segment\(segments == 1 ? "" : "s"), \(events) events, "
                + "\(equalDecisions) of \(decisions) decisions are the same"
        ]
        for reason in cuts {
            lines.append("a segment is not complete, only its beginning was compared: \(reason)")
        }
        if let difference {
            lines.append("the first difference, line \(difference.line):")
            lines.append("  event     \(JournalReport.text(difference.event))")
            for (recorded, now) in JournalReport.pairs(difference.recorded, difference.now) {
                lines.append("  recorded  \(recorded ?? "nothing")")
                lines.append("  now       \(now ?? "nothing")")
            }
            let others = recordedBy.filter { $0 != PacerVersion.text }
            if !others.isEmpty {
                lines.append(
                    "it was recorded by Pacer \(others.joined(separator: ", ")); this is \(PacerVersion.text)"
                )
            }
        }
        if let simulatedJ, let energySource {
            lines.append(
                "energy of \(Seconds(spanS)): \(Joules(recordedJ)) \(energySource.rawValue); "
                    + "of the same decisions \(beside(modelledJ, "modelled")); "
                    + "decided anew \(beside(simulatedJ, "simulated"))")
        }
        return lines + notes
    }

    /// An energy, what it is, and how it differs from the recorded one.
    private func beside(_ energyJ: Double, _ kind: String) -> String {
        guard recordedJ > 0 else { return "\(Joules(energyJ)) \(kind)" }
        let change = energyJ / recordedJ - 1
        return "\(Joules(energyJ)) \(kind) "
            + "(\(change < 0 ? "−" : "+")\(Words.percent(abs(change), places: 1)))"
    }

    /// The commands that differ, by their place.
    private static func pairs(_ recorded: [String], _ now: [String]) -> [(String?, String?)] {
        (0..<max(recorded.count, now.count)).compactMap { index in
            let pair = (
                index < recorded.count ? recorded[index] : nil, index < now.count ? now[index] : nil
            )
            return pair.0 == pair.1 ? nil : pair
        }
    }

    private static func text(_ event: Event) -> String {
        do throws(WireError) {
            return String(decoding: try WireJSON.encode(event).prefix(300), as: UTF8.self)
        } catch {
            return "without a JSON form"
        }
    }
}
