import PacerAPI
import Testing

@testable import PacerCommands

@Suite struct EventTextTests {
    private func line(_ kind: EventKindName, job: Int64? = 12, _ change: (inout EventView) -> Void = { _ in })
        -> String
    {
        var event = EventView(sequence: 5, atUnixNs: Samples.now, kind: kind)
        event.job = job
        event.className = job.map { _ in "xz" }
        event.userID = job.map { _ in 1000 }
        change(&event)
        return EventText(event) { _ in 0 }.line(now: Samples.now)
    }

    @Test func `an event says when, what, and with which figures`() {
        let started = line(.jobStarted) {
            $0.data.coreIDs = [0, 1]
            $0.data.frequencyKhz = 1_600_000
            $0.data.waitedS = 2
        }
        #expect(started == "14:13:30  job 12 (xz)  started on core 0, 1 at 1.6 GHz after 2 s")
        let finished = line(.jobFinished) {
            $0.data.outcome = OutcomeView(.exited, exitCode: 0)
            $0.data.ranS = 12.5
            $0.data.deadlineKept = false
            $0.data.attributedJ = 121.4
            $0.data.attributedErrorJ = 4
            $0.data.energySource = .emulated
        }
        #expect(
            finished.hasSuffix("done in 12.5 s, deadline missed, 121 J ± 4 J above idle, emulated"),
            "\(finished)")
        #expect(line(.domainHeld, job: nil) { $0.data.domain = 4 }.contains("domain 4"))
        #expect(line(.missed, job: nil) { $0.data.count = 7 }.contains("7 events"))
    }

    @Test func `joules that are not told are not zero`() {
        let finished = line(.jobFinished) {
            $0.data.outcome = OutcomeView(.exited, exitCode: 0)
            $0.data.ranS = 0.2
        }
        #expect(!finished.contains(" J"))
    }

    @Test func `kinds of a later version are told by their name`() {
        #expect(line(EventKindName(rawValue: "job.teleported")).hasSuffix("job.teleported"))
    }

    @Test func `what a job is called cannot move the cursor`() {
        let text = line(.jobMoved) {
            $0.className = "a\u{1b}[2J"
            $0.data.reason = "b\nc"
        }
        #expect(!text.contains("\u{1b}") && !text.contains("\n"))
    }
}

@Suite struct EnergyTextTests {
    private func report() -> EnergyReportView {
        var report = EnergyReportView(
            sinceUnixNs: Samples.now - 604_800_000_000_000, nowUnixNs: Samples.now, by: .user, everybody: true
        )
        for (key, source, joules) in [
            ("1000", EnergySourceName.emulated, 12_100.0), ("7", .emulated, 900), ("7", .measured, 55),
        ] {
            var line = EnergyReportView.Line(key: key, source: source)
            line.jobs = 3
            line.attributedJ = joules
            line.attributedErrorJ = 12
            line.coreHours = 1.25
            line.withDeadline = 2
            line.missed = 1
            report.lines.append(line)
        }
        for source in [EnergySourceName.emulated, .measured] {
            var total = EnergyReportView.Line(key: nil, source: source)
            for line in report.lines where line.source == source {
                total.jobs += line.jobs
                total.attributedJ += line.attributedJ
            }
            report.totals.append(total)
        }
        var machine = EnergyReportView.Machine(
            source: .emulated, fromUnixNs: Samples.now - 60_000_000_000, untilUnixNs: Samples.now)
        machine.countedJ = 20_000
        machine.attributedJ = 13_000
        machine.idleJ = 6000
        machine.unattributedJ = 1000
        machine.unknownS = 3
        report.machine = [machine]
        return report
    }

    private func lines(_ report: EnergyReportView) -> [String] {
        EnergyText(report, zone: { _ in 0 }, name: { $0 == 1000 ? "ada" : "\($0)" }).lines()
    }

    @Test func `joules of each source have a table of their own, and idle and unknown a line`() {
        let lines = lines(report())
        let text = lines.joined(separator: "\n")
        #expect(text.contains("ATTRIBUTED, emulated"))
        #expect(text.contains("ATTRIBUTED, measured"))
        // No line has joules of two sources.
        #expect(!lines.contains { $0.contains("emulated") && $0.contains("measured") && $0.contains("JOBS") })
        #expect(lines.contains { $0.hasPrefix("ada") && $0.contains("12.1 kJ") && $0.contains("1 of 2") })
        #expect(lines.contains { $0.hasPrefix("all") && $0.contains("13 kJ") })
        #expect(!text.contains("13.1 kJ"))
        #expect(lines.contains { $0.hasPrefix("idle") && $0.contains("6 kJ") })
        #expect(text.contains("unknown for 3 s"))
    }

    @Test func `no jobs are said to be none, and an unknown error is not zero`() {
        var none = report()
        none.lines = []
        none.totals = []
        none.machine = []
        #expect(lines(none).count == 1)
        var unknown = report()
        unknown.lines[2].jobsWithoutError = 3
        unknown.lines[2].attributedErrorJ = 0
        unknown.totals[1].jobsWithoutError = 3
        let text = lines(unknown)
        #expect(text.contains { $0.hasPrefix("7") && $0.contains("55 J") && $0.contains("?") })
        #expect(text.contains { $0.contains("3 jobs are not known") })
    }
}
