import PacerPorts

/// A `--progress` pattern: a regular expression with one group (a fraction, a percentage, or what is done) or
/// two (done and total).
struct ProgressPattern {
    /// Lines of one sample that are tried, the last ones first: patterns can be slow.
    private static let mostLines = 64

    private let regex: Regex<AnyRegexOutput>

    /// - Throws: ``PortError`` with `invalid` and the reason.
    init(_ pattern: String) throws(PortError) {
        do {
            regex = try Regex(pattern)
        } catch {
            throw PortError(.invalid, "read the progress pattern '\(pattern)'", reason: "\(error)")
        }
        let groups = Self.groupCount(in: pattern)
        guard groups == 1 || groups == 2 else {
            throw PortError(
                .invalid, "read the progress pattern '\(pattern)'",
                reason:
                    "it has \(groups) groups and needs one (fraction, percentage, done) or two (done, total)"
            )
        }
    }

    /// Takes over the progress of the last line that has some.
    func readLast(of lines: [String], into measure: inout ProgressMeasure) -> Bool {
        lines.suffix(Self.mostLines).reversed().contains { read($0, into: &measure) }
    }

    private func read(_ line: String, into measure: inout ProgressMeasure) -> Bool {
        guard let match = line.firstMatch(of: regex), let first = match.output.dropFirst().first?.substring
        else {
            return false
        }
        if match.output.count > 2, let second = match.output[2].substring {
            guard let done = ProgressMeasure.number(first), let total = ProgressMeasure.number(second) else {
                return false
            }
            return measure.advance(to: done, of: total)
        }
        let behind = line[first.endIndex...].drop { $0 == " " }
        return measure.read(single: behind.first == "%" && !first.hasSuffix("%") ? first + "%" : first)
    }

    /// Groups that capture: an opening parenthesis that is not escaped, not in a class and not followed by
    /// `?` other than in a named group.
    static func groupCount(in pattern: String) -> Int {
        var count = 0
        var isEscaped = false
        var isClass = false
        var rest = pattern[...]
        while let character = rest.popFirst() {
            if isEscaped {
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if isClass {
                if character == "]" { isClass = false }
            } else if character == "[" {
                isClass = true
            } else if character == "(" {
                let isNamed = rest.hasPrefix("?<") && !rest.hasPrefix("?<=") && !rest.hasPrefix("?<!")
                if !rest.hasPrefix("?") || isNamed || rest.hasPrefix("?P<") { count += 1 }
            }
        }
        return count
    }
}
