public import PacerUnits

/// The machine of a report and what it draws.
public struct ReportMachine: Hashable, Sendable, Codable {
    /// A name for people.
    public var name: String
    /// Physical cores, numbered from zero.
    public var cores: Int
    /// What can be chosen, in kHz, ascending; empty where frequency cannot be chosen.
    public var frequenciesKilohertz: [Int]
    /// Drawn with nothing running.
    public var idle: Watts
    /// Drawn once while any core is busy.
    public var uncore: Watts
    /// W per GHz³ and core.
    public var cubic: Double
    /// W per GHz and core.
    public var linear: Double
    /// W per core.
    public var constant: Double

    /// A machine with the coefficients of its power model.
    public init(
        name: String, cores: Int, frequenciesKilohertz: [Int], idle: Watts, uncore: Watts, cubic: Double,
        linear: Double, constant: Double
    ) {
        self.name = name
        self.cores = cores
        self.frequenciesKilohertz = frequenciesKilohertz
        self.idle = idle
        self.uncore = uncore
        self.cubic = cubic
        self.linear = linear
        self.constant = constant
    }

    private enum CodingKeys: String, CodingKey {
        case name, cores
        case frequenciesKilohertz = "freqs_khz"
        case idle = "idle_w"
        case uncore = "uncore_w"
        case cubic = "cubic_w_per_ghz3"
        case linear = "linear_w_per_ghz"
        case constant = "constant_w"
    }
}
