import Foundation
import Testing

extension EndToEnd {
    /// What is shown of a daemon and its jobs: events, energy, metrics, the live view.
    @Suite struct ObservingTests {
        private struct Event: Decodable {
            var sequence: Int
            var kind: String
            var job: Int?
        }

        private struct Report: Decodable {
            struct Line: Decodable {
                var key: String?
                var source: String
                var jobs: Int
                var attributedJ: Double
                var coreHours: Double
            }

            struct Machine: Decodable {
                var countedJ: Double
                var attributedJ: Double
                var idleJ: Double
                var unattributedJ: Double
            }

            var lines: [Line]
            var totals: [Line]
            var machine: [Machine]
        }

        private func events(_ output: Data) throws -> [Event] {
            try output.split(separator: UInt8(ascii: "\n")).map {
                try JSONDecoder().decode(Event.self, from: $0)
            }
        }

        @Test func `who follows hears of a job as it happens, and of it alone when asked so`() throws {
            try Daemon.with { daemon in
                let follower = try daemon.begin(["events", "--follow", "--json"])
                // Only what comes after it has begun to listen is told.
                let probe = try daemon.submit(script: "true")
                _ = try daemon.end(of: probe)
                var marker = try daemon.submit(script: "true")
                try poll("the follower listens") {
                    if try !events(follower.output).isEmpty { return true }
                    marker = try daemon.submit(script: "true")
                    _ = try daemon.end(of: marker)
                    return false
                }
                let id = try daemon.submit(script: "exit 4")
                _ = try daemon.end(of: id)
                try poll("the end is told") {
                    try events(follower.output).contains { $0.job == id && $0.kind == "job.finished" }
                }
                let told = try events(follower.output).filter { $0.job == id }.map(\.kind)
                #expect(told.first == "job.submitted")
                #expect(told.contains("job.started"))
                #expect(told.last == "job.finished")
                follower.kill()
                let one = try daemon.pacer("events", "--json", "--job", "\(id)")
                #expect(one.status == 0)
                #expect(try events(one.output).allSatisfy { $0.job == id })
                let all = try events(try daemon.pacer("events", "--json").output)
                #expect(all.first?.kind == "daemon.started")
                #expect(zip(all, all.dropFirst()).allSatisfy { $0.sequence + 1 == $1.sequence })
                let text = try daemon.pacer("events", "--since", "1h")
                #expect(text.text.contains("failed with exit code 4"))
            }
        }

        @Test func `energy is added up by class, and the machine's account adds up, across a restart`() throws
        {
            try Daemon.with { daemon in
                let command = try Workload.command("independent", seconds: 1.5, on: daemon)
                let first = try daemon.submit(["--class", "alpha"], command)
                #expect(try daemon.end(of: first).isSuccess)
                _ = try daemon.stop()
                try daemon.start()
                let second = try daemon.submit(["--class", "beta"], command)
                #expect(try daemon.end(of: second).isSuccess)
                let jobs = try [first, second].map { try daemon.job($0) }
                let report = try daemon.pacer("energy", "--by", "class", "--json").decoded(Report.self)
                #expect(Set(report.lines.compactMap(\.key)) == ["alpha", "beta"])
                #expect(report.totals.map(\.jobs) == [2])
                #expect(report.totals.map(\.source) == ["emulated"])
                let attributed = jobs.map(\.energy.attributedJ).reduce(0, +)
                let total = try #require(report.totals.first)
                #expect(attributed > 0)
                #expect(abs(total.attributedJ / attributed - 1) < 1e-6)
                #expect(total.coreHours > 0)
                let machine = try #require(report.machine.first)
                let parts = machine.attributedJ + machine.idleJ + machine.unattributedJ
                #expect(abs(parts / machine.countedJ - 1) < 1e-6)
                #expect(machine.attributedJ >= total.attributedJ * 0.99)
                #expect(try daemon.pacer("energy").text.contains("ATTRIBUTED, emulated"))
                #expect(try daemon.pacer("energy", "--by", "colour").status == 64)
            }
        }

        @Test func `one frame of the live view has the machine and what runs`() throws {
            try Daemon.with { daemon in
                let id = try daemon.submit(
                    "--class", "shown", script: "until [ -e stop ]; do sleep 0.05; done")
                try daemon.job(id, "runs") { $0.state == "running" }
                let frame = try daemon.pacer("top", "--once")
                #expect(frame.status == 0)
                #expect(frame.text.contains("job \(id)"))
                #expect(frame.text.contains("shown"))
                #expect(frame.text.contains(" W emulated"))
                #expect(!frame.text.contains("\u{1b}"))
                try daemon.touch("stop")
                #expect(try daemon.end(of: id).isSuccess)
            }
        }
    }
}
