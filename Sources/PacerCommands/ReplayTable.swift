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
            let deadlines = workload.jobs.count { $0.deadline != nil }
            lines.append(
                "They bring \(Words.percent(load, places: 1)) of what its cores can do at the top frequency; "
                    + "\(deadlines == jobs ? "all" : deadlines == 0 ? "none" : "\(deadlines)") "
                    + "ha\(deadlines == 1 && jobs > 1 ? "s" : "ve") a deadline.")
        }
        lines.append("Energy is modelled: that of the whole machine from the first submission to the end.")
        return lines
    }

    /// A row for every run.
    func lines(_ runs: [ReplayRun], style: Style = .plain) -> [String] {
        var table = TextTable([
            ("POLICY", .left), ("MODELLED", .right), ("OVER BOUND", .right), ("MISSED", .right),
            ("MOST TARDY", .right), ("MEAN WAIT", .right), ("SLOWDOWN", .right), ("BUSY", .right),
            ("SWITCHES", .right), ("REFUSED", .right), ("UNFINISHED", .right), ("REPLAYED IN", .right),
        ])
        for run in runs {
            let metrics = run.metrics
            table.add([
                run.policy, "\(run.result.energy.total)",
                run.gap.map { Words.percent($0, places: 1) } ?? "–",
                metrics.deadlines == 0
                    ? "–" : metrics.misses == 0 ? "none" : style.red("\(metrics.misses)"),
                metrics.maximumTardiness.map { Words.length($0.value) } ?? "–",
                metrics.meanWait.map { Words.length($0.value) } ?? "–",
                metrics.meanSlowdown.map { decimal($0, places: 2) } ?? "–",
                metrics.utilisation.map { Words.percent($0, places: 1) } ?? "–", "\(metrics.switches)",
                Self.count(metrics.refused, style), Self.count(metrics.unfinished, style),
                Words.length(run.processorTime.value),
            ])
        }
        return table.lines(style: style)
    }

    private static func count(_ count: Int, _ style: Style) -> String {
        count == 0 ? "none" : style.yellow("\(count)")
    }
}
