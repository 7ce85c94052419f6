import PacerAPI

/// The runs of `pacer compare`, in order.
enum ComparisonOrder {
    /// Every policy once a repeat, each repeat beginning with another one, so that what drifts slowly (heat,
    /// caches, other load) meets all of them alike.
    static func runs(_ policies: [String], repeats: Int) -> [(repeat: Int, policy: String)] {
        guard !policies.isEmpty else { return [] }
        return (0..<repeats).flatMap { round in
            policies.indices.map { (round, policies[($0 + round) % policies.count]) }
        }
    }
}

/// One run of a comparison.
struct ComparedRun: Hashable, Encodable {
    var job: Int64
    var policy: String
    var `repeat`: Int
    /// The machine's energy from release to deadline, or to the end of the run if that came later, in joules.
    var horizonJ: Double
    var runS: Double
    var deadlineKept: Bool
    /// By how much the deadline was missed, in seconds.
    var lateS: Double
    /// What it mostly ran at.
    var ranAt: String
}

/// The outcome of `pacer compare`.
struct Comparison {
    /// The policy that the others are compared with.
    let baseline: String
    /// In the order they were named.
    let policies: [String]
    let source: EnergySourceName
    let deadlineS: Double
    let runs: [ComparedRun]

    func runs(of policy: String) -> [ComparedRun] { runs.filter { $0.policy == policy } }

    func energy(of policy: String) -> Sample? {
        let values = runs(of: policy).map(\.horizonJ)
        return values.isEmpty ? nil : Sample(values)
    }

    /// How one policy's energy differs from the baseline's.
    struct Difference {
        let policy: String
        /// Energy over that of the baseline, minus 1.
        let relative: Double
        /// `nil` when one repeat is all there is.
        let pValue: Double?
        let isSignificant: Bool
    }

    /// The baseline against each other policy. With several comparisons the level of 5 % is shared among them
    /// (Bonferroni): one of many differences would look real by chance.
    var differences: [Difference] {
        guard let base = energy(of: baseline) else { return [] }
        let others = policies.filter { $0 != baseline }
        return others.compactMap { policy in
            guard let sample = energy(of: policy) else { return nil }
            let test = WelchTest(sample, base)
            let isSignificant = test.map { $0.pValue < 0.05 / Double(others.count) } ?? false
            return Difference(
                policy: policy, relative: sample.mean / base.mean - 1, pValue: test?.pValue,
                isSignificant: isSignificant)
        }
    }
}

/// What a run mostly ran at.
enum DominantConfiguration {
    /// The configurations that took at least a fifth of the run each, longest first, by the decisions taken.
    static func text(_ job: JobView) -> String {
        guard let started = job.startedUnixNs, let finished = job.finishedUnixNs, finished > started else {
            return "?"
        }
        let changes = job.decisions.filter { $0.configuration != nil }
        var times: [String: Double] = [:]
        for (index, change) in changes.enumerated() {
            guard let configuration = change.configuration else { continue }
            let end = index + 1 < changes.count ? changes[index + 1].atUnixNs : finished
            let time = max(0, Words.seconds(from: max(change.atUnixNs, started), to: min(end, finished)))
            times[Words.configuration(configuration), default: 0] += time
        }
        let total = times.values.reduce(0, +)
        let major = times.filter { $0.value * 5 >= total && $0.value > 0 }
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        return major.isEmpty ? "?" : major.map(\.key).joined(separator: " + ")
    }
}
