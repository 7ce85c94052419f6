import ArgumentParser
import PacerAPI
import PacerConfig
import PacerOptimizer
import PacerReplay

/// What `pacer replay` can be told; a scenario file says the same things with the same words.
struct ReplayOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "Traces in Standard Workload Format, packed with gzip or not; several are merged by time.",
            valueName: "trace"))
    var traces: [String] = []

    @Option(
        help: ArgumentHelp(
            "Read the traces and the rules from this file; what the command line says counts instead.",
            valueName: "file"))
    var scenario: String?

    @Option(
        help: ArgumentHelp(
            "The machine: one that comes with Pacer, or the path of a description. Default: server.",
            valueName: "name|path"))
    var machine: String?

    @Option(
        help: ArgumentHelp(
            "Its cores, instead of the description's. Without --machine: a plain machine of so many cores "
                + "and one frequency.", valueName: "n"))
    var cores: Int?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "A policy, or the path of a policy file; may be given several times. Default: all that come with "
                + "Pacer.", valueName: "name|path"),
        completion: Completions.policies)
    var policy: [String] = []

    @Option(
        help: ArgumentHelp(
            "How jobs scale and what their cores draw: drawn from measured kinds for each job, or one kind "
                + "for all; plain scales ideally. Default: drawn.", valueName: "drawn|name"))
    var kinds: String?

    @Option(
        help: ArgumentHelp(
            "How jobs may use cores: as many as the trace says, any number chosen at the start, or any at "
                + "any time. Default: rigid.", valueName: "rigid|moldable|malleable"))
    var shape: Scenario.Shape?

    @Option(
        help: ArgumentHelp(
            "When jobs have to be done: never, the requested time after submission, or a multiple of the run "
                + "time after it. Default: none.", valueName: "none|requested|2x"))
    var deadline: String?

    @Option(
        help: ArgumentHelp(
            "Stretch the times of submission until the jobs bring this share of what the cores can do: 0.6 "
                + "or 60%.", valueName: "share"))
    var utilisation: String?

    @Option(
        help: ArgumentHelp(
            "What becomes of widths: kept, so that jobs wider than the machine are refused; clipped to the "
                + "machine; or scaled from the recorded machine to this one. Default: keep.",
            valueName: "keep|clip|scale"))
    var width: Scenario.Width?

    @Option(help: ArgumentHelp("Replay so many jobs, after those skipped.", valueName: "n"))
    var first: Int?

    @Option(help: ArgumentHelp("Leave out so many jobs at the beginning.", valueName: "n"))
    var skip: Int?

    @Option(help: ArgumentHelp("What the kinds are drawn by. Default: 1.", valueName: "n"))
    var seed: UInt64?

    @Flag(inversion: .prefixedNo, help: "Leave out lines of a trace that are no jobs, and say how many.")
    var skipBadLines: Bool?

    @Option(
        help: ArgumentHelp(
            "The lower bound to compare with: the exact one, the Lagrangian one, whichever is affordable, or "
                + "none. Default: auto.", valueName: "auto|none|exact|lagrangian"))
    var bound: ScenarioFile.Bound?

    @Option(
        help: ArgumentHelp(
            "Write what ran where and when as JSON; with several policies, a file for each.",
            valueName: "file"))
    var scheduleOut: String?

    @Option(
        help: ArgumentHelp(
            "Write everything that 'pacer report' needs to this file, as JSON: the same bytes every time.",
            valueName: "file"))
    var results: String?

    @Option(help: ArgumentHelp("Write a page of all policies to this file.", valueName: "file"))
    var report: String?

    @Flag(inversion: .prefixedNo, help: "Print one line of JSON a policy.")
    var json: Bool?

    /// The scenario file, with what the command line says in its place.
    func request() throws(CommandFailure) -> ReplayRequest {
        var file = ScenarioFile()
        if let scenario {
            do throws(ConfigurationError) {
                file = try ScenarioFile.load(path: scenario)
            } catch {
                throw CommandFailure(.data, error.description)
            }
        }
        if !traces.isEmpty { file.traces = traces }
        if !policy.isEmpty { file.policies = policy }
        file.machine = machine ?? file.machine
        file.cores = try number(cores, "--cores", 1...ScenarioFile.mostCores) ?? file.cores
        file.kinds =
            try read(kinds, "--kinds", Scenario.Kinds.accepted) { Scenario.Kinds(word: $0) } ?? file.kinds
        file.shape = shape ?? file.shape
        file.deadline =
            try read(deadline, "--deadline", Scenario.Deadline.accepted) { Scenario.Deadline(word: $0) }
            ?? file.deadline
        file.utilisation =
            try read(utilisation, "--utilisation", Scenario.acceptedUtilisation) {
                Scenario.utilisation(word: $0)
            } ?? file.utilisation
        file.width = width ?? file.width
        file.first = try number(first, "--first", 1...ScenarioFile.mostJobs) ?? file.first
        file.skip = try number(skip, "--skip", 0...ScenarioFile.mostJobs) ?? file.skip
        file.seed = seed ?? file.seed
        file.skipsBadLines = skipBadLines ?? file.skipsBadLines
        file.bound = bound ?? file.bound
        file.scheduleOut = scheduleOut ?? file.scheduleOut
        file.results = results ?? file.results
        file.report = report ?? file.report
        file.json = json ?? file.json
        guard !file.traces.isEmpty else {
            throw CommandFailure(
                .usage, "there is nothing to replay; name a trace, or a scenario that names traces")
        }
        return ReplayRequest(file)
    }

    private func number(
        _ value: Int?, _ option: String, _ range: ClosedRange<Int>
    ) throws(CommandFailure) -> Int? {
        guard let value, !range.contains(value) else { return value }
        throw CommandFailure(
            .usage, "\(option): \(value) is not a number from \(range.lowerBound) to \(range.upperBound)")
    }

    private func read<Value>(
        _ text: String?, _ option: String, _ accepted: String, _ parse: (String) -> Value?
    ) throws(CommandFailure) -> Value? {
        guard let text else { return nil }
        guard let value = parse(text) else {
            throw CommandFailure(.usage, "\(option): '\(text)' must be \(accepted)")
        }
        return value
    }
}

