import FoundationEssentials
import PacerAPI
import PacerConfig
import PacerModels
import PacerPlatform
import PacerPolicies
import PacerReplay
import PacerScheduling
import PacerUnits
import Testing

@testable import PacerCommands

@Suite struct JournalFileTests {
    private static let policies = ["minimum-energy", "race-to-idle"]

    /// The lines of a journal of two jobs on a simulated machine.
    private static func lines() throws -> [String] {
        let root = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
        let texts = try policies.map { name in
            RecordedPolicy(name: name, text: try TextFile.read("\(root)/policies/\(name).yaml"))
        }
        let machine = Machine(
            name: "example",
            cores: (0..<2).map { Core(id: CoreID($0), cpus: [CPUID($0)], package: PackageID(0)) },
            domains: [
                FrequencyDomain(
                    id: DomainID(0), cores: [CoreID(0), CoreID(1)],
                    operatingPoints: [1000, 2000, 3000].map { OperatingPoint(Hertz(kilohertz: $0 * 1000)) })
            ], energySource: .emulated)
        let power = PowerModel(idle: Watts(8), uncore: Watts(6), cubic: 0.35, linear: 0.4, constant: 0.6)
        let jobs = (1...2).map { number in
            SimulatedJob(
                request: JobRequest(
                    id: JobID(Int64(number)), className: "c",
                    submitted: .zero + Seconds(Double(number) * 20 - 20),
                    deadline: .zero + Seconds(Double(number) * 20), shape: .malleable(limit: nil),
                    policy: "minimum-energy"),
                work: 30, rate: { Double($0.cores) * $0.frequency.value / 1e9 })
        }
        var simulation = Simulation(
            machine: machine, truth: power,
            policies: try texts.map { try PolicyFile.parse($0.text, file: "\($0.name).yaml") }, jobs: jobs)
        simulation.keepsJournal = true
        let header = JournalHeader(
            pacer: "0.0.9", started: .zero, start: EngineStart(machine: machine, power: power),
            policies: texts)
        let items = [JournalItem.header(header)] + simulation.run().journal.map(JournalItem.entry)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try items.map { String(decoding: try encoder.encode($0), as: UTF8.self) }
    }

    private static func run(_ lines: [String]) throws(CommandFailure) -> [JournalSegmentRun] {
        try JournalFile.run(Array((lines.joined(separator: "\n") + "\n").utf8), name: "j")
    }

    private static func refusal(_ text: String) -> CommandFailure? {
        do throws(CommandFailure) {
            _ = try JournalFile.run(Array(text.utf8), name: "j")
            return nil
        } catch {
            return error
        }
    }

    @Test func `a journal is run again and reported`() throws {
        let lines = try Self.lines()
        let runs = try Self.run(lines)
        let report = JournalReport("j", runs)
        #expect(report.isEqual)
        #expect(report.events == lines.count - 1)
        #expect(report.jobs == 2)
        #expect(report.energySource == .emulated)
        let simulated = try #require(report.simulatedJ)
        #expect(abs(simulated / report.recordedJ - 1) < 0.05)
        #expect(abs(report.modelledJ / report.recordedJ - 1) < 0.01)
        #expect(report.lines.count == 2)
    }

    @Test func `several segments in one file are several engines`() throws {
        let lines = try Self.lines()
        let report = JournalReport("j", try Self.run(lines + lines))
        #expect(report.segments == 2)
        #expect(report.isEqual)
        #expect(report.jobs == 4)
    }

    @Test func `a changed decision is shown with its line, and with the version that made it`() throws {
        var lines = try Self.lines()
        let place = try #require(lines.firstIndex { $0.contains(#""launch 1 cores 0,1""#) })
        lines[place] = lines[place].replacing("launch 1 cores 0,1", with: "launch 1 cores 0")
        let report = JournalReport("j", try Self.run(lines))
        #expect(!report.isEqual)
        #expect(report.difference?.line == place + 1)
        let text = report.lines.joined(separator: "\n")
        for part in ["line \(place + 1)", "launch 1 cores 0\n", "launch 1 cores 0,1", "0.0.9"] {
            #expect(text.contains(part), "\(text)")
        }
    }

    @Test func `a segment that was cut says that only its beginning was compared`() throws {
        let lines = try Self.lines()
        let cut = #"{"atNs":99,"cut":"no space left"}"#
        let report = JournalReport("j", try Self.run(Array(lines.prefix(30)) + [cut]))
        #expect(report.isEqual)
        #expect(report.cuts == ["no space left"])
        #expect(report.lines.contains { $0.contains("no space left") })
        #expect(Self.refusal((lines.prefix(30) + [cut, lines[30]]).joined(separator: "\n") + "\n") != nil)
    }

