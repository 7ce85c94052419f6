import PacerAPI
import PacerUnits

/// The full story of one job: `pacer status ID`.
struct JobStory {
    let job: JobView
    let style: Style
    /// How far local time is ahead of UTC, in seconds, at a time in Unix seconds.
    let zone: (Int64) -> Int64

    init(_ job: JobView, style: Style = .plain, zone: @escaping (Int64) -> Int64) {
        self.job = job
        self.style = style
        self.zone = zone
    }

    var lines: [String] {
        let title = "job \(job.id)  \(job.command.joined(separator: " "))"
        return [style.bold(title)] + facts + configuration + learnt + energy + decisions
    }

    private var facts: [String] {
        var rows = [
            ("state", stateText), ("class", "\(job.className), \(knownRuns)"), ("policy", job.policy),
            ("shape", Words.shape(job.shape)),
        ]
        rows.append(("deadline", deadlineText))
        rows.append(("work", workText))
        if let progress = job.progress { rows.append(("progress", Bar.of(progress, width: 30))) }
        rows.append(("user", "\(job.userID), in \(job.workingDirectory)"))
        return rows.map(row)
    }

    private var stateText: String {
        var text = Words.state(job)
        if let run = job.runTimeS { text += ", \(job.isFinished ? "ran" : "for") \(Words.length(run))" }
        text += "; submitted at \(time(job.submittedUnixNs))"
        if let finished = job.finishedUnixNs { text += ", ended at \(time(finished))" }
        return text
    }

    private var knownRuns: String {
        job.learnt.knownRuns == 0 ? "first run" : "\(job.learnt.knownRuns) runs known before"
    }

    private var deadlineText: String {
        guard let deadline = job.deadlineUnixNs else { return "none" }
        return "\(time(deadline)): \(JobTable.deadline(job, style))"
    }

    private var workText: String {
        let work = job.work
        let isTime = work.source == "cpuTime"
        let amount: (Double) -> String = { isTime ? Words.length($0) : number($0) }
        let total = work.total.map { " of \(amount($0))" } ?? ""
        let basis =
            switch work.basis {
            case "declared": "the job says how much there is"
            case "history": "the total is that of earlier runs"
            case "estimate": "the total is the submitter's estimate"
            default: "the total is unknown"
            }
        let source =
            switch work.source {
            case "declared": "progress is declared by the job"
            case "output": "progress is found on its output"
            case "instructions": "progress is counted in instructions"
            case "cpuTime": "progress is counted in CPU time"
            case let other: other.map { "progress from \($0)" } ?? "no progress seen yet"
            }
        let rate = work.ratePerS.map { ", \(amount($0)) per second now" } ?? ""
        // Processor time is that which the work would have taken at the top frequency.
        let unit = isTime ? "at the top frequency" : "units"
        return "\(amount(work.done))\(total) \(unit)\(rate); \(basis); \(source)"
    }

    private var configuration: [String] {
        var rows: [(String, String)] = []
        if let now = job.allocation {
            let cores = now.coreIDs.map(String.init).joined(separator: ", ")
            rows.append(("now", "\(Words.configuration(now.configuration)) (core \(cores))"))
        }
        if let plan = job.plan {
            let steps = plan.segments.map { segment in
                let length = segment.durationS.map { " for \(Words.length($0))" } ?? ""
                return Words.configuration(segment.configuration) + length
            }
            rows.append((job.isFinished ? "last plan" : "plan", steps.joined(separator: ", then ")))
            rows.append(("why", plan.reason))
            if let predicted = predicted(plan) { rows.append(("predicted", predicted)) }
        }
        return rows.isEmpty ? [] : [heading("configuration")] + rows.map(row)
    }

