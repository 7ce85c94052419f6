import HeapModule
import PacerModels
import PacerPlatform
import PacerScheduling
import PacerUnits

/// A replay under `queue: fcfs` or `queue: easy-backfill`: every job has the cores that the trace gives it,
/// and the frequency that the policy chooses when it starts.
struct RigidRun {
    private struct End: Comparable {
        var time: Int64
        var job: Int
        var option: Int32
        var start: Int64
        var expectedEnd: Int64
        var uncoreBefore: Double
        var cores: [Int]

        static func < (left: End, right: End) -> Bool {
            left.time != right.time ? left.time < right.time : left.job < right.job
        }
        static func == (left: End, right: End) -> Bool { left.time == right.time && left.job == right.job }
    }

    private let replay: Replay
    private let shared: Watts
    private var books: ReplayBooks
    private var queue: RigidQueue
    private var pool: CorePool
    private var ends = Heap<End>()

    init(_ replay: Replay) {
        self.replay = replay
        let power = replay.machine.power
        shared = replay.policy.accounting == .run ? power.uncore + power.idle : power.uncore
        books = ReplayBooks(replay)
        queue = RigidQueue(
            cores: replay.machine.machine.coreCount, backfills: replay.policy.queue == .easyBackfill)
        pool = CorePool(replay.machine.machine)
    }

    mutating func run(_ progress: ((Int) -> Void)?) throws(Replay.Problem) -> ReplayResult {
        let jobs = replay.workload.jobs
        var arrived = 0
        var finished = 0
        var started: [WaitingLine.Entry] = []
        while arrived < jobs.count || !ends.isEmpty {
            let arrival = arrived < jobs.count ? jobs[arrived].submitted.nanoseconds : Int64.max
            let now = min(arrival, ends.min?.time ?? .max)
            books.advance(to: now)
            while let end = ends.min, end.time <= now {
                ends.removeMin()
                finish(end)
                finished += 1
                if finished % 4096 == 0 { progress?(finished) }
            }
            while arrived < jobs.count, jobs[arrived].submitted.nanoseconds <= now {
                arrive(arrived, jobs[arrived])
                arrived += 1
            }
            started.removeAll(keepingCapacity: true)
            queue.start(at: now, into: &started)
            for entry in started { try start(entry, jobs[entry.job]) }
        }
        progress?(finished)
        return books.result(of: replay)
    }

    /// The cores that a job has under these queues; `nil` when it does not fit.
    private func cores(of job: ReplayJob) -> Int? {
        guard let range = job.range(of: replay.machine.machine.coreCount) else { return nil }
        return min(max(job.cores, range.lowerBound), range.upperBound)
    }

    private mutating func arrive(_ index: Int, _ job: ReplayJob) {
        guard let cores = cores(of: job) else {
            books.refuse(index, .tooWide)
            return
        }
        // On other cores than its user had in mind it takes as much longer as the job itself does.
        let estimate = job.requestedTime ?? job.runTime
        let scale = cores == job.cores ? 1 : replay.reference(of: job) / speed(of: job, cores: cores)
        queue.arrive(
            WaitingLine.Entry(
                job: index, cores: cores, estimate: Replay.nanoseconds(estimate.value * scale)))
    }

    private func speed(of job: ReplayJob, cores: Int) -> Double {
        replay.workload.kinds[job.kind].speed(
            Configuration(cores: cores, frequency: replay.top), top: replay.top)
    }

    private mutating func start(
        _ entry: WaitingLine.Entry, _ job: ReplayJob
    ) throws(Replay.Problem) {
        let now = books.now
        let table = replay.tables[job.kind]
        let reference = replay.reference(of: job)
        var needed = 0.0
        if let deadline = job.deadline {
            let time = Replay.seconds(deadline.nanoseconds - now) * (1 - replay.policy.margin)
            needed = time > 0 ? job.runTime.value * reference / time : .infinity
        }
        let range = entry.cores...entry.cores
        // Of the uncore power it bears what its cores are of all cores.
        let shared = shared * (Double(entry.cores) / Double(replay.machine.machine.coreCount))
        let request = OptionRequest(speed: needed, cores: range, shared: shared)
        // Where clocks are shared nobody can have one of its own, and the top is what all of them keep.
        let chosen =
            pool.hasSharedClocks
            ? nil : replay.policy.option(request, of: table) ?? replay.policy.sprint(range, in: table)
        guard let option = chosen ?? table.range(cores: range).last else { return }
        let found = table.options[option]
        let end = Replay.later(now, by: job.time(at: found.speed, reference: reference))
        guard end <= Replay.latest else { throw replay.problem(ofJob: entry.job) }
        books.begin(entry.job)
        books.occupy(entry.cores)
        let cores = replay.keepsSegments ? pool.take(entry.cores) : []
        ends.insert(
            End(
                time: end, job: entry.job, option: Int32(option), start: now,
                expectedEnd: RigidQueue.end(of: entry, at: now), uncoreBefore: books.uncoreOfACore,
                cores: cores))
    }

    private mutating func finish(_ end: End) {
        let job = replay.workload.jobs[end.job]
        let chosen = replay.tables[job.kind].options[Int(end.option)]
        books.enter(
            end.job, since: end.start, cores: chosen.cores, power: chosen.corePower,
            uncoreBefore: end.uncoreBefore)
        books.end(end.job)
        books.occupy(-chosen.cores)
        queue.end(job: end.job, cores: chosen.cores, expectedEnd: end.expectedEnd)
        guard replay.keepsSegments else { return }
        pool.giveBack(end.cores)
        guard end.time > end.start else { return }
        books.segments.append(
            ReplaySegment(
                job: end.job, start: Instant(nanoseconds: end.start), end: Instant(nanoseconds: end.time),
                cores: end.cores.map { replay.machine.machine.cores[$0].id },
                frequency: chosen.configuration.frequency, work: job.runTime.value))
    }
}
