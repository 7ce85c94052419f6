import Glibc
import PacerAPI

/// Commands in lines, one a line, as `pacer submit --each` reads them.
///
/// Words are parted as a shell parts them, with quotes and backslashes, and nothing is expanded: a line that
/// needs a shell says `sh -c '…'`. Empty lines, and lines that begin with `#`, are skipped.
struct CommandLines {
    /// The words of each command, in order.
    let commands: [[String]]

    /// Why a line is no command.
    struct Malformed: Error, Hashable, CustomStringConvertible {
        /// Counted from 1.
        var line: Int
        var description: String
    }

    init(_ text: String) throws(Malformed) {
        var commands: [[String]] = []
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (index, line) in lines.enumerated() {
            let words: [String]
            do throws(Unclosed) {
                words = try Self.words(line)
            } catch {
                throw Malformed(
                    line: index + 1, description: "line \(index + 1): \(error.opened) is not closed")
            }
            if !words.isEmpty { commands.append(words) }
        }
        self.commands = commands
    }

    /// The commands in the file at `path`, or on the standard input for `-`.
    static func read(_ path: String) throws(CommandFailure) -> CommandLines {
        let descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path) }
        defer { if descriptor > 0 { close(descriptor) } }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { break }
            if count < 0, errno != EINTR { throw unreadable(path) }
            bytes += chunk[..<max(0, count)]
        }
        do throws(Malformed) {
            return try CommandLines(String(decoding: bytes, as: UTF8.self))
        } catch {
            throw CommandFailure(.data, "\(path): \(error)")
        }
    }

    private static func unreadable(_ path: String) -> CommandFailure {
        CommandFailure(.data, "\(path): cannot be read: \(String(cString: strerror(errno)))")
    }

    private struct Unclosed: Error { var opened: String }

    private static func words(_ line: Substring) throws(Unclosed) -> [String] {
        var words: [String] = []
        var word: String?
        var rest = line
        while let character = rest.popFirst() {
            switch character {
            case " ", "\t", "\r":
                if let done = word { words.append(done) }
                word = nil
            case "#" where words.isEmpty && word == nil: return []
            case "'":
                word = (word ?? "") + (try quoted(&rest))
            case "\"":
                word = (word ?? "") + (try doublyQuoted(&rest))
            case "\\":
                guard let next = rest.popFirst() else { throw Unclosed(opened: "a backslash at its end") }
                word = (word ?? "") + String(next)
            default: word = (word ?? "") + String(character)
            }
        }
        if let done = word { words.append(done) }
        return words
    }

    private static func quoted(_ rest: inout Substring) throws(Unclosed) -> String {
        guard let end = rest.firstIndex(of: "'") else { throw Unclosed(opened: "a quote (')") }
        defer { rest = rest[rest.index(after: end)...] }
        return String(rest[..<end])
    }

    private static func doublyQuoted(_ rest: inout Substring) throws(Unclosed) -> String {
        var text = ""
        while let character = rest.popFirst() {
            if character == "\"" { return text }
            if character == "\\", let next = rest.first, "\"\\$`".contains(next) {
                text.append(next)
                rest.removeFirst()
            } else {
                text.append(character)
            }
        }
        throw Unclosed(opened: "a quote (\")")
    }
}
