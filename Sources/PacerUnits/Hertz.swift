/// Frequency of a core or of a frequency domain.
///
/// Operating points are whole kilohertz, which a `Double` holds exactly, so they can be compared with `==`.
public struct Hertz: Quantity {
    /// The frequency in hertz.
    public let value: Double

    /// A frequency of `value` hertz.
    public init(_ value: Double) { self.value = value }

    /// A frequency in the kernel's unit.
    public init(kilohertz: Int) { self.value = Double(kilohertz) * 1000 }

    /// The frequency in the kernel's unit, rounded to the nearest kilohertz; what no whole number can hold is
    /// the largest or the smallest one, and what is not a number is 0.
    public var kilohertz: Int {
        let rounded = (value / 1000).rounded()
        if let whole = Int(exactly: rounded) { return whole }
        return rounded.isNaN ? 0 : rounded > 0 ? .max : .min
    }

    /// Rounded for people, with a prefix: `2.4 GHz`.
    public var description: String { formatted(value, unit: "Hz", prefixes: .engineering) }
}
