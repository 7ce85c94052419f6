/// A number of physical cores.
public struct CoreCount: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// How many cores; never negative.
    public let value: Int

    /// A count of `value` cores, zero or more.
    public init(_ value: Int) {
        precondition(value >= 0, "a core count cannot be negative")
        self.value = value
    }

    /// Orders by number.
    public static func < (left: CoreCount, right: CoreCount) -> Bool { left.value < right.value }

    /// The count with its noun: `1 core`, `4 cores`.
    public var description: String { value == 1 ? "1 core" : "\(value) cores" }
}
