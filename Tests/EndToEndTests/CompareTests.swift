import Testing

extension EndToEnd {
    @Suite struct CompareTests {
        struct Report: Decodable {
            struct Row: Decodable {
                var policy: String
                var energyMeanJ: Double
                var kept: Int
                var runs: Int
            }

            struct Run: Decodable {
                var policy: String
                var horizonJ: Double
                var deadlineKept: Bool
            }

            var energySource: String
            var policies: [Row]
            var runs: [Run]
            var verdict: [String]
        }

        @Test func `a comparison runs every policy to the same deadline and tells their joules`() throws {
            try Daemon.with { daemon in
                let command = try Workload.command("independent", seconds: 1, on: daemon)
                let compare = ["compare", "--deadline", "5s", "--repeats", "1", "--json", "--"] + command
                let result = try daemon.begin(compare).finish()
                #expect(result.status == 0, "\(result.errors)")
                let report = try result.decoded(Report.self)
                #expect(report.energySource == "emulated")
                #expect(report.policies.map(\.policy) == ["race-to-idle", "wide-and-slow", "minimum-energy"])
                #expect(report.policies.allSatisfy { $0.runs == 1 && $0.kept == 1 }, "\(result.errors)")
                #expect(report.runs.count == 3)
                // The idle machine alone takes 8 W.
                #expect(report.runs.allSatisfy { $0.horizonJ > 5 * 8 * 0.9 })
                #expect(report.verdict.count == 2)
            }
        }

        @Test func `a comparison is refused while another job runs`() throws {
            try Daemon.with { daemon in
                let id = try daemon.submit(script: "until [ -e stop ]; do sleep 0.05; done")
                let result = try daemon.begin(["compare", "--deadline", "5s", "--", "true"]).finish()
                expectRefusal(result, exit: 75, naming: "1 other job")
                #expect(try daemon.jobs.map(\.id) == [id])
                try daemon.touch("stop")
                #expect(try daemon.end(of: id).isSuccess)
            }
        }

        @Test func `a comparison of a command that fails is no comparison`() throws {
            try Daemon.with { daemon in
                let result = try daemon.begin(["compare", "--deadline", "5s", "--", "false"]).finish()
                #expect(result.status == 1)
                #expect(result.text == "")
                #expect(result.errors.contains("1"))
            }
        }
    }
}
