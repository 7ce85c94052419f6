public import PacerReplay
import Yams

/// Reads a scenario: what to replay, on which machine, under which policies and by which rules.
///
///     traces: [kth.swf.gz]                # paths are relative to the file
///     machine: server                     # a name, or the path of a description
///     cores: 32
///     policies: [minimum-energy, ./mine.yaml]
///     kinds: drawn                        # drawn, plain, or the name of a kind
///     shape: malleable
///     deadline: 2x                        # none, requested, or a multiple of the run time
///     utilisation: 60 %
///     width: scale
///     first: 1000
///     seed: 1
///
/// Its keys are the options of `pacer replay`; every one may be left out, and what the command line says
/// counts instead. The whole list is in docs/replay.md.
public struct ScenarioFile: Hashable, Sendable {
    /// Which lower bound is computed.
    public enum Bound: String, Hashable, Sendable, CaseIterable {
        /// The exact one where it is affordable, else the Lagrangian one.
        case auto
        /// None.
        case none
        /// The exact area bound.
        case exact
        /// The Lagrangian bound.
        case lagrangian
    }

    /// Paths of traces, from the folder in which the reader runs.
    public var traces: [String] = []
    /// A machine that comes with Pacer, or the path of a description.
    public var machine: String?
    /// Cores of the machine.
    public var cores: Int?
    /// Names of policies that come with Pacer, and paths of policy files.
    public var policies: [String] = []
    /// Which kind each job is of.
    public var kinds: Scenario.Kinds?
    /// How jobs may use cores.
    public var shape: Scenario.Shape?
    /// When jobs have to be done.
    public var deadline: Scenario.Deadline?
    /// What is done about the number of cores of jobs.
    public var width: Scenario.Width?
    /// Offered load to which submission is stretched.
    public var utilisation: Double?
    /// How many jobs there are.
    public var first: Int?
    /// How many jobs are left out before them.
    public var skip: Int?
    /// What the kinds are drawn by.
    public var seed: UInt64?
    /// Whether lines that are no jobs are left out.
    public var skipsBadLines: Bool?
    /// Which lower bound is computed.
    public var bound: Bound?
    /// Where the schedule is written.
    public var scheduleOut: String?
    /// Where the results are written.
    public var results: String?
    /// Where the page is written.
    public var report: String?
    /// Whether JSON is printed.
    public var json: Bool?

    /// A scenario that says nothing.
    public init() {}

    /// The largest machine that can be asked for.
    public static let mostCores = 1_000_000
    /// The most jobs that can be counted off.
    public static let mostJobs = 1_000_000_000

    /// The scenario in the file at `path`.
    public static func load(path: String) throws(ConfigurationError) -> ScenarioFile {
        try parse(try TextFile.read(path), file: path)
    }

    /// The scenario in `text`.
    ///
    /// - Parameter file: The path that errors name, and to whose folder the paths in the text are relative.
    public static func parse(_ text: String, file: String) throws(ConfigurationError) -> ScenarioFile {
        let root = try Section(try Document.compose(text, file: file), file: file, keys: keys)
        let folder = folder(of: file)
        func path(_ key: String) throws(ConfigurationError) -> String? {
            try root.optional(key, .line).map { resolved($0, in: folder) }
        }
        var scenario = ScenarioFile()
        for trace in try root.optional("traces", Format<String>.line.list) ?? [] {
            scenario.traces.append(resolved(trace, in: folder))
        }
        for policy in try root.optional("policies", Format<String>.line.list) ?? [] {
            scenario.policies.append(resolvedUnlessName(policy, in: folder))
        }
        scenario.machine = try root.optional("machine", .line).map { resolvedUnlessName($0, in: folder) }
        scenario.cores = try root.optional("cores", .integer(in: 1...mostCores))
        scenario.kinds = try root.optional(
            "kinds", Format(Scenario.Kinds.accepted) { Scenario.Kinds(word: $0) })
        scenario.shape = try root.optional("shape", .word)
        scenario.deadline = try root.optional(
            "deadline", Format(Scenario.Deadline.accepted) { Scenario.Deadline(word: $0) })
        scenario.width = try root.optional("width", .word)
        scenario.utilisation = try root.optional(
            "utilisation", Format(Scenario.acceptedUtilisation) { Scenario.utilisation(word: $0) })
        scenario.first = try root.optional("first", .integer(in: 1...mostJobs))
        scenario.skip = try root.optional("skip", .integer(in: 0...mostJobs))
        scenario.seed = try root.optional("seed", Format("a whole number from 0") { UInt64($0) })
        scenario.skipsBadLines = try root.optional("skip-bad-lines", yesOrNo)
        scenario.bound = try root.optional("bound", .word)
        scenario.scheduleOut = try path("schedule-out")
        scenario.results = try path("results")
        scenario.report = try path("report")
        scenario.json = try root.optional("json", yesOrNo)
        return scenario
    }

    private static let keys = [
        "traces", "machine", "cores", "policies", "kinds", "shape", "deadline", "width", "utilisation",
        "first", "skip", "seed", "skip-bad-lines", "bound", "schedule-out", "results", "report", "json",
    ]

    private static var yesOrNo: Format<Bool> { .word([("true", true), ("false", false)]) }

    /// Up to and with the last slash; empty where there is none.
    private static func folder(of file: String) -> String {
        file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
    }

    private static func resolved(_ path: String, in folder: String) -> String {
        path.hasPrefix("/") ? path : folder + path
    }

    /// What has a slash or ends in `.yaml` is a path, and everything else a name.
    private static func resolvedUnlessName(_ text: String, in folder: String) -> String {
        let isPath = text.contains("/") || text.hasSuffix(".yaml")
        guard isPath else { return text }
        let path = resolved(text, in: folder)
        return path.contains("/") ? path : "./\(path)"
    }
}
