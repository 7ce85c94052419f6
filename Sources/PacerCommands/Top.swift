import ArgumentParser
import Glibc
import PacerAPI
import PacerAPIClient
import PacerConfig

struct Top: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what is going on, again every second: watts, cores, jobs and their slack.",
        discussion: """
            Keys: q quit, s sort, k cancel the chosen job, up and down choose, ? help. Where there is no \
            terminal, or with --once, one frame is printed. You see your own jobs; root and the daemon's \
            own user see all.

              pacer top
              pacer top --once | head
            """)

    @OptionGroup var daemon: DaemonOptions

    @Flag(help: "Print one frame, of the second that follows, and end.")
    var once = false

    /// More jobs that wait than on any screen.
    private static let waiting = 500
    private static let intervalNs: Int64 = 1_000_000_000

    func run() throws {
        guard !daemon.json, !once, TopScreen.isThere else { return try printOnce() }
        TopScreen.prepare()
        let client = daemon.client
        // Before the terminal is taken: a daemon that is not there is said on the screen that stays.
        var model = TopModel(try look(client))
        let screen = try TopScreen()
        let failure = try watch(&model, client, screen)
        withExtendedLifetime(screen) {}
        if let failure { throw failure }
    }

    private func look(_ client: APIClient) throws(CommandFailure) -> OverviewView {
        try asking { () throws(ClientError) in try client.overview(waiting: Self.waiting) }
    }

    private func printOnce() throws {
        let client = daemon.client
        let first = try look(client)
        if daemon.json { return try Console.say(json: first) }
        var model = TopModel(first)
        // Power is energy by time: it takes two looks.
        Clock.pause(seconds: 1.05)
        model.update(try look(client))
        let terminal = Terminal(1)
        let frame = TopFrame(
            width: terminal.isTerminal ? terminal.width : Terminal.chosenWidth() ?? 132, height: nil,
            style: terminal.style, clock: Self.clock)
        for line in frame.lines(model) { Console.say(line) }
    }

    private static func clock(_ unixNs: Int64) -> String {
        Words.time(unixNs, now: unixNs, zone: DeadlineText.systemZone)
    }

    /// Draws and listens until it is over.
    private func watch(
        _ model: inout TopModel, _ client: APIClient, _ screen: TopScreen
    ) throws -> CommandFailure? {
        let style = Terminal(1).style
        var next = Clock.nowUnixNs + Self.intervalNs
        while true {
            let size = screen.size
            let frame = TopFrame(
                width: size.width, height: size.height, style: style, clock: Self.clock)
            guard screen.show(frame.lines(model)) else { return nil }
            let left = min(max(0, next - Clock.nowUnixNs), Self.intervalNs)
            let waking = screen.wait(milliseconds: Int32((left + 999_999) / 1_000_000))
            if waking.isOver { return nil }
            var isDue = Clock.nowUnixNs >= next
            for key in waking.keys {
                switch model.press(key, pageLength: frame.pageLength(model)) {
                case .quit?: return nil
                case .refresh?: isDue = true
                case .suspend?: try screen.suspend()
                case .cancel(let id)?:
                    model.note = cancel(id, client)
                    next = Clock.nowUnixNs + 2 * Self.intervalNs
                case nil: break
                }
            }
            // The clock may have been set back.
            guard isDue || next - Clock.nowUnixNs > 3 * Self.intervalNs else { continue }
            next = Clock.nowUnixNs + Self.intervalNs
            do {
                model.update(try client.overview(waiting: Self.waiting))
            } catch {
                model.note = "nothing new: \(error)"
            }
        }
    }

    /// What came of it, in a sentence.
    private func cancel(_ id: Int64, _ client: APIClient) -> String {
        do throws(ClientError) {
            _ = try client.cancel(id)
            return "job \(id) was told to end"
        } catch {
            return "job \(id) was not cancelled: \(error)"
        }
    }
}
