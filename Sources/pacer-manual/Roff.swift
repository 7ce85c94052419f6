/// Text in the language of manual pages, man(7).
enum Roff {
    /// `text` so that it is shown as it is.
    ///
    /// - Parameter isCode: Whether every hyphen is the one that is typed.
    static func escaped(_ text: String, isCode: Bool = false) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\e"
            case "\t": result += "    "
            case "-": result += isCode ? "\\-" : "-"
            case "'": result += "\\(aq"
            case "`": result += "\\(ga"
            case "^": result += "\\(ha"
            case "~": result += "\\(ti"
            default: result.append(character)
            }
        }
        // A line that begins with a point is a request.
        return result.hasPrefix(".") ? "\\&" + result : result
    }

    /// `text` with the options in it typed as they are.
    static func prose(_ text: String) -> String {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map { word in
            let isOption = word.drop { $0 == "(" || $0 == "'" }.hasPrefix("-")
            return escaped(String(word), isCode: isOption)
        }
        return words.joined(separator: " ")
    }

    /// Paragraphs that blank lines separate; lines that are indented are shown as they are.
    static func paragraphs(_ text: String) -> [String] {
        var lines: [String] = []
        var isExample = false
        var isFirst = true
        func end() {
            if isExample { lines += [".fi", ".RE"] }
            isExample = false
            isFirst = true
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.allSatisfy(\.isWhitespace) {
                end()
            } else if line.hasPrefix("  ") {
                if !isExample { lines += [".PP", ".RS 4", ".nf"] }
                isExample = true
                lines.append(escaped(String(line.dropFirst(2)), isCode: true))
            } else {
                if isExample { end() }
                if isFirst { lines.append(".PP") }
                isFirst = false
                lines.append(prose(String(line)))
            }
        }
        end()
        return lines
    }
}
