public import PacerModels
import PacerPlatform
public import PacerPorts
public import PacerScheduling
public import PacerUnits

/// The live driver: takes an event, stamps it once, lets the engine decide, and performs what it orders.
///
/// Runs on one thread, which is also the API's; what comes back from a port is an event like any other.
/// A record is durable before the command behind it is performed, so a crash at any point leaves a state that
/// the next start can explain.
public final class ControlLoop: JobService {
    /// What was found out about the machine when the daemon started.
    public let facts: MachineFacts
    /// Every policy, by name.
    public internal(set) var policies: [any Policy]
    /// The name of the policy of a job that asks for none, or for one that is gone.
    public internal(set) var defaultPolicy: String
    /// What each user may have at once.
    var userLimits: UserLimits
    let folders: String
    var ports: Ports
    var engine: Engine

    private var inbox: [Event] = []
    /// Programs that are being started, and since when.
    private var launching: [JobID: Instant] = [:]
    private var draining = false
    /// The submissions of some jobs that have not ended; the store has them all, and they are large.
    var submissions: [JobID: JobSubmission] = [:]
    /// Whose the jobs are that have not finished.
    var owners: [JobID: UInt32] = [:]
    /// What the store is still to be given; what it did not take is tried again with all that comes later,
    /// and every few seconds.
    var unsaved = Unsaved()
    var waiters: [JobID: [Waiter]] = [:]
    /// What was last read or remembered of some classes.
    var profiles: [ClassKey: ClassProfile?] = [:]
    var newest = NewestJobs()
    var retention: Retention
    /// Jobs that are in the store as they are about to be recorded.
    var justStored: Set<JobID> = []
    /// Jobs that have finished and whose records the store is still to be given.
    var ended: [Ended] = []
    /// What is shown outside of all that happens.
    var chronicle: Chronicle
    /// The machine's account, and what of it is stored.
    var machineBook: MachineBook
    private var wake: Instant?
    private var lastRead = Instant.zero
    /// When the meter was last read, with or without a look.
    private var lastCounted = Instant.zero
    var knobWatch: KnobWatch
    var watched: WatchedMachine
    private var lastAsleep = Seconds.zero
    /// The machine is looked at this often where its counter has to be read more often, jobs or not.
    private static let longestBlindness = Duration.seconds(1)
    /// The clocks behind it are read one after the other, so a little is not sleep.
    private static let leastSleep = Seconds(0.05)
    /// When the machine was last looked at.
    var lastLook: Instant { lastRead }

    struct Waiter {
        var horizon: Bool
        var action: @Sendable () -> Void
    }

    /// A loop over `ports` for the machine in `facts`; job folders are made below `folders`, and the newest
    /// `finishedLimit` jobs that have finished are kept, or all of them.
    public init(
        facts: MachineFacts, power: PowerModel, policies: [any Policy], defaultPolicy: String,
        constants: ControlConstants = ControlConstants(), userLimits: UserLimits = UserLimits(),
        finishedLimit: Int? = nil, rivals: RivalChoice = .warn, folders: String, ports: Ports
    ) {
        self.facts = facts
        self.policies = policies.sorted { $0.name < $1.name }
        self.defaultPolicy = defaultPolicy
        self.userLimits = userLimits
        self.folders = folders
        self.ports = ports
        let source = facts.machine.energySource
        chronicle = Chronicle(source: source, at: ports.clock())
        machineBook = MachineBook(source: source, at: ports.clock())
        var start = EngineStart(
            machine: facts.machine, power: power, constants: constants, queuePolicy: defaultPolicy)
        start.userLimits = userLimits
        start.classes = Self.latestClasses(on: facts.machine, ports)
        self.engine = Engine(start, policies: policies)
        self.knobWatch = KnobWatch(rivals)
        self.retention = Retention(limit: finishedLimit)
        self.watched = WatchedMachine(
            present: facts.machine.cores.map(\.id), suspended: ports.asleep(), rivals: facts.conflicts,
            rivalsSeen: .zero)
        lastAsleep = ports.asleep()
        ports.journal?.begin(start, at: ports.clock())
    }

    /// The present time on the clock of every instant.
    public var now: Instant { ports.clock() }

    // MARK: Driving

    /// Called when the scheduled time has come: looks at the machine, unless a counter has only to be read.
    public func tick() {
        if !readCounterIfThatIsAll() { look() }
    }

    /// Looks at the machine and lets the engine go on.
    public func look() {
        noticeMachine()
        feed(.observed(snapshot()))
    }

