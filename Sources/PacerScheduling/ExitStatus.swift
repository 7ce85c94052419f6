/// How a job's program ended.
public enum ExitStatus: Hashable, Sendable, Codable, CustomStringConvertible {
    case exited(code: Int32)
    case signalled(signal: Int32)
    /// Nobody saw it end: the shepherd died too.
    case lost

    /// The end in words: `exit code 1`, `signal 9`.
    public var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .signalled(let signal): "signal \(signal)"
        case .lost: "lost"
        }
    }
}