    @Test func `a file that breaks off anywhere is refused with its last line, or whole up to there`() throws
    {
        let lines = Array(try Self.lines().prefix(6))
        let text = Array(lines.joined(separator: "\n").utf8)
        for length in stride(from: 1, to: text.count, by: 13) {
            let part = text.prefix(length)
            let number = part.count { $0 == UInt8(ascii: "\n") } + 1
            let error = Self.refusal(String(decoding: part, as: UTF8.self))
            // Only the end of the last line may be missing.
            if part.last == UInt8(ascii: "\n") || text[length] == UInt8(ascii: "\n") {
                #expect(error == nil)
            } else {
                #expect(error?.exit == .data)
                #expect(
                    error?.message.hasPrefix("j, line \(number): ") == true, "\(String(describing: error))")
            }
        }
    }

    @Test(arguments: [
        ("", "empty"), ("\n", "line 1"), ("nonsense\n", "line 1"), ("{}\n", "line 1"),
        (#"{"format":"pacer-journal","version":7}"# + "\n", "version 7"),
        (#"{"format":"swf","version":1}"# + "\n", "'swf'"),
        (#"{"atNs":1,"event":{"launched":1},"commands":[]}"# + "\n", "header"),
        ("\u{0}\u{1}\u{2}\n\u{3}", "line 1"),
    ])
    func `what is no journal is refused in one sentence`(_ text: String, _ part: String) {
        let error = Self.refusal(text)
        #expect(error?.exit == .data)
        #expect(error?.message.contains(part) == true, "\(String(describing: error))")
        #expect(error?.message.contains("\n") == false)
    }

    @Test func `a line in the middle that is damaged is named`() throws {
        var lines = try Self.lines()
        lines[7] = lines[7].replacing(#""observed""#, with: #""observd""#)
        #expect(Self.refusal(lines.joined(separator: "\n") + "\n")?.message.hasPrefix("j, line 8: ") == true)
        lines = try Self.lines()
        lines[0] = lines[0].replacing("cores: ", with: "coers: ")
        #expect(
            Self.refusal(lines.joined(separator: "\n") + "\n")?.message.contains("minimum-energy") == true)
    }

    @Test(arguments: [
        (#""probeTick":0.04"#, #""probeTick":0"#), (#""longestPeriod":2"#, #""longestPeriod":"nan""#),
        (#""lastReserve":0.005"#, #""lastReserve":1"#), (#""fewCores":8"#, #""fewCores":-8"#),
        (#""speedupCost":0.03"#, #""speedupCost":-0.03"#),
        (#""idle":"#, #""idle":-"#), (#""cpus":"0""#, #""cpus":"""#),
        (#""submitted":{"request":{"#, #""submitted":{"request":{"estimate":"nan","#),
        (#""busyS":"#, #""busyS":-"#),
        (#""threads":"#, #""threads":9223372036854775807,"runnable":"#),
        (#""uj":"#, #""unknownS":"inf","uj":"#), (#""done":"#, #""done":1e300,"x":"#),
    ]) func `what no engine can be given is refused, not run`(_ what: String, _ with: String) throws {
        let text = try Self.lines().joined(separator: "\n") + "\n"
        try #require(text.contains(what), "the journal of this test has no \(what)")
        let error = Self.refusal(text.replacing(what, with: with, maxReplacements: 1))
        #expect(error?.exit == .data, "\(what)")
        #expect(error?.message.contains("line") == true)
    }

    @Test func `a first line tells what a file is`() throws {
        let lines = try Self.lines()
        #expect(JournalFile.isJournal(Array(lines.joined(separator: "\n").utf8)))
        #expect(JournalFile.isJournal(Array(#"{"format":"pacer-journal","version":99}"#.utf8)))
        #expect(!JournalFile.isJournal(Array("; Version: 2.2\n1 0 0 10 1\n".utf8)))
        #expect(!JournalFile.isJournal(Array(lines[1].utf8)))
        #expect(!JournalFile.isJournal([]))
    }

    @Test func `other policies stand beside what was recorded`() throws {
        let runs = try Self.run(try Self.lines())
        let report = JournalReplayReport(runs, policies: runs[0].policies)
        #expect(report.rows.map(\.policy) == [nil] + Self.policies)
        #expect(report.lines().count == 2 + 1 + 3)
    }

    @Test func `since is a time that has been`() throws {
        let now: Int64 = 1_790_000_000_000_000_000
        #expect(try ExportOptions.since("2h", now: now) == now - 7_200_000_000_000)
        #expect(try ExportOptions.since("2026-01-01T00:00Z", now: now) == 1_767_225_600_000_000_000)
        let clock = try ExportOptions.since("06:00", now: now)
        #expect(clock <= now && clock > now - 86_400_000_000_000)
        for text in ["", "2", "soon", "2099-01-01T00:00Z"] {
            #expect(throws: CommandFailure.self) { try ExportOptions.since(text, now: now) }
        }
    }
}
