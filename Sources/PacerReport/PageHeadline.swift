import PacerUnits

/// The answer in words, and the figures that people ask for first.
struct PageHeadline {
    let context: PageContext

    var html: String {
        """
        <header class="top">
        <p class="over">\(escaped(kicker))</p>
        <h1>\(escaped(answer))</h1>
        <p class="lead">\(escaped(lead))</p>
        \(facts)
        </header>
        """
    }

    private var data: ReportData { context.data }

    /// One sentence without its full stop, for the title of the page as well.
    var answer: String {
        guard let best = context.best, !data.jobs.isEmpty else { return "No job was run." }
        let policy = data.policies[best]
        return data.kind == .live ? live : "\(energy(policy)); \(deadlines(policy))."
    }

    private var kicker: String {
        let place = data.kind == .replay ? "Replay" : "Live"
        return "Pacer · \(place) · joules \(context.source)"
    }

    private func energy(_ policy: ReportPolicy) -> String {
        let bound = policy.gap.map { gap in
            gap < 0.0005
                ? "as little as the proven lower bound" : "\(percent(gap)) above the proven lower bound"
        }
        let name = policy.name
        guard let baseline = context.baseline, let change = context.change(of: policy.energy.total),
            data.policies[baseline].name != name
        else {
            let subject = context.baseline == nil ? "\(name) took" : "No policy took less than \(name):"
            let total = "\(unbroken(policy.energy.total)) \(context.source)"
            return "\(subject) \(total)\(bound.map { ", \($0)" } ?? "")"
        }
        let other = data.policies[baseline].name
        let difference = abs(change) < 0.0005 ? "as much as" : "\(percent(abs(change))) less than"
        return "\(name) took \(difference) \(other)\(bound.map { " and is \($0)" } ?? "")"
    }

    private func deadlines(_ policy: ReportPolicy) -> String {
        let summary = policy.summary
        guard summary.withDeadline > 0 else { return "no job had a deadline" }
        guard summary.misses > 0 else { return "no deadline missed" }
        let own = "\(count(summary.misses))\u{A0}of\u{A0}\(counted(summary.withDeadline, "deadline")) missed"
        guard let baseline = context.baseline, data.policies[baseline].name != policy.name else { return own }
        let other = data.policies[baseline]
        return "\(own) (\(other.name):\u{A0}\(count(other.summary.misses)))"
    }

    private var live: String {
        let energy = data.policies.map(\.energy.total).total()
        let jobs = counted(data.policies.reduce(0) { $0 + $1.summary.jobs }, "job")
        let withDeadline = data.policies.reduce(0) { $0 + $1.summary.withDeadline }
        let misses = data.policies.reduce(0) { $0 + $1.summary.misses }
        let kept =
            withDeadline == 0
            ? "none had a deadline"
            : misses == 0
                ? "no deadline missed" : "\(misses)\u{A0}of\u{A0}\(counted(withDeadline, "deadline")) missed"
        return "\(jobs) took \(unbroken(energy)) \(context.source), \(data.energyCovers); \(kept)."
    }

    private var lead: String {
        let machine = data.machine
        let range =
            machine.frequenciesKilohertz.count > 1
            ? ", \(gigahertz(machine.frequenciesKilohertz.first ?? 0))–"
                + "\(gigahertz(machine.frequenciesKilohertz.last ?? 0))\u{A0}GHz" : ""
        let place = "\(machine.name) (\(counted(machine.cores, "core"))\(range))"
        let jobs = counted(data.jobs.count, "job")
        let day = context.units.day(.zero)
        let since = day.isEmpty ? "" : ", the first one submitted on \(day)"
        return "\(data.title): \(jobs) on \(place)\(since). \(context.sourceSentence)"
    }

    private var facts: String {
        guard let best = context.best, !data.jobs.isEmpty, data.kind == .replay else { return "" }
        let policy = data.policies[best]
        var facts = [("Energy, \(context.source)", unbroken(policy.energy.total))]
        facts.append(("Above the lower bound", policy.gap.map(percent) ?? "no bound known"))
        let deadlines = policy.summary.withDeadline
        let missed =
            deadlines == 0 ? "no deadlines" : "\(count(policy.summary.misses)) of \(count(deadlines))"
        facts.append(("Deadlines missed", missed))
        facts.append(("Mean wait", policy.summary.meanWait.map(unbroken) ?? "–"))
        facts.append(("Cores in use", policy.summary.utilisation.map(percent) ?? "–"))
        let items = facts.map { "<div><dt>\(escaped($0))</dt><dd>\(escaped($1))</dd></div>" }
        return """
            <dl class="facts" aria-label="\(escaped(policy.name))">\(items.joined())</dl>
            """
    }
}
