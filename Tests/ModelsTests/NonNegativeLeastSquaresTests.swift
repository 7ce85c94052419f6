import Testing

@testable import PacerModels

/// Expected solutions: scipy 1.17.1, `scipy.optimize.nnls(A, b)[0]`.
@Suite struct NonNegativeLeastSquaresTests {
    static let curve: [[Double]] = [[1, 1, 1], [1, 2, 4], [1, 3, 9], [1, 4, 16]]

    private func expect(_ rows: [[Double]], _ values: [Double], _ expected: [Double]) {
        let solution = nonNegativeLeastSquares(rows: rows, values: values)
        for (found, known) in zip(solution, expected) { #expect(abs(found - known) < 1e-7) }
        #expect(solution.count == expected.count)
    }

    @Test func `the solutions are the ones that scipy finds`() {
        expect(
            [[1, 2, 1], [2, 1, 0], [1, 1, 3], [0, 1, 1]], [1, 4, -1, 2], [1.23529411765, 0.11764705882, 0])
        expect(Self.curve, [2, 3, 7, 11], [1.06976744186, 0, 0.62403100775])
        expect(Self.curve, [5, 3, 2, 1], [2.75, 0, 0])
        let five: [[Double]] = [
            [1, 1, 0.5, 2, 1], [1, 2, 3, 1, 0.5], [1, 0, 1, 4, 2], [1, 5, 2, 2, 3], [1, 1, 1, 1, 4],
            [1, 3, 5, 2, 2], [1, 2, 2, 6, 1],
        ]
        expect(
            five, [6, 9, 8, 15, 7, 16, 14],
            [0.49947088, 1.4649404, 1.45050749, 1.19235778, 0.62961034])
    }

    @Test func `the conditions of optimality hold for random problems`() {
        var random = SplitMix64(seed: 31)
        for _ in 0..<300 {
            let width = Int(random.number(1...6.99))
            let rows = (0..<10).map { _ in (0..<width).map { _ in random.number(-1...1) } }
            let values = (0..<10).map { _ in random.number(-1...1) }
            let solution = nonNegativeLeastSquares(rows: rows, values: values)
            for column in 0..<width {
                let slope = zip(rows, values).reduce(0.0) { sum, pair in
                    let predicted = zip(pair.0, solution).reduce(0) { $0 + $1.0 * $1.1 }
                    return sum + pair.0[column] * (pair.1 - predicted)
                }
                #expect(solution[column] >= 0)
                #expect(slope < 1e-7)
                if solution[column] > 1e-9 { #expect(abs(slope) < 1e-7) }
            }
        }
    }

    @Test func `a repeated column changes nothing that is predicted`() {
        let rows = Self.curve.map { $0 + [$0[2]] }
        let solution = nonNegativeLeastSquares(rows: rows, values: [2, 3, 7, 11])
        #expect(abs(solution[2] + solution[3] - 0.62403100775) < 1e-6)
    }

    @Test func `nothing to fit gives nothing`() {
        #expect(nonNegativeLeastSquares(rows: [], values: []) == [])
        #expect(nonNegativeLeastSquares(rows: [[0, 1]], values: [2]) == [0, 2])
    }
}
