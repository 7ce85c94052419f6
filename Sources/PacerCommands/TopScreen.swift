import CPacerShims
import Glibc
import PacerAPI

/// The terminal that `pacer top` draws on. What it was before it is again however the program ends, but for
/// SIGKILL.
final class TopScreen {
    /// What woke it.
    struct Waking {
        /// What was typed.
        var keys: [TopKey] = []
        /// The terminal may have another size now.
        var isResized = false
        /// The program is to end.
        var isOver = false
    }

    private static let input: Int32 = 0
    private static let output: Int32 = 1

    /// - Precondition: `TopScreen.prepare()` was called before the first thread was made.
    init() throws(CommandFailure) { try take() }

    deinit { pacer_terminal_release() }

    /// Before the first thread of the process is made: signals are for the screen, and for no other thread.
    static func prepare() { pacer_terminal_prepare() }

    /// Whether there is a terminal to draw on and one to read keys from.
    static var isThere: Bool { Terminal(output).isTerminal && isatty(input) == 1 }

    /// Columns and lines now.
    var size: (width: Int, height: Int) {
        var size = winsize()
        guard ioctl(Self.output, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Replaces all that is shown, by one write, so that nothing flickers; `false` when nobody sees it.
    func show(_ lines: [String]) -> Bool {
        // Terminals that know the first and the last sequence draw all of it at once. A line is cleared
        // before it is written: behind one that fills its line the last character would be cleared.
        let text = "\u{1b}[?2026h\u{1b}[H" + lines.map { "\u{1b}[K\($0)" }.joined(separator: "\n")
        return Console.write(Array("\(text)\u{1b}[?2026l".utf8), to: Self.output)
    }

    /// Waits for a key or a signal, at most so long.
    func wait(milliseconds: Int32) -> Waking {
        let events = pacer_terminal_wait(Self.input, milliseconds)
        var waking = Waking()
        waking.isResized = events > 0 && events & PACER_TERMINAL_RESIZED != 0
        waking.isOver = events < 0 || events & PACER_TERMINAL_END != 0
        guard events > 0, events & PACER_TERMINAL_INPUT != 0 else { return waking }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(Self.input, &bytes, bytes.count)
        if count > 0 {
            waking.keys = TopKey.parse(Array(bytes.prefix(count)))
        } else if count == 0 || errno != EINTR {
            waking.isOver = true
        }
        return waking
    }

    /// Gives the terminal back and stops, as Ctrl-Z wants it; goes on when the shell says so.
    func suspend() throws(CommandFailure) {
        pacer_terminal_release()
        kill(0, SIGSTOP)
        try take()
    }

    private func take() throws(CommandFailure) {
        let result = pacer_terminal_take(Self.input)
        guard result == 0 else {
            throw CommandFailure(
                .inputOutput, "the terminal cannot be drawn on: \(String(cString: strerror(-result)))")
        }
    }
}
