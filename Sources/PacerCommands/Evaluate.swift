import ArgumentParser
import PacerAPI
import PacerConfig
import PacerPolicies
import PacerReplay
import PacerScheduling
import PacerUnits

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Simulates policies on tables of measured times and energies; runs nothing.",
        discussion: """
            Every program and input of a table becomes a simulated machine, on which one job of that kind \
            runs through the engine that also runs live jobs, with its probes and its switches paid for. The \
            machine has the table's configurations and no others. What comes out is compared with the least \
            energy that perfect knowledge of the table would have taken.

              pacer evaluate measured.csv --idle-power 36W
              pacer evaluate measured.csv --policy minimum-energy --policy ./mine.yaml --knowledge both
              pacer evaluate measured.csv --where app=lu --noise 5% --json > rows.jsonl

            A table is CSV with the header app,input,cores,freq_khz,time_s,energy_j,power_w; docs/cli.md has \
            the rest. No daemon is asked.
            """)

    @Argument(help: ArgumentHelp("Tables of measurements.", valueName: "surface.csv"))
    var files: [String]

    @Option(
        help: ArgumentHelp(
            "Power of the machine when nothing runs, e.g. 36W. Default: 0.", valueName: "watts"))
    var idlePower = "0"

    @Option(
        help: ArgumentHelp(
            "Which energy counts: up to the deadline (horizon), or to the end of the program (run), which "
                + "policies then minimise, too.", valueName: "horizon|run"))
    var accounting = EvaluatedAccounting.horizon

    @Option(
        help: ArgumentHelp(
            "Deadlines, as multiples of the fastest time of each program.", valueName: "k,k,…"))
    var deadlineFactors = "1.1,1.25,1.5,2,3,4"

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "A policy, or the path of a policy file; may be given several times. Default: all that come with "
                + "Pacer and serve by deadline.", valueName: "name|path"),
        completion: Completions.policies)
    var policy: [String] = []

    @Option(
        help: ArgumentHelp(
            "What is known of a program before: nothing (cold), what an earlier run taught (warm), both "
                + "cases, what a run of each other program of the table taught (others), or all three.",
            valueName: "cold|warm|both|others|all"))
    var knowledge = EvaluatedKnowledge.cold

    @Option(
        help: ArgumentHelp(
            "Standard deviation of a random error on every measurement of the engine: 5% or 0.05.",
            valueName: "share"))
    var noise = "0"

    @Option(
        help: ArgumentHelp(
            "Programs do not say how much work there is, and earlier runs had more or less of it, by this "
                + "standard deviation: 5% or 0.05. Default: they say it, and all have the same.",
            valueName: "share"))
    var workSpread: String?

    @Option(
        help: ArgumentHelp("How many earlier runs of its own a warm program has, 1 to 20.", valueName: "n"))
    var earlierRuns = 1

    @Option(help: "Where the random errors start.")
    var seed: UInt64 = 1

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp(
            "Use only the rows with this value in this column; may be given several times.",
            valueName: "column=value"))
    var conditions: [String] = []

    @Option(
        help: ArgumentHelp(
            "Run time of the fastest configuration where a table has only relative times.",
            valueName: "duration"))
    var referenceTime = "60s"

    @Flag(help: "Print one line of JSON a simulated run.")
    var json = false

    @Flag(help: "Print every simulated run.")
    var rows = false

    @Flag(help: "Print the summary as rows of a Markdown table.")
    var markdown = false

    func run() throws {
        let settings = try settings()
        let policies = try EvaluatedPolicies.load(policy, accounting: accounting.accounting)
        let scale = SurfaceTable.Scale(fastest: try fastest())
        // Everything is read before anything is computed or printed.
        let tables = try files.map {
            try EvaluatedTable(file: $0, scale: scale, conditions: try selection())
        }
        for warning in tables.compactMap({ $0.warning(idlePower: settings.idlePower) }) {
            Console.note("pacer: \(warning)")
        }
        let runner = EvaluationRunner(tables: tables, policies: policies, settings: settings)
        if json {
            for table in tables { for note in table.notes { Console.note("pacer: \(note)") } }
            return try runner.run { row in
                try Console.stream(json: EvaluatedRowView(row))
            }
        }
        var outcome: [EvaluatedRow] = []
        try runner.run { outcome.append($0) }
        let report = EvaluationReport(tables: tables, rows: outcome, settings: settings)
        let lines =
            markdown ? report.markdown : report.lines(style: Terminal(1).style, rows: rows)
        for line in lines { Console.say(line) }
    }

    func settings() throws(CommandFailure) -> EvaluationSettings {
        guard [json, rows, markdown].count(where: { $0 }) <= 1 else {
            throw CommandFailure(.usage, "--json, --rows and --markdown exclude each other")
        }
        let idle = try EvaluateOptions.quantity(idlePower, option: "--idle-power", unit: "36W or 36") {
            (text) throws(QuantityParseError) in try Watts(parsing: text).value
        }
        guard idle >= 0, idle <= 1e9 else {
            throw CommandFailure(.usage, "--idle-power: '\(idlePower)' is not from 0 W to 1 GW")
        }
        guard (1...20).contains(earlierRuns) else {
            throw CommandFailure(.usage, "--earlier-runs: \(earlierRuns) is not from 1 to 20")
        }
        guard earlierRuns == 1 || knowledge.cases.contains(.warm) else {
            throw CommandFailure(.usage, "--earlier-runs needs --knowledge warm, both or all")
        }
        return EvaluationSettings(
            idlePower: Watts(idle), accounting: accounting.accounting,
            deadlineFactors: try EvaluateOptions.factors(deadlineFactors), knowledge: knowledge.cases,
            noise: try EvaluateOptions.share(noise, option: "--noise"), seed: seed, earlierRuns: earlierRuns,
            workSpread: try workSpread.map { text throws(CommandFailure) in
                try EvaluateOptions.share(text, option: "--work-spread")
            })
    }

    private func selection() throws(CommandFailure) -> [SurfaceTable.Condition] {
        var result: [SurfaceTable.Condition] = []
        for text in conditions {
            guard let sign = text.firstIndex(of: "="), sign > text.startIndex else {
                throw CommandFailure(.usage, "--where: '\(text)' is not a column=value, such as app=lu")
            }
            let value = String(text[text.index(after: sign)...])
            result.append(SurfaceTable.Condition(column: String(text[..<sign]), value: value))
        }
        return result
    }

    private func fastest() throws(CommandFailure) -> Seconds {
        let length = try EvaluateOptions.quantity(
            referenceTime, option: "--reference-time", unit: "60s or 60"
        ) { (text) throws(QuantityParseError) in try Seconds(parsing: text).value }
        guard (1e-3...1e6).contains(length) else {
            throw CommandFailure(.usage, "--reference-time: '\(referenceTime)' is not from 1 ms to 1e6 s")
        }
        return Seconds(length)
    }
}

