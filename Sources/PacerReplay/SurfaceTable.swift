public import PacerUnits

import PacerPlatform

/// A CSV table of measured surfaces.
///
/// The header names the columns: `app,input,cores,freq_khz,time_s,energy_j,power_w`, in any order; further
/// ones are ignored. A row needs a time and an energy, or, in its place, a power. A table without times may
/// give `speedup` and `powerup` instead, relative to a configuration of their author's choice. Rows that
/// lack what they need are left out and counted; values that cannot be are an error.
public struct SurfaceTable: Sendable {
    /// Which rows count: those whose field in `column` is `value`.
    public struct Condition: Hashable, Sendable, CustomStringConvertible {
        /// The column's name in the header.
        public var column: String
        /// What its field has to be, letter for letter.
        public var value: String

        /// The condition that `column` is `value`.
        public init(column: String, value: String) {
            self.column = column
            self.value = value
        }

        /// `column=value`.
        public var description: String { "\(column)=\(value)" }
    }

    /// Run times that can be simulated: an instant is a whole number of nanoseconds.
    static let times = Seconds(1e-6)...Seconds(1e7)
    /// Powers that can be simulated.
    static let powers = Watts(1e-6)...Watts(1e9)
    /// Frequencies that a configuration may have, in kilohertz.
    static let kilohertz = 1e-3...1e9

    /// In the order in which they first appear.
    public let surfaces: [Surface]
    /// What a reader should know: rows left out, repeats merged.
    public let notes: [String]

    /// What is wrong with a table.
    public struct Problem: Error, Hashable, CustomStringConvertible {
        /// One-based; `nil` when the table as a whole is meant.
        public let line: Int?
        /// One sentence without a full stop.
        public let reason: String

        /// The line and what is wrong with it.
        public var description: String { line.map { "line \($0): \(reason)" } ?? reason }
    }

    /// What a relative table is scaled to.
    public struct Scale: Hashable, Sendable {
        /// How long the fastest configuration takes.
        public var fastest: Seconds
        /// Power where `powerup` is one.
        public var power: Watts

        /// The fastest takes a minute, and one is a watt, unless said otherwise.
        public init(fastest: Seconds = Seconds(60), power: Watts = Watts(1)) {
            self.fastest = fastest
            self.power = power
        }
    }

    /// Reads the rows of a table for which all `conditions` hold.
    public init(
        _ text: String, scale: Scale = Scale(), where conditions: [Condition] = []
    ) throws(Problem) {
        var lines = try SurfaceTable.lines(of: text)
        guard !lines.isEmpty else { throw Problem(line: nil, reason: "the table is empty") }
        let header = lines.removeFirst()
        let columns = try Columns(header.fields, line: header.number)
        guard !lines.isEmpty else { throw Problem(line: nil, reason: "the table has no rows") }
        for condition in conditions { try columns.select(&lines, condition, header: header.number) }
        var order: [String] = []
        var groups: [String: [Row]] = [:]
        var incomplete = 0
        for line in lines {
            guard let row = try columns.row(line.fields, line: line.number) else {
                incomplete += 1
                continue
            }
            let key = row.app + "\u{1F}" + row.input
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(row)
        }
        guard !order.isEmpty else {
            throw Problem(line: nil, reason: "no row has both a time and an energy or a power")
        }
        var notes: [String] = []
        if incomplete > 0 {
            notes.append(
                "\(incomplete) row\(incomplete == 1 ? "" : "s") without a time, or without an energy "
                    + "and a power, left out"
            )
        }
        var read: [Surface] = []
        for key in order { read.append(try SurfaceTable.surface(groups[key] ?? [], scale: scale)) }
        let merged =
            order.reduce(0) { $0 + (groups[$1]?.count ?? 0) } - read.reduce(0) { $0 + $1.points.count }
        if merged > 0 {
            notes.append("\(merged) repeated configuration\(merged == 1 ? "" : "s") merged into means")
        }
        self.surfaces = read
        self.notes = notes
    }

    private static func surface(_ rows: [Row], scale: Scale) throws(Problem) -> Surface {
        let isRelative = rows[0].speedup != nil
        let best = rows.compactMap(\.speedup).max() ?? 1
        var points: [SurfacePoint] = []
        for row in rows {
            guard (row.speedup != nil) == isRelative else {
                throw Problem(
                    line: row.line,
                    reason: "a time among rows of '\(row.app)' that have a speedup; use one of the two")
            }
            let time = row.speedup.map { scale.fastest * (best / $0) } ?? row.time
            let power = isRelative ? scale.power * row.power.value : row.power
            guard times.contains(time) else {
                throw Problem(
                    line: row.line,
                    reason: "a run time of \(time.value) s; what can be simulated is from 1e-6 to 1e7 s")
            }
            guard powers.contains(power) else {
                throw Problem(
                    line: row.line,
                    reason: "a power of \(power.value) W; what can be simulated is from 1e-6 to 1e9 W")
            }
            points.append(SurfacePoint(configuration: row.configuration, time: time, power: power))
        }
        return Surface(app: rows[0].app, input: rows[0].input, points: points, isRelative: isRelative)
    }
}

/// One row of a table.
private struct Row {
    var line: Int
    var app: String
    var input: String
    var configuration: Configuration
    var time: Seconds
    var power: Watts
    var speedup: Double?
}

/// Where the columns are.
private struct Columns {
    private var index: [String: Int] = [:]

