import Glibc
import PacerAPI
import PacerUnits

/// Why a job runs, or ran, at what it does, in words: `pacer explain`.
struct ExplanationText {
    let explanation: ExplanationView
    let style: Style
    let width: Int
    let usesUnicode: Bool

    init(_ explanation: ExplanationView, style: Style = .plain, width: Int = 80, unicode: Bool = true) {
        self.explanation = explanation
        self.style = style
        self.width = width
        usesUnicode = unicode
    }

    var lines: [String] {
        let title = style.bold("job \(job.id)  \(job.command.joined(separator: " "))")
        let plot = FrontierChart(explanation)
            .flatMap { FrontierPlot($0, width: width, unicode: usesUnicode, style: style) }
        let story = [need, choice, nextBest, certainty, actual, way].compactMap { $0 }
        return [title] + story.flatMap(paragraph) + [""] + (plot.map { $0.lines + [""] } ?? [])
            + paragraph(hull) + [""] + table
    }

    private var job: JobView { explanation.job }
    private var isWhole: Bool { explanation.scope == .whole }
    private var unit: String { Words.rateUnit(job.work.source) }
    private var fastest: Double { explanation.estimates.map(\.ratePerS).max() ?? 0 }

    // MARK: Sentences

    /// What had to be done, and how fast.
    private var need: String {
        guard let work = explanation.work else {
            return "How much work it has is not known, so nothing slower than its fastest is safe for a "
                + "deadline, and no joules can be predicted."
        }
        let amount = Words.work(work, job.work.source)
        let has = isWhole ? "It had \(amount) to do" : "It has \(amount) left to do"
        guard let span = explanation.spanS else { return "\(has), and no deadline." }
        guard let required = explanation.requiredRatePerS else {
            return "\(has), and its deadline passed \(Words.length(-span)) ago."
        }
        let time = "\(Words.length(span)) \(isWhole ? "from its start " : "")to the deadline"
        let rate = "\(has) and \(time): \(Words.rate(required, unit))"
        guard required <= fastest else {
            return "\(rate), more than the \(Words.rate(fastest, unit)) of its fastest configuration."
        }
        return "\(rate), or \(Words.percent(required / fastest)) of its fastest."
    }

    private var choice: String {
        guard let chosen = explanation.chosen else {
            return "Its policy, \(job.policy), is not known any more."
        }
        let plan = chosen.plan
        let steps = plan.segments.map { segment in
            let length = segment.durationS.map { " for \(Words.length($0))" } ?? ""
            return Words.configuration(segment.configuration) + length
        }
        let runs = steps.joined(separator: ", then ")
        let energy = plan.modelledEnergyJ.map { ": \(Joules($0)) modelled \(covered(by: plan))" } ?? ""
        let chooses =
            isWhole ? "With what was known at its end, \(job.policy) would choose" : "\(job.policy) chooses"
        return "\(chooses) \(runs)\(energy). Why: \(plan.reason)."
    }

    /// What the joules of a plan cover.
    private func covered(by plan: PlanView) -> String {
        guard explanation.spanS != nil, explanation.accounting == "horizon", plan.meetsDeadline else {
            return "until the job ends"
        }
        return "\(isWhole ? "from its start" : "from now") to the deadline, idle time included"
    }

    private var nextBest: String? {
        guard explanation.work != nil, explanation.chosen != nil else { return nil }
        guard let other = explanation.nextBest else {
            return "No other single configuration is predicted to keep the deadline."
        }
        let name = Words.configuration(other.estimate.configuration)
        guard let energy = explanation.chosen?.plan.modelledEnergyJ, energy > 0 else { return nil }
        let change = other.modelledEnergyJ / energy - 1
        var text = "The next best single configuration is \(name): \(Joules(other.modelledEnergyJ)), "
        text += "\(Words.percent(abs(change), places: 1)) \(change >= 0 ? "more" : "less")"
        // An error of the rate is one of the running time, and so of the energy above that of rest.
        let above = (other.estimate.powerW - explanation.restW) * other.durationS
        if abs(other.modelledEnergyJ - energy) < error(of: other.estimate) * above {
            text += ", a difference within one standard error of its rate"
        } else if change < 0 {
            text +=
                other.isSure
                ? "; the words of \(job.policy) do not lead to it"
                : ", but were its rate one standard error lower, the deadline would be missed"
        }
        return text + "."
    }