/// The accounts that `--accounting` names.
enum EvaluatedAccounting: String, CaseIterable, ExpressibleByArgument {
    case horizon
    case run

    var accounting: Accounting { self == .run ? .run : .horizon }
}

/// The cases that `--knowledge` names.
enum EvaluatedKnowledge: String, CaseIterable, ExpressibleByArgument {
    case cold
    case warm
    case both
    case others
    case all

    var cases: [Knowledge] {
        switch self {
        case .cold: [.cold]
        case .warm: [.warm]
        case .both: [.cold, .warm]
        case .others: [.others]
        case .all: [.cold, .others, .warm]
        }
    }
}

/// How the options of `pacer evaluate` are spelt.
enum EvaluateOptions {
    /// A quantity with its unit, or its number alone.
    static func quantity(
        _ text: String, option: String, unit example: String,
        _ parse: (String) throws(QuantityParseError) -> Double
    ) throws(CommandFailure) -> Double {
        if let number = Double(text), number.isFinite { return number }
        do {
            return try parse(text)
        } catch {
            throw CommandFailure(.usage, "\(option): '\(text)' is not understood; write \(example)")
        }
    }

    /// The size of a random error.
    static func share(_ text: String, option: String) throws(CommandFailure) -> Double {
        let share = try quantity(text, option: option, unit: "5% or 0.05", fraction(parsing:))
        guard (0..<1).contains(share) else {
            throw CommandFailure(.usage, "\(option): '\(text)' is not from 0 to below 1; write 5% or 0.05")
        }
        return share
    }

    /// Ascending, each once.
    static func factors(_ text: String) throws(CommandFailure) -> [Double] {
        var factors: [Double] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let factor = Double(part.filter { $0 != " " }), factor > 0, factor <= 100 else {
                throw CommandFailure(
                    .usage,
                    "--deadline-factors: '\(part)' is not a number above 0 and up to 100, such as 1.5"
                )
            }
            if !factors.contains(factor) { factors.append(factor) }
        }
        return factors.sorted()
    }
}

/// The policies to evaluate.
enum EvaluatedPolicies {
    /// Those named, in this order, or all that come with Pacer; under run accounting they minimise the energy
    /// of the run.
    ///
    /// - Parameter isAlone: whether jobs run one at a time. A queue makes no difference then, so that "all"
    ///   are those that serve by deadline.
    static func load(
        _ names: [String], accounting: Accounting, isAlone: Bool = true
    ) throws(CommandFailure) -> [GridPolicy] {
        do {
            let isAll = names.isEmpty || names == ["all"]
            let policies = try isAll ? PolicyDirectory.load(path: InstalledFiles.policies) : choose(names)
            return policies.filter { !(isAll && isAlone) || $0.queue == .edf }.map { policy in
                var policy = policy
                if accounting == .run { policy.accounting = .run }
                return policy
            }
        } catch let error as ConfigurationError {
            throw CommandFailure(.data, error.description)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.internalFailure, "\(error)")
        }
    }

    private static func choose(_ names: [String]) throws -> [GridPolicy] {
        var known: [GridPolicy]?
        func shipped() throws -> [GridPolicy] {
            let policies = try known ?? PolicyDirectory.load(path: InstalledFiles.policies)
            known = policies
            return policies
        }
        var chosen: [GridPolicy] = []
        for name in names {
            let policy: GridPolicy
            if name.contains("/") || name.hasSuffix(".yaml") {
                policy = try PolicyFile.load(path: name)
            } else if let found = try shipped().first(where: { $0.name == name }) {
                policy = found
            } else {
                throw CommandFailure(
                    .usage,
                    "there is no policy '\(name)'; the policies are "
                        + (try shipped().map(\.name).joined(separator: ", ")))
            }
            guard let other = chosen.first(where: { $0.name == policy.name }) else {
                chosen.append(policy)
                continue
            }
            guard other == policy else {
                throw CommandFailure(
                    .usage, "two different policies are named '\(policy.name)'; give one of them another name"
                )
            }
        }
        return chosen
    }
}
