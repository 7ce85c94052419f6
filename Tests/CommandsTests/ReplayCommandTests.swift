import ArgumentParser
import FoundationEssentials
import PacerAPI
import PacerConfig
import PacerModels
import PacerOptimizer
import PacerPlatform
import PacerReplay
import PacerReport
import PacerScheduling
import PacerUnits
import Testing

@testable import PacerCommands

@Suite struct ReplayCommandTests {
    private static func command(_ arguments: [String]) throws -> ReplayCommand {
        try #require(try PacerCommand.parseAsRoot(["replay"] + arguments) as? ReplayCommand)
    }

    private static func request(_ arguments: String...) throws -> ReplayRequest {
        try command(arguments).options.request()
    }

    @Test func `without options jobs are rigid, of drawn kinds and without deadlines`() throws {
        #expect(
            try Self.request("a.swf", "b.swf")
                == ReplayRequest(
                    with(ScenarioFile()) { file in
                        file.traces = ["a.swf", "b.swf"]
                    }))
        let request = try Self.request("a.swf")
        #expect(request.scenario == Scenario())
        #expect(request.bound == .auto && !request.json && !request.skipsBadLines)
        #expect(request.machine == nil && request.cores == nil && request.policies.isEmpty)
    }

    private static let all = [
        "--machine", "desktop", "--cores", "8", "--policy", "race-to-idle", "-p", "./mine.yaml", "--kinds",
        "plain", "--shape", "malleable", "--deadline", "1.5x", "--utilisation", "60%", "--width", "clip",
        "--first", "10", "--skip", "2", "--seed", "9", "--skip-bad-lines", "--bound", "exact",
        "--schedule-out", "s.json", "--results", "r.jsonl", "--report", "p.html", "--json",
    ]

    @Test func `every option arrives`() throws {
        let request = try Self.command(["a.swf"] + Self.all).options.request()
        #expect(request.machine == "desktop" && request.cores == 8)
        #expect(request.policies == ["race-to-idle", "./mine.yaml"])
        #expect(
            request.scenario
                == Scenario(
                    kinds: .named("plain"), shape: .malleable, deadline: .factor(1.5), seed: 9, width: .clip,
                    utilisation: 0.6, skip: 2, first: 10))
        #expect(request.skipsBadLines && request.json && request.bound == .exact)
        #expect(request.scheduleOut == "s.json" && request.results == "r.jsonl" && request.report == "p.html")
    }

    @Test func `what the command line says counts instead of the scenario file, key by key`() throws {
        let folder = try ReplayFolder()
        let path = try folder.write(
            "s.yaml",
            """
            traces: [week.swf]
            machine: small-board
            cores: 4
            policies: [wide-and-slow]
            kinds: drawn
            shape: moldable
            deadline: requested
            utilisation: 0.3
            width: scale
            first: 7
            skip: 1
            seed: 3
            skip-bad-lines: true
            bound: none
            schedule-out: old.json
            results: old.jsonl
            report: old.html
            json: true
            """)
        let file = try Self.request("--scenario", path)
        #expect(file.traces == ["\(folder.path)/week.swf"])
        #expect(file.scenario.shape == .moldable && file.scenario.deadline == .requested && file.json)
        #expect(file.scheduleOut == "\(folder.path)/old.json")
        let overridden = try Self.command(["a.swf", "--scenario", path] + Self.all).options.request()
        #expect(try overridden == Self.command(["a.swf"] + Self.all).options.request())
        let one = try Self.request("--scenario", path, "--seed", "4", "--no-json", "--no-skip-bad-lines")
        #expect(one.scenario.seed == 4 && one.scenario.first == 7)
        #expect(!one.json && !one.skipsBadLines)
    }

    @Test(arguments: [
        ([], "nothing to replay"), (["a.swf", "--deadline", "2"], "1.5x"),
        (["a.swf", "--kinds", "fast"], "npb-ep-amd"), (["a.swf", "--utilisation", "0"], "60 %"),
        (["a.swf", "--cores", "0"], "from 1"), (["a.swf", "--first", "0"], "from 1"),
        (["a.swf", "--skip=-1"], "from 0"), (["a.swf", "--machine", "laptop"], "small-board"),
        (["a.swf", "-p", "fastest"], "there is no policy 'fastest'"),
    ])
    func `a slip is told in one sentence, with exit code 64`(_ arguments: [String], _ part: String) throws {
        let failure = #expect(throws: CommandFailure.self) { try Self.command(arguments).run() }
        #expect(failure?.exit == .usage)
        #expect(failure?.message.contains(part) == true, "\(failure?.message ?? "")")
        #expect(failure?.message.contains("\n") == false)
    }

    @Test(arguments: [
        ["--shape", "elastic"], ["--width", "shrink"], ["--bound", "tight"], ["--seed", "x"],
    ])
    func `what the parser refuses ends with 64`(_ arguments: [String]) {
        let error = #expect(throws: (any Error).self) {
            try PacerCommand.parseAsRoot(["replay", "a.swf"] + arguments)
        }
        #expect(error.map { PacerCommand.exitCode(for: $0).rawValue } == 64)
    }

    @Test func `files that are not good are told by name, with exit code 65`() throws {
        let folder = try ReplayFolder()
        let trace = try folder.write("t.swf", ReplaySamples.text)
        let scenario = try folder.write("s.yaml", "seed: 1\nshapes: rigid\n")
        let long = try folder.write("l.swf", (1...12).map { "\($0) 0 0 9.5e8 1\n" }.joined())
        for (arguments, part) in [
            (["/nowhere/t.swf"], "/nowhere/t.swf: cannot be read"),
            (["--scenario", scenario], "\(scenario):2:1: unknown key 'shapes'"),
            (["--scenario", "/nowhere/s.yaml"], "/nowhere/s.yaml: cannot be read"),
            ([trace, "--machine", "./absent.yaml"], "./absent.yaml: cannot be read"),
            ([trace, "--skip", "1000"], "60 jobs"),
            ([long, "--cores", "1", "--bound", "none", "-p", "fcfs"], "'fcfs' job 10 would end"),
            ([long, "--cores", "1", "--bound", "none", "-p", "race-to-idle"], "job 10 would end"),
        ] {
            let failure = #expect(throws: CommandFailure.self) { try Self.command(arguments).run() }
            #expect(failure?.exit == .data)
            #expect(failure?.message.contains(part) == true, "\(failure?.message ?? "")")
        }
    }

    @Test func `a machine has the cores that were asked for, and is plain when it has nothing else`() throws {
        let usual = try ReplayMachineChoice.load(machine: nil, cores: nil)
        #expect(usual == (try ReplayMachineChoice.load(machine: "server", cores: nil)))
        let wide = try ReplayMachineChoice.load(machine: "server", cores: 256)
        #expect(wide.machine.coreCount == 256 && wide.power == usual.power)
        #expect(wide.machine.frequencies == usual.machine.frequencies)
        let plain = try ReplayMachineChoice.load(machine: nil, cores: 12)
        #expect(plain.machine.coreCount == 12 && plain.machine.frequencies.count == 1)
        let path = "\(InstalledFiles.machines)/desktop.yaml"
        #expect(
            try ReplayMachineChoice.load(machine: path, cores: 3)
                == ReplayMachineChoice.load(machine: "desktop", cores: 3))
    }

    private func runs(_ names: [String], _ scenario: Scenario, cores: Int) throws -> (
        [ReplayRun], ReplayTable
    ) {
        let machine = try ReplayMachineChoice.load(machine: "server", cores: cores)
        let workload = try ReplaySamples.workload(scenario, cores: cores)
        var runs: [ReplayRun] = []
        try ReplayRunner(
            machine: machine, workload: workload,
            policies: try EvaluatedPolicies.load(names, accounting: .horizon), bound: .none,
            keepsSegments: false
        ).run { runs.append($0) }
        return (runs, ReplayTable(machine: machine, workload: workload))
    }

    @Test func `a line of JSON has these keys, and nulls for what is unknown`() throws {
        let (runs, _) = try runs(["race-to-idle", "wide-and-slow"], Scenario(), cores: 16)
        #expect(runs.map(\.policy) == ["race-to-idle", "wide-and-slow"])
        let line = String(decoding: try WireJSON.encode(ReplayRunView(runs[0])), as: UTF8.self)
        let keys = Set(try JSONDecoder().decode([String: Ignored].self, from: Data(line.utf8)).keys)
        #expect(
            keys == [
                "policy", "jobs", "energy_j", "bound_j", "gap", "misses", "max_tardiness_s", "mean_wait_s",
                "mean_slowdown", "utilisation", "switches", "cpu_s", "refused", "unfinished", "energy_source",
            ])
        for part in [
            "\"bound_j\":null", "\"gap\":null", "\"max_tardiness_s\":null", "\"misses\":0", "\"refused\":3",
            "\"energy_source\":\"modelled\"", "\"jobs\":60",
        ] {
            #expect(line.contains(part), "\(line)")
        }
        #expect(!line.contains("\"cpu_s\":null") && !line.contains("\n"))
    }

    @Test func `the gap is the part of the energy above the bound`() throws {
        let (runs, table) = try runs(["race-to-idle"], Scenario(), cores: 16)
        let run = runs[0]
        #expect(run.bound == nil && run.gap == nil)
        let bounded = ReplayRun(
            policy: "p", result: run.result, metrics: run.metrics,
            boundOutcome: try BoundSolver.outcome(
                table.workload, table.machine, run.result, method: .lagrangian),
            processorTime: Seconds(1))
        let bound = try #require(bounded.bound)
        #expect(try #require(bounded.gap) == run.result.energy.total / bound - 1)
    }

    @Test func `the table has a row for every policy, and shows what was missed and refused`() throws {
        let scenario = Scenario(deadline: .factor(1.01))
        let (runs, table) = try runs(["race-to-idle", "wide-and-slow"], scenario, cores: 16)
        let lines = table.lines(runs)
        #expect(lines.count == 3)
        #expect(lines[1].hasPrefix("race-to-idle") && lines[2].hasPrefix("wide-and-slow"))
        #expect(runs[0].metrics.misses >= 3 && runs[0].metrics.refused == 3)
        #expect(lines[0].contains("REFUSED") && !lines[0].contains("UNFINISHED"))
        #expect(table.heading.count == 4)
        #expect(table.heading[0] == "sample.swf: 60 jobs on server, 16 cores, 7 frequencies")
    }

    @Test func `results are the same bytes on every run`() throws {
        let folder = try ReplayFolder()
        let trace = try folder.write("t.swf", ReplaySamples.text)
        var bytes: [[UInt8]] = []
        for name in ["a.json", "b.json"] {
            try Self.command([
                trace, "--cores", "16", "--json", "--shape", "malleable", "--deadline", "2x", "--bound",
                "none", "-p", "race-to-idle", "-p", "minimum-energy", "--results", "\(folder.path)/\(name)",
                "--schedule-out", "\(folder.path)/\(name)l",
            ]).run()
            bytes.append(try folder.read(name))
            bytes.append(try folder.read(name.replacing(".json", with: ".minimum-energy.jsonl")))
        }
        #expect(bytes[0] == bytes[2] && bytes[1] == bytes[3])
        let data = try ReportFile.read("\(folder.path)/a.json")
        #expect(data.policies.map(\.name) == ["race-to-idle", "minimum-energy"])
    }

    @Test func `a report that is asked for as JSON goes to the file that is named`() throws {
        let folder = try ReplayFolder()
        let trace = try folder.write("t.swf", ReplaySamples.text)
        let (results, copy) = ("\(folder.path)/results.json", "\(folder.path)/copy.json")
        try Self.command([
            trace, "--cores", "16", "--json", "--bound", "none", "-p", "race-to-idle", "--results", results,
        ]).run()
        let report = try #require(
            try PacerCommand.parseAsRoot(["report", results, "--json", "-o", copy]) as? Report)
        try report.run()
        let (original, written) = (try ReportFile.read(results), try ReportFile.read(copy))
        #expect(written == original)
        let nowhere = try #require(
            try PacerCommand.parseAsRoot(["report", results, "--json", "-o", "\(folder.path)/no/x.json"])
                as? Report)
        let failure = #expect(throws: CommandFailure.self) { try nowhere.run() }
        #expect(failure?.exit == .cannotCreate)
    }

    private func with(_ file: ScenarioFile, _ change: (inout ScenarioFile) -> Void) -> ScenarioFile {
        var file = file
        change(&file)
        return file
    }

    private struct Ignored: Decodable {
        init(from decoder: any Decoder) {}
    }
}
