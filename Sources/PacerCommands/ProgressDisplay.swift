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
        guard !isQuiet else { return }
        if terminal.isTerminal {
            let text = truncated(prefix + ProgressLine.text(job), to: terminal.width - 1)
            Console.write(Array("\r\u{1b}[K\(text)".utf8), to: 2)
            isShown = true
            return
        }
        let key = prefix + ProgressLine.key(job)
        guard key != lastKey, job.nowUnixNs - lastNs >= 1_000_000_000 || lastKey.isEmpty else { return }
        lastKey = key
        lastNs = job.nowUnixNs
        Console.note(prefix + ProgressLine.text(job))
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
