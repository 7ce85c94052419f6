import ArgumentParser
import FoundationEssentials
import Glibc
import PacerAPI
import PacerAPIClient
import PacerConfig
import PacerUnits

struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes the daemon's event journal: every event and every decision.",
        discussion: """
            JSON Lines, described in docs/journal.md. By default the segment that is being written; a \
            segment can be run again by itself ('pacer verify'), a part of one cannot. For root and the \
            daemon's own user.

              pacer export -o today.jsonl
              pacer export --since 2h | pacer verify -
            """)

    @OptionGroup var daemon: DaemonOptions

    @Option(
        help: ArgumentHelp(
            "Every segment that was added to since then: a duration (2h, 3d) or a time (06:00, "
                + "2026-11-23T06:00).", valueName: "when"))
    var since: String?

    @Flag(help: "Every segment that is kept, oldest first.")
    var all = false

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Write to this file, which must not be there yet.", valueName: "file"))
    var output: String?

    func run() throws {
        guard !all || since == nil else {
            throw CommandFailure(.usage, "--all and --since exclude each other")
        }
        let from = try since.map { try ExportOptions.since($0, now: ExportOptions.now) }
        let client = daemon.client
        let segments = try asking { () throws(ClientError) in try client.journal() }
        if daemon.json { return try Console.say(json: JournalView(segments: segments)) }
        let chosen =
            if all { segments } else if let from {
                segments.filter { $0.changedUnixNs >= from }
            } else { Array(segments.suffix(1)) }
        guard !chosen.isEmpty else {
            throw CommandFailure(.data, "the journal has no segment that was added to since then")
        }
        let descriptor = try destination()
        for segment in chosen {
            try copy(segment, from: client, to: descriptor)
        }
    }

    private func destination() throws(CommandFailure) -> Int32 {
        guard let output else { return 1 }
        let descriptor = open(output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure(.cannotCreate, "\(output): \(String(cString: strerror(errno)))")
        }
        return descriptor
    }

    /// As much as there was when the list was made: whole lines, since the daemon writes whole lines.
    private func copy(
        _ segment: JournalSegmentView, from client: APIClient, to descriptor: Int32
    ) throws(CommandFailure) {
        var offset: UInt64 = 0
        while offset < segment.bytes {
            let from = offset
            let limit = Int(min(segment.bytes - offset, UInt64(Route.largestOutput)))
            let bytes = try asking { () throws(ClientError) in
                try client.journal(segment: segment.number, offset: from, limit: limit)
            }
            guard !bytes.isEmpty else {
                throw CommandFailure(.inputOutput, "segment \(segment.number) of the journal became shorter")
            }
            offset += UInt64(bytes.count)
            guard Console.write(bytes, to: descriptor) else {
                throw CommandFailure(
                    .inputOutput, "\(output ?? "standard output"): \(String(cString: strerror(errno)))")
            }
        }
    }
}

/// How the options of `pacer export` are spelt.
enum ExportOptions {
    /// Unix nanoseconds.
    static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1e9) }

    /// Unix nanoseconds of a time that has been: a duration back from `now`, or the latest such time.
    static func since(_ text: String, now: Int64) throws(CommandFailure) -> Int64 {
        do throws(QuantityParseError) {
            let back = try Seconds(parsing: text).value
            if back >= 0, back <= 1e9 { return now - Int64(back * 1e9) }
        } catch {
            // Not a duration, then.
        }
        do throws(DeadlineError) {
            return try DeadlineText.parsePast(text, now: now)
        } catch {
            throw CommandFailure(
                .usage,
                "--since: '\(text)' is not a time that has been; write e.g. 2h, 06:00 or 2026-11-23T06:00")
        }
    }
}
