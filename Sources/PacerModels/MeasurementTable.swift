public import PacerPlatform
public import PacerUnits

/// Everything measured of a job so far, one row per configuration.
///
/// Windows at one configuration are merged by inverse variance; where they disagree more than their errors
/// explain, the errors of all configurations grow in proportion. What was measured fades with
/// exp(−age/`timeConstant`), so a job that enters another phase is followed: a window as old as the time
/// constant counts 37 % of a new one, and the error of a configuration that is not visited any more grows
/// by √e per time constant. Where a job stays it is measured all the time, and a row is the mean of about the
/// last ``memory`` windows: it follows a job that drifts, and its error says how much that is in doubt. Where
/// two windows in a row say the same, and something else than all before them, the job has entered another
/// phase, or was measured wrong: the row begins anew with those two.
public struct MeasurementTable: Hashable, Sendable {
    /// A running mean that fades.
    private struct Mean: Hashable, Sendable {
        var information = 0.0
        var weighted = 0.0
        var squares = 0.0
        var weightSquares = 0.0

        private mutating func add(_ value: Double, relativeError: Double) {
            let error = clampedError(relativeError)
            let weight = 1 / (error * error)
            information += weight
            weighted += weight * value
            squares += weight * value * value
            weightSquares += weight * weight
        }

        /// Adds a value, and forgets as much as it is worth of the earlier ones once there are many.
        mutating func follow(_ value: Double, relativeError: Double) {
            if windows > MeasurementTable.memory - 1 {
                let error = clampedError(relativeError)
                let worth = min(1, windows / (information * error * error))
                fade(by: 1 - worth / MeasurementTable.memory)
            }
            add(value, relativeError: relativeError)
        }

        mutating func fade(by factor: Double) {
            information *= factor
            weighted *= factor
            squares *= factor
            weightSquares *= factor * factor
        }

        /// Whether `value` lies further off than the errors of both explain, and than matters.
        func isFar(from value: Double, relativeError: Double) -> Bool {
            guard mean > 0 else { return false }
            let (own, other) = (self.relativeError(inflated: 1), max(relativeError, 0.01))
            let explained = 3 * (own * own + other * other).squareRoot()
            return abs(value / mean - 1) > max(explained, 0.15)
        }

        var mean: Double { information > 0 ? weighted / information : 0 }

        /// How many windows count, fading included.
        var windows: Double { weightSquares > 0 ? information * information / weightSquares : 0 }

        /// Σ((xᵢ − mean)/(mean·eᵢ))²: about the number of windows, less one, when they claim the right
        /// errors.
        var disagreement: Double {
            guard mean > 0 else { return 0 }
            return max(0, squares / (mean * mean) - information)
        }

        /// The larger of what the windows claim, inflated, and of how much they disagree.
        func relativeError(inflated: Double) -> Double {
            guard information > 0, mean > 0 else { return 1 }
            let claimed = (1 / information).squareRoot() * inflated
            guard windows > 1.5 else { return min(1, claimed) }
            let variance = max(0, squares / information - mean * mean)
            let scattered = (variance / (windows - 1)).squareRoot() / mean
            return min(1, max(claimed, scattered))
        }
    }

    private struct Row: Hashable, Sendable {
        var rate = Mean()
        var power = Mean()
        var duration = Seconds.zero
        var updated: Instant
        /// The last window, where it was far from the row, and the row's rate before it.
        var stray: Stray?

        mutating func add(_ window: Measurement) {
            let before = stray?.before ?? rate
            if before.isFar(from: window.rate, relativeError: window.rateError) {
                if let first = stray?.window, isSame(first, window, before) {
                    (rate, power, stray) = (Mean(), Mean(), nil)
                    merge(first)
                } else {
                    stray = Stray(window: window, before: before)
                }
            } else {
                stray = nil
            }
            merge(window)
            duration += window.duration
        }

        /// Whether two windows are far from what was before on the same side, and not from each other.
        private func isSame(_ first: Measurement, _ second: Measurement, _ before: Mean) -> Bool {
            var one = Mean()
            one.follow(first.rate, relativeError: first.rateError)
            return (first.rate > before.mean) == (second.rate > before.mean)
                && !one.isFar(from: second.rate, relativeError: second.rateError)
        }

        private mutating func merge(_ window: Measurement) {
            rate.follow(window.rate, relativeError: window.rateError)
            if let power = window.power, power.value > 0, power.isFinite {
                self.power.follow(power.value, relativeError: window.powerError)
            }
        }
    }

    private struct Stray: Hashable, Sendable {
        var window: Measurement
        var before: Mean
    }

