import ArgumentParser
import PacerAPI
import PacerAPIClient
import PacerConfig

struct Energy: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Adds up the joules of jobs that have ended, by user, class or policy.",
        discussion: """
            What is attributed to jobs is above idle. What the idle machine drew and what is not known are \
            lines of their own, and joules of different sources are never added. You see your own jobs; root \
            and the daemon's own user see everybody's, and the machine's account.

              pacer energy
              pacer energy --since 24h --by class
              pacer energy --since 2026-09-21 --by policy --json
            """)

    @OptionGroup var daemon: DaemonOptions

    @Option(
        help: ArgumentHelp(
            "Jobs that ended since then: 7d, 24h, 06:00, 2026-09-21 or 2026-09-21T06:00.", valueName: "when"))
    var since = "7d"

    @Option(
        help: ArgumentHelp("What lines are about: user, class or policy.", valueName: "what"),
        transform: Energy.grouping)
    var by = EnergyGrouping.user

    private static func grouping(_ text: String) throws -> EnergyGrouping {
        guard let grouping = EnergyGrouping(rawValue: text) else {
            let words = EnergyGrouping.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("'\(text)' is nothing to group by; use one of \(words).")
        }
        return grouping
    }

    func run() throws {
        let now = Clock.nowUnixNs
        let start = try Report.start(since, now: now, zone: DeadlineText.systemZone)
        let client = daemon.client
        let (from, grouping) = (max(0, start), by)
        let report = try asking { () throws(ClientError) in try client.energy(since: from, by: grouping) }
        if daemon.json { return try Console.say(json: report) }
        let text = EnergyText(report, zone: DeadlineText.systemZone, name: UserName.of)
        for line in text.lines(style: Terminal(1).style) { Console.say(line) }
    }
}
