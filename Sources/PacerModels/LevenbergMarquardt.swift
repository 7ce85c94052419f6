/// Residuals and their derivatives at a point.
struct Linearisation {
    var residuals: [Double]
    /// One row per residual, one column per parameter.
    var jacobian: [[Double]]

    var cost: Double { residuals.reduce(0) { $0 + $1 * $1 } }
}

/// Minimises a sum of squares over parameters that are at least `lower`.
///
/// Damped Gauss–Newton steps (Levenberg–Marquardt with Marquardt's scaling). A parameter on its bound whose
/// gradient points outwards is held there for the step; a step that crosses a bound is cut at it.
/// Every accepted step lowers the cost, so the result is never worse than `start`.
func levenbergMarquardt(
    start: [Double], lower: [Double], linearise: ([Double]) -> Linearisation
) -> [Double] {
    var point = start
    var current = linearise(point)
    var damping = 1e-3
    for _ in 0..<200 {
        let (gram, gradient) = normalEquations(current)
        let free = point.indices.filter { gram[$0][$0] > 0 && (point[$0] > lower[$0] || gradient[$0] < 0) }
        guard !free.isEmpty else { break }
        let damped = free.map { i in
            free.map { j in gram[i][j] * (i == j ? 1 + damping : 1) }
        }
        guard let step = choleskySolve(damped, free.map { -gradient[$0] }) else {
            damping *= 10
            if damping > 1e12 { break }
            continue
        }
        var trial = point
        for (index, move) in zip(free, step) { trial[index] = max(lower[index], point[index] + move) }
        let candidate = linearise(trial)
        if candidate.cost.isFinite, candidate.cost < current.cost {
            let gain = current.cost - candidate.cost
            let moved = zip(point, trial).contains { abs($0 - $1) > 1e-12 * (1e-3 + abs($0)) }
            point = trial
            let finished = !moved || gain <= 1e-15 * current.cost
            current = candidate
            damping = max(1e-12, damping / 10)
            if finished { break }
        } else {
            damping *= 10
            if damping > 1e12 { break }
        }
    }
    return point
}

/// JᵀJ and Jᵀr.
func normalEquations(_ at: Linearisation) -> (gram: [[Double]], gradient: [Double]) {
    let count = at.jacobian.first?.count ?? 0
    var gram = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    var gradient = [Double](repeating: 0, count: count)
    for (row, residual) in zip(at.jacobian, at.residuals) {
        for i in 0..<count {
            gradient[i] += row[i] * residual
            for j in 0..<count { gram[i][j] += row[i] * row[j] }
        }
    }
    return (gram, gradient)
}
