/// An effect that did not happen.
public struct PortError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it was.
    public enum Code: String, Hashable, Sendable, Codable {
        /// The machine does not have it.
        case notPresent
        case notPermitted
        /// The write was taken but the machine holds something else.
        case notAccepted
        /// The request was not valid.
        case invalid
        /// The program to run could not be executed.
        case notExecutable
        /// Anything else; the sentence says what.
        case failed
    }

    /// What kind of failure it was.
    public let code: Code
    /// What was attempted, as in "could not `operation`".
    public let operation: String
    /// Why it failed, in the words of the kernel or the helper program.
    public let reason: String

    /// A failure of `operation`, and why.
    public init(_ code: Code, _ operation: String, reason: String) {
        self.code = code
        self.operation = operation
        self.reason = reason
    }

    /// The failure in one sentence.
    public var description: String { "could not \(operation): \(reason)" }
}