    init(_ header: [String], line: Int) throws(SurfaceTable.Problem) {
        for (position, name) in header.enumerated() where index[name] == nil { index[name] = position }
        for name in ["app", "cores", "freq_khz"] where index[name] == nil {
            throw SurfaceTable.Problem(
                line: line,
                reason:
                    "the header lacks '\(name)'; a surface has app,input,cores,freq_khz,time_s,"
                    + "energy_j,power_w"
            )
        }
        let absolute = index["time_s"] != nil && (index["energy_j"] != nil || index["power_w"] != nil)
        guard absolute || (index["speedup"] != nil && index["powerup"] != nil) else {
            throw SurfaceTable.Problem(
                line: line,
                reason: "the header needs time_s with energy_j or power_w, or speedup with powerup")
        }
    }

    /// The row in `fields`; `nil` when it lacks what a point needs.
    func row(_ fields: [String], line: Int) throws(SurfaceTable.Problem) -> Row? {
        guard let app = text("app", fields), !app.isEmpty else {
            throw SurfaceTable.Problem(line: line, reason: "the row names no app")
        }
        guard let cores = try number("cores", fields, line),
            let frequency = try number("freq_khz", fields, line)
        else { throw SurfaceTable.Problem(line: line, reason: "a row needs cores and freq_khz") }
        guard cores >= 1, cores <= 65_536, cores == cores.rounded() else {
            throw SurfaceTable.Problem(
                line: line, reason: "cores is \(cores); it must be a whole number from 1")
        }
        guard SurfaceTable.kilohertz.contains(frequency) else {
            throw SurfaceTable.Problem(
                line: line, reason: "freq_khz is \(frequency); it must be above zero, and at most 1e9")
        }
        let configuration = Configuration(cores: Int(cores), frequency: Hertz(frequency * 1000))
        let time = try positive("time_s", fields, line)
        let energy = try positive("energy_j", fields, line)
        let power = try positive("power_w", fields, line)
        let speedup = try positive("speedup", fields, line)
        let powerup = try positive("powerup", fields, line)
        let input = text("input", fields) ?? ""
        if let time {
            // A printed power is the rounded quotient of the other two.
            guard let mean = energy.map({ $0 / time }) ?? power else { return nil }
            return Row(
                line: line, app: app, input: input, configuration: configuration, time: Seconds(time),
                power: Watts(mean))
        }
        guard let speedup, let powerup else { return nil }
        return Row(
            line: line, app: app, input: input, configuration: configuration, time: .zero,
            power: Watts(powerup), speedup: speedup)
    }

    /// Leaves the lines for which `condition` holds.
    func select(
        _ lines: inout [(number: Int, fields: [String])], _ condition: SurfaceTable.Condition, header: Int
    ) throws(SurfaceTable.Problem) {
        guard index[condition.column] != nil else {
            throw SurfaceTable.Problem(
                line: header, reason: "the header lacks '\(condition.column)', which is to be selected by")
        }
        lines.removeAll { (text(condition.column, $0.fields) ?? "") != condition.value }
        guard !lines.isEmpty else {
            throw SurfaceTable.Problem(line: nil, reason: "no row has \(condition)")
        }
    }

    private func text(_ name: String, _ fields: [String]) -> String? {
        index[name].flatMap { $0 < fields.count ? fields[$0] : nil }
    }

    private func number(
        _ name: String, _ fields: [String], _ line: Int
    ) throws(SurfaceTable.Problem) -> Double? {
        // What was not measured is `NA` in tables that R wrote.
        guard let field = text(name, fields), !field.isEmpty, field != "NA" else { return nil }
        guard let value = Double(field), value.isFinite else {
            throw SurfaceTable.Problem(line: line, reason: "\(name) is '\(field)', which is not a number")
        }
        return value
    }

    private func positive(
        _ name: String, _ fields: [String], _ line: Int
    ) throws(SurfaceTable.Problem) -> Double? {
        guard let value = try number(name, fields, line) else { return nil }
        guard value > 0 else {
            throw SurfaceTable.Problem(line: line, reason: "\(name) is \(value); it must be above zero")
        }
        return value
    }
}

extension SurfaceTable {
    /// The lines that are not empty, with their numbers and fields.
    private static func lines(
        of text: String
    ) throws(Problem) -> [(number: Int, fields: [String])] {
        var result: [(Int, [String])] = []
        // A file from elsewhere may begin with a byte-order mark and end its lines with a return.
        let body = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]
        let rows = body.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in rows.enumerated() where !line.hasPrefix("#") {
            let fields = try split(line, number: index + 1)
            if fields.contains(where: { !$0.isEmpty }) { result.append((index + 1, fields)) }
        }
        return result
    }

    /// Fields between commas; in double quotes a comma is part of the field, and two quotes are one.
    private static func split(_ line: Substring, number: Int) throws(Problem) -> [String] {
        var fields: [String] = []
        var field = ""
        var isQuoted = false
        var afterQuote = false
        for character in line {
            switch character {
            case "\"":
                if afterQuote, !isQuoted { field.append(character) }
                isQuoted.toggle()
            case "," where !isQuoted:
                fields.append(trimmed(field))
                field = ""
            default: field.append(character)
            }
            afterQuote = character == "\"" && !isQuoted
        }
        guard !isQuoted else { throw Problem(line: number, reason: "a quote is opened and not closed") }
        fields.append(trimmed(field))
        return fields
    }

    private static func trimmed(_ field: String) -> String {
        let start = field.drop { $0 == " " || $0 == "\t" }
        let end = start.reversed().drop { $0 == " " || $0 == "\t" }
        return String(end.reversed())
    }
}
