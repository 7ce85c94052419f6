public import PacerUnits

/// What a description file says of a machine: its operating points and its power model.
///
/// An emulated machine takes it as the truth of its silicon; on a real one it is where learning starts.
public struct MachineDescription: Hashable, Sendable {
    /// The name it is chosen by.
    public var name: String
    /// One sentence for people.
    public var summary: String
    /// Ascending; the last sustainable one is the base frequency.
    public var frequencies: [Hertz]
    /// Frequencies above base, ascending; may be empty.
    public var boostFrequencies: [Hertz]
    /// Cores that share one frequency; `nil` for all.
    public var coresPerDomain: Int?
    /// Cores of the machine, for planning without it; the live emulation has as many as the host.
    public var cores: Int
    /// What the machine draws, by busy cores and frequency.
    public var power: PowerModel
    /// The largest value of the emulated energy counter before it wraps.
    public var counterRangeMicrojoules: UInt64
    /// The processor that it was measured on, as the kernel names it; `nil` when it is of no machine in
    /// particular.
    public var processor: String?
    /// How it was measured; `nil` when it was not.
    public var calibration: CalibrationRecord?

    /// A description; frequencies may come in any order.
    public init(
        name: String, summary: String, frequencies: [Hertz], boostFrequencies: [Hertz], coresPerDomain: Int?,
        cores: Int, power: PowerModel, counterRangeMicrojoules: UInt64
    ) {
        self.name = name
        self.summary = summary
        self.frequencies = frequencies.sorted()
        self.boostFrequencies = boostFrequencies.sorted()
        self.coresPerDomain = coresPerDomain
        self.cores = cores
        self.power = power
        self.counterRangeMicrojoules = counterRangeMicrojoules
    }
}
