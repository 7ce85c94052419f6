import Yams

/// The YAML document in a text, with every failure of the parser given a place.
enum Document {
    /// Deeper nesting than any format here has; the parser recurses, and a stack has an end.
    private static let deepestNesting = 200

    /// The root of the document; `nil` when the text holds nothing but comments.
    static func compose(_ text: String, file: String) throws(ConfigurationError) -> Node? {
        guard mostOpenings(in: text) <= deepestNesting else {
            throw ConfigurationError(
                .syntax("more than \(deepestNesting) brackets are opened"), file: file, line: 1, column: 1)
        }
        do {
            return try Yams.compose(yaml: text, .default, .default, .utf8)
        } catch let error as YamlError {
            throw placed(error, in: text, file: file)
        } catch {
            throw ConfigurationError(.syntax("\(error)"), file: file, line: 1, column: 1)
        }
    }

    private static func placed(_ error: YamlError, in text: String, file: String) -> ConfigurationError {
        func syntax(_ reason: String, _ mark: Mark) -> ConfigurationError {
            ConfigurationError(.syntax(reason), file: file, line: mark.line, column: mark.column)
        }
        switch error {
        case .scanner(_, let problem, let mark, _)
        where problem.hasPrefix("mapping values are not allowed"):
            return syntax("a second ': ' in one line; quote the value or write { key: value }", mark)
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let start = context.map { "\($0.text) that starts on line \($0.mark.line), " } ?? ""
            return syntax(start + problem, mark)
        case .reader(let problem, let offset, _, _):
            let before = text.prefix(offset ?? 0)
            let line = before.count(where: \.isNewline) + 1
            let column = before.reversed().prefix { !$0.isNewline }.count + 1
            return ConfigurationError(.syntax(problem), file: file, line: line, column: column)
        case .duplicatedKeysInMapping(let keys, let context):
            let key = keys.first ?? ""
            let first = (context.mark.line, context.mark.column)
            let place = repetition(of: key, after: context.mark, in: text) ?? first
            return ConfigurationError(
                .duplicateKey(key, firstLine: first.0), file: file, line: place.0, column: place.1)
        default:
            return ConfigurationError(.syntax("\(error)"), file: file, line: 1, column: 1)
        }
    }

    /// Where a key stands again in the same column; the parser tells only where it stood first.
    private static func repetition(of key: String, after first: Mark, in text: String) -> (Int, Int)? {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard first.line <= lines.count else { return nil }
        for (index, line) in lines.enumerated().dropFirst(first.line) {
            let indent = line.prefix { $0 == " " }.count
            let word = line.dropFirst(indent).prefix { $0 != ":" }
            let bare = word.filter { $0 != "\"" && $0 != "'" && $0 != " " }
            if indent + 1 == first.column, bare == key { return (index + 1, first.column) }
        }
        return nil
    }

    /// No fewer than the levels of nesting beyond those that indentation makes.
    private static func mostOpenings(in text: String) -> Int {
        var brackets = 0
        var indicators = 0
        var mostIndicators = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"): brackets += 1
            case UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"): indicators += 1
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): indicators = 0
            default: break
            }
            mostIndicators = max(mostIndicators, indicators)
        }
        return brackets + mostIndicators
    }
}
