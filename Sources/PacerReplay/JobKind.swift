public import PacerModels
public import PacerPlatform
public import PacerUnits

/// How the jobs of one kind behave on the machine of a replay: the truth of the simulated machine, which
/// policies know.
///
///     speed(n, f) = S(n) / (clockShare · f_top/f + 1 − clockShare)
///
/// S is the Universal Scalability Law; `clockShare` is the share of run time at the top frequency that scales
/// with 1/f. With σ = 0.1, κ = 0 and a clock share of 0.8, four cores at half the top frequency have the
/// speed 4/1.3 / (0.8·2 + 0.2) = 1.71 of one core at the top. Sources: docs/models/usl.md and time.md.
public struct JobKind: Hashable, Sendable, Codable {
    /// The name it is chosen by.
    public var name: String
    /// How its rate scales with cores; `base` is one.
    public var scalability: ScalabilityModel
    /// Share of run time at the top frequency that scales with 1/f, 0…1.
    public var clockShare: Double
    /// Factor on the machine's core power.
    public var activity: Double

    /// A kind with the given parts.
    public init(name: String, scalability: ScalabilityModel, clockShare: Double, activity: Double) {
        self.name = name
        self.scalability = scalability
        self.clockShare = clockShare
        self.activity = activity
    }

    /// Speed at `configuration` relative to one core at `top`.
    public func speed(_ configuration: Configuration, top: Hertz) -> Double {
        let clock = clockShare * (top / configuration.frequency) + 1 - clockShare
        return scalability.speedup(cores: configuration.cores) / clock
    }
}
