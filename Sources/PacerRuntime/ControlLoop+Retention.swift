import PacerPorts
import PacerScheduling
import PacerUnits

/// How many jobs that have finished are kept, and where their removal has got to.
///
/// They are counted and not timed: a clock that jumps forward takes nothing away.
struct Retention {
    /// So many are looked at, and removed, at once; whoever waits meanwhile does not notice.
    static let atOnce = 50
    /// At most so many more than are to be kept come together before they are looked for.
    private static let slack = 1000

    /// How many are kept; `nil` for all.
    var limit: Int? {
        didSet { if limit != oldValue { isDue = true } }
    }
    /// Whether there may be some to remove.
    private(set) var isDue = true
    /// Those up to here are being removed.
    private(set) var end: JobID?
    /// Those up to here were removed, or stay for now.
    private(set) var examined = Self.beginning
    private var finished = 0

    private static let beginning = JobID(0)

    init(limit: Int?) { self.limit = limit }

    mutating func noteFinished() {
        finished += 1
        if let limit, finished >= min(Self.slack, max(1, limit / 10)) { isDue = true }
    }

    /// Removal goes on behind one job up to another.
    mutating func goOn(after examined: JobID, through end: JobID) {
        self.examined = examined
        self.end = end
    }

    /// Removal is over for now; the next one looks at all jobs again.
    mutating func rest() {
        (examined, end) = (Self.beginning, nil)
        isDue = false
        finished = 0
    }
}

extension ControlLoop {
    /// Removes some of the oldest jobs that have finished, where there are more than are to be kept: their
    /// files first, so that a crash in between leaves no files of jobs that nobody knows.
    func removeOld(at now: Instant) {
        guard retention.isDue, let limit = retention.limit else { return }
        do throws(PortError) {
            var end = retention.end
            if end == nil { end = try ports.store.endOfOld(keeping: limit) }
            guard let end else { return retention.rest() }
            let old = try ports.store.finishedIDs(
                after: retention.examined, through: end, limit: Retention.atOnce)
            // The account of one whose deadline is still to come is not closed.
            let removable = old.filter { engine.record($0, at: now) == nil && unsaved[$0] == nil }
            if !removable.isEmpty {
                for id in removable { try ports.removeFolder(JobFolder(root: folders, job: id)) }
                try ports.store.remove(removable)
                newest = NewestJobs()
            }
            // Behind those that stay, however many they are, the others are found at the next turn.
            guard old.count == Retention.atOnce, let last = old.last else { return retention.rest() }
            retention.goOn(after: last, through: end)
        } catch {
            retention.rest()
            ports.log(.warning, "old jobs were not removed: \(error)")
        }
    }
}
