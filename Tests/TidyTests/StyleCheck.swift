/// Sizes, names and words that the house style rules out.
enum StyleCheck {
    static let mostLines = 400
    static let mostColumns = 110
    static let mostFunctionLines = 60

    private static let emptyNames: Set = [
        "Util", "Utils", "Utility", "Utilities", "Helper", "Helpers", "Manager", "Impl", "Mock", "Common",
    ]
    private static let typeKeywords: Set = ["struct", "class", "enum", "protocol", "typealias", "actor"]

    static func sizes(of source: SourceText) -> [Finding] {
        var findings: [Finding] = []
        let count = source.lines.last == "" ? source.lines.count - 1 : source.lines.count
        if count > mostLines {
            findings.append(
                Finding(
                    file: source.path, line: count, sentence: "the file has \(count) of \(mostLines) lines"))
        }
        for (index, line) in source.lines.enumerated()
        where line.utf8.count > mostColumns && line.count > mostColumns {
            findings.append(
                Finding(
                    file: source.path, line: index + 1,
                    sentence: "the line has \(line.count) of \(mostColumns) columns"))
        }
        for function in FunctionLength.all(in: source) where function.lines > mostFunctionLines {
            findings.append(
                Finding(
                    file: source.path, line: function.line,
                    sentence: "\(function.name) has \(function.lines) of \(mostFunctionLines) lines"))
        }
        return findings
    }

    /// Files and types whose name says nothing.
    static func names(in source: SourceText) -> [Finding] {
        let file = source.path.split(separator: "/").last.map(String.init) ?? source.path
        let stem = String(file.prefix { $0 != "." })
        var findings = emptyParts(of: stem).map { part in
            Finding(file: source.path, line: 1, sentence: "'\(part)' in the file's name says nothing")
        }
        for (word, next) in zip(source.words, source.words.dropFirst())
        where typeKeywords.contains(word.text) {
            findings += emptyParts(of: next.text).map { part in
                Finding(
                    file: source.path, line: next.line,
                    sentence: "'\(part)' in the name of \(next.text) says nothing")
            }
        }
        return findings
    }

    /// Ways of ending the program instead of handling an error.
    static func force(in source: SourceText) -> [Finding] {
        var findings: [Finding] = []
        for word in source.words {
            let mark = word.end < source.code.count ? source.code[word.end] : 0
            let second = word.end + 1 < source.code.count ? source.code[word.end + 1] : 0
            if word.text == "fatalError", source.next(after: word.end) == "(" {
                findings.append(
                    Finding(
                        file: source.path, line: word.line,
                        sentence: "fatalError( ) is no precondition: say in a sentence what the caller did"))
            } else if mark == UInt8(ascii: "!"), second != UInt8(ascii: "=") {
                findings.append(
                    Finding(
                        file: source.path, line: word.line,
                        sentence: "\(word.text)! ends the program instead of handling what is not there"))
            }
        }
        for index in source.code.indices.dropLast() {
            guard source.code[index] == UInt8(ascii: ")") || source.code[index] == UInt8(ascii: "]"),
                source.code[index + 1] == UInt8(ascii: "!"),
                index + 2 >= source.code.count || source.code[index + 2] != UInt8(ascii: "=")
            else { continue }
            findings.append(
                Finding(
                    file: source.path, line: source.line(at: index),
                    sentence: "a force unwrap ends the program instead of handling what is not there"))
        }
        return findings
    }

    /// Notes to oneself, comments included.
    static func notes(in source: SourceText) -> [Finding] {
        source.lines.enumerated().compactMap { index, line in
            guard line.contains("TODO") || line.contains("FIXME") || line.contains("XXX"),
                let note = line.firstMatch(of: #/\b(TODO|FIXME|XXX)\b/#.wordBoundaryKind(.simple))
            else { return nil }
            return Finding(
                file: source.path, line: index + 1,
                sentence: "\(note.1) is work that is not done: do it, or drop it")
        }
    }

    /// The words of a name in mixed case that say nothing.
    private static func emptyParts(of name: String) -> [String] {
        name.matches(of: #/[A-Z][a-z0-9]*|[a-z0-9]+/#).map {
            $0.output.prefix(1).uppercased() + $0.output.dropFirst()
        }
        .filter(emptyNames.contains)
    }
}

/// How many lines a function has, from its first word to its closing brace.
struct FunctionLength: Hashable {
    let name: String
    let line: Int
    let lines: Int

    private static let enders: Set = [
        "func", "init", "var", "let", "case", "static", "mutating", "public", "subscript",
    ]

    /// The functions of a file in order; a nested one counts by itself and as a part of the outer one.
    static func all(in source: SourceText) -> [FunctionLength] {
        source.isSwift ? swift(source) : c(source)
    }

    private static func swift(_ source: SourceText) -> [FunctionLength] {
        source.words.enumerated().compactMap { index, word in
            guard ["func", "init", "deinit", "subscript"].contains(word.text) else { return nil }
            // `self.init(…)` and `.init` are calls.
            guard source.previous(before: word.start) != "." else { return nil }
            guard let brace = body(of: word, source), let end = closing(brace, source) else { return nil }
            let next = index + 1 < source.words.count ? source.words[index + 1].text : ""
            let name = word.text == "func" ? next : word.text
            return FunctionLength(name: name, line: word.line, lines: source.line(at: end) - word.line + 1)
        }
    }

    /// Where the body opens; `nil` for a requirement of a protocol, which has none.
    private static func body(of word: SourceText.Word, _ source: SourceText) -> Int? {
        let declarations = source.words.filter { $0.start > word.end && enders.contains($0.text) }
        var stops = declarations.map(\.start)[...]
        var depth = 0
        for offset in word.end..<source.code.count {
            if stops.first == offset {
                if depth == 0 { return nil }
                stops = stops.dropFirst()
            }
            switch source.code[offset] {
            case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "{") where depth == 0: return offset
            case UInt8(ascii: "}") where depth == 0: return nil
            default: break
            }
        }
        return nil
    }

    private static func closing(_ brace: Int, _ source: SourceText) -> Int? {
        var depth = 0
        for offset in brace..<source.code.count {
            if source.code[offset] == UInt8(ascii: "{") { depth += 1 }
            if source.code[offset] == UInt8(ascii: "}") {
                depth -= 1
                if depth == 0 { return offset }
            }
        }
        return nil
    }

    private static func c(_ source: SourceText) -> [FunctionLength] {
        var functions: [FunctionLength] = []
        var offset = 0
        var last: UInt8 = 0
        while offset < source.code.count {
            let byte = source.code[offset]
            if byte == UInt8(ascii: "{") {
                guard let end = closing(offset, source) else { break }
                if last == UInt8(ascii: ")") {
                    let line = source.line(at: offset)
                    let name = source.words.last { $0.start < offset && source.next(after: $0.end) == "(" }
                    functions.append(
                        FunctionLength(
                            name: name?.text ?? "a function", line: line,
                            lines: source.line(at: end) - line + 1))
                }
                offset = end
            }
            if !isSpace(byte) { last = byte }
            offset += 1
        }
        return functions
    }
}
