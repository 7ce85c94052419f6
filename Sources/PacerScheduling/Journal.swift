public import PacerUnits

/// A policy as a journal keeps it.
public struct RecordedPolicy: Hashable, Sendable, Codable {
    /// The name it is selected by.
    public var name: String
    /// The text of its file.
    public var text: String

    /// The policy `name` whose file reads `text`.
    public init(name: String, text: String) {
        self.name = name
        self.text = text
    }
}

/// The first line of a segment of a journal: all that it takes to build the engine that the events behind it
/// were given to.
public struct JournalHeader: Hashable, Sendable {
    /// What the line says it is.
    public static let format = "pacer-journal"
    /// The version of the format that is written.
    public static let version = 1

    /// The version of Pacer that ran.
    public var pacer: String
    /// When the segment began.
    public var started: Instant
    /// What the engine started from.
    public var start: EngineStart
    /// Every policy that the engine knew, by name.
    public var policies: [RecordedPolicy]

    /// The header of a segment that begins at `started`.
    public init(pacer: String, started: Instant, start: EngineStart, policies: [RecordedPolicy]) {
        self.pacer = pacer
        self.started = started
        self.start = start
        self.policies = policies
    }
}

extension JournalHeader: Codable {
    private enum CodingKeys: String, CodingKey {
        case format, version, pacer, startedUnixNs, machine, power, idleErrorW, constants, userLimits, shares,
            arrivals, classes, queuePolicy, policies
    }

    /// Writes the header on one level.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.format, forKey: .format)
        try container.encode(Self.version, forKey: .version)
        try container.encode(pacer, forKey: .pacer)
        try container.encode(started.nanoseconds, forKey: .startedUnixNs)
        try container.encode(start.machine, forKey: .machine)
        try container.encode(start.power, forKey: .power)
        try container.encodeIfPresent(start.idleError, forKey: .idleErrorW)
        try container.encode(start.constants, forKey: .constants)
        if start.userLimits != UserLimits() { try container.encode(start.userLimits, forKey: .userLimits) }
        if !start.shares.isEmpty { try container.encode(start.shares, forKey: .shares) }
        if start.arrivals != Arrivals() { try container.encodeIfPresent(start.arrivals, forKey: .arrivals) }
        if !start.classes.isEmpty { try container.encode(start.classes, forKey: .classes) }
        try container.encodeIfPresent(start.queuePolicy, forKey: .queuePolicy)
        try container.encode(policies, forKey: .policies)
    }

    /// Reads a header; refuses other formats and versions.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let format = try container.decode(String.self, forKey: .format)
        guard format == Self.format else {
            throw DecodingError.dataCorruptedError(
                forKey: .format, in: container,
                debugDescription: "it is '\(format)', not '\(Self.format)'")
        }
        let version = try container.decode(Int.self, forKey: .version)
        guard version == Self.version else {
            throw DecodingError.dataCorruptedError(
                forKey: .version, in: container,
                debugDescription:
                    "it is version \(version), and this version of Pacer reads version \(Self.version)")
        }
        pacer = try container.decode(String.self, forKey: .pacer)
        started = Instant(nanoseconds: try container.decode(Int64.self, forKey: .startedUnixNs))
        start = EngineStart(
            machine: try container.decode(forKey: .machine), power: try container.decode(forKey: .power),
            constants: try container.decode(forKey: .constants))
        start.idleError = try container.decodeIfPresent(Watts.self, forKey: .idleErrorW)
        if let limits = try container.decodeIfPresent(UserLimits.self, forKey: .userLimits) {
            start.userLimits = limits
        }
        start.shares = try container.decodeIfPresent([UserShare].self, forKey: .shares) ?? []
        start.arrivals = try container.decodeIfPresent(Arrivals.self, forKey: .arrivals)
        start.classes = try container.decodeIfPresent([ClassProfile].self, forKey: .classes) ?? []
        start.queuePolicy = try container.decodeIfPresent(String.self, forKey: .queuePolicy)
        policies = try container.decode(forKey: .policies)
    }
}

extension KeyedDecodingContainer {
    fileprivate func decode<Value: Decodable>(forKey key: Key) throws -> Value {
        try decode(Value.self, forKey: key)
    }
}

/// An event that an engine was given, and what it ordered.
public struct JournalEntry: Hashable, Sendable {
    /// When.
    public var at: Instant
    /// What happened.
    public var event: Event
    /// The canonical texts of what was ordered, in order.
    public var commands: [String]

    /// `event` at `at`, and the texts of what was ordered.
    public init(at: Instant, event: Event, commands: [String]) {
        self.at = at
        self.event = event
        self.commands = commands
    }
}

/// A line of an event journal.
public enum JournalItem: Hashable, Sendable {
    /// A segment begins.
    case header(JournalHeader)
    /// Something happened.
    case entry(JournalEntry)
    /// Nothing more of the segment was recorded, although its engine went on, and why.
    case cut(at: Instant, reason: String)
}

extension JournalItem: Codable {
    private enum CodingKeys: String, CodingKey {
        case atNs, event, commands, format, cut
    }

    /// Writes the line as one object.
    public func encode(to encoder: any Encoder) throws {
        if case .header(let header) = self { return try header.encode(to: encoder) }
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .header: break
        case .entry(let entry):
            try container.encode(entry.at.nanoseconds, forKey: .atNs)
            try container.encode(entry.event, forKey: .event)
            try container.encode(entry.commands, forKey: .commands)
        case .cut(let at, let reason):
            try container.encode(at.nanoseconds, forKey: .atNs)
            try container.encode(reason, forKey: .cut)
        }
    }

    /// Reads a line; the keys say which kind it is.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if container.contains(.format) {
            self = .header(try JournalHeader(from: decoder))
            return
        }
        let at = Instant(nanoseconds: try container.decode(Int64.self, forKey: .atNs))
        if container.contains(.cut) {
            self = .cut(at: at, reason: try container.decode(String.self, forKey: .cut))
        } else {
            self = .entry(
                JournalEntry(
                    at: at, event: try container.decode(Event.self, forKey: .event),
                    commands: try container.decode([String].self, forKey: .commands)))
        }
    }
}
