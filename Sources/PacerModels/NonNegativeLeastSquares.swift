/// The x ≥ 0 that minimises ‖A·x − b‖², for a handful of unknowns.
///
/// Lawson and Hanson's active-set method on normal equations of columns scaled to unit length, which is exact
/// enough for up to about six well-named columns. A column that depends on those already in use stays at
/// zero. `rows` are the rows of A; all have the same length.
func nonNegativeLeastSquares(rows: [[Double]], values: [Double]) -> [Double] {
    precondition(rows.count == values.count, "every row has a value")
    let count = rows.first?.count ?? 0
    let lengths = (0..<count).map { column in
        rows.reduce(0) { $0 + $1[column] * $1[column] }.squareRoot()
    }
    let scales = lengths.map { $0 > 0 ? 1 / $0 : 0 }
    var gram = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    var projection = [Double](repeating: 0, count: count)
    for (row, value) in zip(rows, values) {
        for i in 0..<count {
            projection[i] += row[i] * scales[i] * value
            for j in 0..<count { gram[i][j] += row[i] * scales[i] * row[j] * scales[j] }
        }
    }
    let size = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let solution = activeSetSolution(gram: gram, projection: projection, tolerance: 1e-12 * max(size, 1e-300))
    return zip(solution, scales).map { $0 * $1 }
}

private func activeSetSolution(gram: [[Double]], projection: [Double], tolerance: Double) -> [Double] {
    let count = projection.count
    var solution = [Double](repeating: 0, count: count)
    var free: [Int] = []
    var barred: Set<Int> = []
    for _ in 0..<(10 * count + 10) {
        let gradient = (0..<count).map { i in
            projection[i] - (0..<count).reduce(0) { $0 + gram[i][$1] * solution[$1] }
        }
        let candidates = (0..<count).filter {
            !free.contains($0) && !barred.contains($0) && gram[$0][$0] > 0 && gradient[$0] > tolerance
        }
        guard let entering = candidates.max(by: { gradient[$0] < gradient[$1] }) else { break }
        free.append(entering)
        free.sort()
        guard solveReduced(gram: gram, projection: projection, free: &free, solution: &solution) else {
            free.removeAll { $0 == entering }
            barred.insert(entering)
            continue
        }
        // A column that was dropped at once would enter again for ever.
        if free.contains(entering) { barred.removeAll() } else { barred.insert(entering) }
    }
    return solution
}

/// Moves towards the unconstrained solution over the free columns, dropping those that reach zero first.
private func solveReduced(
    gram: [[Double]], projection: [Double], free: inout [Int], solution: inout [Double]
) -> Bool {
    while !free.isEmpty {
        let matrix = free.map { i in free.map { gram[i][$0] } }
        guard let trial = choleskySolve(matrix, free.map { projection[$0] }) else { return false }
        if trial.allSatisfy({ $0 > 0 }) {
            for index in solution.indices { solution[index] = 0 }
            for (index, value) in zip(free, trial) { solution[index] = value }
            return true
        }
        var step = 1.0
        for (index, value) in zip(free, trial) where value <= 0 {
            let gap = solution[index] - value
            step = min(step, gap > 0 ? solution[index] / gap : 0)
        }
        for (index, value) in zip(free, trial) {
            solution[index] = max(0, solution[index] + step * (value - solution[index]))
        }
        let dropped = zip(free, trial).filter { index, value in
            value <= 0 && solution[index] <= 1e-14
        }.map(\.0)
        for index in dropped { solution[index] = 0 }
        free.removeAll { dropped.contains($0) }
        if dropped.isEmpty { return false }
    }
    return true
}
