import PacerAPI
import PacerUnits

/// A frontier as a picture of its own: no scripts, no fonts, nothing to be fetched.
struct FrontierSVG {
    private let chart: FrontierChart
    private let explanation: ExplanationView
    private static let size = (width: 960.0, height: 600.0)
    private static let plot = (left: 70.0, top: 96.0, right: 930.0, bottom: 530.0)

    init(_ chart: FrontierChart, of explanation: ExplanationView) {
        self.chart = chart
        self.explanation = explanation
    }

    var text: String {
        let size = FrontierSVG.size
        let box = "0 0 \(coordinate(size.width)) \(coordinate(size.height))"
        let head = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"\(box)\" role=\"img\"",
            "  aria-labelledby=\"title desc\">",
            "<title id=\"title\">\(escaped(title))</title>",
            "<desc id=\"desc\">\(escaped(description))</desc>",
            FrontierSVG.style, "<rect class=\"page\" width=\"100%\" height=\"100%\"/>",
            label(title, x: 30, y: 32, "head"), label(subtitle, x: 30, y: 54, "dim"),
        ]
        let parts = head + legend + axes + need + [hull] + points + labels
        return (parts + ["</svg>", ""]).joined(separator: "\n")
    }

    // MARK: Words

    private var title: String {
        let choice = explanation.chosen.map { ": \(Words.plan($0.plan))" } ?? ""
        return "Job \(explanation.job.id) under \(explanation.job.policy)\(choice)"
    }

    private var subtitle: String {
        let isWhole = explanation.scope == .whole
        var parts = [truncated(explanation.job.command.joined(separator: " "), to: 40)]
        parts.append(isWhole ? "the whole job, by what was known at its end" : "the rest, as known now")
        if let required = explanation.requiredRatePerS {
            let place = chart.beyond == nil ? "" : ", beyond the right edge"
            parts.append("\(isWhole ? "needed" : "needs") \(chart.rate(required))\(place)")
        }
        if let energy = explanation.chosen?.plan.modelledEnergyJ {
            parts.append("\(Joules(energy)) modelled")
        }
        return parts.joined(separator: "; ")
    }

    private var description: String {
        let corners = chart.points.filter(\.isOnHull).sorted { $0.rate < $1.rate }.map { tip($0) }
        return "Power of the machine in watts over the rate of the job in \(chart.rateUnit) at "
            + "\(chart.points.count) configurations. \(subtitle). On the lower convex hull: "
            + "\(corners.joined(separator: "; "))."
    }

    private func tip(_ point: FrontierChart.Point) -> String {
        let error = point.error.map { " ± \(Words.percent($0, places: 1))" } ?? ""
        let choice = point.isChosen ? ", chosen" : ""
        let place = "\(chart.rate(point.rate))\(error), \(Watts(point.power))"
        return "\(point.name): \(place), \(point.origin)\(choice)"
    }

    // MARK: Places

    private func x(_ rate: Double) -> Double {
        let plot = FrontierSVG.plot
        return plot.left + chart.rates.position(rate) * (plot.right - plot.left)
    }

    private func y(_ power: Double) -> Double {
        let plot = FrontierSVG.plot
        return plot.bottom - chart.powers.position(power) * (plot.bottom - plot.top)
    }

    private func coordinate(_ value: Double) -> String { decimal(value, places: 1, keepZeros: false) }

    // MARK: Parts

    private var legend: [String] {
        var entries: [(mark: (Double) -> String, text: String)] = []
        let has = { (isMeasured: Bool) in chart.points.contains { ($0.origin == .measured) == isMeasured } }
        if has(true) { entries.append(({ circle($0, 74, 4.5, "measured") }, "measured")) }
        if has(false) { entries.append(({ circle($0, 74, 4.5, "predicted") }, "predicted")) }
        if chart.points.contains(where: \.isChosen) {
            entries.append(({ circle($0, 74, 7, "chosen") }, "chosen"))
        }
        entries.append(({ square($0, 74) }, chart.restW > 0 ? "idle machine" : "after the end"))
        entries.append(({ line($0 - 8, 74, $0 + 8, 74, "hull") }, "lower convex hull"))
        if chart.required != nil {
            entries.append(({ line($0 - 8, 74, $0 + 8, 74, "needed") }, "rate that the deadline needs"))
        }
        var left = 40.0
        return entries.flatMap { entry in
            defer { left += 42 + FrontierSVG.textWidth(entry.text) }
            return [entry.mark(left), label(entry.text, x: left + 14, y: 78, "dim")]
        }
    }

    private var axes: [String] {
        let plot = FrontierSVG.plot
        let vertical = chart.rates.ticks.flatMap { tick in
            [
                line(x(tick), plot.top, x(tick), plot.bottom, "grid"),
                label(chart.rates.label(tick), x: x(tick), y: plot.bottom + 20, "dim middle"),
            ]
        }
        let horizontal = chart.powers.ticks.flatMap { tick in
            [
                line(plot.left, y(tick), plot.right, y(tick), "grid"),
                label(chart.powers.label(tick), x: plot.left - 10, y: y(tick) + 4, "dim end"),
            ]
        }
        let middle = (plot.top + plot.bottom) / 2
        let turned = "transform=\"rotate(-90 22 \(coordinate(middle)))\""
        return vertical + horizontal + [
            label(
                "rate of the job, \(chart.rates.scaleName)\(chart.rateUnit)", x: (plot.left + plot.right) / 2,
                y: plot.bottom + 46, "middle"),
            "<text class=\"middle\" x=\"22\" y=\"\(coordinate(middle))\" \(turned)>"
                + "power of the machine, W</text>",
        ]
    }

    /// The rate that the deadline needs, and the stretch that the reserve adds to it.
    private var need: [String] {
        guard let required = chart.required else { return [] }
        let plot = FrontierSVG.plot
        var parts: [String] = []
        if let planned = chart.planned, x(planned) > x(required) {
            let width = coordinate(x(planned) - x(required))
            parts.append(
                "<rect class=\"reserve\" x=\"\(coordinate(x(required)))\" y=\"\(coordinate(plot.top))\" "
                    + "width=\"\(width)\" height=\"\(coordinate(plot.bottom - plot.top))\"><title>"
                    + "the reserve: planned for \(escaped(chart.rate(planned)))</title></rect>")
        }
        return parts + [line(x(required), plot.top, x(required), plot.bottom, "needed")]
    }

    private var hull: String {
        let corners = chart.hull.map { "\(coordinate(x($0.rate))),\(coordinate(y($0.power)))" }
        return "<polyline class=\"hull\" points=\"\(corners.joined(separator: " "))\"/>"
    }

    private var points: [String] {
        let bars = chart.points.filter(\.isOnHull).compactMap { point -> String? in
            guard let error = point.error, error > 0 else { return nil }
            let (left, right) = (x(point.rate * (1 - min(1, error))), x(point.rate * (1 + error)))
            return line(left, y(point.power), right, y(point.power), "error")
        }
        let circles = chart.points.sorted { !$0.isChosen && $1.isChosen }.map { point in
            let kind = point.origin == .measured ? "measured" : "predicted"
            let ring = point.isChosen ? circle(x(point.rate), y(point.power), 8, "chosen") : ""
            return "<g><title>\(escaped(tip(point)))</title>\(ring)"
                + circle(x(point.rate), y(point.power), point.isOnHull ? 4.5 : 3.5, kind) + "</g>"
        }
        let rest =
            chart.restW > 0 ? "idle machine: \(Watts(chart.restW))" : "what comes after the end counts 0 W"
        return bars + circles + ["<g><title>\(escaped(rest))</title>\(square(x(0), y(chart.restW)))</g>"]
    }

    // MARK: Labels

    private struct Box {
        let x: Double
        let y: Double
        let width: Double
        let height: Double

        func touches(_ other: Box) -> Bool {
            x < other.x + other.width && other.x < x + width && y < other.y + other.height
                && other.y < y + height
        }
    }

    private static func textWidth(_ text: String) -> Double { Double(text.count) * 7.2 }

    /// Names of the chosen points and of the hull's, as far as there is room: right below a point of a lower
    /// hull there is nothing, further down others may have their names.
    private var labels: [String] {
        let plot = FrontierSVG.plot
        var taken = chart.points.map { Box(x: x($0.rate) - 5, y: y($0.power) - 5, width: 10, height: 10) }
        taken.append(Box(x: x(0) - 7, y: y(chart.restW) - 7, width: 14, height: 14))
        taken += hullBoxes
        let line = chart.required.map {
            Box(x: x($0) - 2, y: plot.top, width: 4, height: plot.bottom - plot.top)
        }
        // From the top on: a name that finds its place taken goes down, and so do those below it.
        let corners = chart.points.filter { $0.isOnHull && !$0.isChosen }.sorted { $0.rate > $1.rate }
        let named = chart.points.filter(\.isChosen) + corners
        return named.flatMap { point -> [String] in
            let places = places(for: point)
            let free = places.filter { place in !taken.contains(where: place.touches) }
            let clear = free.first { place in line.map { !place.touches($0) } ?? true }
            // A chosen point is named even across the line.
            guard let place = clear ?? (point.isChosen ? free.first ?? places.first : nil) else { return [] }
            taken.append(place)
            return name(point, at: place)
        }
    }

    /// What names must not cover of the hull.
    private var hullBoxes: [Box] {
        zip(chart.hull, chart.hull.dropFirst()).flatMap { from, to in
            (1..<80).map { step in
                let share = Double(step) / 80
                let px = x(from.rate) + (x(to.rate) - x(from.rate)) * share
                let py = y(from.power) + (y(to.power) - y(from.power)) * share
                return Box(x: px - 1, y: py - 1, width: 2, height: 2)
            }
        }
    }

    /// Where the name of a point may stand, the best place first.
    private func places(for point: FrontierChart.Point) -> [Box] {
        let plot = FrontierSVG.plot
        let (px, py) = (x(point.rate), y(point.power))
        let width = FrontierSVG.textWidth(point.name)
        let right = (0..<5).map { (px + 12, py - 4 + Double($0) * 16) }
        let left = (0..<3).map { (px - 12 - width, py - 18 - Double($0) * 16) }
        return (right + left).map { Box(x: $0, y: $1, width: width, height: 15) }.filter { box in
            box.x >= plot.left && box.x + width <= plot.right && box.y >= plot.top
                && box.y + box.height <= plot.bottom
        }
    }

    private func name(_ point: FrontierChart.Point, at place: Box) -> [String] {
        let (px, py) = (x(point.rate), y(point.power))
        let text = label(point.name, x: place.x, y: place.y + 12, point.isChosen ? "strong" : "name")
        guard abs(place.y + 7 - py) > 16 else { return [text] }
        let edge = place.x > px ? place.x - 2 : place.x + place.width + 2
        return [line(px, py, edge, place.y + 8, "leader"), text]
    }

    // MARK: Elements

    private func label(_ text: String, x: Double, y: Double, _ kind: String) -> String {
        let group = kind.isEmpty ? "" : " class=\"\(kind)\""
        return "<text\(group) x=\"\(coordinate(x))\" y=\"\(coordinate(y))\">\(escaped(text))</text>"
    }

    private func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ kind: String) -> String {
        "<line class=\"\(kind)\" x1=\"\(coordinate(x1))\" y1=\"\(coordinate(y1))\" x2=\"\(coordinate(x2))\" "
            + "y2=\"\(coordinate(y2))\"/>"
    }

    private func circle(_ x: Double, _ y: Double, _ radius: Double, _ kind: String) -> String {
        let place = "cx=\"\(coordinate(x))\" cy=\"\(coordinate(y))\""
        return "<circle class=\"\(kind)\" \(place) r=\"\(coordinate(radius))\"/>"
    }

    private func square(_ x: Double, _ y: Double) -> String {
        let place = "x=\"\(coordinate(x - 5))\" y=\"\(coordinate(y - 5))\""
        return "<rect class=\"rest\" \(place) width=\"10\" height=\"10\"/>"
    }

    /// `text` as XML: control characters, which XML cannot hold, become spaces.
    private func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\u{FFFE}", "\u{FFFF}": escaped += " "
            default:
                if scalar.value < 0x20 { escaped += " " } else { escaped.unicodeScalars.append(scalar) }
            }
        }
        return escaped
    }

    private static let style = """
        <style>
        text { font: 13px system-ui, sans-serif; fill: #1f2328; }
        .head { font-size: 17px; font-weight: 600; }
        .strong { font-weight: 600; }
        .strong, .name { paint-order: stroke; stroke: #ffffff; stroke-width: 3px; }
        .dim { fill: #59636e; }
        .middle { text-anchor: middle; }
        .end { text-anchor: end; }
        .page { fill: #ffffff; }
        .grid { stroke: #e5e8ec; }
        .hull { stroke: #9a6700; stroke-width: 2; fill: none; }
        .needed { stroke: #cf222e; stroke-width: 2; stroke-dasharray: 6 4; }
        .reserve { fill: #cf222e; fill-opacity: 0.1; }
        .measured { fill: #0969da; stroke: #0969da; }
        .predicted { fill: #ffffff; stroke: #0969da; stroke-width: 1.5; }
        .chosen { fill: #1a7f37; fill-opacity: 0.15; stroke: #1a7f37; stroke-width: 2.5; }
        .rest { fill: #59636e; }
        .error { stroke: #0969da; stroke-opacity: 0.4; }
        .leader { stroke: #8c959f; }
        @media (prefers-color-scheme: dark) {
        text { fill: #e6edf3; }
        .strong, .name { stroke: #0d1117; }
        .dim { fill: #9198a1; }
        .page { fill: #0d1117; }
        .grid { stroke: #262c36; }
        .hull { stroke: #d29922; }
        .needed { stroke: #f85149; }
        .reserve { fill: #f85149; }
        .measured { fill: #58a6ff; stroke: #58a6ff; }
        .predicted { fill: #0d1117; stroke: #58a6ff; }
        .chosen { fill: #3fb950; stroke: #3fb950; }
        .rest { fill: #9198a1; }
        .error { stroke: #58a6ff; }
        .leader { stroke: #6e7681; }
        }
        </style>
        """
}
