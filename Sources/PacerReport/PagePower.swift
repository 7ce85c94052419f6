import PacerUnits

/// Power over time, a small chart a policy on one scale.
struct PagePower {
    let context: PageContext

    private static let bins = 240

    var html: String {
        let series = context.data.policies.map { PowerSeries($0, of: context.data, bins: PagePower.bins) }
        let known = context.order.filter { series[$0] != nil }
        guard !known.isEmpty else { return absent }
        let most = series.compactMap { $0?.means.map(\.value).max() }.max() ?? 0
        let axis = PageAxis(to: most, ticks: 3)
        let length = Seconds(context.data.horizon.value / Double(PagePower.bins))
        let rows = known.map { chart($0, series, axis) }
        return """
            <section id="power" aria-labelledby="power-h">
            <h2 id="power-h">Power over time</h2>
            <figure>
            <figcaption>Power of the machine, \(context.source), as means over \(unbroken(length)), so that \
            area is energy.\(escaped(assumption))\(comparison)</figcaption>
            \(toggles(known))
            \(rows.joined(separator: "\n"))
            </figure>
            </section>
            """
    }

    private var absent: String {
        """
        <section id="power" aria-labelledby="power-h">
        <h2 id="power-h">Power over time</h2>
        <p class="none">Not drawn: the results do not say what ran when.</p>
        </section>
        """
    }

    private var assumption: String {
        context.data.kind == .live
            ? " Each job’s energy is spread evenly over its run, above the modelled idle power; "
                + "jobs of other policies are left out."
            : ""
    }

    private var comparison: String {
        guard let baseline = context.baseline else { return "" }
        return " The thin line is \(escaped(context.data.policies[baseline].name))."
    }

    private func toggles(_ known: [Int]) -> String {
        guard known.count > 1 else { return "" }
        let shown = Set(PagePower.shownFirst(known, context))
        let boxes = known.map { index in
            """
            <label><input type="checkbox" id="power\(index)"\(shown.contains(index) ? " checked" : "")>\
            <span>\(escaped(context.data.policies[index].name))</span></label>
            """
        }
        return """
            <fieldset class="chips"><legend>Policies shown</legend>\(boxes.joined(separator: "\n"))\
            </fieldset>
            """
    }

    /// Up to four policies, the best and the baseline among them.
    private static func shownFirst(_ known: [Int], _ context: PageContext) -> [Int] {
        let first = [context.best, context.baseline].compactMap { $0 }.filter(known.contains)
        return Array((first + known.filter { !first.contains($0) }).prefix(4))
    }

    static func rules(_ context: PageContext) -> String {
        guard context.data.policies.count > 1 else { return "" }
        return context.data.policies.indices.map { index in
            "#power:has(#power\(index):not(:checked)) .row[data-p=\"\(index)\"]{display:none}"
        }.joined()
    }

    private func chart(_ index: Int, _ series: [PowerSeries?], _ axis: PageAxis) -> String {
        guard let own = series[index] else { return "" }
        let policy = context.data.policies[index]
        let other = context.baseline.flatMap { $0 == index ? nil : series[$0] }
        let line = outline(own, axis)
        let end = own.means.isEmpty ? 0 : min(1000, policy.horizon / context.data.horizon * 1000)
        let area = own.means.isEmpty ? "" : "M0 1000L\(line.dropFirst())V1000H0Z"
        let idle = coordinate(1000 - axis.share(context.data.machine.idle.value) * 1000)
        let mean = policy.horizon > .zero ? own.mean(over: policy.horizon) : .zero
        let highest = Watts(own.means.map(\.value).max() ?? 0)
        let words = "mean \(unbroken(mean)), at most \(unbroken(highest))"
        let plot = PagePlot(
            left: axis.ticks.map { (axis.share($0), axis.label($0)) },
            ticks: context.timeAxis.ticks, height: 5.5,
            drawing: """
                <path class="area" d="\(area)"/>\
                <path class="idleline" d="M0 \(idle)H\(coordinate(end))"/>\
                \(other.map { "<path class=\"other\" d=\"\(outline($0, axis))\"/>" } ?? "")\
                <path class="line" d="\(line)"/>
                """,
            attributes:
                "role=\"img\" aria-label=\"\(escaped("\(policy.name): \(words), \(context.source)"))\"")
        return """
            <div class="row" data-p="\(index)"><h3>\(escaped(policy.name)) <small>\(words)</small></h3>\
            <p class="ytitle">W, \(context.source)</p>\(plot.html)</div>
            """
    }

    private func outline(_ series: PowerSeries, _ axis: PageAxis) -> String {
        let width = 1000 / Double(PagePower.bins)
        var path = ""
        var last = ""
        for (bin, mean) in series.means.enumerated() {
            let y = coordinate(1000 - axis.share(mean.value) * 1000, places: 0)
            let right = coordinate(Double(bin + 1) * width)
            if bin == 0 {
                path = "M0 \(y)H\(right)"
            } else if y == last {
                path += "H\(right)"
            } else {
                path += "V\(y)H\(right)"
            }
            last = y
        }
        return path
    }
}

extension PowerSeries {
    /// Energy of all bins over the time up to `horizon`.
    func mean(over horizon: Seconds) -> Watts {
        var energy = Joules.zero
        for (bin, mean) in means.enumerated() {
            let rest = horizon - step * Double(bin)
            energy += mean * min(step, rest)
        }
        return energy / horizon
    }
}
