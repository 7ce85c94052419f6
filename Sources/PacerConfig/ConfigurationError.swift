/// Why a configuration file was refused, and where.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong with a file.
    public enum Problem: Hashable, Sendable {
        /// The file or directory could not be read; why, in the kernel's words.
        case unreadable(String)
        /// The text is not YAML; why, in the parser's words.
        case syntax(String)
        /// A key that the format does not have, with the known key that it resembles, if any.
        case unknownKey(String, suggestion: String?, known: [String])
        /// A key that was given before, on line `firstLine`.
        case duplicateKey(String, firstLine: Int)
        /// A key that has no default and was not given.
        case missingKey(String, accepted: String)
        /// A value that the key does not take.
        case invalidValue(key: String, value: String, accepted: String)
        /// Values that are each accepted, but not together; `why` is a sentence.
        case impossibleCombination(key: String, value: String, why: String)
        /// A name that another file bears already.
        case duplicateName(String, otherFile: String)
    }

    /// What is wrong.
    public let problem: Problem
    /// The file as it was named to the reader.
    public let file: String
    /// The line, counted from 1; `nil` where a whole file or directory is meant.
    public let line: Int?
    /// The column, counted from 1 in Unicode scalars; `nil` where a whole file or directory is meant.
    public let column: Int?

    init(_ problem: Problem, file: String, line: Int? = nil, column: Int? = nil) {
        self.problem = problem
        self.file = file
        self.line = line
        self.column = column
    }

    /// The key that is at fault, with the keys of the sections around it: `power.idle`.
    public var key: String? {
        switch problem {
        case .unknownKey(let key, _, _), .duplicateKey(let key, _), .missingKey(let key, _),
            .invalidValue(let key, _, _), .impossibleCombination(let key, _, _):
            key
        case .duplicateName: "name"
        case .unreadable, .syntax: nil
        }
    }

    /// `file:line:column: sentence`.
    public var description: String {
        var place = file
        if let line { place += ":\(line)" }
        if let column { place += ":\(column)" }
        return "\(place): \(sentence)"
    }

    /// What is wrong in one sentence, without the place.
    public var sentence: String {
        switch problem {
        case .unreadable(let reason):
            "cannot be read: \(reason)"
        case .syntax(let reason):
            "not valid YAML: \(reason)"
        case .unknownKey(let key, let suggestion?, _):
            "unknown key '\(key)'; did you mean '\(suggestion)'?"
        case .unknownKey(let key, nil, let known):
            "unknown key '\(key)'; the keys here are \(known.joined(separator: ", "))"
        case .duplicateKey(let key, let firstLine):
            "'\(key)' was given before, on line \(firstLine)"
        case .missingKey(let key, let accepted):
            "missing key '\(key)': \(accepted)"
        case .invalidValue(let key, let value, let accepted):
            "'\(key)' must be \(accepted), not \(value)"
        case .impossibleCombination(let key, let value, let why):
            "'\(key)' cannot be \(value) here: \(why)"
        case .duplicateName(let name, let otherFile):
            "the name '\(name)' is taken by \(otherFile)"
        }
    }
}
