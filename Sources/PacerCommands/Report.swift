import ArgumentParser
import PacerAPI
import PacerAPIClient
import PacerConfig
import PacerReport
import PacerUnits

struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes a page of HTML of a replay's results, or of the daemon's jobs.",
        discussion: """
            One file that needs nothing from elsewhere: energy by policy with the lower bound, power over \
            time, cores over time, slack at the deadlines, every job, and what each kind could run at. \
            Of a file it asks no daemon; of live jobs (--since) joules are what the daemon counted, labelled \
            by their source, and no bound is known. What is there under the name of the page is replaced.

              pacer report week.json                   writes week.html
              pacer report week.json -o - | gzip       to standard output
              pacer report --since 7d                  writes pacer-report.html
              pacer report --since 2026-09-21 -o september.html

            FILE is what 'pacer replay --results FILE' writes; docs/report.md describes it.
            """)

    @OptionGroup var daemon: DaemonOptions

    @Argument(help: ArgumentHelp("Results of a replay, as JSON.", valueName: "file"))
    var file: String?

    @Option(
        help: ArgumentHelp(
            "Report the daemon's jobs submitted since then: 7d, 24h, 06:00, 2026-09-21 or 2026-09-21T06:00.",
            valueName: "when"))
    var since: String?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Where to write; '-' for standard output. Default: FILE with the ending .html, or "
                + "pacer-report.html; with --json standard output.",
            valueName: "page.html"))
    var output: String?

    func validate() throws {
        guard (file == nil) != (since == nil) else {
            throw ValidationError("Name a file of results, or --since with a time; one of the two.")
        }
    }

    func run() throws {
        let data = try data()
        guard daemon.json else {
            return try OutputFile.write(ReportPage.html(data), to: output ?? Report.name(for: file))
        }
        guard let output else { return try Console.say(json: data) }
        try OutputFile.write(ReportFile.text(data), to: output)
    }

    private func data() throws -> ReportData {
        if let file { return try ReportFile.read(file) }
        let now = Clock.nowUnixNs
        let start = try Report.start(since ?? "", now: now, zone: DeadlineText.systemZone)
        let client = daemon.client
        let machine = try asking { () throws(ClientError) in try client.machine() }
        let jobs = try asking { () throws(ClientError) in try client.jobs() }
        return ReportData(
            live: jobs, machine: machine, since: start, now: now,
            zoneSeconds: DeadlineText.systemZone(now / 1_000_000_000))
    }

    /// The page of `week.json` is `week.html`, in the same folder.
    static func name(for file: String?) -> String {
        guard let file else { return "pacer-report.html" }
        return (file.hasSuffix(".json") ? String(file.dropLast(".json".count)) : file) + ".html"
    }

    /// When to begin, in Unix nanoseconds: a length of time before now, the latest time of day, or a date.
    static func start(
        _ text: String, now: Int64, zone: DeadlineText.ZoneOffset
    ) throws(CommandFailure) -> Int64 {
        let start: Int64
        let isDate = text.utf8.count >= 10 && text.utf8.dropFirst(4).first == UInt8(ascii: "-")
        do {
            if isDate {
                start = try DeadlineText.parse(
                    text.utf8.count == 10 ? "\(text)T00:00" : text, now: 0, zone: zone)
            } else if text.contains(":") {
                start = try DeadlineText.parsePast(text, now: now, zone: zone)
            } else {
                let length = try Seconds(parsing: text)
                guard length > .zero, length < Seconds(1e9) else {
                    throw CommandFailure(
                        .usage, "--since: '\(text)' is not a time before now; write e.g. 7d or 24h")
                }
                start = now - Int64(length.value * 1e9)
            }
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(
                .usage,
                "--since: '\(text)' is neither a length of time nor a time that has been; write e.g. 7d, "
                    + "06:00 or 2026-09-21")
        }
        guard start < now else {
            throw CommandFailure(.usage, "--since: '\(text)' is not before now")
        }
        return start
    }
}

/// Files of results.
enum ReportFile {
    /// Larger ones would not fit into memory with all that is made of them.
    private static let largestByteCount = 1 << 30

    static func read(_ path: String) throws(CommandFailure) -> ReportData {
        let text: String
        do {
            text = try TextFile.read(path, limit: largestByteCount)
        } catch {
            throw CommandFailure(.data, "\(error)")
        }
        return try parse(text, file: path)
    }

    static func parse(_ text: String, file: String) throws(CommandFailure) -> ReportData {
        do {
            return try WireJSON.decode(ReportData.self, from: text.utf8)
        } catch {
            let reason =
                error.description == "the text is not JSON"
                ? "it is not JSON, or it was cut off" : error.description
            throw CommandFailure(.data, "\(file) is not a file of results: \(reason)")
        }
    }

    /// The text of a file of results.
    static func text(_ data: ReportData) throws(CommandFailure) -> String {
        do {
            return String(decoding: try WireJSON.encode(data), as: UTF8.self) + "\n"
        } catch {
            throw CommandFailure(.internalFailure, error.description)
        }
    }
}
