import PacerAPI
import Testing

@testable import PacerCommands

@Suite struct ComparisonTests {
    static func comparison(_ energies: [String: [Double]], late: Int = 0) -> Comparison {
        let policies = ["race-to-idle", "wide-and-slow", "minimum-energy"].filter { energies[$0] != nil }
        var runs: [ComparedRun] = []
        for policy in policies {
            for (index, energy) in (energies[policy] ?? []).enumerated() {
                let isLate = policy == "minimum-energy" && index < late
                runs.append(
                    ComparedRun(
                        job: Int64(runs.count + 1), policy: policy, repeat: index, horizonJ: energy, runS: 10,
                        deadlineKept: !isLate, lateS: isLate ? 2.5 : 0, ranAt: "2 cores at 1.6 GHz"))
            }
        }
        return Comparison(
            baseline: "minimum-energy", policies: policies, source: .emulated, deadlineS: 30, runs: runs)
    }

    @Test func `policies take turns, and each repeat begins with another one`() {
        let runs = ComparisonOrder.runs(["a", "b", "c"], repeats: 4)
        #expect(runs.map(\.policy).joined() == "abcbcacababc")
        #expect(runs.map(\.repeat) == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3])
        #expect(ComparisonOrder.runs([], repeats: 3).isEmpty)
    }

    @Test func `the table names the source of its joules and relates everything to minimum-energy`() {
        let report = ComparisonReport(
            Self.comparison(["race-to-idle": [1200, 1210, 1190], "minimum-energy": [1000, 1010, 990]]))
        let lines = report.lines()
        #expect(lines[0] == "energy of the machine from release to the deadline of 30 s, idle tail included")
        #expect(lines[1].contains("joules are emulated: an emulated machine's counter"))
        #expect(
            lines.contains { $0.hasPrefix("race-to-idle                1200  ± 25            +20.0 %") },
            "\(lines)")
        #expect(
            lines.contains { $0.contains("minimum-energy              1000  ± 25") && $0.contains("3/3") },
            "\(lines)")
        #expect(
            report.verdict == [
                "race-to-idle took 20.0 % more energy than minimum-energy (Welch's test, p < 0.001)."
            ])
    }

    @Test func `a difference within the noise is said to be that`() {
        let verdict = ComparisonReport(
            Self.comparison(["wide-and-slow": [1000, 1100, 900], "minimum-energy": [1000, 1050, 960]])
        ).verdict
        #expect(verdict.count == 1)
        #expect(
            verdict[0].hasPrefix(
                "wide-and-slow and minimum-energy do not differ measurably: the difference of"))
    }

    @Test func `one repeat says nothing about the noise`() {
        let verdict = ComparisonReport(Self.comparison(["race-to-idle": [12], "minimum-energy": [10]]))
            .verdict
        #expect(verdict[0].contains("says nothing about the noise"))
    }

    @Test func `with several comparisons the level is shared among them`() {
        // p is about 0.04 for race-to-idle: real alone, not one of two.
        let race: [Double] = [105, 107, 104]
        let base: [Double] = [100, 103, 101]
        let alone = Self.comparison(["race-to-idle": race, "minimum-energy": base])
        let ofTwo = Self.comparison(["race-to-idle": race, "wide-and-slow": base, "minimum-energy": base])
        #expect(alone.differences.map(\.isSignificant) == [true])
        #expect(ofTwo.differences.map(\.isSignificant) == [false, false])
    }

    @Test func `late runs are named, since their energy covers more`() {
        let verdict = ComparisonReport(
            Self.comparison(["race-to-idle": [10, 11], "minimum-energy": [10, 11]], late: 1)
        ).verdict
        #expect(verdict.last?.hasPrefix("1 of 4 runs were late, by up to 2.5 s") == true)
    }

    @Test func `a run is one line of CSV, quoted where it must be`() {
        var comparison = Self.comparison(["minimum-energy": [10.5]])
        #expect(
            ComparisonReport(comparison).csv[1]
                == "1,minimum-energy,1,emulated,10.5,10.0,30.0,true,0.0,2 cores at 1.6 GHz")
        var run = comparison.runs[0]
        run.ranAt = "a, \"b\""
        comparison = Comparison(
            baseline: "minimum-energy", policies: ["minimum-energy"], source: .emulated, deadlineS: 30,
            runs: [run])
        #expect(ComparisonReport(comparison).csv[1].hasSuffix(#","a, ""b""""#))
    }

    @Test func `all policies are those whose queue makes a difference to nobody`() {
        func view(_ name: String, _ queue: String?) -> PolicyView {
            PolicyView(
                name: name, summary: "", accounting: "horizon", marginRatio: 0, wantsProfile: false,
                isDefault: false, queue: queue)
        }
        let views = [
            view("a", "edf"), view("b", "fcfs"), view("c", "easy-backfill"), view("of an old daemon", nil),
        ]
        #expect(Compare.all(views) == ["a", "of an old daemon"])
    }

    @Test func `what a run mostly ran at leaves out what was short`() {
        var job = Samples.finished()
        let start = job.startedUnixNs ?? 0
        let at = { (seconds: Int64, cores: Int) in
            DecisionView(
                atUnixNs: start + seconds * 1_000_000_000, kind: "plan",
                configuration: ConfigurationView(cores: cores, frequencyKhz: nil), reason: "")
        }
        job.finishedUnixNs = start + 20_000_000_000
        job.decisions = [at(0, 1), at(1, 2), at(12, 4)]
        #expect(DominantConfiguration.text(job) == "2 cores + 4 cores")
        job.decisions = []
        #expect(DominantConfiguration.text(job) == "?")
    }
}