    /// What the plan in force leads to; nothing for a job that has ended.
    private func predicted(_ plan: PlanView) -> String? {
        guard !job.isFinished else { return nil }
        let misses = plan.meetsDeadline ? nil : style.red("the deadline cannot be kept")
        let duration = plan.durationS.map { "\(Words.length($0)) more" }
        let energy = plan.modelledEnergyJ.map { "\(Joules($0)) modelled" }
        let parts = [duration, energy, misses].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    private var learnt: [String] {
        let learnt = job.learnt
        var lines: [String] = []
        let widest = learnt.speedups.map(\.speedup).max() ?? 1
        for speedup in learnt.speedups {
            let bar = Bar.filled(speedup.speedup / widest, width: 20)
            let text = "\(decimal(speedup.speedup, places: 2))× on \(CoreCount(speedup.cores))"
            lines.append(row("speedup", "\(bar)  \(text), \(speedup.origin)"))
        }
        if let sigma = learnt.sigma, let kappa = learnt.kappa {
            let text = "σ = \(decimal(sigma, places: 3)), κ = \(decimal(kappa, places: 4))"
            lines.append(row("scaling law", "\(text) (contention, coherency)"))
        }
        if let sensitivity = learnt.frequencySensitivity {
            lines.append(row("frequency", "\(Words.percent(sensitivity)) of the run time scales with 1/f"))
        }
        if let verdict = learnt.verdict {
            lines.append(row("verdict", style.bold(JobStory.verdict(verdict))))
            lines += learnt.evidence.map { row("", $0) }
        }
        if !job.probes.isEmpty {
            lines.append(row("probed", job.probes.map(Words.configuration).joined(separator: "; ")))
        }
        return lines.isEmpty ? [] : [heading("learnt")] + lines
    }

    /// A verdict in words.
    static func verdict(_ name: String) -> String {
        switch name {
        case "scales": "scales: more cores do more work"
        case "lockContended": "lock-contended: threads sleep on each other's locks"
        case "spinning": "spinning: cores are busy without progress"
        case "memoryBound": "memory-bound: cores wait for memory"
        case "serial": "serial: one thread works at a time"
        case "waitingOnIO": "waiting on I/O"
        case "unknown": "unknown: the signals do not say"
        default: name
        }
    }

    private var energy: [String] {
        let energy = job.energy
        let error = energy.attributedErrorJ.map { " ± \(Joules($0))" } ?? ""
        var rows = [
            ("source", style.bold(energy.source.rawValue) + EnergyWords.explanation(energy.source))
        ]
        if let attributed = energy.attributedJ {
            rows.append(("this job", "\(Joules(attributed))\(error) above idle, attributed"))
        }
        if let machine = energy.machineDuringRunJ {
            rows.append(("machine", "\(Joules(machine)) while it ran, idle and other jobs included"))
        }
        if let reason = energy.withheld { rows.append(("withheld", EnergyWords.withheld(reason))) }
        if let horizon = energy.horizonJ {
            rows.append(("to deadline", "\(Joules(horizon)) from release to deadline, idle tail included"))
        }
        if energy.unknownS > 0 {
            rows.append(("unknown", "for \(Words.length(energy.unknownS)) of the run nothing was counted"))
        }
        return [heading("energy")] + rows.map(row)
    }

    /// Choices in order; what was chosen again and again is told once, with its last reason.
    private var decisions: [String] {
        guard !job.decisions.isEmpty else { return [] }
        var lines = [heading("decisions")]
        var rest = job.decisions[...]
        while let first = rest.first {
            let same = rest.prefix { $0.kind == first.kind && $0.configuration == first.configuration }
            rest = rest.dropFirst(same.count)
            let what = first.configuration.map { "\(Words.configuration($0)): " } ?? ""
            lines.append("  \(time(first.atUnixNs))  \(first.kind)  \(what)\(first.reason)")
            guard let last = same.last, same.count > 1 else { continue }
            let count = same.count == 2 ? "once more" : "\(same.count - 1) times more"
            lines.append("  \(time(last.atUnixNs))  \(first.kind)  \(count): \(last.reason)")
        }
        return lines
    }

    private func heading(_ text: String) -> String { style.bold(text) }

    private func row(_ name: String, _ text: String) -> String {
        let space = String(repeating: " ", count: max(1, 14 - name.count))
        return "  \(style.dim(name))\(space)\(text)"
    }

    private func time(_ unixNs: Int64) -> String { Words.time(unixNs, now: job.nowUnixNs, zone: zone) }

    private func number(_ value: Double) -> String {
        decimal(value, places: value >= 100 ? 0 : 2, keepZeros: false)
    }
}

/// Bars of ordinary characters.
enum Bar {
    /// `[######----] 60 %`.
    static func of(_ share: Double, width: Int) -> String {
        "[\(filled(share, width: width, rest: "-"))] \(Words.percent(share))"
    }

    static func filled(_ share: Double, width: Int, rest: Character = " ") -> String {
        let count = Int((min(1, max(0, share.isNaN ? 0 : share)) * Double(width)).rounded())
        return String(repeating: "#", count: count) + String(repeating: rest, count: width - count)
    }
}

/// What a source of joules is.
enum EnergyWords {
    static func explanation(_ source: EnergySourceName) -> String {
        switch source {
        case .measured: ": read from the processor's energy counters"
        case .emulated: ": an emulated machine's counter, driven by CPU time really used; not measured"
        case .modelled: ": computed from a power model; not measured"
        default: ""
        }
    }

    /// Why a figure is not told.
    static func withheld(_ reason: WithheldName) -> String {
        switch reason {
        case .tooShort: "less than a second is too short to tell"
        case .notYet: "told a second after they are taken; ask again"
        default: reason.rawValue
        }
    }
}
