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
}
