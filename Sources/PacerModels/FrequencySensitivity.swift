import PacerPlatform
import PacerUnits

/// What the measurements at one core count say of the frequency sensitivity there.
struct SensitivityRow: Hashable, Sendable {
    var cores: Int
    /// s, 0…1.
    var sensitivity: Double
    /// 1/variance of s from the errors of the measurements; zero when one frequency was measured.
    var information: Double

    /// One row per core count that was measured at two frequencies or more, ascending.
    static func rows(_ measurements: [Measurement], reference: Hertz) -> [SensitivityRow] {
        let counts = Set(measurements.map(\.configuration.cores)).sorted()
        return counts.compactMap { cores in
            SensitivityRow(measurements.filter { $0.configuration.cores == cores }, reference: reference)
        }
    }

    /// Fits t = a + b·f₀/f with a, b ≥ 0, relative to the errors; then s = b/(a + b).
    private init?(_ row: [Measurement], reference: Hertz) {
        guard let cores = row.first?.configuration.cores,
            Set(row.map(\.configuration.frequency)).count > 1
        else { return nil }
        var rows: [[Double]] = []
        var values: [Double] = []
        var weights = 0.0
        var sum = 0.0
        var squares = 0.0
        for measurement in row {
            let slowdown = reference / measurement.configuration.frequency
            let error = max(0.01, clampedError(measurement.rateError))
            let scale = measurement.rate / error
            rows.append([scale, scale * slowdown])
            values.append(1 / error)
            weights += 1 / (error * error)
            sum += slowdown / (error * error)
            squares += slowdown * slowdown / (error * error)
        }
        let fitted = nonNegativeLeastSquares(rows: rows, values: values)
        guard fitted.count == 2, fitted[0] + fitted[1] > 0 else { return nil }
        self.cores = cores
        self.sensitivity = fitted[1] / (fitted[0] + fitted[1])
        self.information = squares - sum * sum / weights
    }
}

/// The core count at which the sensitivity is known best, from which it is carried to the others.
///
///     s(n) = s(m)·φ(n)/φ(m),     φ(n) = (1 + σ(n − 1)) / (1 + σ(n − 1) + κn(n − 1))
///
/// Work and queueing are instructions and shrink with the clock; what the coherency term costs is traffic
/// between cores and to memory, which does not. m is the anchor's core count.
struct SensitivityAnchor: Hashable, Sendable {
    var cores: Int
    var sensitivity: Double

    init(_ row: SensitivityRow) {
        cores = row.cores
        sensitivity = row.sensitivity
    }

    func carried(to n: Int, law: ScalabilityModel) -> Double {
        guard n != cores else { return sensitivity }
        return min(1, sensitivity * clockedShare(n, law) / clockedShare(cores, law))
    }

    /// φ(n).
    private func clockedShare(_ n: Int, _ law: ScalabilityModel) -> Double {
        let cores = Double(n)
        let clocked = 1 + law.contention * (cores - 1)
        return clocked / (clocked + law.coherency * cores * (cores - 1))
    }

    /// The carried share plus the corrections of rows that were measured themselves, linear in between.
    func sensitivity(cores n: Int, law: ScalabilityModel, corrections: [SensitivityCorrection]) -> Double {
        let carried = carried(to: n, law: law)
        guard let first = corrections.first, let last = corrections.last else { return carried }
        var offset = n <= first.cores ? first.offset : last.offset
        for (left, right) in zip(corrections, corrections.dropFirst())
        where n > left.cores && n <= right.cores {
            let share = Double(n - left.cores) / Double(right.cores - left.cores)
            offset = left.offset + (right.offset - left.offset) * share
        }
        return min(1, max(0, carried + offset))
    }
}

/// By how much the sensitivity measured at one core count differs from the carried one.
struct SensitivityCorrection: Hashable, Sendable {
    var cores: Int
    var offset: Double

    /// How far the carried share is off, as a standard deviation; see docs/models/time.md.
    private static let spread = 0.15

    /// The correction of `row`, smaller the less the row knows.
    init?(_ row: SensitivityRow, anchor: SensitivityAnchor, law: ScalabilityModel) {
        guard row.information > 0 else { return nil }
        cores = row.cores
        let carried = anchor.carried(to: row.cores, law: law)
        let prior = 1 / (SensitivityCorrection.spread * SensitivityCorrection.spread)
        let belief = row.cores == anchor.cores ? 1 : row.information / (row.information + prior)
        offset = (row.sensitivity - carried) * belief
    }
}
