import Glibc
import PacerRuntime

/// The daemon's log: a line on standard error, with journald's level in front when journald reads it.
enum Log {
    private static let isJournal = readsJournal()

    static func write(_ level: LogLevel, _ sentence: String) {
        let (number, word) =
            switch level {
            case .info: (6, "")
            case .warning: (4, "warning: ")
            case .error: (3, "error: ")
            }
        let line = sentence.split(separator: "\n").joined(separator: " ")
        let text = isJournal ? "<\(number)>\(line)\n" : "pacerd: \(word)\(line)\n"
        // A log that cannot be written has nowhere to complain.
        _ = Array(text.utf8).withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
    }

    /// `JOURNAL_STREAM` names the device and the file that journald reads from. Whoever inherits the variable
    /// but has another standard error does not write to journald.
    private static func readsJournal() -> Bool {
        guard let value = getenv("JOURNAL_STREAM") else { return false }
        let numbers = String(cString: value).split(separator: ":").map { UInt64($0) }
        var status = stat()
        guard numbers.count == 2, fstat(2, &status) == 0 else { return false }
        return numbers == [UInt64(status.st_dev), UInt64(status.st_ino)]
    }
}
