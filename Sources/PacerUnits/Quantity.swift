/// A physical quantity stored as a `Double` in its SI base unit.
///
/// A quantity can be added to its own kind and scaled by a number, nothing else: the products that exist in
/// physics (`Watts * Seconds`) are spelled out beside the types they produce, so `Watts + Joules` does not
/// compile.
public protocol Quantity: Comparable, Hashable, Sendable, Codable, CustomStringConvertible {
    /// The amount in the SI base unit of the type.
    var value: Double { get }

    /// A quantity of `value` SI base units.
    init(_ value: Double)
}

extension Quantity {
    /// No amount at all.
    public static var zero: Self { Self(0) }

    /// Whether the amount is neither infinite nor not-a-number.
    public var isFinite: Bool { value.isFinite }

    /// Orders by amount. What is not a number is neither below nor above anything, nor in any range: hence
    /// the other three, which would otherwise be made of this one by turning its answer round.
    public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
    /// Whether `left` is at most `right`.
    public static func <= (left: Self, right: Self) -> Bool { left.value <= right.value }
    /// Whether `left` is more than `right`.
    public static func > (left: Self, right: Self) -> Bool { left.value > right.value }
    /// Whether `left` is at least `right`.
    public static func >= (left: Self, right: Self) -> Bool { left.value >= right.value }
    /// The sum of two amounts.
    public static func + (left: Self, right: Self) -> Self { Self(left.value + right.value) }
    /// The difference of two amounts; may be negative.
    public static func - (left: Self, right: Self) -> Self { Self(left.value - right.value) }
    /// The amount `right` times.
    public static func * (left: Self, right: Double) -> Self { Self(left.value * right) }
    /// The amount `left` times.
    public static func * (left: Double, right: Self) -> Self { Self(left * right.value) }
    /// The amount divided into `right` parts.
    public static func / (left: Self, right: Double) -> Self { Self(left.value / right) }
    /// Adds `right` to `left`.
    public static func += (left: inout Self, right: Self) { left = left + right }
    /// Takes `right` from `left`.
    public static func -= (left: inout Self, right: Self) { left = left - right }
    /// The opposite amount.
    public static prefix func - (operand: Self) -> Self { Self(-operand.value) }

    /// The ratio of two amounts of the same kind, without a unit.
    public static func / (left: Self, right: Self) -> Double { left.value / right.value }
}

// Written as the bare number, so that stored files and wire types name the unit in their keys.
extension Quantity {
    /// Reads the bare number of SI base units.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(Double.self))
    }

    /// Writes the bare number of SI base units.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}

extension Sequence where Element: Quantity {
    /// The sum of all elements; zero for an empty sequence.
    public func total() -> Element { reduce(.zero, +) }
}
