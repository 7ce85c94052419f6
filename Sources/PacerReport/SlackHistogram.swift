import PacerUnits

/// How much of the time from submission to deadline jobs had left when they finished, as shares.
struct SlackHistogram: Hashable {
    /// Width of a bin, as a share.
    static let step = 0.05
    /// Jobs that overran by as much again as they had, or by more, are together in the first bin.
    static let lowest = -1.0
    static let bins = 40

    /// One a bin, from −100 % to 100 %.
    let counts: [Int]
    /// Finished after their deadline.
    let late: Int
    /// Finished with a deadline.
    let jobs: Int
    /// Of half of the jobs this share or less was left; `nil` without jobs.
    let median: Double?

    /// The shares of `policy`'s jobs that have finished and had a deadline.
    init(_ policy: ReportPolicy, of data: ReportData) {
        var counts = [Int](repeating: 0, count: SlackHistogram.bins)
        var late = 0
        var shares: [Double] = []
        for outcome in policy.outcomes {
            guard let slack = data.slack(of: outcome), let deadline = data.jobs[outcome.job].deadline else {
                continue
            }
            let window = deadline - data.jobs[outcome.job].submitted
            // A deadline at the submission leaves no time to have any share of.
            let least = SlackHistogram.lowest
            let share = window > .zero ? max(least, slack / window) : slack < .zero ? least : 0
            shares.append(share)
            if slack < .zero { late += 1 }
            let bin = Int(((share - SlackHistogram.lowest) / SlackHistogram.step + 1e-9).rounded(.down))
            let middle = SlackHistogram.bins / 2
            // Rounding must not move a job to the other side of its deadline.
            let side = slack < .zero ? min(bin, middle - 1) : max(bin, middle)
            counts[min(SlackHistogram.bins - 1, max(0, side))] += 1
        }
        shares.sort()
        self.counts = counts
        self.late = late
        jobs = shares.count
        median = shares.isEmpty ? nil : shares[(shares.count - 1) / 2]
    }
}
