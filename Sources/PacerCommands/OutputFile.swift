import FoundationEssentials
import Glibc
import PacerAPI

/// A file that is written piece by piece, without ever being whole in memory.
final class OutputFile {
    private let path: String
    private var descriptor: Int32
    private var buffer: [UInt8] = []

    private static let bufferSize = 1 << 18

    /// The file at `path`, emptied if it is there.
    init(_ path: String) throws(CommandFailure) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw CommandFailure(.cannotCreate, "cannot write \(path): \(String(cString: strerror(errno)))")
        }
        buffer.reserveCapacity(Self.bufferSize + 4096)
    }

    deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

    func write(_ text: String) throws(CommandFailure) { try write(text.utf8) }

    func write(_ bytes: some Sequence<UInt8>) throws(CommandFailure) {
        buffer.append(contentsOf: bytes)
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// `value` as one line of JSON.
    func write(json value: some Encodable) throws(CommandFailure) {
        let line: [UInt8]
        do throws(WireError) {
            line = try WireJSON.encode(value) + [UInt8(ascii: "\n")]
        } catch {
            throw CommandFailure(.internalFailure, error.description)
        }
        try write(line)
    }

    /// Writes what is left and closes the file; what it says of errors counts.
    func close() throws(CommandFailure) {
        try flush()
        let status = Glibc.close(descriptor)
        descriptor = -1
        guard status == 0 else { throw failure }
    }

    /// Hands everything to the system.
    func flush() throws(CommandFailure) {
        guard Console.write(buffer, to: descriptor) else { throw failure }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Whether the file at `path` can be written, without changing it if it is there.
    static func check(_ path: String) throws(CommandFailure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw CommandFailure(.cannotCreate, "cannot write \(path): \(String(cString: strerror(errno)))")
        }
        Glibc.close(descriptor)
    }

    /// Writes `text` to `path`, replacing what is there, and says so unless standard output is for something
    /// else; to standard output for `-`.
    static func write(_ text: String, to path: String, quietly: Bool = false) throws(CommandFailure) {
        if path == "-" {
            guard Console.write(Array(text.utf8), to: 1) else {
                throw CommandFailure(
                    .inputOutput, "writing standard output: \(String(cString: strerror(errno)))")
            }
            return
        }
        let file = try OutputFile(path)
        try file.write(text)
        try file.close()
        if !quietly { Console.say("\(path) written") }
    }

    private var failure: CommandFailure {
        CommandFailure(.inputOutput, "writing \(path): \(String(cString: strerror(errno)))")
    }
}
