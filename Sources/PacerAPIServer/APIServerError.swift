import Glibc

/// Why the API cannot be offered.
public struct APIServerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it was.
    public enum Code: Hashable, Sendable {
        /// The path does not fit into a socket address.
        case pathTooLong
        /// Another daemon answers on this path.
        case alreadyRunning
        /// Something that is not a socket is in the way, or the folder cannot be trusted.
        case inTheWay
        /// The user may not listen there.
        case notPermitted
        /// Anything else; the sentence says what.
        case failed
    }

    /// What kind of failure it was.
    public let code: Code
    /// The sentence for people.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// The failure of a system call.
    init(errno number: Int32, doing operation: String) {
        let isPermission = number == EACCES || number == EPERM || number == EROFS
        let reason = String(cString: strerror(number))
        self.init(isPermission ? .notPermitted : .failed, "could not \(operation): \(reason)")
    }
}
