/// A number of physical cores.
public struct CoreCount: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// How many cores; never negative.
    public let value: Int

    public init(_ value: Int) {
        precondition(value >= 0, "a core count cannot be negative")
        self.value = value
    }

    public static func < (left: CoreCount, right: CoreCount) -> Bool { left.value < right.value }

    public var description: String { value == 1 ? "1 core" : "\(value) cores" }
}
