public import PacerUnits

/// What a job runs at: a number of cores and their frequency.
public struct Configuration: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// Physical cores, at least one.
    public let cores: Int
    /// The operating point of those cores.
    public let frequency: Hertz

    /// A configuration of at least one core at `frequency`.
    public init(cores: Int, frequency: Hertz) {
        precondition(cores > 0, "a configuration has at least one core")
        self.cores = cores
        self.frequency = frequency
    }

    /// Orders by cores, then frequency.
    public static func < (left: Configuration, right: Configuration) -> Bool {
        (left.cores, left.frequency) < (right.cores, right.frequency)
    }

    /// The configuration in words: `4 cores at 2.4 GHz`.
    public var description: String { "\(CoreCount(cores)) at \(frequency)" }
}
