import PacerUnits

/// By how much one run of a class of jobs is faster than the class, and how sure that is.
public struct RunSpeed: Hashable, Sendable {
    /// The run's rates over the class's.
    public var factor: Double
    /// Relative standard error of `factor`.
    public var error: Double

    /// A run as fast as its class, as far as is known.
    public static let same = RunSpeed(ratio: 1, error: 0)

    /// As the windows say, if they say so clearly.
    ///
    /// Runs of one command are as fast as each other unless their input differs, so of an observed ratio
    /// x ± e is believed what its error does not explain: 1 + (x − 1)·max(0, 1 − e²/(x − 1)²), the positive
    /// part of the James–Stein estimator towards one (James, Stein, 4th Berkeley Symposium 1, 1961).
    public init(ratio: Double, error: Double) {
        let excess = ratio - 1
        let kept = excess == 0 ? 0 : max(0, 1 - error * error / (excess * excess))
        factor = 1 + excess * kept
        self.error = error * kept.squareRoot()
    }

    /// From what was measured in both, at the same configurations; `nil` where there is none.
    ///
    /// The median decides, the lower one of two, so that one row of the class that was measured in the start
    /// of its program does not make all others seem fast.
    public init?(of run: [Measurement], in memory: [Measurement]) {
        let ratios = run.compactMap { own in
            memory.first { $0.configuration == own.configuration && $0.rate > 0 }.map {
                (
                    ratio: own.rate / $0.rate,
                    variance: own.rateError * own.rateError + $0.rateError * $0.rateError
                )
            }
        }.sorted { $0.ratio < $1.ratio }
        guard !ratios.isEmpty else { return nil }
        let variance = ratios.reduce(0) { $0 + $1.variance } / Double(ratios.count)
        // The median of many is 1.25 times as far off as their mean.
        let error = (variance / Double(ratios.count)).squareRoot() * (ratios.count > 2 ? 1.25 : 1)
        self.init(ratio: ratios[(ratios.count - 1) / 2].ratio, error: error)
    }
}

extension Measurement {
    /// The mean with another measurement of the same thing, weighed by their errors. What differs from `self`
    /// by more than two standard errors is left out.
    public func joined(with other: Measurement) -> Measurement {
        var joined = self
        if let mean = Self.mean((rate, rateError), (other.rate, other.rateError)) {
            (joined.rate, joined.rateError) = mean
        }
        guard let power else {
            (joined.power, joined.powerError) = (other.power, other.powerError)
            return joined
        }
        if let more = other.power,
            let mean = Self.mean((power.value, powerError), (more.value, other.powerError))
        {
            (joined.power, joined.powerError) = (Watts(mean.0), mean.1)
        }
        return joined
    }

    private static func mean(
        _ one: (value: Double, error: Double), _ other: (value: Double, error: Double)
    ) -> (Double, Double)? {
        let (first, second) = (one.error * one.error, other.error * other.error)
        let difference = one.value / other.value - 1
        guard first > 0, second > 0, difference * difference <= 4 * (first + second) else { return nil }
        let share = second / (first + second)
        return (one.value * share + other.value * (1 - share), (first * share).squareRoot())
    }
}
