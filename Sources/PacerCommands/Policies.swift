import ArgumentParser
import PacerAPI
import PacerAPIClient
import PacerConfig
import PacerPolicies
import PacerScheduling

struct Policies: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists policies, shows one, or checks a policy file.",
        discussion: """
            A policy is a file. The daemon is asked where it runs; without one the directory that came with \
            Pacer is read.

              pacer policies
              pacer policies show wide-and-slow
              pacer policies check ./mine.yaml
            """,
        subcommands: [ListPolicies.self, ShowPolicy.self, CheckPolicy.self],
        defaultSubcommand: ListPolicies.self)
}

/// Where policies are looked up.
struct PolicySource: ParsableArguments {
    @OptionGroup var daemon: DaemonOptions

    @Option(help: ArgumentHelp("Read this directory and ask no daemon.", valueName: "path"))
    var directory: String?

    /// The daemon's policies, unless a directory was named or no daemon can be reached.
    func views() throws(CommandFailure) -> [PolicyView] {
        if directory == nil {
            let choice = daemon.choice
            do {
                return try daemon.client.policies()
            } catch {
                guard case .unreachable = error, !choice.isExplicit else { throw CommandFailure(error) }
            }
        }
        return try files().map { PolicyView($0, isDefault: $0.name == "minimum-energy") }
    }

    /// The policies in the directory.
    func files() throws(CommandFailure) -> [GridPolicy] {
        do {
            return try PolicyDirectory.load(path: directory ?? InstalledFiles.policies)
        } catch {
            throw CommandFailure(.data, error.description)
        }
    }
}

struct ListPolicies: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists every policy.")

    @OptionGroup var source: PolicySource

    func run() throws {
        let views = try source.views()
        if source.daemon.json { return try Console.say(json: PolicyList(policies: views)) }
        for line in PolicyText.table(views, style: Terminal(1).style) { Console.say(line) }
    }
}

struct ShowPolicy: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows one policy.")

    @OptionGroup var source: PolicySource

    @Argument(help: "The policy's name.", completion: Completions.policies)
    var name: String

    func run() throws {
        let views = try source.views()
        guard let view = views.first(where: { $0.name == name }) else {
            let known = views.map(\.name).joined(separator: ", ")
            throw CommandFailure(.usage, "there is no policy '\(name)'; the policies are \(known)")
        }
        if source.daemon.json { return try Console.say(json: view) }
        for line in PolicyText.one(view, style: Terminal(1).style) { Console.say(line) }
    }
}

struct CheckPolicy: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Checks policy files; exit code 65 when one is wrong.")

    @Argument(help: "The files.")
    var files: [String]

    @Flag(help: "Print JSON.")
    var json = false

    private struct Report: Encodable {
        let file: String
        let error: String?
    }

    func run() throws {
        var reports: [Report] = []
        for file in files {
            do throws(ConfigurationError) {
                let policy = try PolicyFile.load(path: file)
                if !json { Console.say("\(file): good, policy '\(policy.name)'") }
                reports.append(Report(file: file, error: nil))
            } catch {
                if !json { Console.note("pacer: \(error)") }
                reports.append(Report(file: file, error: error.description))
            }
        }
        if json { try Console.say(json: reports) }
        if reports.contains(where: { $0.error != nil }) { throw CommandEnd(.data) }
    }
}

extension PolicyView {
    init(_ policy: GridPolicy, isDefault: Bool) {
        self.init(
            name: policy.name, summary: policy.summary, accounting: policy.accounting.rawValue,
            marginRatio: policy.margin, wantsProfile: policy.wantsProfile, isDefault: isDefault,
            queue: policy.queue.rawValue)
        hasteRatio = policy.haste
        patienceRatio = policy.patience
        preempts = policy.preempts
    }
}