    /// By how much windows err more, or less, than they claim.
    public struct Inflation: Hashable, Sendable, Codable {
        /// Of the rate.
        public var rate: Double
        /// Of the power.
        public var power: Double

        /// Windows that err as they claim, or as given.
        public init(rate: Double = 1, power: Double = 1) {
            self.rate = rate
            self.power = power
        }
    }

    /// How many windows of equal error a row is the mean of, about, once there were so many.
    public static let memory = 8.0

    /// The age at which a window counts 1/e of a new one.
    public let timeConstant: Seconds
    private let expected: Inflation
    private var rows: [Configuration: Row] = [:]

    /// An empty table whose memory fades with `timeConstant`; an infinite one never forgets. Until windows
    /// disagree, or do not, they are taken to err as `expected`.
    public init(timeConstant: Seconds = Seconds(1800), expected: Inflation = Inflation()) {
        precondition(timeConstant > .zero, "a time constant is positive")
        self.expected = expected
        self.timeConstant = timeConstant
    }

    /// Merges a window that ended at `now` into the row of its configuration.
    ///
    /// A window without a positive finite rate is ignored: it says nothing that a model could use.
    public mutating func add(_ window: Measurement, at now: Instant) {
        guard window.rate > 0, window.rate.isFinite else { return }
        var row = rows[window.configuration] ?? Row(updated: now)
        let factor = fading(from: row.updated, to: now)
        row.rate.fade(by: factor)
        row.power.fade(by: factor)
        row.add(window)
        row.updated = max(row.updated, now)
        rows[window.configuration] = row
    }

    /// All rows as they count at `now`, ascending by configuration.
    public func measurements(at now: Instant) -> [Measurement] {
        let inflated = inflation()
        return rows.keys.sorted().compactMap { measurement(of: $0, inflated: inflated, at: now) }
    }

    /// The row of `configuration` as it counts at `now`.
    public func measurement(of configuration: Configuration, at now: Instant) -> Measurement? {
        measurement(of: configuration, inflated: inflation(), at: now)
    }

    private func measurement(
        of configuration: Configuration, inflated: Inflation, at now: Instant
    ) -> Measurement? {
        guard var row = rows[configuration] else { return nil }
        let factor = max(1e-9, fading(from: row.updated, to: now))
        row.rate.fade(by: factor)
        row.power.fade(by: factor)
        return Measurement(
            configuration: configuration, rate: row.rate.mean,
            rateError: row.rate.relativeError(inflated: inflated.rate),
            power: row.power.information > 0 ? Watts(row.power.mean) : nil,
            powerError: row.power.relativeError(inflated: inflated.power), duration: row.duration)
    }

    /// By how much windows err more, or less, than they claim, learnt where one configuration has several.
    ///
    /// √((Σ disagreement + ν·ε²)/(Σ (windows − 1) + ν)), at least a half: reduced χ² with a prior of ν = 2
    /// windows that err as expected, by ε.
    public func inflation() -> Inflation {
        func factor(_ means: [Mean], _ expected: Double) -> Double {
            var disagreement = 2 * expected * expected
            var freedom = 2.0
            for mean in means where mean.windows > 1.5 {
                disagreement += mean.disagreement
                freedom += mean.windows - 1
            }
            return max(0.25, disagreement / freedom).squareRoot()
        }
        let sorted = rows.keys.sorted().compactMap { rows[$0] }
        return Inflation(
            rate: factor(sorted.map(\.rate), expected.rate),
            power: factor(sorted.map(\.power), expected.power))
    }

    /// The configurations measured so far, ascending.
    public var configurations: [Configuration] { rows.keys.sorted() }

    /// Whether nothing was measured yet.
    public var isEmpty: Bool { rows.isEmpty }

    /// Forgets everything: the job has become another one.
    public mutating func removeAll() { rows.removeAll() }

    private func fading(from earlier: Instant, to later: Instant) -> Double {
        guard later > earlier, timeConstant.isFinite else { return 1 }
        return exponentialDecay((later - earlier) / timeConstant)
    }
}

/// A relative error that a fit can weigh by: at least 0.1 %, at most 100 %.
func clampedError(_ error: Double) -> Double { error.isNaN ? 1 : min(1, max(1e-3, error)) }

/// e^(−x) for x ≥ 0, to nine digits, from + × ÷ alone so that every system computes the same bits.
func exponentialDecay(_ x: Double) -> Double {
    guard x > 0 else { return 1 }
    guard x < 700 else { return 0 }
    let y = x / 1024
    var power = 1 + y * (1 + y / 2 * (1 + y / 3 * (1 + y / 4)))
    for _ in 0..<10 { power *= power }
    return 1 / power
}
