/// Energy.
///
/// Read a difference of hardware counters with ``EnergyCounter``, which stays an integer until one division.
public struct Joules: Quantity {
    /// The energy in joules.
    public let value: Double

    /// An energy of `value` joules.
    public init(_ value: Double) { self.value = value }

    /// What a counter of microjoules counted: the nearest number there is, by one division.
    public init(microjoules: UInt64) { self.init(Double(microjoules) / 1_000_000) }

    /// Rounded for people, with a prefix: `3.5 kJ`.
    public var description: String { formatted(value, unit: "J", prefixes: .engineering) }
}

/// Energy-delay product, E·T: the objective that weighs a halved time as much as halved energy.
public struct JouleSeconds: Quantity {
    /// The product in joule-seconds.
    public let value: Double

    /// A product of `value` joule-seconds.
    public init(_ value: Double) { self.value = value }

    /// Rounded for people, with a prefix: `3.5 kJ·s`.
    public var description: String { formatted(value, unit: "J·s", prefixes: .engineering) }
}

/// Energy-delay-squared product, E·T².
public struct JouleSecondsSquared: Quantity {
    /// The product in joule-seconds squared.
    public let value: Double

    /// A product of `value` joule-seconds squared.
    public init(_ value: Double) { self.value = value }

    /// Rounded for people, with a prefix: `3.5 kJ·s²`.
    public var description: String { formatted(value, unit: "J·s²", prefixes: .engineering) }
}

extension Joules {
    /// Energy per time is power.
    public static func / (left: Joules, right: Seconds) -> Watts { Watts(left.value / right.value) }
    /// How long the energy lasts at this power.
    public static func / (left: Joules, right: Watts) -> Seconds { Seconds(left.value / right.value) }
    /// Energy times delay.
    public static func * (left: Joules, right: Seconds) -> JouleSeconds {
        JouleSeconds(left.value * right.value)
    }
}

extension JouleSeconds {
    /// Energy times delay, times delay again.
    public static func * (left: JouleSeconds, right: Seconds) -> JouleSecondsSquared {
        JouleSecondsSquared(left.value * right.value)
    }
}
