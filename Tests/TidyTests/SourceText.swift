/// A source file whose comments and string literals are blanked out, so that only code is searched.
struct SourceText: Sendable {
    /// An identifier or keyword of the code.
    struct Word: Sendable {
        let text: String
        /// Counted from one.
        let line: Int
        /// Where it starts and ends in `code`.
        let start: Int
        let end: Int
    }

    let path: String
    /// As written, without the ends of lines.
    let lines: [String]
    /// UTF-8 of the same length as the file; what is not code is spaces.
    let code: [UInt8]
    /// The identifiers and keywords of the code in order.
    let words: [Word]

    init(_ text: String, path: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var stripper = Stripper(text: Array(text.utf8), isSwift: path.hasSuffix(".swift"))
        code = stripper.strip()
        words = SourceText.words(of: code)
    }

    var isSwift: Bool { path.hasSuffix(".swift") }

    /// The code of each line, stripped.
    var codeLines: [String] {
        code.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// The line that an offset of `code` is on.
    func line(at offset: Int) -> Int { code[..<offset].count { $0 == UInt8(ascii: "\n") } + 1 }

    /// The first character of code at or after `offset` that is not white space.
    func next(after offset: Int) -> Character? {
        code[offset...].first { !isSpace($0) }.map { Character(UnicodeScalar($0)) }
    }

    /// The character directly before `offset`.
    func previous(before offset: Int) -> Character? {
        offset > 0 ? Character(UnicodeScalar(code[offset - 1])) : nil
    }

    /// The code from an opening bracket at or after `offset` to the closing one.
    func brackets(from offset: Int) -> String {
        var depth = 0
        for index in offset..<code.count {
            if code[index] == UInt8(ascii: "(") { depth += 1 }
            if code[index] == UInt8(ascii: ")") {
                depth -= 1
                if depth == 0 { return String(decoding: code[offset...index], as: UTF8.self) }
            }
        }
        return ""
    }

    private static func words(of code: [UInt8]) -> [Word] {
        var words: [Word] = []
        var line = 1
        var index = 0
        while index < code.count {
            guard isWordByte(code[index]) else {
                if code[index] == UInt8(ascii: "\n") { line += 1 }
                index += 1
                continue
            }
            let start = index
            while index < code.count, isWordByte(code[index]) { index += 1 }
            let text = String(decoding: code[start..<index], as: UTF8.self)
            words.append(Word(text: text, line: line, start: start, end: index))
        }
        return words
    }
}

func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 10 || byte == 13 }

/// Letters, digits, the underscore, and everything outside ASCII.
func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 128...: true
    default: false
    }
}

/// Blanks out comments and the contents of literals; code inside `\( )` stays.
private struct Stripper {
    let text: [UInt8]
    let isSwift: Bool
    private var result: [UInt8]
    private var index = 0

    init(text: [UInt8], isSwift: Bool) {
        self.text = text
        self.isSwift = isSwift
        self.result = text
    }

    mutating func strip() -> [UInt8] {
        code(inInterpolation: false)
        return result
    }

    private func has(_ word: String, at place: Int) -> Bool {
        let bytes = Array(word.utf8)
        return place + bytes.count <= text.count && text[place..<place + bytes.count].elementsEqual(bytes)
    }

    private mutating func blank(_ count: Int = 1) {
        for _ in 0..<count where index < text.count {
            if text[index] != UInt8(ascii: "\n") { result[index] = 32 }
            index += 1
        }
    }

    private mutating func code(inInterpolation: Bool) {
        var depth = 0
        while index < text.count {
            if has("//", at: index) {
                while index < text.count, text[index] != UInt8(ascii: "\n") { blank() }
            } else if has("/*", at: index) {
                comment()
            } else if let hashes = literalStart() {
                literal(hashes: hashes)
            } else if !isSwift, text[index] == UInt8(ascii: "'") {
                character()
            } else {
                if text[index] == UInt8(ascii: "(") { depth += 1 }
                if text[index] == UInt8(ascii: ")") {
                    if inInterpolation, depth == 0 { return }
                    depth -= 1
                }
                index += 1
            }
        }
    }

    private mutating func comment() {
        var depth = 0
        repeat {
            if has("/*", at: index), isSwift || depth == 0 {
                depth += 1
                blank(2)
            } else if has("*/", at: index) {
                depth -= 1
                blank(2)
            } else {
                blank()
            }
        } while depth > 0 && index < text.count
    }

    /// The number of `#` before a string literal that starts here; `nil` when none does.
    private func literalStart() -> Int? {
        var place = index
        while isSwift, place < text.count, text[place] == UInt8(ascii: "#") { place += 1 }
        return place < text.count && text[place] == UInt8(ascii: "\"") ? place - index : nil
    }

    private mutating func literal(hashes: Int) {
        let marks = String(repeating: "#", count: hashes)
        blank(hashes)
        let quote = isSwift && has("\"\"\"", at: index) ? "\"\"\"" : "\""
        blank(quote.count)
        while index < text.count {
            if has(quote + marks, at: index) {
                blank(quote.count + hashes)
                return
            } else if isSwift, has("\\" + marks + "(", at: index) {
                blank(hashes + 2)
                code(inInterpolation: true)
                blank()
            } else if has("\\" + marks, at: index) {
                blank(hashes + 2)
            } else if quote.count == 1, text[index] == UInt8(ascii: "\n") {
                return
            } else {
                blank()
            }
        }
    }

    private mutating func character() {
        blank()
        while index < text.count, text[index] != UInt8(ascii: "'"), text[index] != UInt8(ascii: "\n") {
            blank(text[index] == UInt8(ascii: "\\") ? 2 : 1)
        }
        blank()
    }
}
