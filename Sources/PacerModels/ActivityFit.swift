/// A job's factor on the machine's core power, and how well it is known.
public struct ActivityEstimate: Hashable, Sendable, Codable {
    /// The factor; see ``PowerModel``.
    public var value: Double
    /// Its standard error, in the same unit.
    public var error: Double

    /// A factor of `value` ± `error`.
    public init(value: Double, error: Double) {
        self.value = value
        self.error = error
    }
}

/// The activities of jobs that explain best what the machine drew above idle while they ran.
///
///     min Σₖ ((Yₖ − u·Uₖ − Σⱼ aⱼ·Qⱼₖ)/σₖ)² + ((u − 1)/ε)² + ((c − 1)/0.5)² + Σⱼ ((aⱼ − bⱼ)/eⱼ)²
///     with u, c, aⱼ ≥ 0
///
/// Row k is an arrangement of jobs: Y joules above idle, U of the modelled uncore, Q of the model's core
/// power for the time the job kept cores busy. A row with one job tells that job's activity, rows that
/// differ tell several. u and c say how far the machine's uncore and core power are from its model,
/// ε how far the uncore may be; b ± e is what is known of the job's kind, and c ± 0.5 where nothing is.
/// Derivation and limits: docs/models/attribution.md.
struct ActivityFit<Job: Hashable & Comparable & Sendable>: Sendable {
    /// What was measured of one arrangement of jobs.
    struct Row: Sendable {
        /// Q: joules of core power at activity one, by job; each job once.
        var cores: [(job: Job, joules: Double)]
        /// U: joules of uncore power by the model.
        var uncore: Double
        /// Y: joules above idle.
        var measured: Double
        /// σ: the standard error of `measured`, in joules.
        var error: Double
    }

    /// Vector code and code that waits for memory differ by two to four times: 0.5 to 1.5 is one deviation.
    static var spread: Double { 0.5 }
    /// A job that keeps cores busy draws something.
    static var least: Double { 0.02 }

    /// Ascending.
    let jobs: [Job]
    private let values: [Double]
    /// Of the activities, in the order of `jobs`.
    private let covariance: [[Double]]

    /// The activities of `jobs`, which are all that the rows mention, each once and ascending.
    ///
    /// `uncoreError` is ε, the relative error of the model's uncore power.
    init(_ rows: [Row], jobs: [Job], known: [Job: ActivityEstimate], uncoreError: Double) {
        self.jobs = jobs
        let count = jobs.count + 2
        var matrix: [[Double]] = []
        var targets: [Double] = []
        func add(_ entries: [(index: Int, value: Double)], _ target: Double, error: Double) {
            var row = [Double](repeating: 0, count: count)
            for entry in entries { row[entry.index] = entry.value / error }
            matrix.append(row)
            targets.append(target / error)
        }
        add([(0, 1)], 1, error: uncoreError)
        add([(1, 1)], 1, error: Self.spread)
        for (index, job) in jobs.enumerated() {
            if let kind = known[job] {
                add([(index + 2, 1)], kind.value, error: max(kind.error, 0.01))
            } else {
                add([(index + 2, 1), (1, -1)], 0, error: Self.spread)
            }
        }
        for row in rows {
            let cores = row.cores.compactMap { core in
                jobs.firstIndex(of: core.job).map { (index: $0 + 2, value: core.joules) }
            }
            add([(0, row.uncore)] + cores, row.measured, error: max(row.error, 1e-6))
        }
        let solution = nonNegativeLeastSquares(rows: matrix, values: targets)
        values = solution.dropFirst(2).map { max(Self.least, $0) }
        let gram = (0..<count).map { i in
            (0..<count).map { j in matrix.reduce(0) { $0 + $1[i] * $1[j] } }
        }
        // The beliefs make it positive definite; should rounding say otherwise, they are all that is left.
        let inverse =
            choleskyInverse(gram)
            ?? (0..<count).map { i in (0..<count).map { $0 == i ? Self.spread * Self.spread : 0 } }
        covariance = inverse.dropFirst(2).map { Array($0.dropFirst(2)) }
    }

    /// The activity of `job`; one that the fit does not know is as active as the machine's model says.
    func activity(of job: Job) -> ActivityEstimate {
        guard let index = jobs.firstIndex(of: job) else {
            return ActivityEstimate(value: 1, error: Self.spread)
        }
        return ActivityEstimate(value: values[index], error: max(0, covariance[index][index]).squareRoot())
    }

    /// The variance of a figure whose derivatives by ln aⱼ are `gradient`, in the order of `jobs`.
    ///
    /// `modelError` is added to every job's own: the relative error of core power between configurations.
    func variance(_ gradient: [Double], modelError: Double) -> Double {
        var sum = 0.0
        for i in jobs.indices where gradient[i] != 0 {
            sum += gradient[i] * gradient[i] * modelError * modelError
            for j in jobs.indices where gradient[j] != 0 {
                sum += gradient[i] * gradient[j] * covariance[i][j] / (values[i] * values[j])
            }
        }
        return max(0, sum)
    }
}
