/// Power.
public struct Watts: Quantity {
    /// The power in watts.
    public let value: Double

    /// A power of `value` watts.
    public init(_ value: Double) { self.value = value }

    /// Rounded for people, with a prefix: `31.3 W`.
    public var description: String { formatted(value, unit: "W", prefixes: .engineering) }
}

extension Watts {
    /// Power over time is energy.
    public static func * (left: Watts, right: Seconds) -> Joules { Joules(left.value * right.value) }
    /// Power over time is energy.
    public static func * (left: Seconds, right: Watts) -> Joules { Joules(left.value * right.value) }
}
