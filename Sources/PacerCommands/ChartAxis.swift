import Glibc
import PacerUnits

/// A stretch of numbers along one side of a chart, with round ticks.
struct ChartAxis {
    let lower: Double
    let upper: Double
    /// Ascending, within the stretch.
    let ticks: [Double]
    /// How many the labels count, to be put before the unit: `thousand `, or nothing.
    let scaleName: String
    private let scale: Double
    private let places: Int

    /// A stretch that covers `values` with about `count` ticks; from zero on where `fromZero` says so.
    init(covering values: [Double], fromZero: Bool = false, ticks count: Int) {
        let finite = values.filter(\.isFinite)
        var least = fromZero ? 0 : finite.min() ?? 0
        var most = finite.max() ?? 1
        if most <= least {
            // One value only: it gets some room on both sides.
            let room = max(abs(most) * 0.1, 1e-12)
            most = least + room
            if !fromZero { least -= room }
        }
        let step = ChartAxis.roundStep(atLeast: (most - least) / Double(max(1, count)))
        let first = (least / step).rounded(.down)
        let last = (most / step).rounded(.up)
        lower = first * step
        upper = last * step
        ticks = (0...Int(last - first)).map { (first + Double($0)) * step }
        (scale, scaleName) = Words.scale(of: upper)
        var places = 0
        var unit = step / scale
        while places < 6, abs(unit - unit.rounded()) > 1e-6 * unit {
            unit *= 10
            places += 1
        }
        self.places = places
    }

    /// Where `value` lies between the ends: 0…1, those beyond at the nearer end.
    func position(_ value: Double) -> Double { min(1, max(0, (value - lower) / (upper - lower))) }

    /// The text beside a tick, without the scale.
    func label(_ tick: Double) -> String { decimal(tick / scale, places: places) }

    /// The smallest of 1, 2 and 5 times a power of ten that is no less than `least`.
    private static func roundStep(atLeast least: Double) -> Double {
        let decade = pow(10, log10(least).rounded(.down))
        return [1, 2, 5].map { $0 * decade }.first { $0 >= least * (1 - 1e-9) } ?? 10 * decade
    }
}
