import PacerPlatform
import PacerPorts

/// A request to the keeper.
enum KeeperRequest: Hashable {
    case hello
    case domains
    case clamp(CPUSet, kilohertz: Int, reason: KnobReason)
    case release(CPUSet, reason: KnobReason)
    case read(CPUSet)
    case knobs
    case restore

    /// The request as it is sent, without the line end.
    var line: String {
        switch self {
        case .hello: "hello"
        case .domains: "domains"
        case .clamp(let cpus, let kilohertz, let reason): "clamp \(cpus) \(kilohertz) \(reason.rawValue)"
        case .release(let cpus, let reason): "release \(cpus) \(reason.rawValue)"
        case .read(let cpus): "read \(cpus)"
        case .knobs: "knobs"
        case .restore: "restore"
        }
    }
}

/// One cpufreq policy as the keeper describes it; all frequencies in kHz.
struct KeeperDomain: Hashable {
    /// Online CPUs of the policy.
    var cpus: CPUSet
    /// All CPUs that the hardware switches together, where that is more than the policy's.
    var related: CPUSet
    var driver: String?
    var governor: String
    var minimum: Int
    var maximum: Int
    var hardwareMinimum: Int?
    var hardwareMaximum: Int?
    /// The highest frequency without boost, where the driver tells.
    var base: Int?
    var current: Int?
    var boost: [Int]
    var frequencies: [Int]
    var governors: [String]
    var latencyNanoseconds: Int?
}

/// What a policy holds now; kHz.
struct KeeperLimits: Hashable {
    var minimum: Int
    var maximum: Int
    var current: Int?
    var governor: String?
}

/// A reply that is not what the protocol says.
struct KeeperProtocolError: Error, Hashable, CustomStringConvertible {
    let description: String
}

/// Reads the keeper's replies. Strict: a missing, repeated, unknown or malformed field is an error, because a
/// misread frequency would be written to a machine.
enum KeeperReply {
    /// The version of the protocol that is spoken here.
    static let version = 1

    /// The last line of a reply.
    enum Ending: Hashable {
        /// `ok` and what follows it.
        case done(String)
        case failed(PortError.Code, sentence: String)
    }

    /// How a reply ends; `nil` for a line that belongs to its body.
    static func ending(_ line: String) throws(KeeperProtocolError) -> Ending? {
        if line == "ok" { return .done("") }
        if line.hasPrefix("ok ") { return .done(String(line.dropFirst(3))) }
        guard line == "error" || line.hasPrefix("error ") else { return nil }
        let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        let codes: [Substring: PortError.Code] = [
            "badRequest": .invalid, "notPresent": .notPresent, "notPermitted": .notPermitted,
            "notAccepted": .notAccepted, "failed": .failed,
        ]
        guard parts.count == 3, let code = codes[parts[1]], !parts[2].isEmpty else {
            throw malformed("an error", line)
        }
        return .failed(code, sentence: String(parts[2]))
    }

    /// `pacer-keeper 1`, after `ok`.
    static func checkHello(_ text: String) throws(KeeperProtocolError) {
        guard text == "pacer-keeper \(version)" else {
            throw KeeperProtocolError(
                description: "'\(shortened(text))' does not speak version \(version) of the keeper's protocol"
            )
        }
    }

    /// The number after `ok`, which must be that of the lines before it.
    static func count(_ text: String) throws(KeeperProtocolError) -> Int {
        guard let count = strictInteger(text[...]) else { throw malformed("a count", text) }
        return count
    }

    /// `min=… max=… cur=…`, after `ok`.
    static func limits(_ text: String) throws(KeeperProtocolError) -> KeeperLimits {
        var fields = try Fields(text)
        let limits = KeeperLimits(
            minimum: try fields.kilohertz("min"), maximum: try fields.kilohertz("max"),
            current: try fields.optionalKilohertz("cur"))
        try fields.finish()
        return limits
    }

    /// A `domain` line.
    static func domain(_ line: String) throws(KeeperProtocolError) -> KeeperDomain {
        var fields = try Fields(try behind("domain", in: line))
        let domain = KeeperDomain(
            cpus: try fields.cpus("cpus"), related: try fields.cpus("related"),
            driver: try fields.optionalText("driver"), governor: try fields.text("governor"),
            minimum: try fields.kilohertz("min"), maximum: try fields.kilohertz("max"),
            hardwareMinimum: try fields.optionalKilohertz("hwmin"),
            hardwareMaximum: try fields.optionalKilohertz("hwmax"),
            base: try fields.optionalKilohertz("base"), current: try fields.optionalKilohertz("cur"),
            boost: try fields.kilohertzList("boost"), frequencies: try fields.kilohertzList("freqs"),
            governors: try fields.textList("governors"),
            latencyNanoseconds: try fields.optionalNumber("latency_ns"))
        try fields.finish()
        return domain
    }

