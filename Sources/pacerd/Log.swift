import Glibc
import PacerRuntime

/// The daemon's log: a line on standard error, with journald's level in front when journald reads it.
enum Log {
    private static let isJournal = getenv("JOURNAL_STREAM") != nil

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
}
