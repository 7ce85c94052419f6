import PacerAPI
import PacerUnits

/// What `pacer energy` prints: for each source of joules a table of jobs, and the machine's account.
struct EnergyText {
    private let report: EnergyReportView
    private let zone: (Int64) -> Int64
    private let name: (UInt32) -> String

    /// - Parameter name: What people call a user.
    init(
        _ report: EnergyReportView, zone: @escaping (Int64) -> Int64, name: @escaping (UInt32) -> String
    ) {
        self.report = report
        self.zone = zone
        self.name = name
    }

    func lines(style: Style = .plain) -> [String] {
        let start = Words.time(report.sinceUnixNs, now: report.nowUnixNs, zone: zone)
        let whose = report.everybody ? "jobs" : "your jobs"
        let head = "\(whose) that ended since \(start)"
        let sources = Set(report.totals.map(\.source) + report.machine.map(\.source))
            .sorted { $0.rawValue < $1.rawValue }
        guard !sources.isEmpty else { return ["\(head): none"] }
        return [head] + sources.flatMap { section($0, style) }
    }

    private func section(_ source: EnergySourceName, _ style: Style) -> [String] {
        var lines = ["", "joules are \(source)\(EnergyWords.explanation(source))"]
        if let total = report.totals.first(where: { $0.source == source }) {
            lines += table(source, total).lines(style: style)
            lines += notes(total)
        } else {
            lines.append("no jobs")
        }
        if let machine = report.machine.first(where: { $0.source == source }) {
            lines += [""] + account(machine, style)
        }
        return lines
    }

    private func table(_ source: EnergySourceName, _ total: EnergyReportView.Line) -> TextTable {
        let title =
            switch report.by {
            case .user: "USER"
            case .className: "CLASS"
            case .policy: "POLICY"
            }
        var table = TextTable([
            (title, .left), ("JOBS", .right), ("CORE-HOURS", .right), ("ATTRIBUTED, \(source)", .right),
            ("± AT MOST", .right), ("UNKNOWN FOR", .right), ("MISSED", .right),
        ])
        let own = report.lines.filter { $0.source == source }
        for line in own { table.add(cells(line)) }
        if own.count > 1 { table.add(cells(total)) }
        return table
    }

    private func cells(_ line: EnergyReportView.Line) -> [String] {
        [
            line.key.map(key) ?? "all", "\(line.jobs)", decimal(line.coreHours, places: 2),
            Joules(line.attributedJ).description,
            line.jobsWithoutError == line.jobs ? "?" : Joules(line.attributedErrorJ).description,
            line.unknownS > 0 ? Words.length(line.unknownS) : "",
            line.withDeadline > 0 ? "\(line.missed) of \(line.withDeadline)" : "",
        ]
    }

    private func key(_ text: String) -> String {
        guard report.by == .user, let userID = UInt32(text) else { return printable(text) }
        return name(userID)
    }

    private func notes(_ total: EnergyReportView.Line) -> [String] {
        guard total.jobsWithoutError > 0 else { return [] }
        let jobs = total.jobsWithoutError == 1 ? "1 job is" : "\(total.jobsWithoutError) jobs are"
        return ["The errors of \(jobs) not known, and not in the column."]
    }

    private func account(_ machine: EnergyReportView.Machine, _ style: Style) -> [String] {
        let time = { (unixNs: Int64) in Words.time(unixNs, now: report.nowUnixNs, zone: zone) }
        let span = "\(time(machine.fromUnixNs)) to \(time(machine.untilUnixNs))"
        var table = TextTable([("THE MACHINE", .left), ("JOULES, \(machine.source)", .right)])
        table.add(["attributed to jobs, those that run included", Joules(machine.attributedJ).description])
        table.add(["idle, or no job busy", Joules(machine.idleJ).description])
        table.add(["in intervals that are partly unknown", Joules(machine.unattributedJ).description])
        table.add(["counted, all of these", Joules(machine.countedJ).description])
        var lines = table.lines(style: style) + ["while a daemon ran, \(span)"]
        if machine.unknownS > 0 {
            lines.append("unknown for \(Words.length(machine.unknownS)), which is in none of them")
        }
        return lines
    }
}
