import PacerAPI
import PacerUnits
import Testing

@testable import PacerCommands
@testable import PacerReport

/// A report of live jobs.
@Suite struct LiveReportTests {
    static let now: Int64 = 1_790_000_000_000_000_000

    static func seconds(_ seconds: Double) -> Int64 { Int64(seconds * 1e9) }

    /// A job that ran from `start` to `end` seconds before now: half at one configuration, half at another.
    static func job(
        _ id: Int64, from start: Double, to end: Double?, policy: String = "minimum-energy",
        source: EnergySourceName = .emulated
    ) -> JobView {
        var job = JobView(
            id: id, className: "xz", command: ["xz", "<b>"], workingDirectory: "/", userID: 1,
            shape: ShapeView(.malleable), policy: policy, state: end == nil ? .running : .finished,
            submittedUnixNs: now - seconds(start + 1), nowUnixNs: now,
            work: WorkView(done: 1, total: 1, basis: "history", source: "output", ratePerS: 1),
            learnt: LearntView(knownRuns: 1),
            energy: EnergyView(
                source: source, machineDuringRunJ: 200, attributedJ: 100, attributedErrorJ: nil,
                horizonJ: nil, unknownS: 0))
        job.startedUnixNs = now - seconds(start)
        job.finishedUnixNs = end.map { now - seconds($0) }
        job.deadlineUnixNs = now - seconds((end ?? 0) - 1)
        let middle = (start + (end ?? 0)) / 2
        job.decisions = [
            DecisionView(
                atUnixNs: now - seconds(start), kind: "start",
                configuration: ConfigurationView(cores: 2, frequencyKhz: 3_200_000), reason: ""),
            DecisionView(
                atUnixNs: now - seconds(middle), kind: "plan",
                configuration: ConfigurationView(cores: 1, frequencyKhz: 800_000), reason: ""),
        ]
        if end != nil { job.outcome = OutcomeView(.exited, exitCode: 0) }
        return job
    }

    static func machine() -> MachineView {
        var machine = MachineView(
            name: "emulated desktop", isEmulated: true,
            energy: .init(source: .emulated, totalJ: 5000, unknownS: 0, zones: []),
            powerModel: .init(
                idleW: 8, uncoreW: 6, cubicWPerGhz3: 0.25, linearWPerGhz: 0.5, constantW: 0.4))
        machine.cores = (0..<4).map { .init(id: $0, cpus: [$0], package: 0, numaNode: 0, kind: 0) }
        return machine
    }

    static func report(_ jobs: [JobView], since: Double = 86400) -> ReportData {
        ReportData(
            live: jobs, machine: machine(), since: now - seconds(since), now: now, zoneSeconds: 0)
    }

    @Test func `live jobs are told by policy, with the source of their joules and no bound`() throws {
        let data = Self.report([
            Self.job(1, from: 100, to: 60), Self.job(2, from: 90, to: nil),
            Self.job(3, from: 50, to: 10, policy: "race-to-idle"),
        ])
        try data.validate()
        #expect(data.policies.map(\.name) == ["minimum-energy", "race-to-idle"])
        #expect(data.policies.map(\.energy.total) == [Joules(200), Joules(100)])
        #expect(data.policies.allSatisfy { $0.bound == nil })
        #expect(data.policies[0].outcomes[0].ranAt.map(\.length) == [Seconds(20), Seconds(20)])
        #expect(data.policies[0].outcomes[1].finished == nil)
        let page = ReportPage.html(data)
        #expect(MarkupReader(page).faults.isEmpty)
        #expect(page.contains("emulated") && page.contains("No lower bound is known"))
        #expect(!page.contains("class=\"bound\"") && !page.contains("<b>"))
        #expect(page.contains("5 kJ emulated since its daemon started"))
    }

    @Test func `no core is given to two jobs at once while there are enough`() {
        let data = Self.report([Self.job(1, from: 100, to: 20), Self.job(2, from: 90, to: 30)])
        let segments = data.policies[0].segments
        for (index, one) in segments.enumerated() {
            for other in segments[(index + 1)...] where one.start < other.end && other.start < one.end {
                #expect(Set(one.cores).isDisjoint(with: other.cores))
            }
        }
    }

    @Test func `jobs before the time asked for are left out, and other sources are never added`() {
        let data = Self.report(
            [
                Self.job(1, from: 5000, to: 4000), Self.job(2, from: 90, to: 30),
                Self.job(3, from: 90, to: 30, source: .modelled),
            ], since: 3600)
        #expect(data.jobs.count == 2)
        #expect(data.policies[0].energy.total == Joules(100))
        #expect(data.policies[0].outcomes[1].energy == nil)
        #expect(data.notes.contains { $0.contains("another source") })
    }

    @Test func `a day without jobs makes a page`() throws {
        let data = Self.report([])
        try data.validate()
        #expect(MarkupReader(ReportPage.html(data)).faults.isEmpty)
    }

    @Test func `the time to begin is a length, a time of day or a date`() throws {
        let start = { (text: String) in try Report.start(text, now: Self.now, zone: { _ in 3600 }) }
        #expect(try start("24h") == Self.now - 86_400_000_000_000)
        #expect(try start("7d") == Self.now - 604_800_000_000_000)
        #expect(try start("2026-09-20") == 1_789_858_800_000_000_000)
        #expect(try start("2026-09-20T06:00Z") == 1_789_884_000_000_000_000)
        // It is 14:13:20 in UTC, an hour later in this zone.
        #expect(try start("06:00") == Self.now - Self.seconds(9 * 3600 + 13 * 60 + 20))
        #expect(try start("15:13:21") == Self.now - Self.seconds(86_399))
        for text in [
            "", "7", "yesterday", "-3d", "0s", "2026-13-01", "2027-01-01", "x", "24:00", "6:0",
            "tomorrow 06:00",
        ] {
            let failure = #expect(throws: CommandFailure.self, "\(text)") { try start(text) }
            #expect(failure?.exit == .usage)
        }
    }

    @Test func `a page is named after its file`() {
        #expect(Report.name(for: "out/week.json") == "out/week.html")
        #expect(Report.name(for: "week") == "week.html")
        #expect(Report.name(for: nil) == "pacer-report.html")
    }
}
