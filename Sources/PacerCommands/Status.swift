import ArgumentParser
import PacerAPI
import PacerAPIClient
import PacerConfig

struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows jobs; with a number, the full story of one.",
        discussion: """
            Without a number: every job that has not ended, and the last ten that have.

              pacer status
              pacer status --watch
              pacer status 12      configuration and why, what was learnt, energy and its source
            """)

    @OptionGroup var daemon: DaemonOptions

    @Argument(help: "The numbers of jobs.", completion: Completions.jobs)
    var jobs: [Int64] = []

    @Flag(help: "Every job that is known.")
    var all = false

    @Flag(name: .shortAndLong, help: "Show it again and again, until the jobs have ended.")
    var watch = false

    private static let newest = 200
    private static let endedShown = 10
    private static let watchIntervalS = 1.0

    func run() throws {
        try JobNumber.check(jobs)
        let client = daemon.client
        let terminal = Terminal(1)
        var named = NamedJobs(jobs)
        var last: [String] = []
        while true {
            let views = try look(client, &named)
            // Nothing is known of any that was asked for.
            guard jobs.isEmpty || !views.isEmpty else { break }
            if daemon.json {
                try say(json: views)
            } else {
                let lines = text(views, terminal.style)
                if watch, terminal.isTerminal {
                    let shown = lines.map {
                        "\(truncated(Style.harmless($0), to: terminal.width))\u{1b}[K"
                    }
                    Console.write(Array("\u{1b}[H\(shown.joined(separator: "\n"))\n\u{1b}[J".utf8), to: 1)
                } else if lines != last {
                    for line in lines { Console.say(line) }
                }
                last = lines
            }
            guard watch, views.contains(where: { !$0.isFinished }) else { break }
            Clock.pause(seconds: Self.watchIntervalS)
        }
        try named.finish()
    }

    private func look(_ client: APIClient, _ named: inout NamedJobs) throws(CommandFailure) -> [JobView] {
        if jobs.isEmpty {
            let limit = all ? nil : Self.newest
            let views = try asking { () throws(ClientError) in try client.jobs(limit: limit) }
            return all ? views : Self.shown(views)
        }
        return try named.ask { id throws(ClientError) -> JobView in try client.job(id) }
    }

    /// What has not ended and the last of what has, in order.
    static func shown(_ jobs: [JobView]) -> [JobView] {
        let ended = Set(jobs.filter(\.isFinished).suffix(endedShown).map(\.id))
        return jobs.filter { !$0.isFinished || ended.contains($0.id) }
    }

    private func text(_ views: [JobView], _ style: Style) -> [String] {
        guard !jobs.isEmpty else { return JobTable.lines(views, style: style) }
        return Array(
            views.map { JobStory($0, style: style, zone: DeadlineText.systemZone).lines }.joined(separator: [
                ""
            ]))
    }

    /// What is said is one value of JSON in any case: the job that was asked for, or a list.
    private func say(json views: [JobView]) throws(CommandFailure) {
        guard jobs.count == 1, let view = views.first else {
            return try Console.say(json: JobList(jobs: views))
        }
        try Console.say(json: view)
    }
}
