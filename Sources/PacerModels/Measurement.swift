public import PacerPlatform
public import PacerUnits

/// A job's rate and the machine's power at one configuration, as observed over a window.
public struct Measurement: Hashable, Sendable, Codable {
    /// Where it was measured.
    public var configuration: Configuration
    /// Work per second, in the job's own units.
    public var rate: Double
    /// Relative standard error of `rate`.
    public var rateError: Double
    /// Mean power of the whole machine while the job ran alone; `nil` where it could not be told.
    public var power: Watts?
    /// Relative standard error of `power`.
    public var powerError: Double
    /// How long was measured, over all windows at this configuration.
    public var duration: Seconds

    /// A measurement of `duration` at `configuration`.
    public init(
        configuration: Configuration, rate: Double, rateError: Double, power: Watts?, powerError: Double,
        duration: Seconds
    ) {
        self.configuration = configuration
        self.rate = rate
        self.rateError = rateError
        self.power = power
        self.powerError = powerError
        self.duration = duration
    }
}

/// What is believed about a configuration.
public struct Estimate: Hashable, Sendable, Codable {
    /// Where a belief comes from, most trustworthy first.
    public enum Origin: String, Hashable, Sendable, Codable {
        /// This configuration was measured.
        case measured
        /// A model fitted to other configurations of the job says so.
        case predicted
        /// Nothing is known of the job: the prior of the machine.
        case assumed
    }

    /// What the belief is about.
    public var configuration: Configuration
    /// Work per second, in the job's own units.
    public var rate: Double
    /// Relative standard error of `rate`.
    public var rateError: Double
    /// Power of the whole machine with the job running alone.
    public var power: Watts
    /// Relative standard error of `power`; `nil` in records of versions that did not know it.
    public var powerError: Double?
    /// Where the belief comes from.
    public var origin: Origin

    /// The rate that the job falls short of once in forty times: two standard errors below the belief. The
    /// last resort is reckoned with it, since the highest of many beliefs is likely to be too high.
    public var surestRate: Double { rate * max(0, 1 - 2 * min(rateError, 0.5)) }

    /// A belief about `configuration`.
    public init(
        configuration: Configuration, rate: Double, rateError: Double, power: Watts,
        powerError: Double? = nil, origin: Origin
    ) {
        self.configuration = configuration
        self.rate = rate
        self.rateError = rateError
        self.power = power
        self.powerError = powerError
        self.origin = origin
    }
}
