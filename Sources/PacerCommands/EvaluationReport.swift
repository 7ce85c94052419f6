import PacerPlatform
import PacerReplay
import PacerScheduling
import PacerUnits

/// What `pacer evaluate` prints for people.
struct EvaluationReport {
    let tables: [EvaluatedTable]
    let rows: [EvaluatedRow]
    let settings: EvaluationSettings

    /// Tables of programs longer than this are not read.
    private static let mostPrograms = 40

    func lines(style: Style = .plain, rows showsRows: Bool = false) -> [String] {
        var lines = explanation
        for (index, table) in tables.enumerated() {
            let own = rows.filter { $0.table == index }
            lines += ["", style.bold(heading(table))] + table.notes.map { "note: \($0)" }
            for knowledge in settings.knowledge {
                let known = own.filter { $0.trial.knowledge == knowledge }
                guard !known.isEmpty else { continue }
                lines += ["", title(knowledge)]
                if knowledge == .others, let note = table.loneliness { lines.append("note: \(note)") }
                if showsRows { lines += rowTable(known, style) + [""] }
                lines += policyTable(known, style) + programs(known, style)
            }
        }
        return lines
    }

    // MARK: What the numbers are

    private var explanation: [String] {
        var lines = [
            "Simulated: the engine runs each program on a machine with the times and powers of the table."
        ]
        let end = settings.accounting == .horizon ? "the deadline" : "the end of the program"
        lines.append("Energy is that of the machine up to \(end), at \(settings.idlePower) when idle.")
        if settings.accounting == .horizon, settings.idlePower == .zero {
            lines.append(
                "Without an idle power (--idle-power) that is the energy up to the end of the program.")
        }
        let factors = settings.deadlineFactors.map(Self.number).joined(separator: ", ")
        lines.append("Deadlines are \(factors) times the fastest time of the program.")
        if settings.noise > 0 {
            let share = Words.percent(settings.noise, places: 1)
            lines.append(
                "What the engine measures has a random error of \(share) (seed \(settings.seed)).")
        }
        if let spread = settings.workSpread {
            let earlier =
                settings.knowledge.contains(.warm)
                ? "; earlier runs differ from this one by \(Words.percent(spread, places: 1)) "
                    + "(seed \(settings.seed))" : ""
            lines.append("Programs do not say how much work there is\(earlier).")
        }
        lines.append(
            "OVER OPTIMUM is energy above the least there is with perfect knowledge of the table; errors are "
                + "those of configurations never run at.")
        return lines
    }

    private func heading(_ table: EvaluatedTable) -> String {
        let count = table.surfaces.count
        let sizes = table.surfaces.map(\.points.count)
        let least = sizes.min() ?? 0
        let most = sizes.max() ?? 0
        let size = least == most ? "\(least)" : "\(least) to \(most)"
        let relative = table.surfaces.contains(where: \.isRelative) ? ", relative times and powers" : ""
        return "\(table.name): \(count) program\(count == 1 ? "" : "s"), each with \(size) configuration"
            + "\(most == 1 ? "" : "s")\(relative)"
    }

    private func title(_ knowledge: Knowledge) -> String {
        switch knowledge {
        case .cold: "nothing known of the programs (cold)"
        case .others: "each other program of the table run once before (others)"
        case .warm:
            settings.earlierRuns == 1
                ? "each program run once before (warm)"
                : "each program run \(settings.earlierRuns) times before (warm)"
        }
    }

    // MARK: Tables

    private func policyTable(_ rows: [EvaluatedRow], _ style: Style) -> [String] {
        var table = TextTable([
            ("POLICY", .left), ("RUNS", .right), ("MEAN OVER OPTIMUM", .right), ("MEDIAN", .right),
            ("WORST", .right), ("PROBES", .right), ("TIME ERROR", .right), ("POWER ERROR", .right),
            ("DEADLINES MISSED", .left),
        ])
        for summary in EvaluationSummary.all(rows) {
            let misses = Self.misses(summary)
            table.add([
                summary.policy, "\(summary.runs)", Self.share(summary.meanExcess),
                Self.share(summary.medianExcess), Self.share(summary.worstExcess),
                decimal(summary.meanProbes, places: 1), Self.share(summary.medianTimeError),
                Self.share(summary.medianPowerError),
                summary.missed == 0 ? "none" : style.red("\(summary.missed) (\(misses))"),
            ])
        }
        return table.lines(style: style)
    }

