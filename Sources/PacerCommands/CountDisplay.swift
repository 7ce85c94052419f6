import PacerUnits

/// How far a long computation is, on standard error: a line that refreshes, and only on a terminal.
final class CountDisplay {
    private let total: Int
    private let things: String
    private let terminal = Terminal(2)
    private let startNs = Clock.nowUnixNs
    private var done = 0
    private var shownNs: Int64
    private var isShown = false

    /// What is over sooner needs no progress.
    private static let patienceNs: Int64 = 2_000_000_000
    private static let intervalNs: Int64 = 200_000_000

    /// A display of how many of `total` things, in the plural, are done.
    init(total: Int, of things: String = "simulated runs") {
        self.total = total
        self.things = things
        shownNs = startNs
    }

    /// One more is done.
    func step() { show(done + 1) }

    /// So many are done.
    func show(_ count: Int) {
        done = count
        guard terminal.isTerminal else { return }
        let now = Clock.nowUnixNs
        guard done > 0, now - startNs >= Self.patienceNs, now - shownNs >= Self.intervalNs else { return }
        shownNs = now
        isShown = true
        let left = Double(now - startNs) / 1e9 * Double(total - done) / Double(done)
        let text = "\(done) of \(total) \(things), about \(Words.length(left.rounded(.up))) left"
        Console.write(Array("\r\u{1b}[K\(truncated(text, to: terminal.width - 1))".utf8), to: 2)
    }

    /// Takes the line away.
    func clear() {
        guard isShown else { return }
        Console.write(Array("\r\u{1b}[K".utf8), to: 2)
        isShown = false
    }
}
