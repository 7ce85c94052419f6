import ArgumentParser
import PacerAPI
import PacerAPIClient
import PacerConfig

struct Events: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tells what happens: jobs, frequency domains, the daemon itself.",
        discussion: """
            Without options the events that the daemon still has in memory, at most 4096 since its start. \
            You see those of your own jobs; root and the daemon's own user see all.

              pacer events --follow
              pacer events --since 1h --job 12
              pacer events --follow --json | jq .kind       one object a line, docs/api.md
            """)

    @OptionGroup var daemon: DaemonOptions

    @Flag(name: .shortAndLong, help: "Go on telling, until interrupted.")
    var follow = false

    @Option(
        help: ArgumentHelp(
            "From then on: a duration (1h) or a time (06:00, 2026-11-23T06:00).", valueName: "when"))
    var since: String?

    @Option(help: ArgumentHelp("Of this job alone.", valueName: "number"))
    var job: Int64?

    /// One request waits as long as this for an event, in seconds.
    private static let waitS = 600.0
    /// A daemon that is being restarted is waited for as long as this, in seconds.
    private static let patience = 60

    func run() throws {
        if let job { try JobNumber.check([job]) }
        let from = try since.map { try ExportOptions.since($0, now: ExportOptions.now) }
        let client = daemon.client
        // The first answer comes at once: it says where to go on, should the daemon be restarted.
        var query = EventQuery(since: nil, from: from, job: job, timeoutS: 0)
        query.follow = follow && from == nil
        var failures = 0
        var hasAnswered = false
        while true {
            let part: EventPart
            do throws(ClientError) {
                part = try client.events(query)
                failures = 0
                hasAnswered = true
            } catch {
                guard follow, hasAnswered, Self.mayRecover(error), failures < Self.patience else {
                    throw CommandFailure(error)
                }
                if failures == 0 { Console.note("pacer: \(error); waiting for it") }
                failures += 1
                Clock.pause(seconds: 1)
                continue
            }
            for event in part.events {
                guard try write(event) else { return }
            }
            guard follow || !part.events.isEmpty else { return }
            query.from = nil
            query.since = part.next
            query.follow = follow
            query.timeoutS = Self.waitS
        }
    }

    /// Whether the daemon may only be away for a moment.
    private static func mayRecover(_ error: ClientError) -> Bool {
        switch error {
        case .unreachable, .interrupted: true
        case .refused(let refusal): refusal.code == .unavailable
        case .protocolError: false
        }
    }

    /// Writes a line; `false` when nobody reads it.
    private func write(_ event: EventView) throws(CommandFailure) -> Bool {
        if daemon.json {
            do throws(WireError) {
                return Console.write(try WireJSON.encode(event) + [UInt8(ascii: "\n")], to: 1)
            } catch {
                throw CommandFailure(.internalFailure, error.description)
            }
        }
        let text = EventText(event, zone: DeadlineText.systemZone)
        return Console.write(Array("\(text.line(now: Clock.nowUnixNs))\n".utf8), to: 1)
    }
}
