import PacerConfig
import PacerReplay
import Testing

@Suite struct ScenarioFileTests {
    private static let whole = """
        traces: [kth.swf.gz, ../more.swf, /logs/x.swf]
        machine: server
        cores: 32
        policies: [minimum-energy, mine.yaml, ./other/theirs.yaml]
        kinds: drawn
        shape: malleable
        deadline: 2x
        width: scale
        utilisation: 60 %
        first: 1000
        skip: 10
        seed: 7
        skip-bad-lines: true
        bound: exact
        schedule-out: out/schedule.json
        results: results.jsonl
        report: report.html
        json: false
        """

    @Test func `every key arrives, and paths are relative to the file`() throws {
        let scenario = try ScenarioFile.parse(Self.whole, file: "scenarios/week.yaml")
        var expected = ScenarioFile()
        expected.traces = ["scenarios/kth.swf.gz", "scenarios/../more.swf", "/logs/x.swf"]
        expected.machine = "server"
        expected.cores = 32
        expected.policies = ["minimum-energy", "scenarios/mine.yaml", "scenarios/./other/theirs.yaml"]
        expected.kinds = .drawn
        expected.shape = .malleable
        expected.deadline = .factor(2)
        expected.width = .scale
        expected.utilisation = 0.6
        expected.first = 1000
        expected.skip = 10
        expected.seed = 7
        expected.skipsBadLines = true
        expected.bound = .exact
        expected.scheduleOut = "scenarios/out/schedule.json"
        expected.results = "scenarios/results.jsonl"
        expected.report = "scenarios/report.html"
        expected.json = false
        #expect(scenario == expected)
    }

    @Test func `a file that says nothing is a scenario`() throws {
        #expect(try ScenarioFile.parse("# nothing yet\n", file: "s.yaml") == ScenarioFile())
        let bare = try ScenarioFile.parse("traces: [a.swf]\nmachine: mine.yaml\n", file: "s.yaml")
        #expect(bare.traces == ["a.swf"])
        #expect(bare.machine == "./mine.yaml")
    }

    @Test(arguments: [
        ("shapes: rigid", 1, 1, "did you mean 'shape'"), ("cores: 0", 1, 8, "from 1"),
        ("seed: 1\nshape: elastic", 2, 8, "rigid, moldable or malleable"),
        ("deadline: 2", 1, 11, "1.5x"), ("deadline: { factor: 2 }", 1, 11, "1.5x"),
        ("kinds: [drawn]", 1, 8, "drawn, plain"), ("kinds: best", 1, 8, "npb-ep-amd"),
        ("utilisation: 0", 1, 14, "60 %"), ("width: shrink", 1, 8, "keep, clip or scale"),
        ("bound: tight", 1, 8, "auto, none, exact or lagrangian"), ("traces: a.swf", 1, 9, "a list"),
        ("skip-bad-lines: maybe", 1, 17, "true or false"), ("seed: -1", 1, 7, "whole number"),
        ("first: 0", 1, 8, "from 1"), ("seed: 1\nseed: 2", 2, 1, "line 1"),
    ])
    func `what a key does not take is refused with its place and what it takes`(
        _ text: String, _ line: Int, _ column: Int, _ part: String
    ) throws {
        let error = try #require(
            failure { () throws(ConfigurationError) in try ScenarioFile.parse(text, file: "s.yaml") })
        #expect(error.line == line)
        #expect(error.column == column)
        #expect(error.description.contains(part), "\(error)")
    }
}
