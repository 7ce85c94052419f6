import PacerUnits

/// The least-squares part of a calibration: coefficients, their errors, and which of them can be told at all.
struct CalibrationSolution {
    let model: PowerModel
    let coefficients: [CalibrationFit.Coefficient]
    /// Root mean square of the relative deviations.
    let deviation: Double

    /// - Parameter windows: idle and compute windows; one of each at least.
    init(_ windows: [CalibrationWindow]) {
        let names = Self.known(windows)
        let rows = windows.map { window in names.map { Self.feature($0, of: window) / window.power.value } }
        let solved = nonNegativeLeastSquares(rows: rows, values: windows.map { _ in 1 })
        let squares = zip(rows, windows).reduce(0) { sum, pair in
            let miss = zip(pair.0, solved).reduce(0) { $0 + $1.0 * $1.1 } - 1
            return sum + miss * miss
        }
        let errors = Self.errors(rows, solved, squares: squares)
        coefficients = CalibrationFit.Name.allCases.map { name in
            guard let index = names.firstIndex(of: name) else {
                return CalibrationFit.Coefficient(
                    name: name, value: 0, standardError: nil, doubt: Self.doubt(name, known: names))
            }
            return CalibrationFit.Coefficient(
                name: name, value: solved[index], standardError: errors[index],
                doubt: Self.doubt(name, value: solved[index], error: errors[index], known: names))
        }
        let value = { (name: CalibrationFit.Name) in names.firstIndex(of: name).map { solved[$0] } ?? 0 }
        model = PowerModel(
            idle: Watts(value(.idle)), uncore: Watts(value(.uncore)), cubic: value(.cubic),
            linear: value(.linear), constant: value(.constant))
        deviation = (squares / Double(windows.count)).squareRoot()
    }

    /// The coefficients that the windows can tell apart.
    ///
    /// One number of busy cores cannot tell uncore power from the constant of that many cores. With two
    /// frequencies the cube and the constant are kept: whatever lies between linear and cubic growth is then
    /// met at both without a negative coefficient. With one frequency a core has one power.
    static func known(_ windows: [CalibrationWindow]) -> [CalibrationFit.Name] {
        var widths: Set<Int> = []
        var frequencies: Set<Hertz> = []
        for window in windows {
            guard case .busy(_, let cores, let frequency, _) = window.point else { continue }
            widths.insert(cores)
            frequencies.insert(frequency)
        }
        let core: [CalibrationFit.Name] =
            switch frequencies.count {
            case 0...1: [.constant]
            case 2: [.cubic, .constant]
            default: [.cubic, .linear, .constant]
            }
        return [.idle] + (widths.count > 1 ? [.uncore] : []) + core
    }

    /// What `name` is multiplied by in the mean power of `window`.
    private static func feature(_ name: CalibrationFit.Name, of window: CalibrationWindow) -> Double {
        if name == .idle { return 1 }
        guard case .busy(_, _, let frequency, _) = window.point else { return 0 }
        let gigahertz = frequency.value / 1e9
        let cores = window.busy / window.length
        return switch name {
        case .idle: 1
        case .uncore: window.busiest / window.length
        case .cubic: cores * gigahertz * gigahertz * gigahertz
        case .linear: cores * gigahertz
        case .constant: cores
        }
    }

    /// √(s²·(AᵀA)⁻¹) over the coefficients above zero, s² being what is left over for each degree of freedom;
    /// `nil` for those at zero, and where nothing is left over.
    private static func errors(_ rows: [[Double]], _ solved: [Double], squares: Double) -> [Double?] {
        let free = solved.indices.filter { solved[$0] > 0 }
        let freedom = rows.count - free.count
        // Columns of unit length, as in the fit: their powers of ten lie far apart.
        let lengths = free.map { column in rows.reduce(0) { $0 + $1[column] * $1[column] }.squareRoot() }
        let gram = free.indices.map { left in
            free.indices.map { right in
                rows.reduce(0) { $0 + $1[free[left]] * $1[free[right]] } / lengths[left] / lengths[right]
            }
        }
        var errors = [Double?](repeating: nil, count: solved.count)
        guard freedom > 0, let inverse = choleskyInverse(gram) else { return errors }
        for (index, column) in free.enumerated() {
            errors[column] =
                (squares / Double(freedom) * inverse[index][index]).squareRoot() / lengths[index]
        }
        return errors
    }

    private static func doubt(_ name: CalibrationFit.Name, known: [CalibrationFit.Name]) -> String {
        switch name {
        case .uncore: "not told from the constant: one number of busy cores was measured"
        case .linear where known.contains(.cubic): "not told from the cube: two frequencies were measured"
        default: "not told from the constant: one frequency was measured"
        }
    }

    private static func doubt(
        _ name: CalibrationFit.Name, value: Double, error: Double?, known: [CalibrationFit.Name]
    ) -> String? {
        if name == .constant, !known.contains(.uncore) { return "uncore power is in it" }
        if name == .constant, !known.contains(.cubic) { return "all of a core's power at its frequency" }
        guard value > 0, let error, error > value / 2 else { return nil }
        return "hardly told from the others"
    }
}
