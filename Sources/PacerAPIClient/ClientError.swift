public import PacerAPI

/// Why a request to the daemon was not answered as hoped; `description` is one sentence that says what to do.
public enum ClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Why there is nobody to talk to.
    public enum Absence: Hashable, Sendable {
        /// There is no socket file.
        case noFile
        /// The socket file is there, but nobody listens on it.
        case nobodyListens
        /// The user may not connect.
        case notPermitted
        /// The path cannot be that of a socket.
        case notASocket
        /// Anything else, in the words of the system.
        case other(String)
    }

    /// There is nobody to talk to at this path.
    case unreachable(Absence, socketPath: String)
    /// The daemon refused.
    case refused(APIError)
    /// The daemon went away before it had answered, or takes too long.
    case interrupted(String)
    /// The answer could not be understood.
    case protocolError(String)

    /// One sentence that says what to do.
    public var description: String {
        switch self {
        case .unreachable(let absence, let path): Self.sentence(absence, path)
        case .refused(let error): error.message
        case .interrupted(let reason): "the daemon did not answer: \(reason)"
        case .protocolError(let reason):
            "the daemon's answer could not be understood: \(reason); are pacer and pacerd of one version?"
        }
    }

    /// How a command ends that failed with this error.
    public var exitCode: CommandExit {
        switch self {
        case .unreachable(.notPermitted, _): .notPermitted
        case .unreachable: .unreachable
        case .refused(let error): error.code.exitCode
        case .interrupted: .unreachable
        case .protocolError: .protocolError
        }
    }

    private static func sentence(_ absence: Absence, _ path: String) -> String {
        let start = "start one with 'pacerd', use 'pacer run', or name another socket with --socket"
        switch absence {
        case .noFile: return "no daemon runs here: \(path) does not exist; \(start)"
        case .nobodyListens: return "nobody listens on \(path), a daemon left it behind; \(start)"
        case .notPermitted:
            return
                "you may not connect to \(path); start your own daemon with 'pacerd', use 'pacer run', or "
                + "name another socket with --socket"
        case .notASocket: return "\(path) is not a socket; name the daemon's with --socket"
        case .other(let reason): return "\(path) cannot be reached: \(reason); \(start)"
        }
    }
}
