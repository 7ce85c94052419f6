import PacerUnits

/// Cores over time with frequency as colour.
struct PageCores {
    let context: PageContext

    private var data: ReportData { context.data }

    var html: String {
        let known = context.order.filter { !data.policies[$0].segments.isEmpty }
        guard !known.isEmpty else {
            return """
                <section id="cores" aria-labelledby="cores-h">
                <h2 id="cores-h">Cores over time</h2>
                <p class="none">Not drawn: the results do not say what ran when.</p>
                </section>
                """
        }
        let rows =
            !hasExact
            ? "Busy cores"
            : data.coresAreKnown
                ? "Each row is a core" : "Rows are as many cores as were used, not the very ones"
        return """
            <section id="cores" aria-labelledby="cores-h">
            <h2 id="cores-h">Cores over time</h2>
            <figure>
            <figcaption>\(rows); colour is the frequency: the further from the page’s own colour, the faster.\
            \(hasExact ? " Point at a stretch, or use the arrow keys, to see the job." : "")</figcaption>
            \(context.choice("cores", label: "Policy shown"))
            \(context.colours.legend)
            \(known.map(pane).joined(separator: "\n"))
            <p class="readout" id="cores-out" aria-live="polite">\u{A0}</p>
            </figure>
            </section>
            """
    }

    private var hasExact: Bool {
        data.policies.contains {
            !$0.segments.isEmpty && CoreOccupancy.isExact($0.segments, cores: data.machine.cores)
        }
    }

    private func pane(_ index: Int) -> String {
        let policy = data.policies[index]
        let isExact = CoreOccupancy.isExact(policy.segments, cores: data.machine.cores)
        let drawing = isExact ? exact(policy) : binned(policy)
        let step = Seconds(data.horizon.value / Double(CoreOccupancy.bins))
        let stretches = counted(policy.segments.count, "stretch", plural: "stretches")
        let remark =
            isExact
            ? ""
            : """
            <p class="note">\(stretches) are too many to draw one by one: these are the mean numbers of busy \
            cores over \(unbroken(step)), the fastest at the bottom.</p>
            """
        let cores = data.machine.cores
        let every = PageAxis(to: Double(cores), ticks: 4, isWhole: true).ticks.filter { $0 <= Double(cores) }
        let name = "\(policy.name): cores over time, \(stretches)"
        let plot = PagePlot(
            left: every.map { ($0 / Double(cores), decimal($0, places: 0)) },
            leftTitle: isExact ? "cores" : "busy cores, mean",
            ticks: context.timeAxis.ticks, height: min(24, max(7, Double(cores) * 0.55)),
            drawing: "<desc>\(escaped(name))</desc>\(drawing)",
            attributes: "class=\"gantt\" role=\"group\" aria-label=\"\(escaped(name))\""
                + (isExact ? " tabindex=\"0\" data-exact" : ""))
        return "<div class=\"pane\" data-p=\"\(index)\">\(plot.html)\(remark)</div>"
    }

    // MARK: Every stretch

    private func exact(_ policy: ReportPolicy) -> String {
        let span = context.timeAxis.span
        let height = 1000 / Double(data.machine.cores)
        return policy.segments.map { segment in
            let left = segment.start.value / span * 1000
            let width = max(0.4, (segment.end - segment.start).value / span * 1000)
            let path = CoreOccupancy.ranges(segment.cores).map { range in
                let top = 1000 - Double(range.upperBound) * height
                let tall = Double(range.count) * height
                return rectangle(left, top, width, tall)
            }.joined()
            let job = data.jobs[segment.job]
            let place = ReportConfiguration(
                cores: segment.cores.count, frequencyKilohertz: segment.frequencyKilohertz)
            let times = "\(context.units.point(segment.start)) – \(context.units.point(segment.end))"
            let title = "job \(job.name) · \(place.words) · \(times) · \(data.kinds[job.kind].name)"
            return """
                <path class="s f\(context.colours.index(segment.frequencyKilohertz))" \
                data-j="\(segment.job)" d="\(path)"><title>\(escaped(title))</title></path>
                """
        }.joined(separator: "\n")
    }

    private func rectangle(_ x: Double, _ y: Double, _ width: Double, _ height: Double) -> String {
        let (w, h) = (coordinate(width, places: 2), coordinate(height, places: 2))
        return "M\(coordinate(x, places: 2)) \(coordinate(y, places: 2))h\(w)v\(h)h-\(w)z"
    }

    // MARK: Bins

    /// Stacked from the fastest up.
    private func binned(_ policy: ReportPolicy) -> String {
        let occupancy = CoreOccupancy(policy, of: data, colours: context.colours)
        let width = 1000 / Double(CoreOccupancy.bins)
        let height = 1000 / Double(data.machine.cores)
        var base = [Double](repeating: 0, count: CoreOccupancy.bins)
        var paths: [String] = []
        for (frequency, means) in occupancy.cores.enumerated().reversed() {
            var path = ""
            for (bin, cores) in means.enumerated() where cores > 0 {
                let top = 1000 - (base[bin] + cores) * height
                path += rectangle(Double(bin) * width, top, width, cores * height)
                base[bin] += cores
            }
            if !path.isEmpty { paths.append("<path class=\"b f\(frequency)\" d=\"\(path)\"/>") }
        }
        return paths.joined(separator: "\n")
    }
}
