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

    private enum CodingKeys: String, CodingKey {
        case cores, frequency
    }

    /// Reads a configuration; refuses one without cores.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        cores = try container.decode(Int.self, forKey: .cores)
        frequency = try container.decode(Hertz.self, forKey: .frequency)
        guard cores > 0 else {
            throw DecodingError.dataCorruptedError(
                forKey: .cores, in: container, debugDescription: "a configuration has at least one core")
        }
    }

    /// Orders by cores, then frequency.
    public static func < (left: Configuration, right: Configuration) -> Bool {
        (left.cores, left.frequency) < (right.cores, right.frequency)
    }

    /// The configuration in words: `4 cores at 2.4 GHz`.
    public var description: String { "\(CoreCount(cores)) at \(frequency)" }
}
