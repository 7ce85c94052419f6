import ArgumentParser
import PacerAPI
import PacerAPIClient
import PacerUnits

struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs a command under several policies and compares their energy.",
        discussion: """
            Every run has the same deadline, and its energy is that of the machine from the run's release to \
            its deadline, the idle time after the run included: a policy that finishes early pays for the \
            idling, as it would in reality. Policies take turns, each repeat beginning with another one. \
            Warm-up runs under minimum-energy teach Pacer the program first and are not counted.

              pacer compare --deadline 60s --repeats 3 -- ./work
              pacer compare --deadline 2m --policy race-to-idle --policy minimum-energy -- make -B
              pacer compare --deadline 60s --policy all --csv -- ./work > runs.csv

            The command must succeed every time, and nothing else may run under the same daemon meanwhile.
            """)

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var privately: PrivateOptions
    @OptionGroup var job: JobOptions

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "How long each run may take, e.g. 60s: a duration, not a time.", valueName: "duration"))
    var deadline: String

    @Option(name: .shortAndLong, help: "How often each policy runs; from 2 on the noise is known.")
    var repeats = 3

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "A policy to compare; give it several times, or 'all' for those that serve by deadline. Default: "
                + "race-to-idle, wide-and-slow and minimum-energy.", valueName: "name"),
        completion: Completions.policies)
    var policy: [String] = []

    @Option(help: ArgumentHelp("Runs that teach the program and are not counted.", valueName: "runs"))
    var warmUp = 1

    @Flag(help: "Print one line of CSV a run.")
    var csv = false

    private static let usual = ["race-to-idle", "wide-and-slow", "minimum-energy"]
    private static let baseline = "minimum-energy"

    func run() throws {
        let deadlineS = try duration()
        guard (1...1000).contains(repeats), (0...1000).contains(warmUp) else {
            throw CommandFailure(.usage, "--repeats must be from 1 to 1000, --warm-up from 0 to 1000")
        }
        guard !(csv && daemon.json) else {
            throw CommandFailure(.usage, "--csv and --json exclude each other")
        }
        var request = try job.request()
        // Nobody else is expected: the runs are to be compared, not shared.
        request.beginsAtOnce = true
        request.isNeverPaused = true
        let signals = SignalWatch()
        let access = try DaemonAccess(daemon, privately)
        defer { access.stop() }
        let policies = try chosen(access.client)
        guard access.info.unfinishedJobs == 0 else {
            let count = access.info.unfinishedJobs
            throw CommandFailure(
                .temporary,
                "\(count) other job\(count == 1 ? " has" : "s have") not ended, and would share the "
                    + "machine's energy; wait for them, or compare under a private daemon with --private")
        }
        let display = ProgressDisplay(isQuiet: false)
        let runs = try ComparisonOrder.runs(policies, repeats: repeats)
            .reduce(into: ComparisonRunner(access, request, deadlineS, display, signals, warmUp: warmUp)) {
                $0.add($1.repeat, $1.policy)
            }.runAll()
        display.clear()
        let comparison = Comparison(
            baseline: policies.contains(Self.baseline) ? Self.baseline : policies[0], policies: policies,
            source: access.info.energySource, deadlineS: deadlineS, runs: runs)
        let report = ComparisonReport(comparison)
        if daemon.json { return try Console.say(json: report.summary) }
        for line in csv ? report.csv : report.lines(style: Terminal(1).style) { Console.say(line) }
    }

    /// Every run gets the same time, so a time of day is no use.
    private func duration() throws(CommandFailure) -> Double {
        guard !deadline.contains(":"), !deadline.contains("T") else {
            throw CommandFailure(
                .usage,
                "--deadline: every run gets the same time, so give a duration such as 60s, not '\(deadline)'")
        }
        return try JobOptions.duration(deadline, option: "--deadline")
    }

    private func chosen(_ client: APIClient) throws(CommandFailure) -> [String] {
        let views = try asking { () throws(ClientError) in try client.policies() }
        if policy == ["all"] { return Self.all(views) }
        let known = views.map(\.name)
        var names: [String] = []
        for name in policy.isEmpty ? Self.usual : policy where !names.contains(name) {
            guard known.contains(name) else {
                throw CommandFailure(
                    .usage, "there is no policy '\(name)'; the policies are \(known.joined(separator: ", "))")
            }
            names.append(name)
        }
        return names
    }

    /// What `all` stands for: a queue makes no difference to a command that runs alone.
    static func all(_ policies: [PolicyView]) -> [String] {
        policies.filter { $0.queue == nil || $0.queue == "edf" }.map(\.name)
    }
}
