/// How a number of joules came to be. Numbers of different sources are never added or shown in one column.
public enum EnergySource: String, Hashable, Sendable, Codable, CaseIterable {
    /// Read from a hardware counter.
    case measured
    /// Read from the counter of an emulated machine, driven by CPU time that was really used.
    case emulated
    /// Computed from a power model alone.
    case modelled
}

/// A RAPL domain (powercap zone): what one energy counter covers.
///
/// package contains core and uncore; dram and psys are separate. Never add parent and child.
public struct EnergyDomain: Hashable, Sendable, Comparable {
    /// The kernel's name: `package-0`, `dram`, `core`, `psys`.
    public let name: String
    /// Where it is read: a powercap path, a perf event, or the emulated zone's name.
    public let origin: String
    /// The counter's largest value, in microjoules.
    public let rangeMicrojoules: UInt64
    /// Whether the domain is part of the machine's total (package + dram), or only shown.
    public let countsTowardsTotal: Bool

    /// A domain whose counter shows at most `rangeMicrojoules`.
    public init(name: String, origin: String, rangeMicrojoules: UInt64, countsTowardsTotal: Bool) {
        self.name = name
        self.origin = origin
        self.rangeMicrojoules = rangeMicrojoules
        self.countsTowardsTotal = countsTowardsTotal
    }

    /// Orders by name, then origin.
    public static func < (left: EnergyDomain, right: EnergyDomain) -> Bool {
        (left.name, left.origin) < (right.name, right.origin)
    }
}
