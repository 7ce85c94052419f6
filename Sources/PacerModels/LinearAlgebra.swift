/// Solves A·x = b for a symmetric positive definite A; `nil` where A is not, to working precision.
func choleskySolve(_ matrix: [[Double]], _ values: [Double]) -> [Double]? {
    choleskyFactor(matrix).map { choleskySubstitute($0, values) }
}

/// Solves L·Lᵀ·x = b.
private func choleskySubstitute(_ lower: [[Double]], _ values: [Double]) -> [Double] {
    let count = values.count
    var x = values
    for i in 0..<count {
        for j in 0..<i { x[i] -= lower[i][j] * x[j] }
        x[i] /= lower[i][i]
    }
    for i in (0..<count).reversed() {
        for j in (i + 1)..<max(count, i + 1) { x[i] -= lower[j][i] * x[j] }
        x[i] /= lower[i][i]
    }
    return x
}

/// The inverse of a symmetric positive definite matrix; `nil` where it is not, to working precision.
func choleskyInverse(_ matrix: [[Double]]) -> [[Double]]? {
    guard let lower = choleskyFactor(matrix) else { return nil }
    return matrix.indices.map { column in
        var unit = [Double](repeating: 0, count: matrix.count)
        unit[column] = 1
        return choleskySubstitute(lower, unit)
    }
}

private func choleskyFactor(_ matrix: [[Double]]) -> [[Double]]? {
    let count = matrix.count
    var lower = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    for i in 0..<count {
        for j in 0...i {
            var sum = matrix[i][j]
            for k in 0..<j { sum -= lower[i][k] * lower[j][k] }
            if i == j {
                // Twelve digits lost: the column repeats the ones before it.
                guard sum > 1e-12 * matrix[i][i], sum.isFinite else { return nil }
                lower[i][i] = sum.squareRoot()
            } else {
                lower[i][j] = sum / lower[j][j]
            }
        }
    }
    return lower
}
