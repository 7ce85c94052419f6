import ArgumentParser
import FoundationEssentials
import PacerAPI
import PacerPolicies
import PacerReplay
import PacerScheduling
import PacerUnits
import Testing

@testable import PacerCommands

@Suite struct EvaluateTests {
    private static let text = """
        app,input,cores,freq_khz,time_s,energy_j,power_w
        lu,n1,1,1000000,40,480,
        lu,n1,1,2000000,22,330,
        lu,n1,2,1000000,20,320,
        lu,n1,2,2000000,11,253,
        fft,,1,1.5,30,300,
        """

    private static func command(_ arguments: String...) throws -> Evaluate {
        try #require(try PacerCommand.parseAsRoot(["evaluate", "t.csv"] + arguments) as? Evaluate)
    }

    private func rows(_ settings: EvaluationSettings, _ names: [String]) throws -> [EvaluatedRow] {
        let table = try EvaluatedTable(Self.text, file: "folder/t.csv")
        let policies = try EvaluatedPolicies.load(names, accounting: settings.accounting)
        var rows: [EvaluatedRow] = []
        try EvaluationRunner(tables: [table], policies: policies, settings: settings).run {
            rows.append($0)
        }
        return rows
    }

    @Test func `without options the account is the horizon, nothing is known and nothing disturbed`() throws {
        let settings = try Self.command().settings()
        #expect(settings == EvaluationSettings())
        #expect(settings.deadlineFactors == [1.1, 1.25, 1.5, 2, 3, 4])
        #expect(settings.knowledge == [.cold])
    }

