import PacerAPI
import PacerUnits

/// The picture behind an explanation, before anything is drawn: power of the machine over rate of the job.
struct FrontierChart {
    struct Point: Hashable {
        let name: String
        let rate: Double
        let power: Double
        /// Relative standard error of the rate.
        let error: Double?
        let origin: OriginName
        let isChosen: Bool
        let isOnHull: Bool
    }

    /// Every configuration, ascending.
    let points: [Point]
    /// What is drawn once the job has ended; the left end of the hull.
    let restW: Double
    /// The rates and powers of the hull from its left end on.
    let hull: [(rate: Double, power: Double)]
    /// The rate that the deadline needs; `nil` also where it is far beyond everything.
    let required: Double?
    /// The rate that the deadline needs, where that is far beyond everything.
    let beyond: Double?
    /// The rate that the policy plans with: the reserve is kept in hand.
    let planned: Double?
    /// What a unit of rate is called.
    let rateUnit: String
    let rates: ChartAxis
    let powers: ChartAxis

    /// `nil` while nothing is known of the job.
    init?(_ explanation: ExplanationView) {
        let chosen = Set(explanation.chosen?.plan.segments.map(\.configuration) ?? [])
        let hull = Set(explanation.hull)
        points = explanation.estimates.filter { $0.ratePerS > 0 && $0.powerW >= 0 }.map { estimate in
            let configuration = estimate.configuration
            return Point(
                name: Words.configuration(configuration), rate: estimate.ratePerS, power: estimate.powerW,
                error: estimate.rateErrorRatio, origin: estimate.origin,
                isChosen: chosen.contains(configuration), isOnHull: hull.contains(configuration))
        }
        guard let fastest = points.map(\.rate).max() else { return nil }
        restW = explanation.restW
        let corners = points.filter(\.isOnHull).sorted { $0.rate < $1.rate }.map { ($0.rate, $0.power) }
        self.hull = [(0, restW)] + corners
        // A rate far beyond everything would press all points into a corner.
        let needed = explanation.requiredRatePerS
        let required = needed.flatMap { $0 <= 1.5 * fastest ? $0 : nil }
        self.required = required
        beyond = required == nil ? needed : nil
        planned = required.flatMap { required in
            guard let span = explanation.spanS, let reserve = explanation.reserveS, span > reserve,
                reserve > 0
            else { return nil }
            return required * span / (span - reserve)
        }
        rateUnit = Words.rateUnit(explanation.job.work.source)
        // Some room on the right: that is where the names of the fastest go.
        rates = ChartAxis(covering: [fastest * 1.08, required ?? 0], fromZero: true, ticks: 8)
        powers = ChartAxis(covering: points.map(\.power) + [restW], ticks: 6)
    }

    /// `2.4 k units/s`.
    func rate(_ rate: Double) -> String { Words.rate(rate, rateUnit) }
}
