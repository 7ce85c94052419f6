import PacerUnits

/// What each kind of job could run at: power over rate, the hull, and what was chosen.
struct PageFrontier {
    let context: PageContext
    /// Kinds that are drawn, by number of jobs.
    let kinds: [Int]
    private let jobsOfKind: [Int]

    private static let mostKinds = 24

    init(context: PageContext) {
        self.context = context
        var counts = [Int](repeating: 0, count: context.data.kinds.count)
        for job in context.data.jobs { counts[job.kind] += 1 }
        jobsOfKind = counts
        let known = context.data.kinds.indices.filter {
            !context.data.kinds[$0].points.isEmpty && counts[$0] > 0
        }
        kinds = Array(
            known.sorted { (counts[$1], $0) < (counts[$0], $1) }.prefix(PageFrontier.mostKinds))
    }

    var html: String {
        let body =
            kinds.isEmpty
            ? "<p class=\"none\">Not drawn: nothing is known of what the jobs could run at.</p>" : charts
        return """
            <section id="frontiers" aria-labelledby="frontiers-h">
            <h2 id="frontiers-h">What jobs could run at</h2>
            \(body)
            </section>
            """
    }

    private var data: ReportData { context.data }

    private var charts: String {
        let rings = context.best.flatMap { data.kind == .replay ? data.policies[$0].name : nil }
        let by = rings.map { " under \(escaped($0))" } ?? ""
        let left = data.kinds.count - kinds.count
        let omitted =
            left > 0
            ? "<p class=\"note\">Left out: \(counted(left, "kind")) without figures or with fewer jobs.</p>"
            : ""
        return """
            <p class="figcap">Every configuration of every kind of job: power of the machine with one such \
            job on it (\(powerSource)) over its rate; colour is frequency. The line is the lower hull from \
            the idle machine on, which no mix of configurations gets below. Rings are what jobs ran at\
            \(by).</p>
            \(context.colours.legend)
            \(omitted)
            <div class="frontiers">
            \(kinds.map(figure).joined(separator: "\n"))
            </div>
            """
    }

    private var powerSource: String { data.kind == .replay ? context.source : "modelled" }

    /// Places of a kind's points in a box of 1000 by 1000, for the script, too.
    struct Places {
        let rates: PageAxis
        let powers: PageAxis

        init(_ kind: ReportKind, idle: Watts) {
            rates = PageAxis(to: kind.points.map(\.rate).max() ?? 0, ticks: 5)
            powers = PageAxis(to: max(idle.value, kind.points.map(\.power.value).max() ?? 0), ticks: 4)
        }

        func place(_ rate: Double, _ power: Watts) -> (x: Double, y: Double) {
            (rates.share(rate) * 1000, 1000 - powers.share(power.value) * 1000)
        }
    }

    private func figure(_ index: Int) -> String {
        let kind = data.kinds[index]
        let places = Places(kind, idle: data.machine.idle)
        let plot = PagePlot(
            left: places.powers.ticks.map { (places.powers.share($0), places.powers.label($0)) },
            leftTitle: "W, \(powerSource)",
            ticks: places.rates.ticks.enumerated().map { number, tick in
                .init(
                    share: places.rates.share(tick), label: places.rates.label(tick),
                    isMinor: number % 2 == 1)
            },
            bottomTitle: "rate, \(kind.rateUnit)", height: 11,
            drawing: drawing(kind, index, places),
            attributes: "class=\"frontier\" role=\"img\" aria-label=\"\(escaped(summary(kind, index)))\"")
        return """
            <figure class="kind" id="kind\(index)"><h3>\(escaped(kind.name)) \
            <small>\(counted(jobsOfKind[index], "job"))</small></h3>\(plot.html)\
            <p class="readout"></p></figure>
            """
    }

    private func drawing(_ kind: ReportKind, _ index: Int, _ places: Places) -> String {
        let start = places.place(0, data.machine.idle)
        let corners = kind.hull.map { places.place(kind.points[$0].rate, kind.points[$0].power) }
        let line = ([start] + corners).map { "\(coordinate($0.x)) \(coordinate($0.y))" }
        let chosen = Set(chosen(index).map(\.configuration))
        let rings = kind.points.filter { chosen.contains($0.configuration) }.map { point in
            dot(places.place(point.rate, point.power))
        }.joined()
        let classes = max(1, context.colours.frequencies.count)
        var dots = [String](repeating: "", count: classes)
        for point in kind.points {
            let place = places.place(point.rate, point.power)
            dots[context.colours.index(point.configuration.frequencyKilohertz)] += dot(place)
        }
        let paths = dots.enumerated().filter { !$0.element.isEmpty }.map {
            "<path class=\"dots f\($0)\" d=\"\($1)\"/>"
        }
        let marks = (rings.isEmpty ? [] : ["ring", "hole"]).map { "<path class=\"\($0)\" d=\"\(rings)\"/>" }
            .joined()
        return """
            <path class="hull" d="M\(line.joined(separator: "L"))"/>\
            <path class="rest" d="\(dot(start))"/>\
            \(marks)\
            \(paths.joined())
            """
    }

    /// A line of no length, drawn with a round end: a dot that does not stretch with the box.
    private func dot(_ place: (x: Double, y: Double)) -> String {
        "M\(coordinate(place.x)) \(coordinate(place.y))h0"
    }

    /// What jobs of a kind ran at, with the time they did, the longest first; under the best policy of a
    /// replay, under any of a live report.
    private func chosen(_ kind: Int) -> [ReportStretch] {
        let policies =
            data.kind == .replay ? context.best.map { [data.policies[$0]] } ?? [] : data.policies
        var lengths: [ReportConfiguration: Seconds] = [:]
        for policy in policies {
            for outcome in policy.outcomes where data.jobs[outcome.job].kind == kind {
                for stretch in outcome.ranAt {
                    lengths[stretch.configuration, default: .zero] += stretch.length
                }
            }
        }
        return lengths.keys.sorted().map { ReportStretch($0, length: lengths[$0] ?? .zero) }.sorted {
            ($1.length, $0.configuration) < ($0.length, $1.configuration)
        }
    }

    private func summary(_ kind: ReportKind, _ index: Int) -> String {
        let hull = kind.hull.map { kind.points[$0].configuration.words }.joined(separator: ", ")
        let ran = chosen(index).prefix(4).map(\.configuration.words).joined(separator: ", ")
        return "\(kind.name): \(counted(kind.points.count, "configuration")); on the hull: \(hull). "
            + "Most used: \(ran.isEmpty ? "unknown" : ran)."
    }
}
