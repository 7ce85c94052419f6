import PacerReplay
import PacerScheduling

/// What one policy came to over simulated runs.
struct EvaluationSummary {
    let policy: String
    let knowledge: Knowledge
    let runs: Int
    /// Energy over the optimum, less one, of the runs that have an optimum; ascending.
    let excesses: [Double]
    /// Missed deadlines by factor, ascending; only factors with misses.
    let misses: [(factor: Double, count: Int)]
    let meanProbes: Double
    /// Of the predicted times of configurations that were never run at; `nil` where nothing was predicted.
    let medianTimeError: Double?
    /// The same of powers.
    let medianPowerError: Double?

    /// - Precondition: There is at least one row, and all are of one policy and knowledge.
    init(_ rows: [EvaluatedRow]) {
        precondition(!rows.isEmpty, "a summary is of at least one run")
        policy = rows[0].policy
        knowledge = rows[0].trial.knowledge
        runs = rows.count
        excesses = rows.compactMap(\.result.excess).sorted()
        let missed = rows.filter(\.result.isMissed).map(\.trial.deadlineFactor)
        misses = Set(missed).sorted().map { factor in (factor, missed.count { $0 == factor }) }
        meanProbes = Double(rows.reduce(0) { $0 + $1.result.probes.count }) / Double(rows.count)
        medianTimeError = Self.median(rows.flatMap(\.result.timeErrors).sorted())
        medianPowerError = Self.median(rows.flatMap(\.result.powerErrors).sorted())
    }

    var missed: Int { misses.reduce(0) { $0 + $1.count } }
    var meanExcess: Double? {
        excesses.isEmpty ? nil : excesses.reduce(0, +) / Double(excesses.count)
    }
    var medianExcess: Double? { Self.median(excesses) }
    var worstExcess: Double? { excesses.last }

    /// The middle of ascending numbers, or the mean of the two in the middle.
    static func median(_ ascending: [Double]) -> Double? {
        guard !ascending.isEmpty else { return nil }
        let middle = ascending.count / 2
        return ascending.count % 2 == 1
            ? ascending[middle] : (ascending[middle - 1] + ascending[middle]) / 2
    }

    /// One summary a policy, by mean excess, then name.
    static func all(_ rows: [EvaluatedRow]) -> [EvaluationSummary] {
        Dictionary(grouping: rows, by: \.policy).map { EvaluationSummary($0.value) }
            .sorted { ($0.meanExcess ?? .infinity, $0.policy) < ($1.meanExcess ?? .infinity, $1.policy) }
    }
}
