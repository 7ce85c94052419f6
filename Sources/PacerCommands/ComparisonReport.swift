import PacerAPI
import PacerUnits

/// What `pacer compare` prints at its end.
struct ComparisonReport {
    let comparison: Comparison

    init(_ comparison: Comparison) { self.comparison = comparison }

    func lines(style: Style = .plain) -> [String] {
        let source = comparison.source
        let horizon =
            "from release to the deadline of \(Words.length(comparison.deadlineS)), idle tail included"
        return [
            style.bold("energy of the machine \(horizon)"),
            "joules are \(source)\(EnergyWords.explanation(source)); intervals are 95 % (Student's t)", "",
        ] + table(style) + [""] + verdict
    }

    private func table(_ style: Style) -> [String] {
        var table = TextTable([
            ("POLICY", .left), ("JOULES, \(comparison.source)", .right), ("", .left),
            ("VS \(comparison.baseline)", .right), ("TIME", .right), ("KEPT", .right),
            ("MOSTLY RAN AT", .left),
        ])
        let base = comparison.energy(of: comparison.baseline)?.mean
        for policy in comparison.policies {
            let runs = comparison.runs(of: policy)
            guard let energy = comparison.energy(of: policy) else { continue }
            let time = Sample(runs.map(\.runS))
            let kept = runs.count(where: \.deadlineKept)
            let interval = energy.confidence95.map { "± \(decimal($0, places: places(energy.mean)))" } ?? ""
            let relative =
                base.map { policy == comparison.baseline ? "–" : signed(energy.mean / $0 - 1) } ?? "?"
            let keptText = "\(kept)/\(runs.count)"
            table.add([
                policy, decimal(energy.mean, places: places(energy.mean)), interval, relative,
                Words.length(time.mean), kept == runs.count ? keptText : style.red(keptText),
                Set(runs.map(\.ranAt)).sorted().joined(separator: " or "),
            ])
        }
        return table.lines(style: style)
    }

    /// Sentences that say what the numbers allow to be said.
    var verdict: [String] {
        var sentences = comparison.differences.map { sentence($0) }
        let late = comparison.runs.filter { !$0.deadlineKept }
        if !late.isEmpty {
            let worst = Words.length(late.map(\.lateS).max() ?? 0)
            sentences.append(
                "\(late.count) of \(comparison.runs.count) runs were late, by up to \(worst): their energy "
                    + "is counted to their end, not to the deadline, so compare with care.")
        }
        return sentences
    }

    private func sentence(_ difference: Comparison.Difference) -> String {
        let share = Words.percent(abs(difference.relative), places: 1)
        let than = difference.relative >= 0 ? "more" : "less"
        let names = "\(difference.policy) took \(share) \(than) energy than \(comparison.baseline)"
        guard let pValue = difference.pValue else {
            return
                "\(names) in one run each, which says nothing about the noise; use --repeats 3 or more."
        }
        let chance = pValue < 0.001 ? "p < 0.001" : "p = \(decimal(pValue, places: 3))"
        if difference.isSignificant { return "\(names) (Welch's test, \(chance))." }
        // The more comparisons, the smaller the chance that one of them may have (Bonferroni).
        let count = comparison.differences.count
        let needed =
            count == 1
            ? ""
            : "; among \(count) comparisons it has to be below \(decimal(0.05 / Double(count), places: 3))"
        return "\(difference.policy) and \(comparison.baseline) do not differ measurably: the difference of "
            + "\(share) is within the noise (Welch's test, \(chance)\(needed))."
    }

    /// One line a run, for a spreadsheet.
    var csv: [String] {
        let head = "repeat,policy,job,energy_source,horizon_j,run_s,deadline_s,deadline_kept,late_s,ran_at"
        return [head]
            + comparison.runs.map { run in
                let fields = [
                    "\(run.repeat + 1)", run.policy, "\(run.job)", comparison.source.rawValue,
                    "\(run.horizonJ)",
                    "\(run.runS)", "\(comparison.deadlineS)", "\(run.deadlineKept)", "\(run.lateS)",
                    run.ranAt,
                ]
                return fields.map(Self.field).joined(separator: ",")
            }
    }

    /// The numbers of the table for programs.
    struct Summary: Encodable {
        struct Policy: Encodable {
            let policy: String
            let energyMeanJ: Double
            let energyConfidence95J: Double?
            let relativeToBaseline: Double?
            let pValue: Double?
            let differs: Bool?
            let runMeanS: Double
            let kept: Int
            let runs: Int
        }

        let energySource: EnergySourceName
        let deadlineS: Double
        let baseline: String
        let policies: [Policy]
        let runs: [ComparedRun]
        let verdict: [String]
    }

    var summary: Summary {
        let differences = comparison.differences
        let policies = comparison.policies.compactMap { policy -> Summary.Policy? in
            guard let energy = comparison.energy(of: policy) else { return nil }
            let runs = comparison.runs(of: policy)
            let difference = differences.first { $0.policy == policy }
            return Summary.Policy(
                policy: policy, energyMeanJ: energy.mean, energyConfidence95J: energy.confidence95,
                relativeToBaseline: difference.map { $0.relative + 1 }, pValue: difference?.pValue,
                differs: difference?.isSignificant, runMeanS: Sample(runs.map(\.runS)).mean,
                kept: runs.count(where: \.deadlineKept), runs: runs.count)
        }
        return Summary(
            energySource: comparison.source, deadlineS: comparison.deadlineS, baseline: comparison.baseline,
            policies: policies, runs: comparison.runs, verdict: verdict)
    }

    private static func field(_ text: String) -> String {
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
        return "\"\(text.replacing("\"", with: "\"\""))\""
    }

    private func signed(_ share: Double) -> String {
        (share >= 0 ? "+" : "−") + Words.percent(abs(share), places: 1)
    }

    private func places(_ value: Double) -> Int { abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : 2 }
}
