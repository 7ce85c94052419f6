import PacerModels
import PacerUnits

/// All that is kept of a job while it waits: what it will start from.
///
/// A hundred thousand of them may wait, so what they have in common is shared.
final class WaitingJob: Sendable {
    let request: JobRequest
    let policy: any Policy
    let prior: ClassProfile?
    let belief: Belief?
    let energyAtRelease: EnergyReading?
    /// Whether anything was measured of its class.
    let isKnown: Bool
    /// How long it takes with all the cores that it may have at its fastest, should it be one of its class's
    /// larger runs; `nil` where that is not known.
    let timeAtFastest: Seconds?

    init(_ job: ActiveJob) {
        request = job.request
        policy = job.policy
        prior = job.prior
        belief = job.belief
        energyAtRelease = job.energyAtRelease
        isKnown = job.knowsSomething
        let rate = isKnown ? job.belief?.fastest?.rate : nil
        let work = job.updated(fastestRate: rate).work
        timeAtFastest = work.remaining.flatMap { remaining in
            rate.flatMap { $0 > 0 ? Seconds((remaining + work.surplus) / $0) : nil }
        }
    }

    /// The job as it starts.
    var job: ActiveJob {
        var job = ActiveJob(request: request, policy: policy, prior: prior)
        job.belief = belief
        job.energyAtRelease = energyAtRelease
        return job
    }
}

/// The jobs of an engine, each where its state puts it: those that hold cores, those that are paused, those
/// that wait for cores, and those that have ended and whose deadline is still to come.
///
/// Only the first are looked at again and again; there are never more of them than cores, and what an event
/// costs does not grow with the others.
struct JobTable: Sendable {
    /// Jobs that hold cores, ascending.
    private(set) var active: [JobID] = []
    /// Jobs that are paused, ascending.
    private(set) var paused: [JobID] = []
    /// Those that wait, of every user by deadline, or by number alone, and then by number.
    private var lines: [UserID?: OrderedLine] = [:]
    private var holders: [JobID: ActiveJob] = [:]
    private var waiting: [JobID: WaitingJob] = [:]
    private var ended: [JobID: ActiveJob] = [:]
    /// Those that have ended, by their deadlines.
    private var endings = OrderedLine()
    /// The order in which waiting jobs are served.
    private(set) var queue: QueueDiscipline

    init(queue: QueueDiscipline) { self.queue = queue }

    var isEmpty: Bool { holders.isEmpty && waiting.isEmpty && ended.isEmpty }

    /// How many wait.
    var waitingCount: Int { waiting.count }

    /// How many wait of which something was measured.
    private(set) var knownWaitingCount = 0

    /// How many of a user's jobs wait.
    func waitingCount(of user: UserID?) -> Int { lines[user]?.count ?? 0 }

    /// Whether jobs of more than one user wait.
    var isOfSeveralUsers: Bool { lines.count > 1 }

    /// How many have ended and have a deadline that is still to come.
    var endedCount: Int { ended.count }

    /// A job wherever it is; it goes where its state puts it.
    subscript(id: JobID) -> ActiveJob? {
        get { holders[id] ?? waiting[id]?.job ?? ended[id] }
        set {
            guard let job = newValue else { return remove(id) }
            if job.isActive || job.isPaused, holders[id]?.isPaused == job.isPaused {
                holders[id] = job
                return
            }
            remove(id)
            add(job)
        }
    }

    /// Enters a line of the account of energy for a job that has held cores.
    mutating func enter(_ line: EnergyLedger<JobID>.Line) {
        if holders[line.job]?.energy.enter(line) == nil { ended[line.job]?.energy.enter(line) }
    }

    /// The jobs that have ended and whose deadlines have passed at `now`, ascending.
    func overdue(at now: Instant) -> [JobID] {
        let passed = endings.count(before: OrderedLine.Place(rank: now, id: JobID(.max)))
        return endings.jobs(limit: passed).sorted()
    }

    /// The earliest deadline of a job that has ended.
    var nextDeadline: Instant? { endings.first?.rank }

    private mutating func add(_ job: ActiveJob) {
        switch job.state {
        case .queued:
            keep(WaitingJob(job))
        case .finished:
            ended[job.id] = job
            endings.insert(ending(of: job))
        case .starting, .running, .stopping:
            holders[job.id] = job
            active.insert(job.id, at: active.firstIndex { $0 > job.id } ?? active.endIndex)
        case .paused:
            holders[job.id] = job
            paused.insert(job.id, at: paused.firstIndex { $0 > job.id } ?? paused.endIndex)
        }
    }

    private mutating func keep(_ job: WaitingJob) {
        waiting[job.request.id] = job
        if job.isKnown { knownWaitingCount += 1 }
        enterLine(job.request)
    }

    private mutating func remove(_ id: JobID) {
        if holders.removeValue(forKey: id) != nil {
            active.removeAll { $0 == id }
            paused.removeAll { $0 == id }
        } else if let job = waiting.removeValue(forKey: id) {
            if job.isKnown { knownWaitingCount -= 1 }
            let user = job.request.user
            let place = place(of: job.request)
            lines[user]?.remove(place)
            if lines[user]?.isEmpty == true { lines[user] = nil }
        } else if let job = ended.removeValue(forKey: id) {
            endings.remove(ending(of: job))
        }
    }

    private func ending(of job: ActiveJob) -> OrderedLine.Place {
        OrderedLine.Place(rank: job.request.deadline ?? .distantFuture, id: job.id)
    }
}

// MARK: - The lines

extension JobTable {
    /// Where a job stands among those of its user that wait.
    private func place(of request: JobRequest) -> OrderedLine.Place {
        OrderedLine.Place(rank: queue == .edf ? request.deadline ?? .distantFuture : .zero, id: request.id)
    }

    /// Puts those that wait into another order.
    mutating func order(by queue: QueueDiscipline) {
        guard queue != self.queue else { return }
        self.queue = queue
        lines = [:]
        // order does not matter: the lines have their own
        for job in waiting.values { enterLine(job.request) }
    }

    private mutating func enterLine(_ request: JobRequest) {
        let place = place(of: request)
        lines[request.user, default: OrderedLine()].insert(place)
    }

    /// A job that waits, without what it will be once it starts.
    func waiting(_ id: JobID) -> WaitingJob? { waiting[id] }

    /// The first `limit` jobs of each user that wait, from `start` on where it is given: each user's in their
    /// order, the users in none.
    func firstOfEach(_ limit: Int, from start: OrderedLine.Place? = nil) -> [JobRequest] {
        // order does not matter: who asks puts them in order
        lines.values.flatMap { line in
            line.jobs(from: start, limit: limit).compactMap { waiting[$0]?.request }
        }
    }

    /// The first `limit` jobs of one user that wait.
    func first(_ limit: Int, of user: UserID) -> [JobID] { lines[user]?.jobs(limit: limit) ?? [] }

    /// The jobs that hold cores or are paused, and of those that wait these.
    func shortened(to those: [JobID]) -> JobTable {
        var short = JobTable(queue: queue)
        short.active = active
        short.paused = paused
        short.holders = holders
        for id in those {
            if let job = waiting[id] { short.keep(job) }
        }
        return short
    }
}

extension JobEnergy {
    /// Takes over what the account of energy says.
    mutating func enter(_ line: EnergyLedger<JobID>.Line) {
        attributed = Joules(microjoules: line.microjoules)
        attributedError = line.error
    }
}
