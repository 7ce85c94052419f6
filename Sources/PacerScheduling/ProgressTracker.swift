import PacerUnits

/// Follows a job's work done, from the best source there is.
struct ProgressTracker: Hashable, Sendable {
    /// A point of the job's progress.
    struct Point: Hashable, Sendable {
        var done: Double
        var at: Instant
    }

    private(set) var source: ProgressSource?
    /// Processor time at the top frequency: ∫ busy time · f/f_top. Exact work where speed follows frequency,
    /// optimistic for memory-bound jobs, and inflated by waiting in loops.
    private(set) var referenceTime = Seconds.zero
    private(set) var declaredTotal: Double?
    private(set) var latest: Point?

    /// Takes a sample, `busy` of which was spent since the previous one at `relativeFrequency` of the top.
    ///
    /// Returns whether the source changed, which makes every earlier rate meaningless.
    mutating func update(
        _ sample: JobSample, busy: Seconds, relativeFrequency: Double, mayStillDeclare: Bool
    ) -> Bool {
        referenceTime += busy * relativeFrequency
        let before = source
        if let progress = sample.progress {
            source = progress.source
            declaredTotal = progress.total ?? declaredTotal
            latest = Point(done: progress.done, at: progress.at)
        } else if source == .declared || source == .output || mayStillDeclare {
            return false
        } else if let instructions = sample.instructions {
            source = .instructions
            latest = Point(done: Double(instructions), at: sample.at)
        } else {
            source = .cpuTime
            latest = Point(done: referenceTime.value, at: sample.at)
        }
        return before != nil && before != source
    }
}
