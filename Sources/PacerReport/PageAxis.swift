import PacerUnits

/// A stretch of numbers from zero on along one side of a chart, with round ticks.
struct PageAxis {
    let upper: Double
    let ticks: [Double]
    private let places: Int

    /// A stretch from zero to beyond `most` with about `count` ticks.
    ///
    /// - Parameter isWhole: Whether there is nothing between whole numbers.
    init(to most: Double, ticks count: Int, isWhole: Bool = false) {
        let most = most.isFinite && most > 0 ? most : 1
        let step = PageAxis.roundStep(atLeast: max(most / Double(count), isWhole ? 1 : 0))
        // The last tick is the end unless the values only just reach beyond it.
        let last = max(1, (most / step - 1e-9).rounded(.up))
        upper = last * step
        ticks = (0...Int(last)).map { Double($0) * step }
        var places = 0
        var unit = step
        while places < 6, abs(unit - unit.rounded()) > 1e-6 * unit {
            unit *= 10
            places += 1
        }
        self.places = places
    }

    func share(_ value: Double) -> Double { min(1, max(0, value / upper)) }

    func label(_ tick: Double) -> String { decimal(tick, places: places) }

    /// The smallest of 1, 2 and 5 times a power of ten that is no less than `least`.
    private static func roundStep(atLeast least: Double) -> Double {
        var decade = 1.0
        while decade > least { decade /= 10 }
        while decade * 10 <= least { decade *= 10 }
        return [1, 2, 5].map { $0 * decade }.first { $0 >= least * (1 - 1e-9) } ?? 10 * decade
    }
}

/// The time along the lower side of a chart.
struct PageTimeAxis {
    /// A tick: its place as a share of the axis, and its text.
    struct Tick {
        let share: Double
        let label: String
        /// Left out where there is little room.
        let isMinor: Bool
    }

    let span: Double
    let ticks: [Tick]

    private static let steps = [
        0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 10800, 21600, 43200,
        86400, 172_800, 604_800, 1_209_600, 2_592_000, 7_776_000, 31_536_000,
    ]

    /// From second zero to `horizon`, by the clock where there is one.
    init(to horizon: Seconds, _ units: PageUnits) {
        span = horizon.value > 0 ? horizon.value : 1
        let span = span
        // Clocks show whole seconds.
        let least = units.clock == nil ? span / 9 : max(1, span / 9)
        let step = PageTimeAxis.steps.first { $0 >= least } ?? least
        // By the clock, ticks are at round local times.
        let offset = units.clock.map { clock in
            let local = (clock.unixSeconds + clock.zoneSeconds) % 86400
            let behind = Double(local).truncatingRemainder(dividingBy: step)
            return behind > 0 ? step - behind : 0
        }
        let first = offset ?? 0
        let count = Int(max(0, ((span - first) / step).rounded(.down)))
        ticks = (0...count).compactMap { index in
            let time = first + Double(index) * step
            guard time <= span else { return nil }
            let label =
                units.clock == nil
                ? PageTimeAxis.relative(time, step: step)
                : PageTimeAxis.byClock(Seconds(time), step: step, units)
            return Tick(share: time / span, label: label, isMinor: index % 2 == 1)
        }
    }

    private static func relative(_ time: Double, step: Double) -> String {
        let number = { (unit: Double) in decimal(time / unit, places: 1, keepZeros: false) }
        if time == 0 { return "0" }
        if step >= 86400 { return "\(number(86400))\u{A0}d" }
        if step >= 3600 { return "\(number(3600))\u{A0}h" }
        if step >= 60 { return "\(number(60))\u{A0}min" }
        return "\(number(1))\u{A0}s"
    }

    private static func byClock(_ time: Seconds, step: Double, _ units: PageUnits) -> String {
        // A point is a month, a day and a time: `09-21 14:00:00`.
        let point = units.point(time)
        let clock = String(point.dropFirst(6))
        if step >= 86400 || clock == "00:00:00" { return String(point.prefix(5)) }
        return step >= 60 ? String(clock.prefix(5)) : clock
    }
}

/// A rectangle that stretches to the room there is, with labels that do not stretch.
struct PagePlot {
    /// Labels of the left side: a share from below, and a text.
    var left: [(share: Double, label: String)] = []
    var leftTitle = ""
    var ticks: [PageTimeAxis.Tick] = []
    var bottomTitle = ""
    /// Height in rem.
    var height: Double
    /// What is drawn, in a box of 1000 by 1000.
    var drawing: String
    /// Attributes of the svg element, such as its role and its name.
    var attributes: String

    var html: String {
        let labels = left.map {
            "<span style=\"bottom:\(coordinate($0.share * 100))%\">\(escaped($0.label))</span>"
        }
        let below = ticks.map { tick in
            let edge = tick.share < 0.03 ? " first" : tick.share > 0.97 ? " last" : ""
            let group = (tick.isMinor ? "minor" : "") + edge
            let mark = group.isEmpty ? "" : " class=\"\(group)\""
            return
                "<span\(mark) style=\"left:\(coordinate(tick.share * 100))%\">\(escaped(tick.label))</span>"
        }
        let grid =
            left.map { line(y: 1000 - $0.share * 1000) } + ticks.map { line(x: $0.share * 1000) }
        let side = leftTitle.isEmpty ? "" : "<p class=\"ytitle\">\(escaped(leftTitle))</p>"
        let foot = bottomTitle.isEmpty ? "" : "<p class=\"xtitle\">\(escaped(bottomTitle))</p>"
        return """
            \(side)<div class="plot" style="--h:\(coordinate(height, places: 2))rem">\
            <div class="y" aria-hidden="true">\(labels.joined())</div>\
            <svg viewBox="0 0 1000 1000" preserveAspectRatio="none" \(attributes)>\
            <path class="grid" d="\(grid.joined())"/>\(drawing)</svg>\
            <div class="x" aria-hidden="true">\(below.joined())</div></div>\(foot)
            """
    }

    private func line(x: Double) -> String { "M\(coordinate(x)) 0V1000" }

    private func line(y: Double) -> String { "M0 \(coordinate(y))H1000" }
}
