import PacerOptimizer
import PacerPlatform
import PacerReplay
import PacerScheduling
import PacerUnits

/// What `pacer replay` prints for people.
struct ReplayTable {
    let machine: ReplayMachine
    let workload: Workload

    /// What is replayed, and what the numbers are.
    var heading: [String] {
        let cores = machine.machine.coreCount
        let frequencies = machine.machine.frequencies.count
        let jobs = workload.jobs.count
        var lines = [
            "\(workload.name): \(jobs) job\(jobs == 1 ? "" : "s") on \(machine.machine.name), "
                + "\(CoreCount(cores)), \(frequencies) frequenc\(frequencies == 1 ? "y" : "ies")"
        ]
        if let load = Scenario.offeredLoad(workload.jobs, cores: cores) {
            let share = Words.percent(load, places: 1)
            lines.append("They bring \(share) of what its cores can do at the top frequency.")
        }
        let deadlines = workload.jobs.count { $0.deadline != nil }
        if deadlines > 0 {
            lines.append("\(deadlines == jobs ? "All" : "\(deadlines)") of them have a deadline.")
        }
        lines.append(
            "Energy is modelled: the machine's, from the first submission to the last deadline or finish."
        )
        return lines
    }

    /// A row for every run; what no policy has anything of gets no column.
    func lines(_ runs: [ReplayRun], style: Style = .plain) -> [String] {
        let least = runs.map(\.result.energy.total).min() ?? .zero
        let columns = Self.columns.filter { column in runs.contains { column.isNeeded($0.metrics) } }
        var table = TextTable(columns.map { ($0.title, $0.title == "POLICY" ? .left : .right) })
        for run in runs { table.add(columns.map { $0.cell(run, least, style) }) }
        return table.lines(style: style)
    }

    /// How the bounds are known.
    func footing(_ runs: [ReplayRun]) -> [String] {
        let bounds = runs.compactMap(\.boundOutcome.bound)
        guard !bounds.isEmpty else { return [] }
        var lines = [""]
        var origins: [String] = []
        for bound in bounds where !origins.contains(bound.origin.rawValue) {
            origins.append(bound.origin.rawValue)
        }
        lines.append(
            "No schedule can take less than the bound (\(origins.joined(separator: ", "))); "
                + "docs/models/bound.md."
        )
        if let shortfall = bounds.compactMap(\.lagrangianShortfall).max() {
            lines.append(
                "Prices alone would have been at most \(Words.percent(shortfall, places: 2)) below the "
                    + "area program."
            )
        }
        for note in bounds.flatMap(\.notes) where !lines.contains(note) { lines.append(note) }
        return lines
    }

    /// One figure of every run.
    private struct Column {
        let title: String
        var isNeeded: (ReplayMetrics) -> Bool = { _ in true }
        /// The cell of a run, with the least energy of all runs.
        let cell: (ReplayRun, Joules, Style) -> String
    }

    private static var columns: [Column] {
        [
            Column(title: "POLICY") { run, _, _ in run.policy },
            Column(title: "MODELLED") { run, _, _ in "\(run.result.energy.total)" },
            Column(title: "OVER LEAST") { run, least, _ in
                least > .zero ? share(run.result.energy.total / least - 1) : "–"
            },
            Column(title: "OVER BOUND") { run, _, _ in share(run.gap) },
            Column(title: "MISSED", isNeeded: { $0.deadlines > 0 }) { run, _, style in
                let misses = run.metrics.misses
                return misses == 0 ? "none" : style.red("\(misses)")
            },
            Column(title: "MOST TARDY", isNeeded: { $0.deadlines > 0 }) { run, _, _ in
                length(run.metrics.maximumTardiness)
            },
            Column(title: "MEAN WAIT") { run, _, _ in length(run.metrics.meanWait) },
            Column(title: "SLOWDOWN") { run, _, _ in
                run.metrics.meanSlowdown.map { decimal($0, places: 2) } ?? "–"
            },
            Column(title: "BUSY") { run, _, _ in share(run.metrics.utilisation) },
            Column(title: "SWITCHES") { run, _, _ in "\(run.metrics.switches)" },
            Column(title: "REFUSED", isNeeded: { $0.refused > 0 }) { run, _, style in
                style.yellow("\(run.metrics.refused)")
            },
            Column(title: "UNFINISHED", isNeeded: { $0.unfinished > 0 }) { run, _, style in
                style.yellow("\(run.metrics.unfinished)")
            },
            Column(title: "CPU TIME") { run, _, _ in Words.length(run.processorTime.value) },
        ]
    }

    private static func share(_ value: Double?) -> String {
        value.map { Words.percent($0, places: 1) } ?? "–"
    }

    private static func length(_ value: Seconds?) -> String {
        value.map { Words.length($0.value) } ?? "–"
    }
}