    /// A `policy` line, the body of a reply to `read`.
    static func policy(_ line: String) throws(KeeperProtocolError) -> (cpus: CPUSet, limits: KeeperLimits) {
        var fields = try Fields(try behind("policy", in: line))
        let cpus = try fields.cpus("cpus")
        let limits = KeeperLimits(
            minimum: try fields.kilohertz("min"), maximum: try fields.kilohertz("max"),
            current: try fields.optionalKilohertz("cur"), governor: try fields.optionalText("governor"))
        try fields.finish()
        return (cpus, limits)
    }

    /// A `knob` line.
    static func knob(_ line: String) throws(KeeperProtocolError) -> Knob {
        var fields = try Fields(try behind("knob", in: line))
        let path = try fields.text("path")
        let now = try fields.optionalText("now") ?? "unknown"
        let original = try fields.optionalText("original")
        let wanted = try fields.optionalText("wanted")
        let owner = try fields.text("owner")
        let reason = try fields.optionalText("reason")
        let since = try fields.optionalNumber("since")
        try fields.finish()
        guard let knownOwner = Knob.Owner(rawValue: owner) else { throw malformed("an owner", owner) }
        let knownReason = reason.flatMap(KnobReason.init(rawValue:))
        if let reason, knownReason == nil { throw malformed("a reason", reason) }
        return Knob(
            path: path, now: now, original: original, wanted: wanted, owner: knownOwner, reason: knownReason,
            since: since.map(Int64.init))
    }

    private static func behind(_ word: String, in line: String) throws(KeeperProtocolError) -> String {
        guard line.hasPrefix("\(word) ") else { throw malformed("a '\(word)' line", line) }
        return String(line.dropFirst(word.count + 1))
    }

    fileprivate static func malformed(_ what: String, _ text: String) -> KeeperProtocolError {
        KeeperProtocolError(description: "'\(shortened(text))' is not \(what) of the keeper's protocol")
    }

    private static func shortened(_ text: String) -> String {
        text.count <= 80 ? text : "\(text.prefix(80))…"
    }
}

/// Decimal digits that fit an `Int`.
private func strictInteger(_ text: Substring) -> Int? {
    strictUnsigned(text).flatMap { Int(exactly: $0) }
}

/// The `key=value` fields of a line; each must be taken once.
private struct Fields {
    private var values: [String: Substring] = [:]

    init(_ text: String) throws(KeeperProtocolError) {
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            guard let equals = word.firstIndex(of: "="), equals != word.startIndex else {
                throw KeeperReply.malformed("a field", String(word))
            }
            let key = String(word[..<equals])
            guard values[key] == nil else { throw KeeperReply.malformed("a single field", key) }
            values[key] = word[word.index(after: equals)...]
        }
    }

    func finish() throws(KeeperProtocolError) {
        if let left = values.keys.min() { throw KeeperReply.malformed("a known field", left) }
    }

    private mutating func value(_ key: String) throws(KeeperProtocolError) -> Substring {
        guard let value = values.removeValue(forKey: key), !value.isEmpty else {
            throw KeeperReply.malformed("a reply with '\(key)='", "the line")
        }
        return value
    }

    mutating func text(_ key: String) throws(KeeperProtocolError) -> String { String(try value(key)) }

    mutating func optionalText(_ key: String) throws(KeeperProtocolError) -> String? {
        let text = try value(key)
        return text == "-" ? nil : String(text)
    }

    mutating func optionalNumber(_ key: String) throws(KeeperProtocolError) -> Int? {
        guard let text = try optionalText(key) else { return nil }
        guard let number = strictInteger(text[...]) else { throw KeeperReply.malformed("a number", text) }
        return number
    }

    mutating func optionalKilohertz(_ key: String) throws(KeeperProtocolError) -> Int? {
        guard let text = try optionalText(key) else { return nil }
        return try frequency(text[...])
    }

    mutating func kilohertz(_ key: String) throws(KeeperProtocolError) -> Int {
        try frequency(try value(key))
    }

    mutating func kilohertzList(_ key: String) throws(KeeperProtocolError) -> [Int] {
        guard let text = try optionalText(key) else { return [] }
        var list: [Int] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            list.append(try frequency(part))
        }
        return list
    }

    mutating func textList(_ key: String) throws(KeeperProtocolError) -> [String] {
        guard let text = try optionalText(key) else { return [] }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard !parts.contains("") else { throw KeeperReply.malformed("a list", text) }
        return parts
    }

    mutating func cpus(_ key: String) throws(KeeperProtocolError) -> CPUSet {
        let text = String(try value(key))
        let plain = text.utf8.allSatisfy { (48...57).contains($0) || $0 == 44 || $0 == 45 }
        guard plain, let cpus = CPUSet(parsing: text), !cpus.isEmpty else {
            throw KeeperReply.malformed("a CPU list", text)
        }
        return cpus
    }

    /// Up to 100 GHz, so that no arithmetic on it overflows.
    private func frequency(_ text: Substring) throws(KeeperProtocolError) -> Int {
        guard let number = strictInteger(text), number > 0, number <= 100_000_000 else {
            throw KeeperReply.malformed("a frequency in kHz", String(text))
        }
        return number
    }
}
