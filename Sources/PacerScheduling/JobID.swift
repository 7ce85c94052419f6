/// A job's number: given at submission, never reused within one database.
public struct JobID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The number as users write it.
    public let number: Int64

    /// The job with this number.
    public init(_ number: Int64) { self.number = number }

    /// Orders by number.
    public static func < (left: JobID, right: JobID) -> Bool { left.number < right.number }

    /// The number alone.
    public var description: String { "\(number)" }
}