    /// The best policy of each program: the fewest deadlines missed, then the least mean excess.
    private func programs(_ rows: [EvaluatedRow], _ style: Style) -> [String] {
        let names = rows.map(\.program).reduce(into: [String]()) { list, name in
            if list.last != name { list.append(name) }
        }
        guard Set(rows.map(\.policy)).count > 1 else { return [] }
        var table = TextTable([
            ("PROGRAM", .left), ("BEST POLICY", .left), ("MEAN OVER OPTIMUM", .right),
            ("DEADLINES MISSED", .left),
        ])
        var wins: [String: Int] = [:]
        for (name, own) in zip(names, names.map { name in rows.filter { $0.program == name } }) {
            let ranked = EvaluationSummary.all(own)
            guard let fewest = ranked.map(\.missed).min(),
                let best = ranked.first(where: { $0.missed == fewest })
            else { continue }
            wins[best.policy, default: 0] += 1
            table.add([
                name, best.policy, Self.share(best.meanExcess),
                best.missed == 0 ? "none" : style.red("\(best.missed) (\(Self.misses(best)))"),
            ])
        }
        let winners = wins.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "\($0.key) in \($0.value)" }
            .joined(separator: ", ")
        var lines = ["", "best of \(names.count) program\(names.count == 1 ? "" : "s"): \(winners)"]
        if names.count <= Self.mostPrograms { lines += [""] + table.lines(style: style) }
        return lines
    }

    private func rowTable(_ rows: [EvaluatedRow], _ style: Style) -> [String] {
        var table = TextTable([
            ("PROGRAM", .left), ("POLICY", .left), ("DEADLINE", .right), ("TIME", .right), ("", .left),
            ("ENERGY", .right), ("OVER OPTIMUM", .right), ("BEST SINGLE", .left), ("PROBES", .right),
            ("RAN AT", .left),
        ])
        for row in rows {
            let result = row.result
            table.add([
                row.program, row.policy,
                "\(Words.length(result.deadline.value)) (\(Self.number(row.trial.deadlineFactor)))",
                Words.length(result.time.value), result.isMissed ? style.red("missed") : "kept",
                "\(result.energy)", Self.share(result.excess),
                result.bestSingle.map { "\($0)" } ?? "none", "\(result.probes.count)",
                Self.ranAt(result),
            ])
        }
        return table.lines(style: style)
    }

    /// The configurations at which most of the work was done, at most two.
    private static func ranAt(_ result: SurfaceEvaluation) -> String {
        var work: [Configuration: Double] = [:]
        for stretch in result.timeline { work[stretch.configuration, default: 0] += stretch.work }
        let ranked = work.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.filter { $0.value > 0.05 }
        return ranked.prefix(2).map { "\($0.key) \(Words.percent($0.value))" }.joined(separator: ", ")
    }

    // MARK: Markdown

    /// The summary of every table as a Markdown table, for docs/results.md.
    var markdown: [String] {
        let columns = [
            "surface", "account", "known", "noise", "policy", "mean", "median", "worst", "missed", "probes",
            "time error", "power error",
        ]
        var lines = [
            Self.row(columns), Self.row(columns.map { Self.texts.contains($0) ? "---" : "---:" }),
        ]
        let noise = settings.noise > 0 ? Words.percent(settings.noise) : "none"
        let idle = settings.idlePower == .zero ? "" : ", idle \(settings.idlePower)"
        for (index, table) in tables.enumerated() {
            for knowledge in settings.knowledge {
                let own = rows.filter { $0.table == index && $0.trial.knowledge == knowledge }
                for summary in EvaluationSummary.all(own) {
                    lines.append(
                        Self.row([
                            table.name, settings.accounting.rawValue + idle, known(knowledge), noise,
                            summary.policy, Self.share(summary.meanExcess), Self.share(summary.medianExcess),
                            Self.share(summary.worstExcess),
                            summary.missed == 0 ? "0" : "\(summary.missed) (\(Self.misses(summary)))",
                            decimal(summary.meanProbes, places: 1), Self.share(summary.medianTimeError),
                            Self.share(summary.medianPowerError),
                        ]))
                }
            }
        }
        return lines
    }

    /// `warm, 3 runs, work ± 5 %`.
    private func known(_ knowledge: Knowledge) -> String {
        guard knowledge == .warm else {
            return knowledge.rawValue + (settings.workSpread == nil ? "" : ", work not said")
        }
        let runs = settings.earlierRuns > 1 ? ", \(settings.earlierRuns) runs" : ""
        return knowledge.rawValue + runs
            + (settings.workSpread.map { ", work ± \(Words.percent($0))" } ?? "")
    }

    private static let texts: Set = ["surface", "account", "known", "noise", "policy"]

    private static func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }

    // MARK: Words

    /// `3 at 1.1, 1 at 1.5`.
    private static func misses(_ summary: EvaluationSummary) -> String {
        summary.misses.map { "\($0.count) at \(number($0.factor))" }.joined(separator: ", ")
    }

    private static func share(_ value: Double?) -> String {
        value.map { Words.percent($0, places: 1) } ?? "–"
    }

    private static func number(_ value: Double) -> String { decimal(value, places: 3, keepZeros: false) }
}
