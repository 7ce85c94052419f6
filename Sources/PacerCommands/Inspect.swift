import ArgumentParser
import PacerAPI
import PacerAPIClient
import PacerConfig

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows the machine: cores, frequencies, energy counters, and who set which knob.",
        discussion: """
            For every knob: what it holds, what Pacer wants it to hold, what it held before, whose value it \
            is, why and since when.

              pacer inspect
              pacer inspect --json
            """)

    @OptionGroup var daemon: DaemonOptions

    func run() throws {
        let client = daemon.client
        let machine = try asking { () throws(ClientError) in try client.machine() }
        if daemon.json { return try Console.say(json: machine) }
        let report = MachineText(machine, zone: DeadlineText.systemZone)
        for line in report.lines(now: Clock.nowUnixNs, style: Terminal(1).style) { Console.say(line) }
    }
}
