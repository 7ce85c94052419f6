/// A length of time that a model predicts or a rate is computed from.
///
/// Points in time, and anything that is ordered or scheduled, are ``Instant``s.
public struct Seconds: Quantity {
    /// The length in seconds; may be negative or infinite.
    public let value: Double

    /// A length of `value` seconds.
    public init(_ value: Double) { self.value = value }

    /// Integer nanoseconds as a length of time.
    public init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.value = Double(seconds) + Double(attoseconds) / 1e18
    }

    /// An infinite length of time.
    public static let infinity = Seconds(.infinity)

    /// Rounded for people, in two units from a minute on: `2 min 5 s`.
    public var description: String {
        let magnitude = abs(value)
        // Beyond what a whole number can hold, 292 thousand million years, it is as good as forever.
        guard magnitude < 9.2e18 else { return value > 0 ? "forever" : "never" }
        if magnitude < 60 { return formatted(value, unit: "s", prefixes: .small) }
        let whole = Int(magnitude.rounded())
        let sign = value < 0 ? "-" : ""
        if whole < 3600 { return "\(sign)\(whole / 60) min \(whole % 60) s" }
        if whole < 86400 { return "\(sign)\(whole / 3600) h \(whole % 3600 / 60) min" }
        return "\(sign)\(whole / 86400) d \(whole % 86400 / 3600) h"
    }
}

extension Duration {
    /// The nearest whole nanosecond towards `rounding`; what is too long for a timer becomes 292 years.
    public init(_ seconds: Seconds, rounding: FloatingPointRoundingRule) {
        let nanoseconds = (seconds.value * 1e9).rounded(rounding)
        if nanoseconds >= 9.2e18 {
            self = .nanoseconds(Int64.max)
        } else if nanoseconds <= -9.2e18 || nanoseconds.isNaN {
            self = .nanoseconds(Int64.min)
        } else {
            self = .nanoseconds(Int64(nanoseconds))
        }
    }
}
