/// Power.
public struct Watts: Quantity {
    public let value: Double

    public init(_ value: Double) { self.value = value }

    public var description: String { formatted(value, unit: "W", prefixes: .engineering) }
}

extension Watts {
    public static func * (left: Watts, right: Seconds) -> Joules { Joules(left.value * right.value) }
    public static func * (left: Seconds, right: Watts) -> Joules { Joules(left.value * right.value) }
}
