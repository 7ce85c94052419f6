import FoundationEssentials
import Glibc
import PacerAPI

/// Standard output and standard error, unbuffered. Lines are made harmless to terminals; bytes go as they
/// are.
enum Console {
    /// A line on standard output.
    static func say(_ line: String) { write(Array("\(Style.harmless(line))\n".utf8), to: 1) }

    /// A line on standard error.
    static func note(_ line: String) { write(Array("\(Style.harmless(line))\n".utf8), to: 2) }

    /// `value` as JSON for people and programs, on standard output.
    static func say(json value: some Encodable) throws(CommandFailure) {
        do {
            write(try WireJSON.encode(value, pretty: true) + [UInt8(ascii: "\n")], to: 1)
        } catch {
            throw CommandFailure(.internalFailure, error.description)
        }
    }

    /// `value` as one line of JSON for programs, on standard output; fails when it cannot be written.
    static func stream(json value: some Encodable) throws(CommandFailure) {
        let line: [UInt8]
        do {
            line = try WireJSON.encode(value) + [UInt8(ascii: "\n")]
        } catch {
            throw CommandFailure(.internalFailure, error.description)
        }
        guard write(line, to: 1) else {
            throw CommandFailure(.inputOutput, "standard output: \(String(cString: strerror(errno)))")
        }
    }

    /// Writes all of `bytes`; `false` when nobody reads them any more.
    @discardableResult
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&wait, 1, -1)
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }
}

/// What is at the other end of a descriptor.
struct Terminal {
    let isTerminal: Bool
    let style: Style
    private let descriptor: Int32
    private let chosenWidth: Int?

    init(_ descriptor: Int32, environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.descriptor = descriptor
        isTerminal = isatty(descriptor) == 1 && environment["TERM"] != "dumb"
        style = Style(isOn: isTerminal && (environment["NO_COLOR"] ?? "").isEmpty)
        chosenWidth = Self.chosenWidth(environment)
    }

    /// The columns that the user set in `COLUMNS`.
    static func chosenWidth(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> Int? {
        environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
    }

    /// Whether characters beyond ASCII are shown, by the locale.
    static func showsUnicode(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> Bool {
        let named = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty }
        let name = (named ?? "").lowercased()
        return name.contains("utf-8") || name.contains("utf8")
    }

    /// Columns now: `COLUMNS` where the user set it; else it may change at any time.
    var width: Int {
        if let chosenWidth { return chosenWidth }
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
