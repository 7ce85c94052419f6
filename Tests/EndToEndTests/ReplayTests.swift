import Foundation
import Testing

extension EndToEnd {
    @Suite struct ReplayTests {
        private struct Row: Decodable {
            var policy: String
            var jobs: Int
            var energy_j: Double
            var misses: Int
            var refused: Int
        }

        private let folder: String

        init() throws {
            folder = "\(FileManager.default.temporaryDirectory.path)/pacer-replays-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }

        private func replay(_ arguments: String...) throws -> Finished {
            try ChildProcess(
                [Programs.path("pacer"), "replay"] + arguments, environment: ["PATH": "/usr/bin:/bin"],
                folder: folder
            ).finish()
        }

        private func write(_ name: String, _ text: String) throws {
            try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
        }

        private func remove() { try? FileManager.default.removeItem(atPath: folder) }

        private static let trace =
            "; MaxProcs: 64\n"
            + (1...40).map { "\($0) \($0 * 5) 0 \($0 * 13 % 90) \(1 + $0 * 7 % 20)\n" }.joined()

        @Test func `a scenario gives rows, and the same bytes on every run`() throws {
            defer { remove() }
            try write("week.swf", Self.trace)
            try write(
                "week.yaml",
                """
                traces: [week.swf]
                cores: 16
                policies: [race-to-idle, minimum-energy]
                deadline: 3x
                bound: none
                results: results.jsonl
                schedule-out: schedule.json
                """)
            var files: [[Data?]] = []
            for _ in 0..<2 {
                let result = try replay("--scenario", "week.yaml", "--json")
                #expect(result.status == 0)
                let rows = try result.text.split(separator: "\n").map {
                    try JSONDecoder().decode(Row.self, from: Data($0.utf8))
                }
                #expect(rows.map(\.policy) == ["race-to-idle", "minimum-energy"])
                #expect(rows.allSatisfy { $0.jobs == 40 && $0.energy_j > 0 && $0.refused > 0 })
                #expect(result.errors.contains("wider than the machine"))
                files.append(
                    ["results.jsonl", "schedule.race-to-idle.json", "schedule.minimum-energy.json"].map {
                        FileManager.default.contents(atPath: "\(folder)/\($0)")
                    })
            }
            #expect(files[0] == files[1])
            #expect(files[0].allSatisfy { $0?.isEmpty == false })
            let table = try replay("week.swf", "--cores", "16", "--bound", "none", "-p", "race-to-idle")
            #expect(table.status == 0)
            #expect(table.text.contains("race-to-idle") && table.text.contains("MODELLED"))
        }

        @Test func `files that are not good are refused in one line, and so is a disk that is full`() throws {
            defer { remove() }
            try write("bad.swf", "1 0 0 10 2\n2 0 0 ten 2\n3 0 0 1 1\n")
            try write("cut.swf", String(Self.trace.dropLast(5)))
            try write("good.swf", "1 0 0 10 2\n")
            try write("bad.yaml", "traces: [good.swf]\nseeds: 1\n")
            try Data([0x1F, 0x8B, 8, 0, 0, 0]).write(to: URL(fileURLWithPath: "\(folder)/cut.gz"))
            expectRefusal(try replay("absent.swf"), exit: 65, naming: "absent.swf")
            expectRefusal(try replay("bad.swf"), exit: 65, naming: "bad.swf: line 2")
            expectRefusal(try replay("cut.swf"), exit: 65, naming: "truncated")
            expectRefusal(try replay("cut.gz"), exit: 65, naming: "truncated")
            expectRefusal(try replay(Programs.path("pacer")), exit: 65, naming: "not text")
            expectRefusal(try replay("--scenario", "bad.yaml"), exit: 65, naming: "bad.yaml:2:1")
            expectRefusal(try replay("good.swf", "-p", "fastest"), exit: 64, naming: "fastest")
            let full = try replay("good.swf", "--json", "--schedule-out", "/dev/full", "-p", "race-to-idle")
            #expect(full.status == 74)
            let absent = try replay("good.swf", "--results", "/nowhere/r.jsonl", "-p", "race-to-idle")
            #expect(absent.status == 73)
        }
    }
}
