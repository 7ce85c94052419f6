/// A word on the wire whose list may grow: words that this version does not know are kept, not refused.
public protocol OpenName: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible
where RawValue == String {
    /// The word as it is on the wire.
    init(rawValue: String)
}

extension OpenName {
    /// The word as it is on the wire.
    public var description: String { rawValue }

    /// Reads any word.
    public init(from decoder: any Decoder) throws {
        self.init(rawValue: try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the word.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
