/// A refusal as it is on the wire: `{"error":{"code":"job.notFound","message":"…","details":{…}}}`.
public struct APIError: Error, Hashable, Sendable, Codable, CustomStringConvertible {
    /// What went wrong, for programs.
    public var code: ErrorCode
    /// What went wrong, in one sentence for people.
    public var message: String
    /// Values that belong to the code, such as the accepted ones.
    public var details: [String: String]

    /// A refusal with one sentence for people.
    public init(_ code: ErrorCode, _ message: String, details: [String: String] = [:]) {
        self.code = code
        self.message = message
        self.details = details
    }

    /// The sentence for people.
    public var description: String { message }

    private enum Keys: String, CodingKey {
        case code, message, details
    }

    /// Reads a refusal; missing details are none.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        code = try container.decode(ErrorCode.self, forKey: .code)
        message = try container.decode(String.self, forKey: .message)
        details = try container.decodeIfPresent([String: String].self, forKey: .details) ?? [:]
    }

    /// Writes a refusal; details only where there are some.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(code, forKey: .code)
        try container.encode(message, forKey: .message)
        if !details.isEmpty { try container.encode(details, forKey: .details) }
    }
}

/// The body of every response that is not a success.
public struct ErrorBody: Hashable, Sendable, Codable {
    /// The refusal.
    public var error: APIError

    /// A body with this refusal.
    public init(_ error: APIError) { self.error = error }
}
