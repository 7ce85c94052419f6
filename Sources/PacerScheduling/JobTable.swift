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
    /// How long it takes with all the cores that it may have at its fastest; `nil` where that is not known.
    let timeAtFastest: Seconds?

    init(_ job: ActiveJob) {
        request = job.request
        policy = job.policy
        prior = job.prior
        belief = job.belief
        energyAtRelease = job.energyAtRelease
        isKnown = job.knowsSomething
        let rate = isKnown ? job.belief?.fastest?.rate : nil
        var job = job
        job.updateWork(fastestRate: rate)
        timeAtFastest = job.work.remaining.flatMap { work in
            rate.flatMap { $0 > 0 ? Seconds(work / $0) : nil }
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

/// The jobs of an engine, each where its state puts it: those that hold cores, those that wait for some, and
/// those that have ended and whose deadline is still to come.
///
/// Only the first are looked at again and again; there are never more of them than cores, and what an event
/// costs does not grow with the others.
struct JobTable: Sendable {
    /// Jobs that hold cores, ascending.
    private(set) var active: [JobID] = []
    /// Those that wait, in the order in which they are served.
    private(set) var line = OrderedLine()
    private var holders: [JobID: ActiveJob] = [:]
    private var waiting: [JobID: WaitingJob] = [:]
    private var ended: [JobID: ActiveJob] = [:]
    /// Those that have ended, by their deadlines.
    private var endings = OrderedLine()
    /// The order in which waiting jobs are served.
    private(set) var queue: QueueDiscipline

    init(queue: QueueDiscipline) { self.queue = queue }

    var isEmpty: Bool { holders.isEmpty && waiting.isEmpty && ended.isEmpty }

    /// A job wherever it is; it goes where its state puts it.
    subscript(id: JobID) -> ActiveJob? {
        get { holders[id] ?? waiting[id]?.job ?? ended[id] }
        set {
            guard let job = newValue else { return remove(id) }
            if job.isActive, holders[id] != nil {
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
            waiting[job.id] = WaitingJob(job)
            line.insert(place(of: job.request))
        case .finished:
            ended[job.id] = job
            endings.insert(ending(of: job))
        case .starting, .running, .stopping:
            holders[job.id] = job
            active.insert(job.id, at: active.firstIndex { $0 > job.id } ?? active.endIndex)
        }
    }

    private mutating func remove(_ id: JobID) {
        if holders.removeValue(forKey: id) != nil {
            active.removeAll { $0 == id }
        } else if let job = waiting.removeValue(forKey: id) {
            line.remove(place(of: job.request))
        } else if let job = ended.removeValue(forKey: id) {
            endings.remove(ending(of: job))
        }
    }

    private func ending(of job: ActiveJob) -> OrderedLine.Place {
        OrderedLine.Place(rank: job.request.deadline ?? .distantFuture, id: job.id)
    }
}

// MARK: - The line

extension JobTable {
    /// Where a job stands among those that wait.
    func place(of request: JobRequest) -> OrderedLine.Place {
        OrderedLine.Place(rank: queue == .edf ? request.deadline ?? .distantFuture : .zero, id: request.id)
    }

    /// Puts those that wait into another order.
    mutating func order(by queue: QueueDiscipline) {
        guard queue != self.queue else { return }
        self.queue = queue
        line = OrderedLine()
        // order does not matter: the line has its own
        for job in waiting.values { line.insert(place(of: job.request)) }
    }

    /// A job that waits, without what it will be once it starts.
    func waiting(_ id: JobID) -> WaitingJob? { waiting[id] }

    /// The first `limit` jobs of the line; behind those whose deadlines have passed as many again, since they
    /// are not to keep the others from theirs.
    func foremost(_ limit: Int, at now: Instant) -> [JobID] {
        let first = line.jobs(limit: limit)
        guard queue == .edf, first.count < line.count, let last = first.last.flatMap({ waiting[$0] }),
            let deadline = last.request.deadline, deadline < now
        else { return first }
        return first + line.jobs(from: OrderedLine.Place(rank: now, id: JobID(0)), limit: limit)
    }

    /// The jobs that hold cores and the first `limit` of those that wait.
    func shortened(to limit: Int) -> JobTable {
        var short = JobTable(queue: queue)
        short.active = active
        short.holders = holders
        for id in line.jobs(limit: limit) {
            guard let job = waiting[id] else { continue }
            short.waiting[id] = job
            short.line.insert(self.place(of: job.request))
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
