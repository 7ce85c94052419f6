import PacerPorts

/// A `--progress` pattern: a regular expression with one group (a fraction, a percentage, or what is done) or
/// two (done and total).
struct ProgressPattern {
    /// Lines of one sample that are tried, the last ones first.
    private static let mostLines = 64
    /// Steps that one sample may cost: some milliseconds. What is left of it then is tried at the next.
    private static let mostSteps = 200_000

    private let expression: LinearPattern

    /// - Throws: ``PortError`` with `invalid` and the reason.
    init(_ pattern: String) throws(PortError) {
        do {
            expression = try LinearPattern(pattern)
        } catch {
            throw PortError(.invalid, "read the progress pattern '\(pattern)'", reason: "\(error)")
        }
        let groups = expression.groupCount
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
        var budget = Self.mostSteps
        return lines.suffix(Self.mostLines).reversed().contains { read($0, into: &measure, &budget) }
    }

    private func read(_ line: String, into measure: inout ProgressMeasure, _ budget: inout Int) -> Bool {
        let scalars = Array(line.unicodeScalars)
        guard let match = expression.firstMatch(in: scalars, budget: &budget), let place = match[1]
        else { return false }
        let first = Self.text(scalars[place])
        if match.count > 2, let second = match[2] {
            guard let done = ProgressMeasure.number(first),
                let total = ProgressMeasure.number(Self.text(scalars[second]))
            else { return false }
            return measure.advance(to: done, of: total)
        }
        let behind = scalars[place.upperBound...].drop { $0 == " " }
        return measure.read(single: behind.first == "%" && !first.hasSuffix("%") ? first + "%" : first)
    }

    private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> Substring {
        Substring(String(String.UnicodeScalarView(scalars)))
    }
}
