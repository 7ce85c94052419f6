import PacerUnits

/// Energy by policy: bars by component with the bound across them, and all figures as a table.
struct PageEnergy {
    let context: PageContext

    var html: String {
        guard !data.policies.isEmpty else { return "" }
        return """
            <section id="energy" aria-labelledby="energy-h">
            <h2 id="energy-h">Energy by policy</h2>
            <figure>
            <figcaption>Joules \(context.source), \(escaped(data.energyCovers)).\(escaped(boundWords))\
            </figcaption>
            \(legend)
            <ol class="bars\(hasBounds || baselineName != nil ? "" : " plain")">
            \(head)
            \(context.order.map(bar).joined(separator: "\n"))
            </ol>
            </figure>
            \(table)
            </section>
            """
    }

    private var data: ReportData { context.data }

    private var most: Double {
        let totals = data.policies.map { max($0.energy.total, $0.bound ?? .zero).value }
        return max(totals.max() ?? 0, .leastNormalMagnitude)
    }

    /// The bound that all policies share; `nil` when there is none or they differ.
    private var commonBound: Joules? {
        guard let first = data.policies.first?.bound else { return nil }
        return data.policies.allSatisfy { $0.bound == first } ? first : nil
    }

    private var boundWords: String {
        if data.kind == .live {
            return " Each policy ran jobs of its own, so the bars are no comparison of policies. No lower "
                + "bound is known for live running, so none is drawn."
        }
        if data.policies.allSatisfy({ $0.bound == nil }) {
            return " No lower bound was computed, so none is drawn."
        }
        return " The line is the lower bound: no schedule of these jobs on this machine can take less."
    }

    private var parts: [(name: String, group: String, value: (ReportEnergy) -> Joules?)] {
        [
            ("idle", "idle", \.idle), ("uncore", "uncore", \.uncore), ("busy cores", "cores", \.cores),
        ]
    }

    private var legend: String {
        let known = parts.filter { part in data.policies.contains { part.value($0.energy) != nil } }
        guard !known.isEmpty else { return "" }
        let items = known.map { "<span><i class=\"swatch \($0.group)\"></i> \($0.name)</span>" }
        return "<p class=\"legend\">\(items.joined(separator: " "))</p>"
    }

    private var head: String {
        let columns = """
            <span class="value">Energy</span>\
            \(hasBounds ? "<span class=\"gap\">Over bound</span>" : "")\
            \(baselineName.map { "<span class=\"change\">vs\u{A0}\(escaped($0))</span>" } ?? "")
            """
        guard let bound = commonBound else {
            return "<li class=\"head\" aria-hidden=\"true\"><span></span><span></span>\(columns)</li>"
        }
        let share = coordinate(bound.value / most * 100, places: 2)
        let side = bound.value / most > 0.5 ? "before" : "after"
        return """
            <li class="head" aria-hidden="true"><span></span><span class="bound">\
            <span class="\(side)" style="left:\(share)%">lower bound \
            \(context.units.total.text(bound))</span></span>\
            \(columns)</li>
            """
    }

    private var hasBounds: Bool { data.policies.contains { $0.bound != nil } }

    private var baselineName: String? { context.baseline.map { data.policies[$0].name } }

    private func bar(_ index: Int) -> String {
        let policy = data.policies[index]
        let known = parts.compactMap { part in part.value(policy.energy).map { (part, $0) } }
        var left = 0.0
        var rectangles: [String] = []
        func add(_ group: String, _ energy: Joules) {
            let width = energy.value / most * 1000
            rectangles.append(
                "<rect class=\"\(group)\" x=\"\(coordinate(left, places: 2))\" y=\"0\" "
                    + "width=\"\(coordinate(width, places: 2))\" height=\"10\"/>")
            left += width
        }
        if known.isEmpty { add("cores", policy.energy.total) }
        for (part, energy) in known { add(part.group, energy) }
        let split = known.map { "\($0.name) \(unbroken($1))" }.joined(separator: ", ")
        let bound = policy.bound.map { bound -> String in
            let x = coordinate(bound.value / most * 1000, places: 2)
            return "<path class=\"bound\" d=\"M\(x) -10V20\"/>"
        }
        let name = split.isEmpty ? unbroken(policy.energy.total) : split
        let cells = """
            <span class="value">\(context.units.total.text(policy.energy.total))</span>\
            \(hasBounds ? "<span class=\"gap\">\(gap(policy))</span>" : "")\
            \(baselineName == nil ? "" : "<span class=\"change\">\(change(policy))</span>")
            """
        return """
            <li\(index == context.best ? " class=\"best\"" : "")><span class="name">\(escaped(policy.name))\
            </span><svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" \
            aria-label="\(escaped(name))">\(rectangles.joined())\(bound ?? "")</svg>\(cells)</li>
            """
    }

    private func gap(_ policy: ReportPolicy) -> String {
        policy.gap.map { ($0 > 0 ? "+" : "") + percent($0) } ?? "–"
    }

    private func change(_ policy: ReportPolicy) -> String {
        if policy.name == baselineName { return "–" }
        return context.change(of: policy.energy.total).map { ($0 > 0 ? "+" : "") + percent($0) } ?? "–"
    }

    // MARK: All figures

    private var table: String {
        let units = context.units
        var columns: [(head: String, cell: (ReportPolicy) -> String)] = [
            ("Energy, \(units.total.name)", { units.total.number($0.energy.total) })
        ]
        if hasBounds {
            columns.append(("Bound, \(units.total.name)", { $0.bound.map(units.total.number) ?? "–" }))
            columns.append(("Over bound", gap))
        }
        columns += [
            ("Jobs", { count($0.summary.jobs) }), ("Never ran", { count($0.summary.neverRan) }),
            ("Missed", { "\(count($0.summary.misses)) of \(count($0.summary.withDeadline))" }),
            ("Latest by, \(units.lengthUnit)", { units.length($0.summary.maxTardiness) }),
            ("Mean wait, \(units.lengthUnit)", { $0.summary.meanWait.map(units.length) ?? "–" }),
            ("Mean slowdown", { $0.summary.meanSlowdown.map { decimal($0, places: 2) } ?? "–" }),
            ("Cores in use", { $0.summary.utilisation.map(percent) ?? "–" }),
            ("Switches", { $0.summary.switches.map(count) ?? "–" }),
        ]
        let heads = columns.map { "<th scope=\"col\">\(escaped($0.head))</th>" }
        let rows = context.order.map { index in
            let policy = data.policies[index]
            let cells = columns.map { "<td>\(escaped($0.cell(policy)))</td>" }
            let group = index == context.best ? " class=\"best\"" : ""
            return "<tr\(group)><th scope=\"row\">\(escaped(policy.name))</th>\(cells.joined())</tr>"
        }
        return """
            <p class="figcap">All figures; energy is \(context.source), slowdown is turnaround over run \
            time.</p>
            <div class="scroll" tabindex="0" role="region" aria-label="Figures by policy">
            <table class="figures">
            <caption class="hidden">Figures by policy</caption>
            <thead><tr><th scope="col">Policy</th>\(heads.joined())</tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody>
            </table>
            </div>
            """
    }
}
