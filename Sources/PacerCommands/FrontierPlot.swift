import PacerAPI
import PacerUnits

/// A frontier as characters on a terminal.
struct FrontierPlot {
    /// The characters it is drawn with.
    struct Marks {
        let measured: Character
        let predicted: Character
        let chosen: Character
        let rest: Character
        let needed: Character
        let corner: String
        let side: String
        let tick: String
        let base: Character
        let baseTick: Character
        let hasBraille: Bool

        static let unicode = Marks(
            measured: "●", predicted: "○", chosen: "◆", rest: "■", needed: "┊", corner: "└", side: "│",
            tick: "┤", base: "─", baseTick: "┬", hasBraille: true)
        static let ascii = Marks(
            measured: "*", predicted: "o", chosen: "#", rest: "I", needed: ":", corner: "+", side: "|",
            tick: "+", base: "-", baseTick: "+", hasBraille: false)
    }

    let chart: FrontierChart
    let style: Style
    let marks: Marks
    /// Columns and rows between the axes.
    let columns: Int
    let rows: Int
    private let labelWidth: Int

    /// The narrowest terminal that a plot is drawn on.
    static let least = 32

    /// `nil` when `width` columns are too few.
    init?(_ chart: FrontierChart, width: Int, unicode: Bool, style: Style = .plain) {
        guard width >= FrontierPlot.least else { return nil }
        self.chart = chart
        self.style = style
        marks = unicode ? .unicode : .ascii
        labelWidth = chart.powers.ticks.map { chart.powers.label($0).count }.max() ?? 1
        // The last label of the lower axis may stand out by half its width.
        columns = min(width, 100) - labelWidth - 2 - 3
        rows = min(18, max(10, columns / 4))
    }

    var lines: [String] {
        var cells = ground()
        if let column = chart.required.map(column) {
            for row in 0..<rows { cells[row][column] = style.red(String(marks.needed)) }
        }
        for point in chart.points.sorted(by: { rank($0) < rank($1) }) {
            cells[row(point.power)][column(point.rate)] = mark(point)
        }
        cells[row(chart.restW)][0] = String(marks.rest)
        // The chosen ones are what the picture is about: nothing is drawn over them.
        for point in chart.points where point.isChosen {
            cells[row(point.power)][column(point.rate)] = mark(point)
        }
        let ticks = Dictionary(
            chart.powers.ticks.map { (row($0), chart.powers.label($0)) },
            uniquingKeysWith: { _, last in last
            })
        let body = cells.indices.map { row in
            let label = ticks[row] ?? ""
            let side = ticks[row] == nil ? marks.side : marks.tick
            return padded(label) + " " + side + trimmed(cells[row].joined())
        }
        let head = padded("W") + " power of the machine"
        return [head] + body + base + legend
    }

    /// Where a rate and a power are drawn.
    func column(_ rate: Double) -> Int { Int((chart.rates.position(rate) * Double(columns - 1)).rounded()) }
    func row(_ power: Double) -> Int {
        Int(((1 - chart.powers.position(power)) * Double(rows - 1)).rounded())
    }

    // MARK: Details

    private func padded(_ label: String) -> String {
        String(repeating: " ", count: max(0, labelWidth - label.count)) + label
    }

    private func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    private func rank(_ point: FrontierChart.Point) -> Int { point.origin == .measured ? 1 : 0 }

    private func mark(_ point: FrontierChart.Point) -> String {
        if point.isChosen { return style.green(String(marks.chosen)) }
        return point.origin == .measured ? String(marks.measured) : style.dim(String(marks.predicted))
    }

    /// The hull, as dots of braille where there are any: two across and four down in each character.
    private func ground() -> [[String]] {
        let (across, down) = marks.hasBraille ? (2, 4) : (1, 1)
        var dots = [[UInt32]](repeating: [UInt32](repeating: 0, count: columns), count: rows)
        let bits: [[UInt32]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
        for (from, to) in zip(chart.hull, chart.hull.dropFirst()) {
            let (left, right) = (chart.rates.position(from.rate), chart.rates.position(to.rate))
            let (start, end) = (chart.powers.position(from.power), chart.powers.position(to.power))
            let steps = max(columns * across, rows * down) * 2
            for step in 0...steps {
                let share = Double(step) / Double(steps)
                let x = (left + (right - left) * share) * Double((columns - 1) * across)
                let y = (1 - start - (end - start) * share) * Double((rows - 1) * down)
                let column = Int(x.rounded()) / across
                let row = Int(y.rounded()) / down
                dots[row][column] |= marks.hasBraille ? bits[Int(y.rounded()) % 4][Int(x.rounded()) % 2] : 1
            }
        }
        return dots.map { row in
            row.map { bits in
                guard bits != 0 else { return " " }
                let scalar = marks.hasBraille ? Unicode.Scalar(0x2800 + bits) : "."
                return style.yellow(scalar.map { String(Character($0)) } ?? ".")
            }
        }
    }

    /// The lower axis with its labels; a label that would touch the one before is left out.
    private var base: [String] {
        var line = [Character](repeating: marks.base, count: columns)
        var labels = [Character](repeating: " ", count: columns + labelWidth + 5)
        var free = 0
        for tick in chart.rates.ticks {
            let column = column(tick)
            let label = Array(chart.rates.label(tick))
            let start = max(0, min(labels.count - label.count, column + labelWidth + 2 - label.count / 2))
            guard start >= free else { continue }
            line[column] = marks.baseTick
            for (offset, character) in label.enumerated() { labels[start + offset] = character }
            free = start + label.count + 1
        }
        let unit = "rate of the job, \(chart.rates.scaleName)\(chart.rateUnit)"
        let indent = String(repeating: " ", count: max(0, labelWidth + 2 + columns - unit.count))
        return [
            padded("") + " " + marks.corner + String(line), trimmed(String(labels)), indent + unit,
        ]
    }

    private var legend: [String] {
        let origins = Set(chart.points.filter { !$0.isChosen }.map(\.origin))
        var entries: [String] = []
        if chart.points.contains(where: \.isChosen) {
            entries.append("\(style.green("\(marks.chosen)")) chosen")
        }
        if origins.contains(.measured) { entries.append("\(marks.measured) measured") }
        if origins.contains(where: { $0 != .measured }) {
            entries.append("\(style.dim("\(marks.predicted)")) predicted")
        }
        entries.append("\(marks.rest) \(chart.restW > 0 ? "idle" : "after the end")")
        entries.append("\(style.yellow(marks.hasBraille ? "⠤⠤" : "..")) hull")
        if let required = chart.required {
            entries.append("\(style.red("\(marks.needed)")) needed: \(chart.rate(required))")
        }
        if let beyond = chart.beyond {
            entries.append("\(style.red(">")) needed: \(chart.rate(beyond)), beyond the right edge")
        }
        return wrapped(entries, separator: "   ", to: columns + labelWidth).map { "  " + $0 }
    }
}

/// `parts` on lines of at most `width` columns; a part that is longer gets a line of its own.
func wrapped(_ parts: [String], separator: String = " ", to width: Int) -> [String] {
    var lines: [String] = []
    for part in parts {
        if let last = lines.last, displayWidth(last + separator + part) <= width {
            lines[lines.count - 1] = last + separator + part
        } else {
            lines.append(part)
        }
    }
    return lines
}
