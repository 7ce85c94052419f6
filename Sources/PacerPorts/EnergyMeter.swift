public import PacerPlatform
public import PacerScheduling
public import PacerUnits

/// Reads the machine's energy. Called from one thread.
public protocol EnergyMeter: AnyObject {
    /// How these joules come to be.
    var source: EnergySource { get }

    /// What the counters cover; printed beside every figure.
    var domains: [EnergyDomain] { get }

    /// The counters must be read at least this often for a wrap to be seen; `nil` when they cannot wrap.
    var longestReadingInterval: Duration? { get }

    /// The energy counted since the meter was opened. Intervals that cannot be known are counted as unknown
    /// time, never as energy.
    func read(at now: Instant) -> EnergyReading

    /// What each counter that counts towards the total had counted at the last reading; empty where the parts
    /// are not told apart.
    var zones: [CountedZone] { get }
}

extension EnergyMeter {
    /// Nothing is told apart.
    public var zones: [CountedZone] { [] }
}

/// One counter of a machine, and what it has counted.
public struct CountedZone: Hashable, Sendable {
    /// What the counter covers.
    public var domain: EnergyDomain
    /// What it has counted since the meter was opened, time that is unknown left out.
    public var counted: Joules

    /// `counted` joules of `domain`.
    public init(domain: EnergyDomain, counted: Joules) {
        self.domain = domain
        self.counted = counted
    }
}
