import PacerPlatform
import PacerUnits

/// The most that the domain of an energy counter may draw, and how often the counter must be read for that.
///
/// A counter that wraps may turn unseen between two readings, unless the interval is too short for that at
/// any power that is possible. An ordinary one takes minutes at a power that no package reaches, and nothing
/// else needs to be believed. One that would have to be read several times a second is bounded by what the
/// kernel states of the domain's power, where it states anything.
struct PowerBound: Hashable {
    /// What implies more power than this is not energy.
    let peak: Watts
    /// A quarter of the time in which the counter turns at `peak`: readings may come late.
    let interval: Duration
    /// What is to be said of a counter that is not an ordinary one.
    let remark: String?

    /// Limits are means over some time, and boards are known to go beyond what is stated.
    private static let leeway = 2.0
    /// Counters that take longer for a quarter of a turn are ordinary ones.
    private static let ordinaryInterval = Duration.seconds(1)
    /// Fifty readings a second are work enough for a count of joules.
    private static let shortestInterval = Duration.milliseconds(20)

    /// The bound for a counter of `domain`.
    ///
    /// - Parameters:
    ///   - stated: the largest power limit or maximum that the kernel states of the domain, or of the package
    ///     that it belongs to.
    ///   - peak: a power that nothing reaches.
    init(of domain: EnergyDomain, stated: Watts?, peak: Watts) {
        let ordinary = Self.quarter(domain, at: peak)
        guard ordinary < Self.ordinaryInterval else {
            (self.peak, interval, remark) = (peak, ordinary, nil)
            return
        }
        let bound = min(stated.map { $0 * Self.leeway } ?? peak, peak)
        let wanted = Self.quarter(domain, at: bound)
        let turn = Joules(Double(domain.rangeMicrojoules) / 1_000_000)
        let reason = stated == nil ? ", and the kernel states no limit of its power" : ""
        self.peak = bound
        interval = max(wanted, Self.shortestInterval)
        remark =
            "The energy counter \(domain.name) wraps after \(turn)\(reason): it is read every "
            + "\(Seconds(interval)), and time in which it may have wrapped unseen at \(bound) is unknown."
    }

    private static func quarter(_ domain: EnergyDomain, at power: Watts) -> Duration {
        Duration(Joules(Double(domain.rangeMicrojoules) / 1_000_000) / power / 4.0, rounding: .down)
    }
}
