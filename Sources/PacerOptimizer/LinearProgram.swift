/// A condition of a linear program: a weighted sum of columns stays between two limits.
public struct LinearRow: Hashable, Sendable {
    /// The least that the sum may be; may be minus infinity.
    public var lower: Double
    /// The most that it may be; may be infinity.
    public var upper: Double

    /// A row between two limits.
    public init(lower: Double, upper: Double) {
        self.lower = lower
        self.upper = upper
    }
}

/// A variable of a linear program, at least zero.
public struct LinearColumn: Hashable, Sendable {
    /// What one of it does in one row.
    public struct Entry: Hashable, Sendable {
        /// Index of the row.
        public var row: Int
        /// The weight of the variable there.
        public var value: Double

        /// A weight in a row.
        public init(row: Int, value: Double) {
            self.row = row
            self.value = value
        }
    }

    /// What one of it costs.
    public var cost: Double
    /// The most that there may be of it; may be infinity.
    public var upper: Double
    /// Ascending by row, each row at most once.
    public var entries: [Entry]

    /// A variable of these parts.
    public init(cost: Double, upper: Double = .infinity, entries: [Entry]) {
        self.cost = cost
        self.upper = upper
        self.entries = entries
    }
}

/// What a solver says of a linear program.
public enum LinearAnswer: Hashable, Sendable {
    /// The least cost, and for each row what one more of it would cost.
    case optimal(cost: Double, duals: [Double])
    /// No values satisfy every row.
    case infeasible
    /// The cost has no lower limit.
    case unbounded
    /// The solver gave up.
    case stopped
}

/// Solves a linear program that grows by columns. It minimises, and a new solution starts from the last one.
public protocol LinearProgramSolver {
    /// Gives the rows, once, before everything else.
    func setRows(_ rows: [LinearRow]) throws
    /// Adds variables; they are numbered in the order in which they come.
    func add(_ columns: [LinearColumn]) throws
    /// Changes the most that there may be of variables.
    func setLimits(_ limits: [(column: Int, upper: Double)]) throws
    /// Solves.
    func solve() throws -> LinearAnswer
}

/// The text in which a solver that is a program of its own is told a linear program: docs/lp-protocol.md.
public enum LinearProgramText {
    /// A text that gives the rows.
    public static func rows(_ rows: [LinearRow]) -> String {
        var text = "rows \(rows.count)\n"
        for row in rows { text += "\(number(row.lower)) \(number(row.upper))\n" }
        return text
    }

    /// A text that adds variables.
    public static func columns(_ columns: [LinearColumn]) -> String {
        var text = "columns \(columns.count)\n"
        for column in columns {
            text += "\(number(column.cost)) \(number(column.upper)) \(column.entries.count)"
            for entry in column.entries { text += " \(entry.row) \(number(entry.value))" }
            text += "\n"
        }
        return text
    }

    /// A text that changes the upper limits of variables.
    public static func limits(_ limits: [(column: Int, upper: Double)]) -> String {
        var text = "limits \(limits.count)\n"
        for limit in limits { text += "\(limit.column) \(number(limit.upper))\n" }
        return text
    }

    /// A text that asks for a solution.
    public static let solve = "solve\n"

    /// The first line of an answer, and how many lines follow it; `nil` when it is none.
    public static func answer(_ line: some StringProtocol, rows: Int) -> (answer: LinearAnswer, lines: Int)? {
        let words = line.split(separator: " ")
        switch words.first {
        case "optimal" where words.count == 2:
            return Double(words[1]).map { (.optimal(cost: $0, duals: []), rows) }
        case "infeasible": return (.infeasible, 0)
        case "unbounded": return (.unbounded, 0)
        case "stopped": return (.stopped, 0)
        default: return nil
        }
    }

    private static func number(_ value: Double) -> String {
        value.isInfinite ? (value > 0 ? "inf" : "-inf") : "\(value)"
    }
}
