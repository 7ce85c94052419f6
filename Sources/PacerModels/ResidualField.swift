/// What measurements say beyond a law over (cores, frequency): a Gaussian process of relative deviations.
///
/// Real surfaces leave their law slowly: a processor boosts, memory has its own clock, a program has a step
/// in its scaling. The deviation from the law is taken as a sum of independent random functions: one of the
/// cores, one of the frequency, one of both, one of each point alone, one that bends with the frequency
/// sensitivity, and one for each way in which other classes differ. Their spreads were taken from measured
/// surfaces, and only by how much all of them differ from that here is learnt; what the measurements then
/// say is the posterior mean, and how much they say of a point its posterior variance (Rasmussen, Williams,
/// Gaussian Processes for Machine Learning, 2006, ch. 2).
/// The correlation of two core counts, or two frequencies, is a power of their ratio, which is the
/// exponential kernel of the distance of their logarithms. Derivation and worked numbers:
/// docs/models/residuals.md.
struct ResidualField: Hashable, Sendable {
    /// How far a surface strays from its law, as standard deviations.
    struct Spread: Hashable, Sendable {
        /// Along the cores.
        var cores: Double
        /// Along the frequency.
        var frequency: Double
        /// Of both together.
        var both = 0.04
        /// Of a single point: how it alone differs from its neighbours.
        var point = 0.015
        /// Of the share of run time that shrinks with the clock; see ``Place/slope``.
        var sensitivity = 0.0

        /// All of them times `factor`.
        func scaled(by factor: Double) -> Spread {
            Spread(
                cores: cores * factor, frequency: frequency * factor, both: both * factor,
                point: point * factor, sensitivity: sensitivity * factor)
        }
    }

    /// A place on the surface.
    struct Place: Hashable, Sendable {
        var cores: Double
        var frequency: Double
        /// By how much a change of the sensitivity changes the value here.
        var slope = 0.0
        /// How far others deviate from what is expected here, as standard deviations; as many everywhere, or
        /// none. See ``LawAmongOthers``.
        var others: [Double] = []
    }

    /// What was measured at a place.
    struct Observation: Hashable, Sendable {
        var place: Place
        /// Measured over law, less one.
        var deviation: Double
        /// Standard error of `deviation`.
        var error: Double
    }

    private let spread: Spread
    private let places: [Place]
    /// Variance that a place has for itself: more than usual where a reading stands out, so that it does not
    /// bend what lies around it.
    private let own: [Double]
    private let inverse: [[Double]]
    private let weights: [Double]

    /// A reading this many standard deviations off is a peculiarity of its point for the rest.
    private static let outlier = 2.5

    /// The usual spreads count as much as this many observations.
    private static let evidence = 10.0
    /// A surface is taken to be this much smoother than usual at the most …
    private static let smoothest = 0.4
    /// … or rougher.
    private static let roughest = 2.0

    /// The field through `observations`, of which there is one per place, where `spread` is what is usual:
    /// how rough this surface is the observations say too, as many as are more than the law has `parameters`.
    init(_ observations: [Observation], usual spread: Spread, parameters: Int) {
        let usual = ResidualField(observations, spread: spread)
        let freedom = Double(max(0, usual.places.count - parameters))
        guard freedom > 0 else {
            self = usual
            return
        }
        let distance = zip(usual.weights, observations).reduce(0) { $0 + $1.0 * $1.1.deviation }
        let evidence = ResidualField.evidence
        let scale = ((evidence + distance) / (evidence + freedom)).squareRoot()
        let bounded = min(ResidualField.roughest, max(ResidualField.smoothest, scale))
        self = ResidualField(observations, spread: spread.scaled(by: bounded))
    }

    /// The field through `observations`, of which there is one per place.
    init(_ observations: [Observation], spread: Spread) {
        let places = observations.map(\.place)
        let usual = spread.point * spread.point
        let own = observations.map { observation in
            let smooth = ResidualField.covariance(observation.place, observation.place, spread)
            let far = observation.deviation / ResidualField.outlier
            return max(usual, far * far - smooth - observation.error * observation.error)
        }
        var matrix = places.map { left in places.map { ResidualField.covariance(left, $0, spread) } }
        for (index, observation) in observations.enumerated() {
            matrix[index][index] += own[index] + observation.error * observation.error + 1e-9
        }
        // Positive definite by the kernel and the 1e-9; where rounding says otherwise nothing is learnt.
        let inverse = choleskyInverse(matrix)
        self.spread = spread
        self.places = inverse == nil ? [] : places
        self.own = own
        self.inverse = inverse ?? []
        self.weights = (inverse ?? []).map { row in
            zip(row, observations).reduce(0) { $0 + $1.0 * $1.1.deviation }
        }
    }

    /// The expected deviation at a place and its standard deviation.
    func value(at place: Place) -> (deviation: Double, error: Double) {
        var covariances = places.map { ResidualField.covariance($0, place, spread) }
        var variance = ResidualField.covariance(place, place, spread)
        if let index = places.firstIndex(of: place) {
            covariances[index] += own[index]
            variance += own[index]
        } else {
            variance += spread.point * spread.point
        }
        var mean = 0.0
        for (index, covariance) in covariances.enumerated() {
            mean += covariance * weights[index]
            var explained = 0.0
            for (other, value) in covariances.enumerated() { explained += inverse[index][other] * value }
            variance -= covariance * explained
        }
        return (mean, max(0, variance).squareRoot())
    }

    /// The part of the covariance that distant places share.
    private static func covariance(_ left: Place, _ right: Place, _ spread: Spread) -> Double {
        let cores = min(left.cores, right.cores) / max(left.cores, right.cores)
        let clock = min(left.frequency, right.frequency) / max(left.frequency, right.frequency)
        let frequency = clock * clock
        let others = zip(left.others, right.others).reduce(0) { $0 + $1.0 * $1.1 }
        let slopes = left.slope * right.slope * spread.sensitivity * spread.sensitivity
        return spread.cores * spread.cores * cores
            + spread.frequency * spread.frequency * frequency
            + spread.both * spread.both * cores * frequency * frequency
            + slopes * cores.squareRoot() + others
    }
}
