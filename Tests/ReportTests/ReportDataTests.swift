import PacerAPI
import PacerModels
import PacerReplay
import PacerUnits
import Testing

@testable import PacerCommands
@testable import PacerReport

/// Results as data: files of them, and what charts are made of.
@Suite struct ReportDataTests {
    static let replay = SampleReplay(jobs: 60, cores: 8)
    static let sample = replay.data()

    @Test func `results come back from a file as they were`() throws {
        #expect(try ReportFile.parse(try ReportFile.text(Self.sample), file: "results.json") == Self.sample)
        #expect(try ReportFile.text(Self.sample).contains("\"format\":\"pacer-results\""))
    }

    @Test(arguments: [
        "", "{", "[]", "3", "{}", "{\"format\":\"other\",\"version\":1}",
        "{\"format\":\"pacer-results\",\"version\":2}", "{\"format\":\"pacer-results\"}",
        "{\"format\":\"pacer-results\",\"version\":1}", "\u{0}\u{1}",
    ])
    func `a file that holds no results is refused in one sentence`(text: String) {
        let failure = #expect(throws: CommandFailure.self) { try ReportFile.parse(text, file: "week.json") }
        #expect(failure?.exit == .data)
        #expect(failure?.message.hasPrefix("week.json is not a file of results: ") == true)
        #expect(failure?.message.contains("\n") == false)
    }

    @Test func `a file that was cut off anywhere is refused`() throws {
        let text = try ReportFile.text(SampleReplay(jobs: 3, cores: 2).data())
        let length = text.utf8.count
        for end in stride(from: 0, to: length - 2, by: 997) {
            let part = String(decoding: text.utf8.prefix(end), as: UTF8.self)
            #expect(throws: CommandFailure.self) { try ReportFile.parse(part, file: "week.json") }
        }
    }

    @Test func `parts that do not fit together are named`() {
        let faults: [(String, (inout ReportData) -> Void)] = [
            ("jobs[0]", { $0.jobs[0].kind = 99 }), ("outcomes[1]", { $0.policies[0].outcomes[1].job = -1 }),
            ("segments[0]", { $0.policies[1].segments[0].job = 60 }),
            ("segments[2]", { $0.policies[1].segments[2].cores = [8] }),
            ("before it started", { $0.policies[0].outcomes[0].finished = Seconds(-1) }),
            ("ends before", { $0.policies[0].segments[0].end = Seconds(-1) }),
            ("kinds[1]", { $0.kinds[1].hull = [100_000] }), ("no cores", { $0.machine.cores = 0 }),
            ("horizon_s", { $0.horizon = Seconds(-1) }),
        ]
        for (words, spoil) in faults {
            var data = Self.sample
            spoil(&data)
            let fault = #expect(throws: ReportDataError.self) { try data.validate() }
            #expect(fault?.description.contains(words) == true, "\(words): \(String(describing: fault))")
        }
    }

    @Test func `what the jobs took and idle add up to what the policy took`() {
        for policy in Self.sample.policies {
            let jobs = policy.outcomes.compactMap(\.energy).total()
            let parts = [policy.energy.idle, policy.energy.uncore, policy.energy.cores].compactMap { $0 }
            #expect(abs(parts.total() / policy.energy.total - 1) < 1e-12)
            #expect(abs(jobs / (policy.energy.cores ?? .zero) - 1) < 1e-9)
        }
    }

    @Test func `the area below power over time is the energy`() throws {
        for policy in Self.sample.policies {
            for bins in [1, 7, 240] {
                let series = try #require(PowerSeries(policy, of: Self.sample, bins: bins))
                let energy = series.mean(over: policy.horizon) * policy.horizon
                #expect(abs(energy / policy.energy.total - 1) < 1e-9)
            }
        }
    }

    @Test func `busy cores in bins add up to the core-time of the segments`() {
        let colours = FrequencyColours(Self.sample)
        for policy in Self.sample.policies {
            let cells = CoreOccupancy(policy, of: Self.sample, colours: colours)
            let binned = cells.cores.joined().reduce(0, +) * cells.step.value
            let exact = policy.segments.reduce(0) {
                $0 + ($1.end - $1.start).value * Double($1.cores.count)
            }
            #expect(abs(binned / exact - 1) < 1e-9)
            for bin in 0..<CoreOccupancy.bins {
                let busy = cells.cores.reduce(0) { $0 + $1[bin] }
                #expect(busy < Double(Self.sample.machine.cores) + 1e-9)
            }
        }
    }

    @Test func `the histogram has every finished job with a deadline once, late ones on their side`() {
        for policy in Self.sample.policies {
            let histogram = SlackHistogram(policy, of: Self.sample)
            let middle = SlackHistogram.bins / 2
            #expect(histogram.counts.reduce(0, +) == histogram.jobs)
            #expect(histogram.jobs == policy.summary.withDeadline)
            #expect(histogram.counts[..<middle].reduce(0, +) == policy.summary.misses)
            #expect(histogram.late == policy.summary.misses)
        }
    }

    @Test func `what a job ran at fills the time from its start to its end`() {
        for policy in Self.sample.policies {
            for outcome in policy.outcomes {
                let length = outcome.ranAt.map(\.length).total()
                let run = (outcome.finished ?? .zero) - (outcome.started ?? .zero)
                #expect(abs((length - run).value) < 1e-6)
            }
        }
    }

    @Test func `the hull is below every configuration of its kind`() {
        for kind in Self.sample.kinds {
            let hull =
                [(0.0, Self.sample.machine.idle)]
                + kind.hull.map { (kind.points[$0].rate, kind.points[$0].power) }
            for point in kind.points {
                guard let next = hull.firstIndex(where: { $0.0 >= point.rate }), next > 0 else { continue }
                let (left, right) = (hull[next - 1], hull[next])
                let share = (point.rate - left.0) / (right.0 - left.0)
                let least = left.1 + (right.1 - left.1) * share
                #expect(point.power.value >= least.value * (1 - 1e-12))
            }
        }
    }

    @Test(arguments: [
        (0.0, "0:00:00", "0.00"), (59.6, "0:01:00", "59.60"), (-3725, "−1:02:05", "−3725.00"),
        (-0.001, "0:00:00", "0.00"), (359_999, "99:59:59", "359999.00"),
    ])
    func `lengths of time are written one way`(seconds: Double, long: String, short: String) {
        var data = Self.sample
        #expect(PageUnits(data).length(Seconds(seconds)) == long)
        data.horizon = Seconds(10)
        #expect(PageUnits(data).length(Seconds(seconds)) == short)
    }

    @Test(arguments: [
        (0, "01-01 00:00:00", "1970-01-01"), (951_782_400, "02-29 00:00:00", "2000-02-29"),
        (4_107_542_399, "02-28 23:59:59", "2100-02-28"), (1_790_000_000, "09-21 14:13:20", "2026-09-21"),
    ])
    func `points in time are written by the calendar`(unix: Int64, point: String, day: String) {
        var data = Self.sample
        data.clock = ReportClock(unixSeconds: unix - 7200, zoneSeconds: 7200)
        #expect(PageUnits(data).point(.zero) == point)
        #expect(PageUnits(data).day(.zero) == day)
    }
}
