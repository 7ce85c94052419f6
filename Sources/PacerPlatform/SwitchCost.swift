public import PacerUnits

/// The time without work that changes of configuration cost a job.
///
/// Changed cores are threads to be moved one by one, which takes the executor milliseconds (`make
/// bench-changes`), and caches to be refilled. A changed frequency is a request that is followed within tens
/// of microseconds (Mazouz, Laurent, Pradelle, Jalby, Computer Science – Research and Development 29, 2014)
/// to 1.4 ms (Schöne and others, CLUSTER 2021).
public struct SwitchCost: Hashable, Sendable {
    /// Of a change of cores, with or without one of their frequency.
    public var cores: Seconds
    /// Of a change of frequency alone.
    public var frequency: Seconds

    /// Changes that cost nothing.
    public static let zero = SwitchCost(cores: .zero, frequency: .zero)

    /// Costs of the two kinds of changes.
    public init(cores: Seconds, frequency: Seconds) {
        self.cores = cores
        self.frequency = frequency
    }

    /// The cost of the way from one configuration to another; from nowhere it is nothing.
    public func between(_ one: Configuration?, _ other: Configuration) -> Seconds {
        guard let one, one != other else { return .zero }
        return one.cores == other.cores ? frequency : cores
    }

    /// What it costs more to go by `stop` than to go straight: never less than nothing.
    public func detour(from start: Configuration?, by stop: Configuration, to end: Configuration?) -> Seconds
    {
        guard let end else { return between(start, stop) }
        return max(.zero, between(start, stop) + between(stop, end) - between(start, end))
    }
}
