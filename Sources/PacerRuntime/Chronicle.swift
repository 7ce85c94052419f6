import PacerModels
import PacerPlatform
import PacerPorts
import PacerScheduling
import PacerUnits

/// Watches what the engine is told and what it orders, and keeps of it what is shown outside: events, counts,
/// and the accounts of jobs. It decides nothing.
struct Chronicle {
    /// What is followed of a job that has been started, until its account is closed.
    private struct Book {
        let userID: UInt32
        let className: String
        /// `nil` while the job is paused, and once it has ended.
        var allocation: Allocation?
        /// Since when it has had these cores.
        var since: Instant
        /// Cores times time, up to `since`.
        var coreTime = Seconds.zero
        var probes = 0
        var hasEnded = false

        /// From `now` on it has other cores, or none.
        mutating func turn(to next: Allocation?, at now: Instant) {
            if let allocation { coreTime += (now - since) * Double(allocation.cores.count) }
            allocation = next
            since = now
        }
    }

    /// A few hundred jobs, or an hour of one; about a mebibyte.
    private static let eventsKept = 4096

    private(set) var tallies = Tallies()
    private(set) var ring: EventRing
    /// Called for every event, while somebody waits for one.
    var onEvent: ((ServiceEvent) -> Void)?
    /// While jobs of an earlier daemon come back.
    var isResuming = false
    private var books: [JobID: Book] = [:]
    /// Those of them that have not ended, ascending: few, whatever waits for its deadline.
    private var running: [JobID] = []
    private var storeHasFailed = false
    private let source: EnergySource

    init(source: EnergySource, at now: Instant) {
        self.source = source
        ring = EventRing(capacity: Self.eventsKept, first: max(1, now.nanoseconds / 1000))
    }

    // MARK: What is told to it

    /// An event, what the engine ordered, and the engine afterwards.
    mutating func note(
        _ event: Event, _ commands: [Command], at now: Instant, engine: Engine,
        user: (JobID) -> UInt32
    ) {
        switch event {
        case .submitted(let request, _): submitted(request, user(request.id), at: now)
        case .adopted(let request, let allocation, let started, _):
            let userID = user(request.id)
            open(
                Book(userID: userID, className: request.className, allocation: allocation, since: started),
                of: request.id)
            append(.adopted(allocation), request, userID, at: now)
        case .holdFailed(let domain, let reason):
            tallies.refusals += 1
            append(.refused(domain, reason: reason), at: now)
        case .disturbed(let domain, _, let reason): append(.refused(domain, reason: reason), at: now)
        case .launched, .launchFailed, .exited, .cancelRequested, .held, .observed, .present, .resumed: break
        }
        for command in commands {
            switch command {
            case .record(let record): recorded(record, user(record.request.id), at: now)
            case .hold(let domain, let frequency): append(.held(domain, frequency), at: now)
            case .release(let domain): append(.released(domain), at: now)
            case .launch, .confine, .signal, .pause, .proceed, .wake, .remember, .retire: break
            }
        }
        follow(engine, at: now)
    }

    /// What became of a job that the engine does not hear of.
    mutating func note(_ record: JobRecord, user: UInt32, at now: Instant) { recorded(record, user, at: now) }

    /// Something about the daemon or the machine.
    mutating func append(_ happening: Happening, at now: Instant) {
        let event = ring.append(happening, at: now)
        onEvent?(event)
    }

    /// The database did not take something.
    mutating func storeFailed(_ sentence: String, at now: Instant) {
        tallies.storeErrors += 1
        guard !storeHasFailed else { return }
        storeHasFailed = true
        append(.storeFailed(sentence), at: now)
    }

    /// The database took a record.
    mutating func storeWorks(at now: Instant) {
        guard storeHasFailed else { return }
        storeHasFailed = false
        append(.storeRecovered, at: now)
    }

    /// An effect did not happen that changes nothing for the engine.
    mutating func effectFailed() { tallies.effectErrors += 1 }

    // MARK: Accounts

    /// The account of a job that has ended; `nil` for one that never ran.
    func account(of record: JobRecord) -> JobAccount? {
        guard let finished = record.finished, let book = books[record.request.id] else { return nil }
        return JobAccount(
            job: record.request.id, finished: finished, userID: book.userID,
            className: record.request.className, policy: record.request.policy, source: source,
            attributed: record.energy.attributed, attributedError: record.energy.attributedError,
            unknown: record.energy.unknown, coreTime: book.coreTime, deadlineKept: record.keptDeadline)
    }

