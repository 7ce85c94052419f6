/// A rigid job for ``TextbookQueue``, in whole units of any time.
public struct TextbookJob: Hashable, Sendable {
    /// When it is submitted.
    public var submitted: Int64
    /// What it really takes.
    public var runTime: Int64
    /// What it is said to take.
    public var estimate: Int64
    /// What it needs.
    public var cores: Int

    /// A job that is submitted at `submitted`.
    public init(submitted: Int64, runTime: Int64, estimate: Int64, cores: Int) {
        self.submitted = submitted
        self.runTime = runTime
        self.estimate = estimate
        self.cores = cores
    }
}

/// The textbook queues as slowly and as plainly as they can be written, to compare fast ones with.
public struct TextbookQueue {
    private let jobs: [TextbookJob]
    private let cores: Int
    private let backfills: Bool
    /// Indices of those that wait, in the order of arrival.
    private var waiting: [Int] = []
    /// Indices of those that run.
    private var running: [Int] = []
    private var starts: [Int64?]

    private init(_ jobs: [TextbookJob], cores: Int, backfills: Bool) {
        self.jobs = jobs
        self.cores = cores
        self.backfills = backfills
        starts = Array(repeating: nil, count: jobs.count)
    }

    /// When each job starts; `nil` for those that need more cores than there are.
    ///
    /// - Parameter jobs: by submission.
    /// - Parameter backfills: EASY instead of first come, first served.
    public static func starts(_ jobs: [TextbookJob], cores: Int, backfills: Bool) -> [Int64?] {
        var queue = TextbookQueue(jobs, cores: cores, backfills: backfills)
        queue.run()
        return queue.starts
    }

    private mutating func run() {
        var arrivals = jobs.indices.filter { jobs[$0].cores <= cores }
        while true {
            let next = (arrivals.map { jobs[$0].submitted } + running.map { end(of: $0) }).min()
            guard let now = next else { return }
            running = running.filter { end(of: $0) > now }
            waiting += arrivals.filter { jobs[$0].submitted <= now }
            arrivals = arrivals.filter { jobs[$0].submitted > now }
            serve(at: now)
        }
    }

    private func end(of job: Int) -> Int64 { (starts[job] ?? 0) + jobs[job].runTime }

    private mutating func serve(at now: Int64) {
        while let head = waiting.first, jobs[head].cores <= free(running) { start(head, at: now) }
        guard backfills, let head = waiting.first else { return }
        let promised = reservation(of: head, at: now)
        for job in waiting.dropFirst() where jobs[job].cores <= free(running) {
            start(job, at: now)
            // It goes ahead unless the first would have to wait longer for it.
            if reservation(of: head, at: now) > promised { takeBack(job) }
        }
    }

    private mutating func start(_ job: Int, at now: Int64) {
        starts[job] = now
        running.append(job)
        waiting.removeAll { $0 == job }
    }

    private mutating func takeBack(_ job: Int) {
        starts[job] = nil
        running.removeAll { $0 == job }
        waiting = (waiting + [job]).sorted()
    }

    private func free(_ running: [Int]) -> Int { cores - running.reduce(0) { $0 + jobs[$1].cores } }

    /// The first time at which enough cores for `job` are expected to be free; who is overdue ends at once.
    private func reservation(of job: Int, at now: Int64) -> Int64 {
        let expected = running.map { max(now, (starts[$0] ?? 0) + jobs[$0].estimate) }
        for time in expected.sorted() {
            let then = zip(running, expected).filter { $1 > time }.map(\.0)
            if free(then) >= jobs[job].cores { return time }
        }
        return .max
    }
}
