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
    /// How far its reports lie apart, as far as was seen; `nil` before two of them.
    private(set) var interval: Seconds?

    private var lastLook: Instant?

    /// Takes a sample, `busy` of which was spent since the previous one at `relativeFrequency` of the top.
    ///
    /// Returns whether the source changed, which makes every earlier rate meaningless.
    mutating func update(
        _ sample: JobSample, busy: Seconds, relativeFrequency: Double, mayStillDeclare: Bool
    ) -> Bool {
        referenceTime += busy * relativeFrequency
        let before = source
        let (previous, looked) = (latest, lastLook)
        lastLook = sample.at
        defer {
            if before == source {
                notice(latest, after: previous, look: looked.map { sample.at - $0 })
            } else {
                interval = nil
            }
        }
        if let progress = sample.progress {
            source = progress.source
            declaredTotal = progress.total
            if !isLatest(progress) { latest = Point(done: progress.done, at: progress.at) }
        } else if source == .declared || mayStillDeclare {
            return false
        } else {
            // What was taken for progress on the output may turn out not to be.
            declaredTotal = nil
            if let instructions = sample.instructions {
                source = .instructions
                latest = Point(done: Double(instructions), at: sample.at)
            } else {
                source = .cpuTime
                latest = Point(done: referenceTime.value, at: sample.at)
            }
        }
        return before != nil && before != source
    }

    /// Whether this is the report that was seen last. Its time is converted between clocks at every look, and
    /// then differs by microseconds.
    private func isLatest(_ progress: Progress) -> Bool {
        guard let latest, latest.done == progress.done else { return false }
        let apart = progress.at - latest.at
        return apart > Seconds(-0.001) && apart < Seconds(0.001)
    }

    /// Learns the interval from two reports. Looks that are rarer than reports miss some of them: what lies
    /// between those that were seen is then no less than the interval.
    private mutating func notice(_ point: Point?, after previous: Point?, look: Seconds?) {
        guard let point, let previous, let look, point.at > previous.at else { return }
        let gap = point.at - previous.at
        guard let interval else { return interval = gap }
        self.interval = look * 2 <= gap ? (interval + gap) * 0.5 : min(interval, gap)
    }
}
