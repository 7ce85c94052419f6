/// A point in time: integer nanoseconds since the start of the clock in use.
///
/// The live daemon counts from the Unix epoch's offset of its monotonic clock, replay from the start of the
/// trace. Instants order events; lengths of time that a model predicts are ``Seconds``.
public struct Instant: InstantProtocol, Hashable, Sendable, Codable, CustomStringConvertible {
    /// Nanoseconds since the clock's origin.
    public let nanoseconds: Int64

    /// The instant this many nanoseconds after the clock's origin.
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The origin of the clock.
    public static let zero = Instant(nanoseconds: 0)

    /// Later than every event.
    public static let distantFuture = Instant(nanoseconds: .max)

    /// Whether `left` comes first.
    public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

    /// This instant moved by `duration`, cut to whole nanoseconds; stays within what an instant can hold.
    public func advanced(by duration: Duration) -> Instant {
        let (seconds, attoseconds) = duration.components
        let (scaled, scaledOverflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, sumOverflow) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        let (result, overflow) = nanoseconds.addingReportingOverflow(sum)
        guard !scaledOverflow, !sumOverflow, !overflow else {
            return Instant(nanoseconds: seconds < 0 ? .min : .max)
        }
        return Instant(nanoseconds: result)
    }

    /// The time from this instant to `other`; negative when `other` comes first.
    ///
    /// Instants may come from files and from the wire, so that they can be further apart than an instant can
    /// be from the origin; then it is the longest length in whole nanoseconds, 292 years.
    public func duration(to other: Instant) -> Duration {
        let (length, overflow) = other.nanoseconds.subtractingReportingOverflow(nanoseconds)
        return .nanoseconds(overflow ? (other < self ? .min : .max) : length)
    }

    /// This instant moved by a predicted length of time, rounded up to the next nanosecond.
    public static func + (left: Instant, right: Seconds) -> Instant {
        left.advanced(by: Duration(right, rounding: .up))
    }

    /// The time from `right` to `left`; negative when `left` comes first.
    public static func - (left: Instant, right: Instant) -> Seconds {
        let (length, overflow) = left.nanoseconds.subtractingReportingOverflow(right.nanoseconds)
        guard !overflow else {
            return Seconds(Double(left.nanoseconds) / 1e9 - Double(right.nanoseconds) / 1e9)
        }
        return Seconds(Double(length) / 1e9)
    }

    /// The time since the clock's origin, for logs and tests: `t=1 min 30 s`.
    public var description: String { "t=\((Seconds(Double(nanoseconds) / 1e9)))" }
}
