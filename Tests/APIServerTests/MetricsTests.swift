import Foundation
import PacerAPI
import PacerPlatform
@testable import PacerRuntime
import PacerScheduling
import PacerUnits
import Testing

@testable import PacerAPIServer

@Suite(.timeLimit(.minutes(1))) struct MetricsTests {
    private static let request = "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"

    private static let settings = APIServerSettings(
        socketPath: "/s", access: .everybody, mode: .system, version: "1.2.3",
        started: Instant(nanoseconds: 1_789_000_000_500_000_000), defaultOutputLimit: nil)

    private func page(_ figures: ServiceFigures, isComplete: Bool) throws -> OpenMetricsReader {
        let process = ProcessFigures(cpuSeconds: 0.25, residentBytes: 20_000_000, openFiles: 12)
        return try OpenMetricsReader(
            MetricsPage(
                figures: figures, process: process, settings: Self.settings, isComplete: isComplete
            ).text)
    }

    private func body(_ answer: String) -> String {
        String(answer[(answer.range(of: "\r\n\r\n")?.upperBound ?? answer.startIndex)...])
    }

    @Test func `the page has the type of the format, and is of the format`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        let answer = try rawExchange(daemon.socketPath, Array(Self.request.utf8))
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        let type = "application/openmetrics-text; version=1.0.0; charset=utf-8"
        #expect(answer.lowercased().contains("content-type: \(type)\r\n"))
        let page = try OpenMetricsReader(body(answer))
        #expect(page.value("pacer_jobs_submitted_total") == 11)
        #expect(page.value("pacer_build_info", ["version": "1.2.3", "api": "1"]) == 1)
    }

    @Test func `every figure arrives in base units`() throws {
        let page = try page(FakeService.figures(), isComplete: true)
        #expect(page.value("pacer_jobs", ["state": "queued"]) == 3)
        #expect(page.value("pacer_jobs_finished_total", ["outcome": "cancelled"]) == 2)
        #expect(page.value("pacer_jobs_finished_total", ["outcome": "lost"]) == 0)
        #expect(page.value("pacer_deadlines_missed_total") == 6)
        #expect(page.value("pacer_job_wait_seconds_bucket", ["le": "0.1"]) == 1)
        #expect(page.value("pacer_job_wait_seconds_bucket", ["le": "1.0"]) == 3)
        #expect(page.value("pacer_job_wait_seconds_bucket", ["le": "86400.0"]) == 4)
        #expect(page.value("pacer_job_wait_seconds_count") == 5)
        #expect(page.value("pacer_domain_frequency_held_hertz", ["domain": "0"]) == 1.6e9)
        #expect(page.value("pacer_domain_frequency_observed_hertz", ["domain": "0"]) == 1.5e9)
        #expect(page.samples("pacer_domain_frequency_held_hertz").count == 1)
        #expect(page.value("pacer_machine_energy_joules_total", ["source": "emulated"]) == 42.625)
        #expect(page.value("pacer_machine_energy_unknown_seconds_total", ["source": "emulated"]) == 1.5)
        #expect(page.value("pacer_keeper_up") == 1)
        #expect(page.value("pacer_keeper_restarts_total") == 13)
        #expect(page.value("pacer_journal_errors_total") == 8)
        #expect(page.value("process_start_time_seconds") == 1_789_000_000.5)
        let parts = page.samples("pacer_energy_account_joules")
        #expect(parts.map(\.value).reduce(0, +) == 42.625)
        #expect(Set(parts.compactMap { $0.labels["kind"] }) == ["attributed", "idle", "unattributed"])
        let user = ["user": "1000", "source": "emulated", "kind": "attributed"]
        #expect(page.value("pacer_user_energy_joules_total", user) == 77.25)
    }

    @Test func `what a label holds is read as it was written`() throws {
        let page = try page(FakeService.figures(), isComplete: true)
        #expect(
            page.samples("pacer_zone_energy_joules_total").map(\.labels["zone"]) == ["package \"0\"\\\n"])
    }

    @Test func `what there is nothing to say of is left out`() throws {
        var figures = FakeService.figures()
        figures.keeper = nil
        figures.journalErrors = nil
        figures.tallies = Tallies()
        let page = try page(figures, isComplete: true)
        for name in ["pacer_keeper_up", "pacer_journal_errors", "pacer_user_jobs_finished"] {
            #expect(page.families[name] == nil)
        }
        #expect(page.value("pacer_job_wait_seconds_count") == 0)
    }

    @Test func `anybody sees whole joules, and neither users nor counters`() throws {
        var figures = FakeService.figures()
        var safe = SafeEnergy()
        figures.energy = safe.shown(figures.energy, at: figures.at).figure
        let page = try page(figures, isComplete: false)
        for (name, family) in page.families.sorted(by: { $0.key < $1.key }) where family.unit == "joules" {
            #expect(family.samples.allSatisfy { $0.value == $0.value.rounded() }, "\(name)")
        }
        for name in ["pacer_user_jobs_finished", "pacer_user_energy_joules", "pacer_zone_energy_joules"] {
            #expect(page.families[name] == nil)
        }
    }

    @Test func `energy that anybody sees is new once a second at most`() {
        var figure = FakeService.figures().energy
        var safe = SafeEnergy()
        var shown: [(at: Instant, joules: Double)] = []
        var now = Instant.zero
        for step in 0..<500 {
            figure.counted = Joules(Double(step) * 3.7)
            let answer = safe.shown(figure, at: now)
            #expect(answer.figure.counted.value == answer.figure.counted.value.rounded())
            if shown.last?.joules != answer.figure.counted.value {
                shown.append((now, answer.figure.counted.value))
            }
            now = now.advanced(by: .milliseconds(7 + step % 13 * 40))
        }
        #expect(shown.count > 50)
        for (first, second) in zip(shown, shown.dropFirst()) {
            #expect(second.at - first.at >= Seconds(1))
        }
    }

    @Test func `the loopback listener answers metrics and nothing else`() throws {
        let daemon = try Daemon(folder: TemporaryFolder(), metrics: LoopbackAddress(port: 0))
        defer { #expect(throws: Never.self) { try daemon.close() } }
        let port = try #require(try daemon.metricsPort)
        let answer = try rawExchange(port: port, Self.request)
        let page = try OpenMetricsReader(body(answer))
        #expect(page.value("pacer_machine_energy_joules_total", ["source": "emulated"]) == 43)
        #expect(page.families["pacer_user_jobs_finished"] == nil)
        for line in [
            "GET /v1/jobs", "GET /v1/info", "GET /v1/events", "DELETE /v1/jobs/1", "POST /v1/jobs",
            "GET /v1/machine",
        ] {
            let refused = try rawExchange(
                port: port, "\(line) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            #expect(refused.hasPrefix("HTTP/1.1 403 "), "\(line)")
        }
        let named = try rawExchange(
            port: port, "GET /metrics HTTP/1.1\r\nHost: attacker.example:\(port)\r\nConnection: close\r\n\r\n"
        )
        #expect(named.hasPrefix("HTTP/1.1 403 "))
    }

    @Test func `without a configured address nothing listens`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        #expect(try daemon.metricsPort == nil)
    }

    @Test func `an address that is taken is named`() throws {
        let first = try Daemon(folder: TemporaryFolder(), metrics: LoopbackAddress(port: 0))
        defer { #expect(throws: Never.self) { try first.close() } }
        let port = try #require(try first.metricsPort)
        let error = #expect(throws: APIServerError.self) {
            try Daemon(folder: TemporaryFolder(), metrics: LoopbackAddress(port: port))
        }
        #expect(error?.description.contains("127.0.0.1:\(port)") == true)
    }

    @Test func `the documentation names every metric, with its type, and no other`() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/metrics.md")
        let text = try String(contentsOf: path, encoding: .utf8)
        let documented = Set(
            text.split(separator: "\n").compactMap { line -> String? in
                line.firstMatch(of: #/^\| `((?:pacer|process)_[a-z_]+)` \| ([a-z]+) \|/#)
                    .map { "\($0.1) \($0.2)" }
            })
        let page = try page(FakeService.figures(), isComplete: true)
        #expect(documented == Set(page.families.map { "\($0.key) \($0.value.type)" }))
    }
}