/// Everything that a replay has to know, with nothing left open.
struct ReplayRequest: Hashable {
    var traces: [String]
    var machine: String?
    var cores: Int?
    var policies: [String]
    var scenario: Scenario
    var skipsBadLines: Bool
    var bound: BoundMethod
    var scheduleOut: String?
    var results: String?
    var report: String?
    var json: Bool

    init(_ file: ScenarioFile) {
        traces = file.traces
        machine = file.machine
        cores = file.cores
        policies = file.policies
        scenario = Scenario(
            kinds: file.kinds ?? .drawn, shape: file.shape ?? .rigid, deadline: file.deadline ?? .none,
            seed: file.seed ?? 1, width: file.width ?? .keep, utilisation: file.utilisation,
            skip: file.skip ?? 0, first: file.first)
        skipsBadLines = file.skipsBadLines ?? false
        bound = (file.bound ?? .auto).method
        scheduleOut = file.scheduleOut
        results = file.results
        report = file.report
        json = file.json ?? false
    }

    /// Whether a result has to keep what it ran where.
    var keepsResults: Bool { results != nil || report != nil }

    /// What there is to replay.
    enum Input {
        case traces([Trace])
        case journals([JournalSegmentRun])
    }

    /// Reads every file that was named.
    func input() throws(CommandFailure) -> Input {
        var traces: [Trace] = []
        var journals: [JournalSegmentRun] = []
        for path in self.traces {
            let bytes = try TraceFile.bytes(path)
            if JournalFile.isJournal(bytes) {
                journals += try JournalFile.run(bytes, name: path)
            } else {
                traces.append(try TraceFile.trace(bytes, from: path, skipsBadLines: skipsBadLines))
            }
        }
        guard !journals.isEmpty else { return .traces(traces) }
        guard traces.isEmpty else {
            throw CommandFailure(.usage, "event journals and traces cannot be replayed together")
        }
        return .journals(journals)
    }

    /// The workload of `traces` for a machine of `cores` cores.
    func workload(_ traces: [Trace], cores: Int) throws(CommandFailure) -> Workload {
        do throws(Scenario.Problem) {
            return try scenario.workload(traces, cores: cores)
        } catch {
            throw CommandFailure(.data, error.description)
        }
    }

    /// Finds out before anything is computed that a file cannot be written.
    func checkOutputs() throws(CommandFailure) {
        for path in [results, report].compactMap({ $0 }) where path != "-" {
            try OutputFile.check(path)
        }
    }
}

extension ScenarioFile.Bound {
    /// How it is found.
    var method: BoundMethod {
        switch self {
        case .auto: .auto
        case .none: .none
        case .exact: .exact
        case .lagrangian: .lagrangian
        }
    }
}
