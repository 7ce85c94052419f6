/// A rate measured at a number of cores.
public struct ScalabilityPoint: Hashable, Sendable {
    /// Busy cores, at least one.
    public var cores: Int
    /// Work per second.
    public var rate: Double
    /// Relative standard error of `rate`.
    public var relativeError: Double

    /// A measured point.
    public init(cores: Int, rate: Double, relativeError: Double) {
        self.cores = cores
        self.rate = rate
        self.relativeError = relativeError
    }
}

/// The scalability law that lies closest to measured rates, relative to their errors.
public struct ScalabilityFit: Hashable, Sendable {
    /// How much the points could determine.
    public enum Basis: String, Hashable, Sendable, Codable {
        /// One core count: nothing is known, and ideal scaling is assumed, or what the prior says is usual.
        case assumed
        /// Two core counts: contention alone, coherency assumed absent.
        case contention
        /// Three or more core counts: contention and coherency.
        case contentionAndCoherency
    }

    /// Standard errors of the parameters.
    public struct StandardErrors: Hashable, Sendable {
        /// Of γ, relative to γ.
        public var base: Double
        /// Of σ, absolute.
        public var contention: Double
        /// Of κ, absolute.
        public var coherency: Double
    }

    /// The law.
    public let model: ScalabilityModel
    /// What the points could determine of it.
    public let basis: Basis
    /// From (JᵀJ)⁻¹s²; `nil` without more points than parameters. A parameter that rests on its bound of zero
    /// counts as known, so its error reads zero.
    public let errors: StandardErrors?
    /// Root mean square of the relative deviations of the points from the law.
    public let deviation: Double

    /// What is held of σ and κ before anything is measured: zero, give or take a standard deviation. Of what
    /// lies many deviations off it holds nothing: there are programs unlike most.
    public struct Prior: Hashable, Sendable {
        /// Of σ.
        public var contention: Double
        /// Of κ times the square of the largest core count that was measured.
        public var coherency: Double
        /// The σ of a program that was measured on one core count alone.
        public var usual: Double
        /// Beyond so many standard deviations the prior loses its force.
        static let far = 10.0

        /// What programs commonly have: among core counts that lie close together it keeps the law sane.
        public static let common = Prior(contention: 0.15, coherency: 0.5, usual: 0.03)
    }

    /// The law for `points`; `nil` when none of them has a positive finite rate.
    ///
    /// Minimises Σ ((X(nᵢ)/xᵢ − 1)/eᵢ)² over γ > 0, σ ≥ 0, κ ≥ 0, plus the squares of σ and κ over the
    /// deviations of `prior`, if there is one, or of 10·(2 − 10/r) for such an r above 10. The start is the
    /// law that is linear in its parameters, n/X = 1/γ + σ/γ·(n − 1) + κ/γ·n(n − 1), by non-negative least
    /// squares.
    public init?(_ points: [ScalabilityPoint], prior: Prior? = nil) {
        let usable = points.filter { $0.rate > 0 && $0.rate.isFinite && $0.cores > 0 }
            .sorted { ($0.cores, $0.rate, $0.relativeError) < ($1.cores, $1.rate, $1.relativeError) }
        guard !usable.isEmpty else { return nil }
        let counts = Set(usable.map(\.cores)).count
        let basis: Basis =
            counts == 1 ? .assumed : counts == 2 ? .contention : .contentionAndCoherency
        let free = counts == 1 ? 1 : counts == 2 ? 2 : 3
        let start = ScalabilityFit.linearStart(usable, parameters: free)
        let scale = start[0]
        let relative = [1, start[1], start[2]]
        // γ is fitted in units of its start, so that all three are of a comparable size.
        let lower = [1e-6, 0, 0]
        let best = levenbergMarquardt(start: Array(relative.prefix(free)), lower: Array(lower.prefix(free))) {
            ScalabilityFit.linearise(usable, scale: scale, prior: prior, at: $0)
        }
        let padded = best + [Double](repeating: 0, count: 3 - free)
        let usual = counts == 1 ? prior?.usual ?? 0 : 0
        self.model = ScalabilityModel(
            base: padded[0] * scale * (1 + usual * Double(usable[0].cores - 1)),
            contention: padded[1] + usual, coherency: padded[2])
        self.basis = basis
        self.errors = ScalabilityFit.standardErrors(usable, scale: scale, at: best)
        let model = self.model
        let squares = usable.reduce(0) { sum, point in
            let miss = model.rate(cores: point.cores) / point.rate - 1
            return sum + miss * miss
        }
        self.deviation = (squares / Double(usable.count)).squareRoot()
    }

