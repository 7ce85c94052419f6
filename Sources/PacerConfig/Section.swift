import Yams

/// One mapping of a configuration file: keys are known, each is given once, and every value has a place.
struct Section {
    /// A value and where it stands.
    struct Field {
        let key: String
        let node: Node
        let file: String

        /// The value where it is one word or line; `nil` for lists, mappings and nothing.
        var text: String? { node.isEmptyValue ? nil : node.scalar?.string }

        /// The mapping that this value is, whose keys must be among `keys`.
        func section(keys: [String]) throws(ConfigurationError) -> Section {
            try Section(node, file: file, path: key + ".", keys: keys)
        }

        /// The value was not one of what the key takes.
        func refused(_ accepted: String) -> ConfigurationError {
            refused(.invalidValue(key: key, value: node.quoted, accepted: accepted))
        }

        func refused(_ problem: ConfigurationError.Problem) -> ConfigurationError {
            ConfigurationError(
                problem, file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
        }
    }

    let file: String
    private let path: String
    private let mark: Mark?
    private let fields: [String: Field]

    /// The mapping in `node`, whose keys must be among `keys`.
    ///
    /// - Parameter path: The keys that lead here, with a dot behind each: `power.`.
    init(_ node: Node?, file: String, path: String = "", keys: [String]) throws(ConfigurationError) {
        self.file = file
        self.path = path
        self.mark = node?.mark
        guard let node, !node.isEmptyValue else {
            self.fields = [:]
            return
        }
        guard let mapping = node.mapping else {
            let key = path.isEmpty ? "the file" : String(path.dropLast())
            throw Field(key: key, node: node, file: file).refused(
                "a mapping with the keys \(keys.joined(separator: ", "))")
        }
        var fields: [String: Field] = [:]
        for (key, value) in mapping {
            let name = key.scalar?.string ?? key.quoted
            let place = Field(key: path + name, node: key, file: file)
            guard keys.contains(name) else {
                let suggestion = Spelling.suggestion(for: name, among: keys)
                throw place.refused(.unknownKey(path + name, suggestion: suggestion, known: keys))
            }
            if let earlier = fields[name] {
                throw place.refused(.duplicateKey(path + name, firstLine: earlier.node.mark?.line ?? 1))
            }
            fields[name] = Field(key: path + name, node: value, file: file)
        }
        self.fields = fields
    }

    /// The value of `key`.
    func required<Value>(_ key: String, _ format: Format<Value>) throws(ConfigurationError) -> Value {
        guard let field = fields[key] else {
            throw ConfigurationError(
                .missingKey(path + key, accepted: format.accepted), file: file, line: mark?.line ?? 1,
                column: mark?.column ?? 1)
        }
        return try format.read(field)
    }

    /// The value of `key`; `nil` when it was not given.
    func optional<Value>(_ key: String, _ format: Format<Value>) throws(ConfigurationError) -> Value? {
        guard let field = fields[key] else { return nil }
        return try format.read(field)
    }

    /// The section behind `key`, whose keys must be among `keys`.
    func section(_ key: String, keys: [String]) throws(ConfigurationError) -> Section {
        let format = Format<Section>(accepted: "a mapping with the keys \(keys.joined(separator: ", "))") {
            field throws(ConfigurationError) in
            try field.section(keys: keys)
        }
        return try required(key, format)
    }

    /// The section behind `key`, whose keys must be among `keys`; `nil` when it was not given.
    func optionalSection(_ key: String, keys: [String]) throws(ConfigurationError) -> Section? {
        fields[key] == nil ? nil : try section(key, keys: keys)
    }

    /// An error at the value of `key`, which is accepted alone but not with the other values.
    func impossible(_ key: String, _ why: String) -> ConfigurationError {
        guard let field = fields[key] else {
            return ConfigurationError(
                .impossibleCombination(key: path + key, value: "", why: why), file: file, line: 1, column: 1)
        }
        return field.refused(
            .impossibleCombination(key: path + key, value: field.node.quoted, why: why))
    }
}

extension Node {
    /// The value as it is shown in a sentence.
    var quoted: String {
        if isEmptyValue { return "an empty value" }
        switch self {
        case .scalar(let scalar): return "'\(scalar.string)'"
        case .mapping: return "a mapping"
        case .sequence: return "a list"
        case .alias: return "an alias"
        }
    }

    /// Nothing behind the colon, or one of YAML's words for nothing.
    var isEmptyValue: Bool {
        guard let scalar else { return false }
        return scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }
}
