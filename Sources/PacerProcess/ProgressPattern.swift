import PacerPorts

/// A `--progress` pattern: a regular expression with one group (a fraction, a percentage, or what is done) or
/// two (done and total).
///
/// Whoever may submit jobs chooses the pattern and the lines that it is tried on, and the daemon tries them:
/// that it takes only so long is as important as what it finds.
struct ProgressPattern {
    /// What one look may cost, in steps of the matcher; some milliseconds. A pattern of thirty letters on 64
    /// lines of a hundred needs less.
    private static let stepsPerLook = 250_000
    /// Lines of one sample that are tried, the last ones first.
    private static let mostLines = 64

    private let pattern: LinearPattern

    /// - Throws: ``PortError`` with `invalid` and the reason.
    init(_ pattern: String) throws(PortError) {
        let operation = "read the progress pattern '\(pattern.prefix(200))'"
        do throws(PatternProblem) {
            self.pattern = try LinearPattern(pattern)
        } catch {
            throw PortError(.invalid, operation, reason: error.description)
        }
        let groups = self.pattern.groupCount
        guard groups == 1 || groups == 2 else {
            throw PortError(
                .invalid, operation,
                reason:
                    "it has \(groups) groups and needs one (fraction, percentage, done) or two (done, total)"
            )
        }
    }

    /// Takes over the progress of the last line that has some. What would take too long is passed over.
    func readLast(of lines: [String], into measure: inout ProgressMeasure) -> Bool {
        var steps = Self.stepsPerLook
        return lines.suffix(Self.mostLines).reversed().contains { line in
            steps > 0 && read(line, into: &measure, steps: &steps)
        }
    }

    private func read(_ line: String, into measure: inout ProgressMeasure, steps: inout Int) -> Bool {
        let scalars = Array(line.unicodeScalars)
        guard let groups = pattern.firstMatch(in: scalars.map(\.value), steps: &steps), let first = groups[1]
        else { return false }
        let text = { (range: Range<Int>) in
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars[range])
            return String(view)
        }
        if let second = groups[2] {
            guard let done = ProgressMeasure.number(text(first)),
                let total = ProgressMeasure.number(text(second))
            else { return false }
            return measure.advance(to: done, of: total)
        }
        let single = text(first)
        let isPercentage = scalars[first.upperBound...].first { $0 != " " } == "%" && !single.hasSuffix("%")
        return measure.read(single: isPercentage ? single + "%" : single)
    }
}