    private static func linearStart(_ points: [ScalabilityPoint], parameters: Int) -> [Double] {
        let rows = points.map { point -> [Double] in
            let n = Double(point.cores)
            let weight = point.rate / (n * clampedError(point.relativeError))
            return Array([weight, weight * (n - 1), weight * n * (n - 1)].prefix(parameters))
        }
        let values = points.map { 1 / clampedError($0.relativeError) }
        let linear = nonNegativeLeastSquares(rows: rows, values: values)
        let perCore = points.map { $0.rate / Double($0.cores) }.max() ?? 1
        guard let inverse = linear.first, inverse > 1e-3 / perCore else { return [perCore, 0.1, 0] }
        let padded = linear + [Double](repeating: 0, count: 3 - linear.count)
        return [1 / inverse, padded[1] / inverse, padded[2] / inverse]
    }

    private static func linearise(
        _ points: [ScalabilityPoint], scale: Double, prior: Prior? = nil, at parameters: [Double]
    ) -> Linearisation {
        let base = parameters[0]
        let contention = parameters.count > 1 ? parameters[1] : 0
        let coherency = parameters.count > 2 ? parameters[2] : 0
        var residuals: [Double] = []
        var jacobian: [[Double]] = []
        for point in points {
            let n = Double(point.cores)
            let load = 1 + (n - 1) * (contention + coherency * n)
            let unit = scale * n / (load * point.rate * clampedError(point.relativeError))
            residuals.append(base * unit - 1 / clampedError(point.relativeError))
            let slope = -base * unit / load
            jacobian.append(Array([unit, slope * (n - 1), slope * n * (n - 1)].prefix(parameters.count)))
        }
        if let prior, let widest = points.last.map({ Double($0.cores) }) {
            let widths = [prior.contention, prior.coherency / (widest * widest)]
            for (index, width) in zip(1..<parameters.count, widths) {
                var row = [Double](repeating: 0, count: parameters.count)
                let deviations = parameters[index] / width
                let isFar = deviations > Prior.far
                residuals.append(isFar ? Prior.far * (2 - Prior.far / deviations) : deviations)
                row[index] = (isFar ? (Prior.far / deviations) * (Prior.far / deviations) : 1) / width
                jacobian.append(row)
            }
        }
        return Linearisation(residuals: residuals, jacobian: jacobian)
    }

    private static func standardErrors(
        _ points: [ScalabilityPoint], scale: Double, at best: [Double]
    ) -> StandardErrors? {
        guard points.count > best.count else { return nil }
        let at = linearise(points, scale: scale, at: best)
        let free = best.indices.filter { $0 == 0 || best[$0] > 0 }
        let gram = normalEquations(at).gram
        guard let inverse = choleskyInverse(free.map { i in free.map { gram[i][$0] } }) else { return nil }
        let variance = at.cost / Double(points.count - free.count)
        var errors = [0.0, 0, 0]
        for (position, index) in free.enumerated() {
            errors[index] = max(0, inverse[position][position] * variance).squareRoot()
        }
        return StandardErrors(base: errors[0] / best[0], contention: errors[1], coherency: errors[2])
    }
}
