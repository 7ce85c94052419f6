/// The textbook queues of rigid jobs: first come, first served, and EASY backfilling.
///
/// Times are nanoseconds on any clock. A job that has run longer than its estimate is expected to end at
/// once. All that happens at one time is told before anything is started at that time. At equal times the
/// order of arrival decides.
/// EASY: Lifka, JSSPP 1995; Mu'alem and Feitelson, IEEE TPDS 12(6), 2001.
public struct RigidQueue: Sendable {
    private struct Expectation: Hashable, Sendable {
        var end: Int64
        var cores: Int
        var job: Int
    }

    private let backfills: Bool
    /// Cores that are not in use.
    public private(set) var free: Int
    private var line = WaitingLine()
    /// Running jobs by expected end; kept for backfilling only.
    private var running: [Expectation] = []

    /// A queue for `cores` cores.
    ///
    /// - Parameter backfills: EASY instead of first come, first served.
    public init(cores: Int, backfills: Bool) {
        free = cores
        self.backfills = backfills
    }

    /// How many wait.
    public var waiting: Int { line.count }

    /// Who has waited longest.
    public var first: Int? { line.first?.job }

    /// A job arrives; it must not need more cores than there are.
    public mutating func arrive(_ entry: WaitingLine.Entry) { line.append(entry) }

    /// A job that was started has ended.
    ///
    /// - Parameter expectedEnd: its start and its estimate, as it was when it started.
    public mutating func end(job: Int, cores: Int, expectedEnd: Int64) {
        free += cores
        guard backfills else { return }
        var index = place(of: expectedEnd)
        while index < running.count, running[index].job != job { index += 1 }
        if index < running.count { running.remove(at: index) }
    }

    /// The first running job that is expected to end at `end` or later.
    private func place(of end: Int64) -> Int {
        var low = 0
        var high = running.count
        while low < high {
            let middle = (low + high) / 2
            if running[middle].end < end { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Appends the jobs that start at `now` to `started`, in the order in which they get their cores.
    public mutating func start(at now: Int64, into started: inout [WaitingLine.Entry]) {
        while let next = line.first, next.cores <= free {
            line.remove(at: line.firstPlace)
            begin(next, at: now, &started)
        }
        guard backfills, free > 0, line.count > 1, let head = line.first else { return }
        let reserved = reservation(of: head, at: now)
        var extra = reserved.extra
        var place = line.firstPlace
        let room = reserved.shadow == .max ? .max : reserved.shadow - now
        while free > 0,
            let found = line.next(after: place, narrow: min(free, extra), cores: free, estimate: room)
        {
            place = found
            guard let entry = line.remove(at: found) else { break }
            if entry.estimate > room { extra -= entry.cores }
            begin(entry, at: now, &started)
        }
    }

    private mutating func begin(
        _ entry: WaitingLine.Entry, at now: Int64, _ started: inout [WaitingLine.Entry]
    ) {
        free -= entry.cores
        started.append(entry)
        guard backfills else { return }
        let end = RigidQueue.end(of: entry, at: now)
        running.insert(
            Expectation(end: end, cores: entry.cores, job: entry.job), at: place(of: end))
    }

    /// When a job that starts at `now` is expected to end.
    public static func end(of entry: WaitingLine.Entry, at now: Int64) -> Int64 {
        let (end, overflow) = now.addingReportingOverflow(entry.estimate)
        return overflow ? .max : end
    }

    /// When enough cores for `head` are expected to be free, and how many it leaves over then.
    private func reservation(of head: WaitingLine.Entry, at now: Int64) -> (shadow: Int64, extra: Int) {
        var available = free
        var index = 0
        while index < running.count {
            let end = max(now, running[index].end)
            while index < running.count, max(now, running[index].end) == end {
                available += running[index].cores
                index += 1
            }
            if available >= head.cores { return (end, available - head.cores) }
        }
        return (.max, max(0, available - head.cores))
    }
}
