import Foundation
import Testing

extension EndToEnd {
    /// The event journal: what a live run recorded can be run again.
    @Suite struct JournalTests {
        struct Report: Decodable {
            var segments: Int
            var events: Int
            var decisions: Int
            var equalDecisions: Int
            var isEqual: Bool
            var energySource: String?
            var jobs: Int
            var spanS: Double
            var recordedJ: Double
            var simulatedJ: Double?
            var busyRatio: Double?
            var notes: [String]
        }

        /// How far the simulated energy may be from the counter's. On a machine with nothing else to do it is
        /// within 5 %; a core that others use draws less than the model says, and rates are not what they
        /// were when they were measured.
        private static let tolerance = 0.15
        /// Jobs that never idle, and yet were busy for less than this share of their cores' time, were disturbed.
        private static let undisturbed = 0.93

        @Test func `a live run that is run again decides the same, and its simulation takes the energy`()
            throws
        {
            try Daemon.with { daemon in
                let command = try Workload.command("independent", seconds: 4, on: daemon)
                let alone = try daemon.submit(["--deadline", "8s", "--class", "alone"], command)
                #expect(try daemon.end(of: alone).isSuccess)
                let together = [
                    try daemon.submit(["--deadline", "8s", "--class", "alone"], command),
                    try daemon.submit(["--deadline", "12s", "--class", "other", "--rigid", "1"], command),
                ]
                for id in together { #expect(try daemon.end(of: id).isSuccess) }

                let file = daemon.path("journal.jsonl")
                #expect(try daemon.pacer("export", "-o", file).status == 0)
                let result = try daemon.pacer("verify", "--json", file)
                #expect(result.status == 0, "\(result.text)\(result.errors)")
                let report = try result.decoded(Report.self)
                #expect(report.isEqual)
                #expect(report.decisions > 50)
                #expect(report.equalDecisions == report.decisions)
                #expect(report.energySource == "emulated")
                #expect(report.jobs == 3)
                let simulated = try #require(report.simulatedJ)
                let change = simulated / report.recordedJ - 1
                let busy = try #require(report.busyRatio)
                print(
                    "fidelity: \(report.decisions) decisions are the same; \(report.recordedJ) J emulated, "
                        + "\(simulated) J simulated, \(change * 100) %; jobs were busy for \(busy * 100) %")
                if busy > Self.undisturbed { #expect(abs(change) < Self.tolerance) }
            }
        }

        @Test func `every daemon begins a segment, and jobs that it takes over are run again too`() throws {
            try Daemon.with { daemon in
                let id = try daemon.submit(script: "touch up; until [ -e stop ]; do sleep 0.05; done")
                try poll("it runs") { daemon.exists("up") }
                // Who is killed takes the last hundredth of a second of its journal along.
                try poll("the journal knows") { try daemon.pacer("export").text.contains("\"launched\"") }
                daemon.kill()
                try daemon.start()
                try daemon.touch("stop")
                #expect(try daemon.end(of: id).isSuccess)

                let both = daemon.path("both.jsonl")
                #expect(try daemon.pacer("export", "--all", "-o", both).status == 0)
                let report = try daemon.pacer("verify", "--json", both).decoded(Report.self)
                #expect(report.segments == 2)
                #expect(report.isEqual)
                #expect(report.notes.count == 2)
                let since = try daemon.pacer("export", "--since", "1h")
                #expect(since.output == FileManager.default.contents(atPath: both))
                expectRefusal(try daemon.pacer("export", "-o", both), exit: 73, naming: both)
                let attributes = try FileManager.default.attributesOfItem(atPath: both)
                #expect(attributes[.posixPermissions] as? Int == 0o600)
            }
        }

        @Test func `the journal tells nothing of commands, arguments and environments`() throws {
            try Daemon.with { daemon in
                let id = try daemon.submit(
                    ["--class", "plain"], ["sh", "-c", "exit 0", "secret-argument"],
                    extra: ["PASSWORD": "secret-value"])
                #expect(try daemon.end(of: id).isSuccess)
                let text = try daemon.pacer("export").text
                #expect(text.contains("plain"))
                #expect(!text.contains("secret"))
            }
        }

        @Test func `a daemon that is to keep no journal keeps none`() throws {
            try Daemon.with(configuration: "journal: off\n") { daemon in
                #expect(try daemon.end(of: daemon.submit([], ["true"])).isSuccess)
                expectRefusal(try daemon.pacer("export"), exit: 65, naming: "journal: off")
                #expect(!FileManager.default.fileExists(atPath: "\(daemon.state)/journal"))
            }
        }

        @Test func `a journal that is not one, or was changed, is refused or found`() throws {
            try Daemon.with { daemon in
                #expect(try daemon.end(of: daemon.submit([], ["true"])).isSuccess)
                let text = try daemon.pacer("export").text
                let file = daemon.path("changed.jsonl")
                let changed = text.replacingOccurrences(of: "launch 1 cores 0", with: "launch 1 cores 7")
                #expect(changed != text)
                try changed.write(toFile: file, atomically: true, encoding: .utf8)
                let found = try daemon.pacer("verify", file)
                #expect(found.status == 1)
                #expect(found.text.contains("launch 1 cores 7"))
                try String(text.dropLast(5)).write(toFile: file, atomically: true, encoding: .utf8)
                expectRefusal(try daemon.pacer("verify", file), exit: 65, naming: file)
                let missing = daemon.path("missing.jsonl")
                expectRefusal(try daemon.pacer("verify", missing), exit: 65, naming: missing)
            }
        }
    }
}
