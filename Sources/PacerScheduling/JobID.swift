/// A job's number: given at submission, never reused within one database.
public struct JobID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let number: Int64

    public init(_ number: Int64) { self.number = number }

    public static func < (left: JobID, right: JobID) -> Bool { left.number < right.number }

    public var description: String { "\(number)" }
}