    @Test func `every option arrives`() throws {
        let settings = try Self.command(
            "--idle-power", "36 W", "--accounting", "run", "--deadline-factors", "2, 1.5,2", "--knowledge",
            "both", "--noise", "5 %", "--seed", "9"
        ).settings()
        #expect(
            settings
                == EvaluationSettings(
                    idlePower: Watts(36), accounting: .run, deadlineFactors: [1.5, 2],
                    knowledge: [.cold, .warm], noise: 0.05, seed: 9))
        let unsaid = try Self.command("--knowledge", "warm", "--work-spread", "5%", "--earlier-runs", "3")
            .settings()
        #expect(unsaid.workSpread == 0.05 && unsaid.earlierRuns == 3)
        #expect(try Self.command("--work-spread", "0").settings().workSpread == 0)
        #expect(try Self.command("--knowledge", "others").settings().knowledge == [.others])
        #expect(try Self.command("--knowledge", "all").settings().knowledge == [.cold, .others, .warm])
        #expect(try Self.command("--noise", "0.05").settings().noise == 0.05)
        #expect(try Self.command("--idle-power", "198").settings().idlePower == Watts(198))
    }

    @Test(arguments: [
        (["--idle-power", "warm"], "--idle-power: 'warm' is not understood"),
        (["--idle-power=-3W"], "is not from 0 W"), (["--idle-power", "nan"], "is not understood"),
        (["--noise", "5"], "is not from 0 to below 1"), (["--noise=-5%"], "is not from 0 to below 1"),
        (["--noise", "5 percent"], "is not understood"), (["--noise", "5%%"], "is not understood"),
        (["--work-spread", "1"], "--work-spread: '1' is not from 0 to below 1"),
        (["--knowledge", "warm", "--earlier-runs", "0"], "--earlier-runs: 0 is not from 1 to 20"),
        (["--earlier-runs", "2"], "--earlier-runs needs --knowledge warm"),
        (["--deadline-factors", ""], "is not a number above 0"),
        (["--deadline-factors", "1.1,,2"], "is not a number above 0"),
        (["--deadline-factors", "0"], "is not a number above 0"),
        (["--deadline-factors", "2x"], "'2x' is not a number above 0"),
        (["--deadline-factors", "inf"], "is not a number above 0"),
        (["--json", "--rows"], "exclude each other"), (["--where", "app"], "is not a column=value"),
        (["--reference-time", "soon"], "--reference-time: 'soon' is not understood"),
        (["--reference-time", "0s"], "is not from 1 ms"),
        (["-p", "fastest"], "there is no policy 'fastest'"),
    ])
    func `a slip is told in one sentence, with exit code 64`(_ arguments: [String], _ part: String) throws {
        let command = try #require(
            try PacerCommand.parseAsRoot(["evaluate", "/nowhere/t.csv"] + arguments) as? Evaluate)
        let failure = #expect(throws: CommandFailure.self) { try command.run() }
        #expect(failure?.exit == .usage)
        #expect(failure?.message.contains(part) == true, "\(failure?.message ?? "")")
        #expect(failure?.message.contains("\n") == false)
    }

    @Test(arguments: [["--knowledge", "some"], ["--accounting", "both"], ["--seed", "x"], ["--frob"]])
    func `what the parser refuses ends with 64`(_ arguments: [String]) {
        let error = #expect(throws: (any Error).self) {
            try PacerCommand.parseAsRoot(["evaluate", "t.csv"] + arguments)
        }
        #expect(error.map { PacerCommand.exitCode(for: $0).rawValue } == 64)
    }

    @Test func `a bad table is told by file and line, with exit code 65`() throws {
        let bad = #expect(throws: CommandFailure.self) {
            try EvaluatedTable(Self.text + "\nlu,n1,4,1000000,-1,5,\n", file: "folder/t.csv")
        }
        #expect(
            bad == CommandFailure(.data, "folder/t.csv: line 7: time_s is -1.0; it must be above zero"))
        let missing = #expect(throws: CommandFailure.self) {
            try EvaluatedTable(file: "/nowhere/t.csv", scale: SurfaceTable.Scale(), conditions: [])
        }
        #expect(
            missing == CommandFailure(.data, "/nowhere/t.csv: cannot be read: No such file or directory"))
    }

    @Test func `an idle power above that of running programs is warned of, with the least of them`() throws {
        let table = try EvaluatedTable(Self.text, file: "folder/t.csv")
        // At 10, 12, 15, 16 and 23 W.
        #expect(table.warning(idlePower: .zero) == nil)
        for within in [10, 10.5] { #expect(table.warning(idlePower: Watts(within)) == nil) }
        let one = try #require(table.warning(idlePower: Watts(12)))
        for part in ["t.csv: the idle power of 12 W is above", "10 W of fft on 1 core", "1 of 5 conf"] {
            #expect(one.contains(part), "\(one)")
        }
        let all = try #require(table.warning(idlePower: Watts(36)))
        #expect(all.contains("36 W") && all.contains("5 of 5"), "\(all)")
        #expect(!all.contains("\n"))
    }

    @Test func `a policy may be a file, and is taken once`() throws {
        let path = "\(InstalledFiles.policies)/wide-and-slow.yaml"
        let policies = try EvaluatedPolicies.load(["wide-and-slow", path], accounting: .run)
        #expect(policies.map(\.name) == ["wide-and-slow"])
        #expect(policies.map(\.accounting) == [.run])
        let absent = #expect(throws: CommandFailure.self) {
            try EvaluatedPolicies.load(["./absent.yaml"], accounting: .horizon)
        }
        #expect(absent?.exit == .data)
        let alone = try EvaluatedPolicies.load([], accounting: .horizon)
        #expect(alone.count >= 10 && alone.allSatisfy { $0.queue == .edf })
        let together = try EvaluatedPolicies.load(["all"], accounting: .horizon, isAlone: false)
        #expect(Set(together.map(\.queue)) == Set(QueueDiscipline.allCases))
        #expect(try EvaluatedPolicies.load(["fcfs"], accounting: .run).map(\.queue) == [.fcfs])
    }

    @Test func `a line of JSON has these keys, and nulls for what is unknown`() throws {
        var settings = EvaluationSettings()
        settings.deadlineFactors = [0.5, 2]
        let rows = try rows(settings, ["race-to-idle"])
        #expect(rows.map(\.app) == ["lu", "lu", "fft", "fft"])
        let lines = try rows.map {
            String(decoding: try WireJSON.encode(EvaluatedRowView($0)), as: UTF8.self)
        }
        #expect(lines.allSatisfy { !$0.contains("\n") })
        #expect(lines[0].contains("\"optimum_j\":null"))
        #expect(lines[0].contains("\"best_single_j\":null"))
        #expect(lines[0].contains("\"missed\":true"))
        // 11 s at 23 W on two cores, to the nanosecond; one core at 1 GHz for 40 s would be late.
        let row = try JSONDecoder().decode(Figures.self, from: Data(lines[1].utf8))
        #expect(row.timeline.map { [$0.cores, $0.freq_khz, $0.work] } == [[2, 2_000_000, 1]])
        #expect(abs(row.timeline[0].seconds - 11) < 1e-8 && abs(row.energy_j - 253) < 1e-6)
        #expect(lines[1].contains("\"deadline_s\":22,"))
        #expect(lines[3].contains("\"freq_khz\":1.5,"))
        let keys = try lines.map { line in
            Set(try JSONDecoder().decode([String: Ignored].self, from: Data(line.utf8)).keys)
        }
        let expected: Set = [
            "surface", "app", "input", "policy", "knowledge", "accounting", "deadline_factor", "deadline_s",
            "energy_j", "time_s", "missed", "optimum_j", "best_single_j", "probes", "predicted_energy_j",
            "predicted_time_s", "timeline",
        ]
        #expect(keys.allSatisfy { $0 == expected })
    }

    @Test func `numbers survive JSON to the last bit`() throws {
        var settings = EvaluationSettings(idlePower: Watts(3))
        settings.knowledge = [.cold, .warm]
        for row in try rows(settings, ["minimum-energy"]) {
            let line = try WireJSON.encode(EvaluatedRowView(row))
            let read = try JSONDecoder().decode(Figures.self, from: Data(line))
            #expect(read.energy_j == row.result.energy.value)
            #expect(read.time_s == row.result.time.value)
            #expect(read.timeline.map(\.seconds) == row.result.timeline.map(\.duration.value))
            #expect(read.timeline.map(\.work) == row.result.timeline.map(\.work))
            #expect(read.knowledge == row.trial.knowledge.rawValue)
        }
    }

    @Test(arguments: [1.0, 16, 1.1, 2.345678, 800_000, 2_401_000, 999_999_999, 0.125])
    func `a frequency is printed as the table has it`(_ kilohertz: Double) {
        #expect(tableKilohertz(Hertz(kilohertz * 1000)) == kilohertz)
    }

    @Test func `the report shows misses beside the energy, and the best policy that keeps deadlines`() throws
    {
        var settings = EvaluationSettings()
        settings.deadlineFactors = [1.1, 2]
        let names = ["governor-powersave", "race-to-idle"]
        let table = try EvaluatedTable(Self.text, file: "t.csv")
        let report = EvaluationReport(
            tables: [table], rows: try rows(settings, names), settings: settings)
        let lines = report.lines()
        #expect(lines.contains("t.csv: 2 programs, each with 1 to 4 configurations"))
        let powersave = try #require(lines.first { $0.hasPrefix("governor-powersave") })
        #expect(powersave.hasSuffix("1 (1 at 1.1)"))
        #expect(lines.contains { $0.hasPrefix("race-to-idle") && $0.hasSuffix("none") })
        #expect(lines.contains { $0.hasPrefix("lu n1") && $0.contains("race-to-idle") })
        #expect(report.lines(rows: true).count > lines.count + 8)
        #expect(lines.contains { $0.hasPrefix("Without an idle power") })
        let markdown = report.markdown
        #expect(markdown.count == 4)
        #expect(Set(markdown.map { $0.count { $0 == "|" } }) == [13])
    }

    private struct Ignored: Decodable {
        init(from decoder: any Decoder) {}
    }

    private struct Figures: Decodable {
        struct Stretch: Decodable {
            let cores: Double
            let freq_khz: Double
            let seconds: Double
            let work: Double
        }

        let energy_j: Double
        let time_s: Double
        let knowledge: String
        let timeline: [Stretch]
    }
}