    /// How sure the numbers are.
    private var certainty: String {
        let all = explanation.estimates
        let measured = all.count { $0.origin == .measured }
        let others = all.count - measured
        var text = "\(measured) of \(all.count) configurations \(measured == 1 ? "was" : "were") measured, "
        text += "in this run or earlier ones of its class"
        if others > 0 { text += "; \(others == 1 ? "the other is" : "the others are") predicted" }
        let chosen = explanation.chosen?.plan.segments.compactMap { segment in
            all.first { $0.configuration == segment.configuration }
        }
        let sure = (chosen ?? []).map { estimate in
            let error = "± \(Words.percent(self.error(of: estimate), places: 1))"
            return "\(Words.configuration(estimate.configuration)) is \(estimate.origin), its rate \(error)"
        }
        if !sure.isEmpty { text += "; \(sure.joined(separator: ", and ")) (one standard error)" }
        return text + "."
    }

    /// What the run itself took; never in one column with what is modelled.
    private var actual: String? {
        guard let ran = job.runTimeS else { return nil }
        let energy = job.energy
        let end = job.deadlineKept == false ? "its late end" : "deadline"
        let known =
            energy.horizonJ.map { ($0, "of the machine from release to \(end)") }
            ?? energy.machineDuringRunJ.map { ($0, "of the machine while it ran") }
        var text = "\(isWhole ? "The run itself took" : "So far it has run") \(Words.length(ran))"
        if let (joules, what) = known {
            text += isWhole ? " and " : " and taken "
            text += "\(Words.energy(joules, energy.source)) \(what)"
        }
        if energy.unknownS > 0 { text += ", \(Words.length(energy.unknownS)) of it not counted" }
        let stays = explanation.ranAt.prefix(3).map { stay in
            "\(stay.durationS.map { Words.length($0) } ?? "?") at \(Words.configuration(stay.configuration))"
        }
        if !stays.isEmpty { text += "; it spent \(stays.joined(separator: ", "))" }
        let rest = explanation.ranAt.dropFirst(3)
        if !rest.isEmpty {
            let others = rest.count == 1 ? "another one" : "\(rest.count) others"
            text += ", \(Words.length(rest.compactMap(\.durationS).reduce(0, +))) at \(others)"
        }
        return text + "."
    }

    /// The decisions in brief.
    private var way: String? {
        guard let start = job.decisions.first(where: { $0.kind == "start" }),
            let configuration = start.configuration
        else { return nil }
        var text = "It started with \(Words.configuration(configuration)): \(start.reason)."
        let counts = [("probe", "probe"), ("plan", "plan"), ("sprint", "sprint")].compactMap { kind, word in
            let count = job.decisions.count { $0.kind == kind }
            return count == 0 ? nil : "\(count) \(word)\(count == 1 ? "" : "s")"
        }
        if !counts.isEmpty { text += " Then came \(counts.joined(separator: ", "))." }
        return text + " 'pacer status \(job.id)' has them one by one."
    }

    private var hull: String {
        let corners = explanation.hull.compactMap { corner in
            explanation.estimates.first { $0.configuration == corner }
        }
        let names = corners.map { estimate in
            let mark = estimate.origin == .measured ? "" : ", \(estimate.origin)"
            return "\(Words.configuration(estimate.configuration)) (\(Watts(estimate.powerW))\(mark))"
        }
        let left = explanation.restW > 0 ? "idle (\(Watts(explanation.restW)))" : "the end of the job"
        return "The hull, from the left: \(([left] + names).joined(separator: ", "))."
    }

