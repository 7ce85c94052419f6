import PacerAPI

/// Shows progress on standard error: one line that refreshes on a terminal, lines at changes elsewhere.
final class ProgressDisplay {
    private let terminal = Terminal(2)
    private let isQuiet: Bool
    private var isShown = false
    private var lastKey = ""
    private var lastNs: Int64 = 0

    init(isQuiet: Bool) { self.isQuiet = isQuiet }

    /// Shows how far a job is, with `prefix` before it.
    func show(_ job: JobView, prefix: String = "") {
        show(prefix + ProgressLine.text(job), key: prefix + ProgressLine.key(job), nowNs: job.nowUnixNs)
    }

    /// Shows `text`; where there is no terminal, when `key` has changed, at most once a second.
    func show(_ text: String, key: String, nowNs: Int64) {
        guard !isQuiet else { return }
        if terminal.isTerminal {
            let line = truncated(Style.harmless(text), to: terminal.width - 1)
            Console.write(Array("\r\u{1b}[K\(line)".utf8), to: 2)
            isShown = true
            return
        }
        guard key != lastKey, Words.seconds(from: lastNs, to: nowNs) >= 1 || lastKey.isEmpty else { return }
        lastKey = key
        lastNs = nowNs
        Console.note(text)
    }

    /// Takes the refreshing line away, so that something else can be written.
    func clear() {
        guard isShown else { return }
        Console.write(Array("\r\u{1b}[K".utf8), to: 2)
        isShown = false
    }

    /// Writes a line that stays.
    func note(_ line: String) {
        clear()
        if !isQuiet { Console.note(line) }
    }
}