    /// A job's program runs, or could not be started.
    public func started(_ job: JobID, failure: PortError?) {
        launching[job] = nil
        guard let failure else {
            attempt("follow job \(job)") { () throws(PortError) in
                try ports.follower?.jobStarted(job, cores: engine.allocation(of: job)?.cores ?? [])
            }
            return feed(.launched(job))
        }
        ports.log(.warning, "job \(job) was not started: \(failure)")
        feed(.launchFailed(job, reason: failure.description))
    }

    /// A job's program and all its descendants have ended.
    public func exited(_ job: JobID, _ status: ExitStatus) {
        launching[job] = nil
        feed(.observed(snapshot()))
        feed(.exited(job, status))
    }

    /// After this time a start is looked at again.
    private static let launchPatience = Seconds(11)

    /// Stops driving; running jobs go on under their shepherds and are taken over by the next daemon.
    public func suspend() {
        save(at: now)
        ports.schedule(nil)
        chronicle.append(.daemonStopping, at: now)
        storeMachineAccount(at: now)
        ports.journal?.flush()
    }

    /// Jobs that have not ended, ascending.
    public var unfinished: [JobID] { (engine.activeJobs + engine.pausedJobs + engine.queuedJobs).sorted() }

    /// Whether a job has not ended.
    public var hasUnfinished: Bool {
        !engine.activeJobs.isEmpty || !engine.pausedJobs.isEmpty || engine.queueLength > 0
    }

    func feed(_ event: Event) {
        inbox.append(event)
        guard !draining else { return }
        draining = true
        defer { draining = false }
        while !inbox.isEmpty {
            perform(decide())
            if inbox.isEmpty { beginSegmentIfDue() }
        }
        if machineBook.isDue(at: now) { storeMachineAccount(at: now) }
        removeOld(at: now)
        scheduleWake()
    }

    /// Gives the engine what has happened, and keeps what it records. Before anything is done about it the
    /// jobs are asked what else has: all of it becomes durable together, which costs one wait for the disk.
    private func decide() -> [Command] {
        var orders: [Command] = []
        var hasAsked = false
        while !inbox.isEmpty {
            let next = inbox.removeFirst()
            let now = ports.clock()
            let commands = engine.handle(next, at: now)
            ports.journal?.record(next, commands, at: now)
            chronicle.note(next, commands, at: now, engine: engine) { owners[$0] ?? 0 }
            for command in commands {
                switch command {
                case .record(let record): keep(record, at: now)
                case .remember(let profile): keep(profile, at: now)
                default: orders.append(command)
                }
            }
            if inbox.isEmpty, !hasAsked, orders.contains(where: \.needsRecords) {
                hasAsked = true
                ports.executor.poll()
            }
        }
        return orders
    }

    /// Performs commands in order, retirements last, and all records before the first command that does
    /// something. What nothing is behind waits for the next event.
    private func perform(_ commands: [Command]) {
        let now = ports.clock()
        if commands.contains(where: \.needsRecords) || unsaved.isUrgent(waiters, at: now) { save(at: now) }
        // What is left of one job keeps no other waiting.
        for command in commands where !command.isRetirement { perform(command) }
        for command in commands where command.isRetirement { perform(command) }
    }

    /// Goes on with a new engine, which knows all that the old one does, and a new segment of the journal:
    /// only between jobs, so that every segment can be run again from its beginning.
    private func beginSegmentIfDue() {
        guard let journal = ports.journal, journal.wantsNewSegment, let start = engine.restart else { return }
        machineBook.carry(engine.ledger)
        engine = Engine(start, policies: policies)
        journal.begin(start, at: ports.clock())
        if watched.present.count < facts.machine.coreCount { inbox.append(.present(watched.present)) }
        inbox.append(.observed(snapshot()))
    }

    /// When something other than the counter wants to be looked at.
    private var due: Instant? {
        var next = wake
        // A start that comes to nothing is found out by a look at it.
        if let begun = launching.values.min() {
            let due = max(begun + Self.launchPatience, lastRead + Seconds(1))
            next = next.map { min($0, due) } ?? due
        }
        if let due = unsaved.due { next = next.map { min($0, due) } ?? due }
        return next
    }

    private func scheduleWake() {
        var next = due
        // A counter that is not read often enough wraps unseen, jobs or not.
        if let interval = ports.meter.longestReadingInterval {
            let due = lastCounted.advanced(by: interval)
            next = next.map { min($0, due) } ?? due
        }
        ports.schedule(next)
    }

    /// Reads a counter that wraps within a second or so between two looks; its count comes with the next one.
    private func readCounterIfThatIsAll() -> Bool {
        guard let interval = ports.meter.longestReadingInterval, interval < Self.longestBlindness
        else { return false }
        let now = ports.clock()
        if let due, due <= now { return false }
        guard now < lastRead.advanced(by: Self.longestBlindness) else { return false }
        _ = ports.meter.read(at: now)
        lastCounted = now
        scheduleWake()
        return true
    }

