import PacerAPI
import PacerUnits

/// What `pacer plan` prints.
enum PlanReport {
    static func lines(_ forecast: ForecastView, style: Style = .plain) -> [String] {
        let runs = forecast.knownRuns
        let basis =
            runs == 0 ? "no run known yet: the machine's prior" : "\(runs) known run\(runs == 1 ? "" : "s")"
        var lines = [style.bold("class \(forecast.className), policy \(forecast.policy)") + "; \(basis)"]
        if let start = forecast.startsWith {
            lines.append("would start now with \(Words.configuration(start.configuration))")
        } else {
            lines.append("would have to wait: there are no free cores")
        }
        if !forecast.probes.isEmpty {
            lines.append(
                "would be probed at \(forecast.probes.map(Words.configuration).joined(separator: "; "))")
        }
        lines.append("")
        lines += plans(forecast, style)
        let hull = frontier(forecast.estimates, idleW: forecast.idleW)
        if !hull.isEmpty { lines += [""] + frontierLines(hull, forecast, style) }
        return lines
    }

    private static func plans(_ forecast: ForecastView, _ style: Style) -> [String] {
        guard !forecast.plans.isEmpty else {
            return ["how much work there is, is not known; --estimate DURATION or a first run tells"]
        }
        var table = TextTable([
            ("POLICY", .left), ("RUNS AT", .left), ("TIME", .right), ("JOULES, modelled", .right),
            ("DEADLINE", .left),
        ])
        for entry in forecast.plans {
            let plan = entry.plan
            table.add([
                entry.policy, Words.plan(plan), plan.durationS.map { Words.length($0) } ?? "?",
                plan.modelledEnergyJ.map { Joules($0).description } ?? "?",
                plan.meetsDeadline ? style.green("kept") : style.red("missed"),
            ])
        }
        return table.lines(style: style)
    }

    private static func frontierLines(
        _ hull: [EstimateView], _ forecast: ForecastView, _ style: Style
    ) -> [String] {
        var table = TextTable([
            ("FRONTIER", .left), ("POWER, modelled", .right), ("SPEED", .right), ("BELIEF", .left),
        ])
        table.add(["idle", Watts(forecast.idleW).description, "0 %", ""])
        let fastest = hull.last?.ratePerS ?? 1
        for point in hull {
            table.add([
                Words.configuration(point.configuration), Watts(point.powerW).description,
                Words.percent(point.ratePerS / fastest), point.origin.rawValue,
            ])
        }
        return table.lines(style: style)
    }

    /// The configurations on the lower convex hull of power over rate, the idle machine being its left end:
    /// no other configuration, and no mix of others, does as much work with less energy.
    static func frontier(_ estimates: [EstimateView], idleW: Double) -> [EstimateView] {
        let sorted = estimates.filter { $0.ratePerS > 0 }.sorted {
            ($0.ratePerS, $0.powerW, $0.configuration.cores) < (
                $1.ratePerS, $1.powerW, $1.configuration.cores
            )
        }
        var hull: [EstimateView] = []
        func coordinates(_ index: Int) -> (rate: Double, power: Double) {
            index < 0 ? (0, idleW) : (hull[index].ratePerS, hull[index].powerW)
        }
        for point in sorted {
            while let last = hull.last {
                let (left, middle) = (coordinates(hull.count - 2), coordinates(hull.count - 1))
                let cross =
                    (middle.rate - left.rate) * (point.powerW - left.power)
                    - (middle.power - left.power) * (point.ratePerS - left.rate)
                // Not below the chord, or no faster: not on the hull.
                guard cross <= 0 || last.ratePerS == point.ratePerS && last.powerW > point.powerW else {
                    break
                }
                hull.removeLast()
            }
            if hull.last?.ratePerS != point.ratePerS { hull.append(point) }
        }
        return hull
    }
}
