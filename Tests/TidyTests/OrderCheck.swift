/// Loops over what has no order of its own.
enum OrderCheck {
    static let remark = "// order does not matter"

    /// `for … in` over the keys, values or pairs of a dictionary that is neither sorted nor excused.
    static func findings(in source: SourceText) -> [Finding] {
        let code = source.codeLines
        return code.indices.compactMap { index in
            guard let loop = loop(startingAt: index, code), isUnordered(loop) else { return nil }
            let excused =
                source.lines[index].contains(remark)
                || (index > 0 && source.lines[index - 1].contains(remark))
            guard !excused else { return nil }
            return Finding(
                file: source.path, line: index + 1,
                sentence: "a dictionary has no order: sort it, or say '\(remark)'")
        }
    }

    /// The head of the loop that starts on a line, up to its brace.
    private static func loop(startingAt index: Int, _ code: [String]) -> String? {
        guard code[index].contains("for"),
            let start = code[index].firstMatch(of: #/\bfor\b/#.wordBoundaryKind(.simple))?.range.lowerBound
        else { return nil }
        var head = String(code[index][start...])
        for line in code.dropFirst(index + 1).prefix(3) where !head.hasSuffix("{") && !head.contains("{ ") {
            head += " " + line
        }
        return head.contains(#/\bin\b/#.wordBoundaryKind(.simple)) ? head : nil
    }

    private static func isUnordered(_ head: String) -> Bool {
        guard !head.contains(".sorted") else { return false }
        if head.contains(#/\.(keys|values)(?!\w)/#) { return true }
        // A pair that is neither counted nor zipped is a dictionary's element, or looks like one.
        return head.contains(#/^for \(\w+, \w+\) in (?!zip\()/#) && !head.contains(".enumerated()")
    }
}