    private func error(of estimate: EstimateView) -> Double { estimate.rateErrorRatio ?? 1 }

    private func paragraph(_ text: String) -> [String] {
        wrapped(text.split(separator: " ").map(String.init), to: max(40, min(width, 100)))
    }

    // MARK: Policies

    private var table: [String] {
        var table = TextTable([
            ("POLICY", .left), ("RUNS AT", .left), ("TIME", .right), ("MODELLED", .right),
            ("CHANGE", .right), ("DEADLINE", .left),
        ])
        for entry in explanation.plans {
            let plan = entry.plan
            let change = entry.relativeToChosen.map { $0 - 1 }
            let names = plan.segments.map { Words.configuration($0.configuration) }
            for (index, name) in names.enumerated() {
                let runs = index + 1 < names.count ? "\(name)," : name
                guard index == 0 else {
                    table.add(["", runs])
                    continue
                }
                table.add([
                    entry.policy, runs, plan.durationS.map { Words.length($0) } ?? "?",
                    plan.modelledEnergyJ.map { Joules($0).description } ?? "?",
                    entry.policy == job.policy ? "–" : change.map(Words.change) ?? "?", deadline(entry),
                ])
            }
        }
        var lines = explanation.plans.isEmpty ? [] : table.lines(style: style)
        if explanation.plans.contains(where: isTight) {
            let reserve = explanation.reserveS.map { " of \(Words.length($0))" } ?? ""
            lines += paragraph("tight: in time for the deadline, but only by using up the reserve\(reserve).")
        }
        return lines
    }

    private func isTight(_ entry: ExplanationView.PolicyPlan) -> Bool {
        entry.plan.meetsDeadline && !entry.keepsReserve
    }

    private func deadline(_ entry: ExplanationView.PolicyPlan) -> String {
        if explanation.spanS == nil { return "none" }
        if !entry.plan.meetsDeadline { return style.red("missed") }
        return isTight(entry) ? style.yellow("tight") : style.green("kept")
    }
}

extension Words {
    /// What a unit of a job's rate is called, by where its progress comes from.
    static func rateUnit(_ source: String?) -> String {
        switch source {
        case "instructions": "instructions/s"
        case "cpuTime": "CPU s/s"
        default: "units/s"
        }
    }

    /// `3.21 units/s`, `2.4 billion instructions/s`.
    static func rate(_ rate: Double, _ unit: String) -> String { "\(rounded(rate)) \(unit)" }

    /// `100 units`, `2.4 billion instructions`.
    static func work(_ work: Double, _ source: String?) -> String {
        "\(rounded(work)) \(rateUnit(source).dropLast(2))"
    }

    /// `+12.3 %`, `−4.0 %`, `+221 %`; `same` where there is no difference to be seen.
    static func change(_ share: Double) -> String {
        guard abs(share) >= 0.0005 else { return "same" }
        let places = abs(share) < 0.9995 ? 1 : 0
        return "\(share > 0 ? "+" : "−")\(percent(abs(share), places: places))"
    }

    /// A large number's thousands, millions or billions.
    static func scale(of value: Double) -> (factor: Double, name: String) {
        switch abs(value) {
        case 0.9995e9...: (1e9, "billion ")
        case 0.9995e6...: (1e6, "million ")
        case 0.9995e4...: (1e3, "thousand ")
        default: (1, "")
        }
    }

    /// Three significant digits, and how many the number counts.
    private static func rounded(_ value: Double) -> String {
        let (factor, name) = scale(of: value)
        let scaled = value / factor
        var places = 0
        while places < 6, scaled > 0, scaled * pow(10, Double(places)) < 99.95 { places += 1 }
        let text = decimal(scaled, places: places, keepZeros: false)
        return name.isEmpty ? text : "\(text) \(name.dropLast())"
    }

}