    /// The account of a job is closed: nothing of it will change any more.
    mutating func close(_ record: JobRecord) {
        guard let book = books.removeValue(forKey: record.request.id) else { return }
        let attributed = record.energy.attributed
        tallies.attributed += attributed
        tallies.count(book.userID) { $0.attributed += attributed }
    }

    // MARK: Details

    private mutating func open(_ book: Book, of id: JobID) {
        books[id] = book
        running.insert(id, at: running.firstIndex { $0 > id } ?? running.endIndex)
    }

    private mutating func append(
        _ happening: Happening, _ request: JobRequest, _ userID: UInt32, at now: Instant
    ) {
        let event = ring.append(
            happening, at: now, job: request.id, userID: userID, className: request.className)
        onEvent?(event)
    }

    private mutating func submitted(_ request: JobRequest, _ userID: UInt32, at now: Instant) {
        if isResuming {
            append(
                .resumed(policy: request.policy, deadline: request.deadline), request, userID, at: now)
            return
        }
        tallies.submitted += 1
        append(.submitted(policy: request.policy, deadline: request.deadline), request, userID, at: now)
    }

    private mutating func recorded(_ record: JobRecord, _ userID: UInt32, at now: Instant) {
        let request = record.request
        switch record.state {
        case .queued, .starting: break
        case .running(let allocation, let since):
            if let book = books[request.id] {
                guard book.allocation == nil else { return }
                books[request.id]?.turn(to: allocation, at: now)
                append(.proceeded(allocation), request, userID, at: now)
                return
            }
            open(
                Book(userID: userID, className: request.className, allocation: allocation, since: since),
                of: request.id)
            let waited = since - request.submitted
            tallies.waits.add(waited)
            append(.started(allocation, waited: waited), request, userID, at: now)
        case .paused:
            books[request.id]?.turn(to: nil, at: now)
            append(.paused, request, userID, at: now)
        case .stopping(_, _, let reason, _): append(.stopping(reason), request, userID, at: now)
        case .finished(let outcome, let at):
            // The second record of a job, at its deadline, is later than its end; the first one too, where it
            // ended while no daemon ran.
            guard at == now || books[request.id]?.hasEnded == false else { return }
            ended(request, outcome, record, userID, end: at, at: now)
        }
    }

    private mutating func ended(
        _ request: JobRequest, _ outcome: Outcome, _ record: JobRecord, _ userID: UInt32, end: Instant,
        at now: Instant
    ) {
        if var book = books[request.id], !book.hasEnded {
            book.turn(to: nil, at: max(end, book.since))
            book.hasEnded = true
            books[request.id] = book
            running.removeAll { $0 == request.id }
            tallies.coreTime += book.coreTime
        }
        tallies.finished[Tallies.End(outcome), default: 0] += 1
        tallies.count(userID) { $0.finished += 1 }
        switch record.keptDeadline {
        case true?: tallies.deadlinesKept += 1
        case false?: tallies.deadlinesMissed += 1
        case nil: break
        }
        let end = JobEnd(
            outcome: outcome, ran: record.started.map { end - $0 }, deadlineKept: record.keptDeadline,
            energy: record.energy, source: source)
        append(.finished(end), request, userID, at: now)
    }

    /// Finds what has changed of the jobs that run.
    private mutating func follow(_ engine: Engine, at now: Instant) {
        for id in running {
            guard var book = books[id], let before = book.allocation, let glance = engine.glance(at: id)
            else { continue }
            let probed = max(0, glance.probes - book.probes)
            let moved = glance.allocation != before
            guard probed > 0 || moved else { continue }
            tallies.probes += probed
            if moved, glance.decision?.kind == .plan || glance.decision?.kind == .sprint {
                tallies.planSwitches += 1
            }
            book.turn(to: glance.allocation, at: now)
            book.probes = glance.probes
            books[id] = book
            guard moved else { continue }
            let event = ring.append(
                .moved(glance.allocation, glance.decision), at: now, job: id, userID: book.userID,
                className: book.className)
            onEvent?(event)
        }
    }
}
