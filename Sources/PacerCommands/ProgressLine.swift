import PacerAPI
import PacerUnits

/// What is shown of a job while it runs.
enum ProgressLine {
    /// One line for a terminal.
    static func text(_ job: JobView) -> String {
        var parts = ["job \(job.id)", Words.state(job)]
        if let allocation = job.allocation { parts.append(Words.configuration(allocation.configuration)) }
        if let progress = job.progress { parts.append(Bar.of(progress, width: 20)) }
        if let run = job.runTimeS { parts.append(Words.length(run.rounded(.down))) }
        if job.deadlineUnixNs != nil { parts.append("deadline \(JobTable.deadline(job, .plain))") }
        if let joules = job.energy.attributedJ { parts.append(Words.energy(joules, job.energy.source)) }
        return parts.joined(separator: " | ")
    }

    /// Plain lines are written when this changes: state, configuration, tenths of the work.
    static func key(_ job: JobView) -> String {
        let tenth = job.progress.map { "\(Int($0 * 10))" } ?? "?"
        return "\(Words.state(job)) \(job.allocation.map { "\($0)" } ?? "") \(tenth)"
    }

    /// The last line about a job.
    static func summary(_ job: JobView) -> String {
        var text = "job \(job.id) \(Words.state(job))"
        if let run = job.runTimeS { text += " in \(Words.length(run))" }
        if let plan = job.plan, !job.decisions.isEmpty { text += "; last at \(Words.plan(plan))" }
        guard let joules = job.energy.attributedJ else {
            return "\(text)\(end(of: job)); joules: \(EnergyWords.withheld(job.energy.withheld ?? .tooShort))"
        }
        text += "; \(Joules(joules)) above idle, \(job.energy.source)"
        if job.energy.source != .measured { text += " (not measured)" }
        return text + end(of: job)
    }

    private static func end(of job: JobView) -> String {
        job.deadlineKept == nil ? "" : "; deadline \(JobTable.deadline(job, .plain))"
    }
}
