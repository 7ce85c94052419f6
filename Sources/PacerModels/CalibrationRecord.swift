public import PacerPlatform
public import PacerUnits

/// How a machine description was measured: what its reader should know beside the power model.
public struct CalibrationRecord: Hashable, Sendable {
    /// Power above base frequency.
    public struct Boost: Hashable, Sendable {
        /// Power of the machine with those cores busy all the time.
        public var power: Watts
        /// What the cores ran at; `nil` where it could not be read.
        public var effective: Hertz?

        /// A power at a boost frequency.
        public init(power: Watts, effective: Hertz?) {
            self.power = power
            self.effective = effective
        }
    }

    /// The day, as `2026-11-22`.
    public var date: String
    /// Where the joules came from; never modelled.
    public var source: EnergySource
    /// How many windows were measured.
    public var windows: Int
    /// Median relative error of the power at points that the fit had not seen; `nil` for too few points.
    public var medianError: Double?
    /// The 95th percentile of it.
    public var highError: Double?
    /// Coefficients that the windows could not tell apart from others, and that are zero.
    public var unknown: [String]
    /// Core power of the memory load relative to that of the compute load.
    public var memoryActivity: Double?
    /// From the request to the frequency that is read back, as it was seen.
    public var transitionLatency: Seconds?
    /// What the driver declares.
    public var declaredLatency: Seconds?
    /// One core at the highest boost frequency.
    public var boostOneCore: Boost?
    /// All of them.
    public var boostAllCores: Boost?

    /// A record of what is always known; the rest is set afterwards.
    public init(date: String, source: EnergySource, windows: Int, unknown: [String]) {
        self.date = date
        self.source = source
        self.windows = windows
        self.unknown = unknown
    }
}