    func snapshot() -> Snapshot {
        let now = ports.clock()
        var samples: [JobID: JobSample] = [:]
        for id in engine.activeJobs {
            guard let sample = ports.executor.sample(id, at: now) else { continue }
            samples[id] = ports.follower?.rescale(sample, of: id) ?? sample
        }
        (lastRead, lastCounted) = (now, now)
        var snapshot = Snapshot(energy: ports.meter.read(at: now), samples: samples)
        let asleep = ports.asleep()
        snapshot.slept = asleep - lastAsleep > Self.leastSleep
        lastAsleep = asleep
        return snapshot
    }

    // MARK: Performing

    private func perform(_ command: Command) {
        switch command {
        case .launch(let id, let cores): launch(id, cores)
        case .confine(let id, let cores):
            attempt("move job \(id)") { () throws(PortError) in
                try ports.executor.confine(id, to: cpus(of: cores))
                try ports.follower?.jobMoved(id, to: cores)
            }
        case .hold(let domain, let frequency): hold(domain, frequency)
        case .release(let domain):
            attempt("release \(domain)") { () throws(PortError) in
                try ports.frequency?.release(domain, reason: .restore)
            }
        case .signal(let id, let signal):
            attempt("signal job \(id)") { () throws(PortError) in
                do throws(PortError) {
                    try ports.executor.signal(id, signal == .terminate ? 15 : 9)
                } catch {
                    // Nothing is left of it: its end is on the way.
                    guard error.code == .notPresent else { throw error }
                }
            }
        case .pause(let id):
            attempt("pause job \(id)") { () throws(PortError) in try ports.executor.pause(id) }
        case .proceed(let id):
            attempt("let job \(id) go on") { () throws(PortError) in try ports.executor.proceed(id) }
        case .wake(let instant): wake = instant
        case .record, .remember: break
        case .retire(let id):
            ports.follower?.jobEnded(id)
            // Until then its shepherd sees to it that its end is found by the next daemon.
            if unsaved[id] == nil { ports.executor.endIsKept(of: id) }
            ports.executor.forget(id)
            ports.follower?.forget(id)
        }
    }

    private func launch(_ id: JobID, _ cores: [CoreID]) {
        do throws(PortError) {
            var known = submissions[id]
            if known == nil { known = try ports.store.submission(id) }
            guard let submission = known else {
                throw PortError(
                    .notPresent, "start job \(id)", reason: "the database has lost what was submitted")
            }
            submissions[id] = submission
            let identity = ports.runsAsSubmitter ? submission.identity : nil
            let folder = try ports.makeFolder(JobFolder(root: folders, job: id), identity)
            launching[id] = ports.clock()
            try ports.executor.begin(
                LaunchRequest(
                    job: id, arguments: submission.arguments(cores: cores.count),
                    environment: submission.environment(job: id, cores: cores.count),
                    workingDirectory: submission.workingDirectory, folder: folder,
                    cpus: cpus(of: cores), progressPattern: submission.progressPattern,
                    umask: submission.umask, identity: identity))
        } catch {
            launching[id] = nil
            ports.log(.warning, "job \(id) was not started: \(error)")
            inbox.append(.launchFailed(id, reason: error.description))
        }
    }

    private func hold(_ domain: DomainID, _ frequency: Hertz) {
        guard let control = ports.frequency else { return }
        if let refusal = refusal() {
            inbox.append(.holdFailed(domain, reason: refusal))
            return
        }
        knobWatch.wasHeld(at: now)
        do throws(PortError) {
            inbox.append(.held(domain, actual: try control.hold(frequency, domain: domain, reason: .policy)))
        } catch {
            ports.log(.warning, error.description)
            inbox.append(.holdFailed(domain, reason: error.description))
        }
    }

    /// Runs an effect whose failure changes nothing for the engine; the log and the journal get to know.
    func attempt(
        _ what: String, inStore: Bool = false, _ effect: () throws(PortError) -> Void
    ) {
        do throws(PortError) {
            try effect()
        } catch {
            ports.log(.warning, "\(what): \(error)")
            if inStore { chronicle.storeFailed(error.description, at: now) } else { chronicle.effectFailed() }
        }
    }

    func note(_ sentence: String, about job: JobID?) {
        ports.log(.info, sentence)
        attempt("journal", inStore: true) { () throws(PortError) in
            try ports.store.append(sentence, about: job, at: ports.clock())
        }
    }
}
