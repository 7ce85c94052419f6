import Glibc
import PacerAPI

/// Text that a command leaves behind.
enum OutputFile {
    /// Writes `text` to `path`, replacing what is there, and says so; to standard output for `-`.
    static func write(_ text: String, to path: String) throws(CommandFailure) {
        let bytes = Array(text.utf8)
        if path == "-" {
            guard Console.write(bytes, to: 1) else { throw failed("standard output") }
            return
        }
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard file >= 0 else {
            throw CommandFailure(.cannotCreate, "cannot write \(path): \(String(cString: strerror(errno)))")
        }
        let isWritten = Console.write(bytes, to: file)
        let failure = failed(path)
        guard isWritten, close(file) == 0 else { throw failure }
        Console.say("\(path) written")
    }

    private static func failed(_ path: String) -> CommandFailure {
        CommandFailure(.inputOutput, "writing \(path) failed: \(String(cString: strerror(errno)))")
    }
}
