import PacerAPI
import PacerUnits

/// The table of `pacer status`.
enum JobTable {
    static func lines(_ jobs: [JobView], style: Style = .plain) -> [String] {
        guard !jobs.isEmpty else { return ["no jobs"] }
        // Joules of different sources never share a column.
        let sources = Set(jobs.map(\.energy.source)).sorted { $0.rawValue < $1.rawValue }
        var table = TextTable(
            [
                ("JOB", .right), ("CLASS", .left), ("STATE", .left), ("POLICY", .left), ("RUNS AT", .left),
                ("DONE", .right), ("TIME", .right), ("DEADLINE", .left),
            ] + sources.map { ("JOULES, \($0)", .right) })
        for job in jobs { table.add(cells(job, sources, style)) }
        return table.lines(style: style)
    }

    private static func cells(_ job: JobView, _ sources: [EnergySourceName], _ style: Style) -> [String] {
        [
            "\(job.id)", job.className, colouredState(job, style), job.policy,
            job.allocation.map { Words.configuration($0.configuration) } ?? "",
            job.progress.map { Words.percent($0) } ?? (job.isFinished ? "" : "?"),
            job.runTimeS.map { Words.length($0) } ?? "", deadline(job, style),
        ]
            + sources.map { source in
                guard source == job.energy.source else { return "" }
                return job.energy.attributedJ.map { Joules($0).description } ?? "?"
            }
    }

    private static func colouredState(_ job: JobView, _ style: Style) -> String {
        let text = truncated(Words.state(job), to: 36)
        guard let outcome = job.outcome else { return text }
        return outcome.isSuccess ? style.green(text) : style.red(text)
    }

    /// Kept or missed; before the end, what the prediction says. One that was cancelled, or never ran, has
    /// neither kept nor missed it.
    static func deadline(_ job: JobView, _ style: Style) -> String {
        guard let deadline = job.deadlineUnixNs else { return "none" }
        if let kept = job.deadlineKept {
            let by = Words.length(abs(job.slackS ?? 0))
            return kept ? style.green("kept, \(by) to spare") : style.red("missed by \(by)")
        }
        guard !job.isFinished else { return "no longer" }
        let left = Words.seconds(from: job.nowUnixNs, to: deadline)
        let time = left >= 0 ? "in \(Words.length(left))" : "\(Words.length(-left)) ago"
        guard let slack = job.slackS else { return time }
        return slack >= 0
            ? "\(time), slack \(Words.length(slack))" : style.red("\(time), late by \(Words.length(-slack))")
    }
}
