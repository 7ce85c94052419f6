import PacerOptimizer

/// A linear program solved the slow and plain way: a full tableau, two phases, the first column that helps
/// (Bland's rule, which cannot go round in circles). For small programs in tests; independent of every solver
/// that is tested.
struct DenseSimplex {
    enum Relation { case atMost, equal, atLeast }

    private var rows: [(coefficients: [Int: Double], relation: Relation, limit: Double)] = []
    private var costs: [Double] = []
    private var uppers: [(variable: Int, limit: Double)] = []

    /// A variable that is at least zero.
    mutating func variable(cost: Double) -> Int {
        costs.append(cost)
        return costs.count - 1
    }

    mutating func require(_ coefficients: [Int: Double], _ relation: Relation, _ limit: Double) {
        rows.append((coefficients, relation, limit))
    }

    mutating func setCost(of variable: Int, _ cost: Double) { costs[variable] = cost }

    /// The least cost and what one more of each row's limit would cost; `nil` when nothing satisfies the rows.
    func solve() -> (cost: Double, duals: [Double])? {
        // Columns: variables, a slack a row, an artificial a row, the limit.
        let (n, m) = (costs.count, rows.count)
        let width = n + 2 * m + 1
        var table = Array(repeating: Array(repeating: 0.0, count: width), count: m)
        var signs = Array(repeating: 1.0, count: m)
        for (index, row) in rows.enumerated() {
            signs[index] = row.limit < 0 ? -1 : 1
            // order does not matter: each entry has its own place
            for (variable, value) in row.coefficients { table[index][variable] = value * signs[index] }
            let slack: Double = row.relation == .equal ? 0 : row.relation == .atMost ? 1 : -1
            table[index][n + index] = slack * signs[index]
            table[index][n + m + index] = 1
            table[index][width - 1] = row.limit * signs[index]
        }
        var basis = (0..<m).map { n + m + $0 }
        var reduced = Array(repeating: 0.0, count: width)
        for column in 0..<width where column < n + m || column == width - 1 {
            for row in 0..<m { reduced[column] -= table[row][column] }
        }
        Self.pivot(&table, &reduced, &basis, allowed: n + m)
        guard abs(reduced[width - 1]) < 1e-6 else { return nil }
        reduced = costs + Array(repeating: 0, count: 2 * m + 1)
        for row in 0..<m where basis[row] < n {
            let cost = costs[basis[row]]
            guard cost != 0 else { continue }
            for column in 0..<width { reduced[column] -= cost * table[row][column] }
        }
        Self.pivot(&table, &reduced, &basis, allowed: n + m)
        // The reduced cost of an artificial is minus the dual of its row.
        return (-reduced[width - 1], (0..<m).map { -reduced[n + m + $0] * signs[$0] })
    }

    private static func pivot(
        _ table: inout [[Double]], _ reduced: inout [Double], _ basis: inout [Int], allowed: Int
    ) {
        let last = reduced.count - 1
        while let column = (0..<allowed).first(where: { reduced[$0] < -1e-9 }) {
            var best: (row: Int, ratio: Double)?
            for row in table.indices where table[row][column] > 1e-9 {
                let ratio = table[row][last] / table[row][column]
                let isBetter =
                    best.map {
                        ratio < $0.ratio - 1e-12 || (ratio <= $0.ratio + 1e-12 && basis[row] < basis[$0.row])
                    }
                if isBetter ?? true { best = (row, ratio) }
            }
            guard let row = best?.row else { return }
            let scale = table[row][column]
            for index in table[row].indices { table[row][index] /= scale }
            for other in table.indices where other != row && table[other][column] != 0 {
                let factor = table[other][column]
                for index in table[other].indices { table[other][index] -= factor * table[row][index] }
            }
            let factor = reduced[column]
            for index in reduced.indices { reduced[index] -= factor * table[row][index] }
            basis[row] = column
        }
    }
}

/// The plain simplex as the solver of a program that grows by columns.
final class PlainSolver: LinearProgramSolver {
    private var rows: [LinearRow] = []
    private var columns: [LinearColumn] = []

    func setRows(_ rows: [LinearRow]) throws { self.rows = rows }

    func add(_ columns: [LinearColumn]) throws { self.columns += columns }

    func setLimits(_ limits: [(column: Int, upper: Double)]) throws {
        for limit in limits { columns[limit.column].upper = limit.upper }
    }

    func solve() throws -> LinearAnswer {
        var program = DenseSimplex()
        var coefficients = rows.map { _ in [Int: Double]() }
        for column in columns where column.upper > 0 {
            let variable = program.variable(cost: column.cost)
            for entry in column.entries { coefficients[entry.row][variable] = entry.value }
        }
        for (row, limits) in rows.enumerated() {
            if limits.lower.isFinite {
                program.require(coefficients[row], .atLeast, limits.lower)
            } else {
                program.require(coefficients[row], .atMost, limits.upper)
            }
        }
        return program.solve().map { .optimal(cost: $0.cost, duals: $0.duals) } ?? .infeasible
    }
}
