import Glibc
import PacerModels

/// Mean and spread of repeated measurements.
struct Sample: Hashable {
    let values: [Double]

    /// - Precondition: There is at least one value.
    init(_ values: [Double]) {
        precondition(!values.isEmpty, "a sample has at least one value")
        self.values = values
    }

    var count: Int { values.count }

    var mean: Double { values.reduce(0, +) / Double(count) }

    /// Unbiased variance; `nil` for one value.
    var variance: Double? {
        guard count > 1 else { return nil }
        let mean = mean
        return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)
    }

    /// Half the width of the 95 % confidence interval of the mean, t·s/√n; `nil` for one value.
    ///
    /// For 10, 12, 14: s = 2, t(2) = 4.303, so 4.97.
    var confidence95: Double? {
        variance.map { studentT95(degreesOfFreedom: count - 1) * ($0 / Double(count)).squareRoot() }
    }
}

/// Whether the means of two samples differ, by Welch's test, which does not assume equal variances.
///
///     t = (x̄ − ȳ) / √(s²ₓ/n + s²ᵧ/m),   ν = (s²ₓ/n + s²ᵧ/m)² / ((s²ₓ/n)²/(n−1) + (s²ᵧ/m)²/(m−1))
///
/// Source: B. L. Welch, Biometrika 34, 1947.
struct WelchTest: Hashable {
    let statistic: Double
    let degreesOfFreedom: Double
    /// Probability of a difference at least this large when the true means are equal.
    let pValue: Double

    /// `nil` when a sample has only one value.
    init?(_ left: Sample, _ right: Sample) {
        guard let leftVariance = left.variance, let rightVariance = right.variance else { return nil }
        let a = leftVariance / Double(left.count)
        let b = rightVariance / Double(right.count)
        let difference = left.mean - right.mean
        guard a + b > 0 else {
            statistic = difference == 0 ? 0 : .infinity * (difference < 0 ? -1 : 1)
            degreesOfFreedom = Double(left.count + right.count - 2)
            pValue = difference == 0 ? 1 : 0
            return
        }
        statistic = difference / (a + b).squareRoot()
        degreesOfFreedom =
            (a + b) * (a + b) / (a * a / Double(left.count - 1) + b * b / Double(right.count - 1))
        pValue = studentTwoSided(statistic, degreesOfFreedom: degreesOfFreedom)
    }
}

/// Probability that Student's t with ν degrees of freedom is farther from 0 than `t`: I_x(ν/2, ½) with
/// x = ν/(ν + t²).
func studentTwoSided(_ t: Double, degreesOfFreedom nu: Double) -> Double {
    guard t.isFinite else { return 0 }
    return regularizedBeta(nu / (nu + t * t), nu / 2, 0.5)
}

/// The regularised incomplete beta function I_x(a, b), by its continued fraction (DLMF 8.17.22).
func regularizedBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    if x <= 0 { return 0 }
    if x >= 1 { return 1 }
    // The fraction converges fast below the mean; above it the symmetry I_x(a,b) = 1 − I_{1−x}(b,a) is used.
    if x > (a + 1) / (a + b + 2) { return 1 - regularizedBeta(1 - x, b, a) }
    let logBeta: Double = lgamma(a) + lgamma(b) - lgamma(a + b)
    let front: Double = exp(a * log(x) + b * log(1 - x) - logBeta) / a
    let tiny = 1e-300
    var c = 1.0
    var d = 1 / nonZero(1 - (a + b) * x / (a + 1), tiny)
    var fraction = d
    for step in 1...300 {
        let m = Double(step)
        let even: Double = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        let odd: Double = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in [even, odd] {
            d = 1 / nonZero(1 + term * d, tiny)
            c = nonZero(1 + term / c, tiny)
            fraction *= c * d
        }
        if abs(c * d - 1) < 1e-15 { break }
    }
    return front * fraction
}

private func nonZero(_ value: Double, _ tiny: Double) -> Double { abs(value) < tiny ? tiny : value }
