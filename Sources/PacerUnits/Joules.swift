/// Energy.
///
/// Read a difference of hardware counters with ``EnergyCounter``, which stays an integer until one division.
public struct Joules: Quantity {
    public let value: Double

    public init(_ value: Double) { self.value = value }

    public var description: String { formatted(value, unit: "J", prefixes: .engineering) }
}

/// Energy-delay product, E·T: the objective that weighs a halved time as much as halved energy.
public struct JouleSeconds: Quantity {
    public let value: Double

    public init(_ value: Double) { self.value = value }

    public var description: String { formatted(value, unit: "J·s", prefixes: .engineering) }
}

/// Energy-delay-squared product, E·T².
public struct JouleSecondsSquared: Quantity {
    public let value: Double

    public init(_ value: Double) { self.value = value }

    public var description: String { formatted(value, unit: "J·s²", prefixes: .engineering) }
}

extension Joules {
    public static func / (left: Joules, right: Seconds) -> Watts { Watts(left.value / right.value) }
    public static func / (left: Joules, right: Watts) -> Seconds { Seconds(left.value / right.value) }
    public static func * (left: Joules, right: Seconds) -> JouleSeconds {
        JouleSeconds(left.value * right.value)
    }
}

extension JouleSeconds {
    public static func * (left: JouleSeconds, right: Seconds) -> JouleSecondsSquared {
        JouleSecondsSquared(left.value * right.value)
    }
}
