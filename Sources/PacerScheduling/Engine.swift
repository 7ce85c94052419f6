public import PacerModels
public import PacerPlatform
public import PacerUnits

/// Decides everything about jobs: synchronous, deterministic, and the only owner of their state.
///
/// The live daemon, `pacer plan` and replay all feed events to ``handle(_:at:)`` and perform the commands
/// that come back. The engine has no clock: time is an argument. A copy of the engine is a hypothesis that
/// costs nothing.
public struct Engine: Sendable {
    /// The machine whose cores and frequencies are given to jobs.
    public let machine: Machine
    /// The times and thresholds of every choice.
    public internal(set) var constants: ControlConstants
    /// What is believed of the machine's power; its idle power is learnt while nothing runs.
    public internal(set) var power: PowerModel
    var policies: [String: any Policy]
    /// The policy whose queue is the machine's, and which shares the machine among the jobs that have it.
    var queuePolicy: String?
    /// The only configurations that there are; all of the machine's when `nil`.
    let configurations: Set<Configuration>?
    /// Added to every window; for experiments.
    var noise: WindowNoise?
    var jobs: JobTable
    /// What was found to be believed of jobs that wait.
    var beliefs = SharedBeliefs()
    /// Classes of which nothing can be learnt.
    var briefClasses = BriefClasses()
    /// What each domain was asked to hold, and what it says it holds.
    public internal(set) var held: [DomainID: Hertz] = [:]
    var actual: [DomainID: Hertz] = [:]
    /// Domains that did not obey; their frequency is not asked for again while the same jobs run.
    var deaf: Set<DomainID> = []
    /// Cores of the machine whose CPUs are offline now.
    var absent: Set<CoreID> = []
    /// When jobs came.
    var arrivals = Arrivals()
    /// What jobs are likely to resemble.
    var classes = ClassHistory()
    /// Jobs that wait and might have begun.
    var putOff: [JobID: PutOff] = [:]
    /// What would have become of the jobs if they had raced.
    var racing: RacingShadow
    var lastReading: EnergyReading?
    /// What each user may have at once.
    var userLimits: UserLimits
    /// The core-time that users have had lately, ascending by user.
    var shares: [UserShare] = []
    /// Until when it is counted; `nil` while there is nothing to count.
    var sharesCounted: Instant?
    /// Where the machine's energy went: jobs, idle, and what is not known.
    public internal(set) var ledger: EnergyLedger<JobID>

    /// An engine for `machine` that knows `policies`.
    ///
    /// - Parameters:
    ///   - power: where learning starts: a machine description, or a guess.
    ///   - configurations: the only ones that jobs may be given; every one that the machine has when `nil`.
    ///   - noise: added to what every window measures, for experiments.
    ///   - queuePolicy: the policy whose queue is the machine's; earliest deadline first for `nil`.
    ///   - userLimits: what each user may have at once.
    public init(
        machine: Machine, power: PowerModel, policies: [any Policy],
        constants: ControlConstants = ControlConstants(), configurations: Set<Configuration>? = nil,
        noise: WindowNoise? = nil, queuePolicy: String? = nil, userLimits: UserLimits = UserLimits()
    ) {
        self.machine = machine
        self.power = power
        self.constants = constants
        self.configurations = configurations
        self.noise = noise
        self.queuePolicy = queuePolicy
        self.userLimits = userLimits
        let policiesByName = Dictionary(
            policies.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.policies = policiesByName
        racing = RacingShadow(cores: machine.coreCount)
        jobs = JobTable(queue: queuePolicy.flatMap { policiesByName[$0]?.queue } ?? .edf)
        // A description is the truth of an emulated or modelled machine; of a measured one it is a guess.
        ledger = EnergyLedger(
            machine: power, doubt: machine.energySource == .measured ? .guessed(power) : .described(power))
    }

    /// Takes an event that happened at `now` and returns what is to be done, in order.
    ///
    /// The last command is always a ``Command/wake(at:)``.
    public mutating func handle(_ event: Event, at now: Instant) -> [Command] {
        var commands: [Command] = []
        accountShares(at: now)
        switch event {
        case .submitted(let request, let prior):
            submit(request, prior: prior, at: now, &commands)
        case .adopted(let request, let allocation, let started, let prior):
            adopt(request, allocation, started: started, prior: prior, at: now, &commands)
        case .launched(let id): launched(id, at: now, &commands)
        case .launchFailed(let id, let reason):
            finish(id, .notStarted(reason), at: now, &commands)
        case .exited(let id, let status, let ended): exited(id, status, ended: ended, at: now, &commands)
        case .cancelRequested(let id): stop(id, .cancelled, at: now, &commands)
        case .held(let domain, let frequency): accepted(frequency, by: domain, at: now)
        case .holdFailed(let domain, let reason): refused(domain, reason, at: now)
        case .observed(let snapshot): observe(snapshot, at: now, &commands)
        case .present(let cores): present(cores, at: now, &commands)
        case .disturbed(let domain, let actual, let reason): disturbed(domain, actual, reason, at: now)
        case .resumed(let length): resumed(after: length, at: now)
        }
        dispatch(at: now, &commands)
        updateHolds(at: now, &commands)
        commands.append(.wake(at: nextWake(at: now)))
        return commands
    }

    /// The present record of a job that the engine still holds.
    public func record(_ id: JobID, at now: Instant) -> JobRecord? {
        jobs[id].map { record(of: $0, at: now) }
    }

    /// Jobs that hold cores, ascending.
    public var activeJobs: [JobID] { jobs.active }

    /// Jobs that are paused, ascending.
    public var pausedJobs: [JobID] { jobs.paused }

    /// Jobs that wait for cores, in the order in which they will be served.
    public var queuedJobs: [JobID] { lineUp(.max).map(\.id) }

    /// The first `limit` of them.
    public func queuedJobs(limit: Int) -> [JobID] { lineUp(limit).map(\.id) }

    /// The first `limit` of one user's.
    public func queuedJobs(limit: Int, of user: UserID) -> [JobID] { jobs.first(limit, of: user) }

    /// How many jobs wait for cores.
    public var queueLength: Int { jobs.waitingCount }

    /// The cores that a job holds.
    public func allocation(of id: JobID) -> Allocation? { jobs[id]?.state.allocation }

    /// Whether a policy of this name is known.
    public func knows(policy name: String) -> Bool { policies[name] != nil }
}

// MARK: - Lives of jobs

extension Engine {
    private mutating func submit(
        _ request: JobRequest, prior: ClassProfile?, at now: Instant, _ commands: inout [Command]
    ) {
        guard let policy = policies[request.policy] else {
            preconditionFailure("the driver refuses unknown policies before they get here")
        }
        arrivals.note(at: now)
        let usable = prior.flatMap { $0.machineName == machine.name ? $0 : nil }
        var job = ActiveJob(request: request, policy: policy, prior: usable)
        job.energyAtRelease = lastReading
        let belief = firstBelief(of: job, at: now)
        beliefs.keep(belief, for: beliefKey(of: job))
        job.belief = belief
        expectActivity(of: job)
        jobs[request.id] = job
        commands.append(.record(record(of: job, at: now)))
    }

    private mutating func expectActivity(of job: ActiveJob) {
        guard var activity = job.prior?.activity else { return }
        // Another run of the class is not this run.
        activity.error = max(activity.error, 0.1 * activity.value)
        ledger.expect(activity, of: job.id)
    }

    private mutating func adopt(
        _ request: JobRequest, _ allocation: Allocation, started: Instant, prior: ClassProfile?,
        at now: Instant, _ commands: inout [Command]
    ) {
        guard let policy = policies[request.policy] ?? policies.values.min(by: { $0.name < $1.name }) else {
            preconditionFailure("an engine has at least one policy")
        }
        let usable = prior.flatMap { $0.machineName == machine.name ? $0 : nil }
        var job = ActiveJob(request: request, policy: policy, prior: usable)
        job.state = .running(allocation, since: started)
        job.started = started
        expectActivity(of: job)
        // What it used under the earlier daemon, and while there was none, nobody can tell.
        job.energy.unknown = max(.zero, now - started)
        job.note(.note, allocation.configuration, "taken over after a restart of the daemon", at: now)
        // One whose cores others were given was paused; its shepherd let it go on when the daemon died.
        let free = freeCores
        if isPausable(job), !allocation.cores.allSatisfy(free.contains) {
            job.state = .paused(allocation, since: now)
            jobs[request.id] = job
            commands.append(.record(record(of: job, at: now)))
            commands.append(.pause(request.id))
            return
        }
        jobs[request.id] = job
        openWindow(&job, allocation.configuration, purpose: purpose(of: job), changed: false, at: now)
        jobs[request.id] = job
    }

    private mutating func launched(_ id: JobID, at now: Instant, _ commands: inout [Command]) {
        guard var job = jobs[id] else { return }
        guard case .starting(let allocation) = job.state else {
            // It was told to end before it ran.
            if case .stopping = job.state, job.started == nil {
                job.started = now
                jobs[id] = job
            }
            return
        }
        job.state = .running(allocation, since: now)
        job.started = now
        openWindow(&job, allocation.configuration, purpose: purpose(of: job), changed: true, at: now)
        jobs[id] = job
        commands.append(.record(record(of: job, at: now)))
    }

    private mutating func exited(
        _ id: JobID, _ status: ExitStatus, ended: Instant?, at now: Instant, _ commands: inout [Command]
    ) {
        guard let job = jobs[id], !job.isFinished else { return }
        var outcome: Outcome = status == .lost ? .lost : .ended(status)
        if case .stopping(_, _, let reason, _) = job.state { outcome = .stopped(reason) }
        finish(id, outcome, ended: ended, at: now, &commands)
    }

    mutating func stop(_ id: JobID, _ reason: StopReason, at now: Instant, _ commands: inout [Command]) {
        guard var job = jobs[id] else { return }
        switch job.state {
        case .queued:
            finish(id, .stopped(reason), at: now, &commands)
        case .starting(let allocation), .running(let allocation, _):
            let since = job.started ?? now
            let killAt = now + constants.grace
            job.state = .stopping(allocation, since: since, reason, killAt: killAt)
            job.window = nil
            job.reserved = []
            job.note(.note, nil, "asked to end: \(reason.rawValue)", at: now)
            jobs[id] = job
            commands.append(.record(record(of: job, at: now)))
            commands.append(.signal(id, .terminate))
        case .paused(let allocation, _):
            // It must run to end; where nothing is free it shares a core.
            let core = pick(1, from: freeCores).first ?? allocation.cores.first ?? machine.cores[0].id
            let one = Allocation(cores: [core], frequency: allocation.frequency)
            job.state = .stopping(one, since: job.started ?? now, reason, killAt: now + constants.grace)
            job.note(.note, nil, "asked to end: \(reason.rawValue)", at: now)
            jobs[id] = job
            commands.append(.record(record(of: job, at: now)))
            commands.append(.confine(id, cores: one.cores))
            commands.append(.signal(id, .terminate))
            commands.append(.proceed(id))
        case .stopping, .finished: break
        }
    }

    private mutating func finish(
        _ id: JobID, _ outcome: Outcome, ended: Instant? = nil, at now: Instant,
        _ commands: inout [Command]
    ) {
        guard var job = jobs[id] else { return }
        // The clock may have been set since it ended.
        let end = ended.map { max(job.started ?? $0, min($0, now)) } ?? now
        putOff[id] = nil
        racing.leave(id, failed: !outcome.isSuccess)
        let ran = job.started != nil
        if let window = job.window { take(window, into: &job, at: now) }
        job.window = nil
        job.reserved = []
        job.state = .finished(outcome, at: end)
        if let deadline = job.request.deadline, now < deadline, ran {
            jobs[id] = job
        } else {
            if ran { closeHorizon(&job) }
            jobs[id] = nil
        }
        if ran, let profile = profile(of: job, completed: outcome.isSuccess, at: now) {
            classes.note(profile)
            commands.append(.remember(profile))
        }
        if let started = job.started, outcome.isSuccess {
            briefClasses.note(ClassKey(job.request), isBrief: isTooBrief(end - started))
        }
        if jobs[id] == nil { closeLine(of: &job) }
        commands.append(.record(record(of: job, at: now)))
        if ran { commands.append(.retire(id)) }
        deaf.removeAll()
    }

    /// Accounts the machine's energy from release until now, which is the deadline or the job's end.
    func closeHorizon(_ job: inout ActiveJob) {
        guard job.request.deadline != nil, let start = job.energyAtRelease, let end = lastReading,
            end.unknown == start.unknown
        else { return }
        job.energy.horizon = end.total - start.total
    }

    private func purpose(of job: ActiveJob) -> MeasuringWindow.Purpose {
        job.policy.wantsProfile ? .probe : .steady
    }
}

// MARK: - Frequency domains

extension Engine {
    /// Asks every domain for the highest frequency that a job on it wants, and gives back the others.
    private mutating func updateHolds(at now: Instant, _ commands: inout [Command]) {
        guard machine.hasFrequencyControl else { return }
        var wanted: [DomainID: Hertz] = [:]
        for id in jobs.active {
            guard let allocation = jobs[id]?.state.allocation else { continue }
            for core in allocation.cores {
                guard let domain = machine.domain(of: core), domain.operatingPoints.count > 1
                else { continue }
                wanted[domain.id] = max(wanted[domain.id] ?? .zero, allocation.frequency)
            }
        }
        // A launch must find its frequency in place, so holds come before everything that starts or moves.
        var holds: [Command] = []
        for domain in machine.domains where !deaf.contains(domain.id) {
            guard let frequency = wanted[domain.id] else {
                if held.removeValue(forKey: domain.id) != nil {
                    actual[domain.id] = nil
                    holds.append(.release(domain.id))
                }
                continue
            }
            guard held[domain.id] != frequency else { continue }
            held[domain.id] = frequency
            holds.append(.hold(domain.id, frequency))
        }
        let index = commands.firstIndex { if case .launch = $0 { true } else { false } } ?? commands.endIndex
        commands.insert(contentsOf: holds, at: index)
    }

    private mutating func accepted(_ frequency: Hertz, by domain: DomainID, at now: Instant) {
        actual[domain] = frequency
    }

    private mutating func refused(_ domain: DomainID, _ reason: String, at now: Instant) {
        deaf.insert(domain)
        held[domain] = nil
        actual[domain] = nil
        for id in activeJobs {
            guard var job = jobs[id], uses(job, domain) else { continue }
            job.note(.note, nil, "the frequency of \(domain) could not be set: \(reason)", at: now)
            jobs[id] = job
        }
    }

    /// The frequency that an allocation really runs at: the lowest that any of its domains runs at.
    func effectiveFrequency(of allocation: Allocation) -> Hertz {
        lowest(of: allocation) { actual[$0] ?? held[$0] }
    }

    /// The frequency that was asked for on behalf of an allocation: a domain runs as its fastest job wants.
    func askedFrequency(of allocation: Allocation) -> Hertz { lowest(of: allocation) { held[$0] } }

    private func lowest(of allocation: Allocation, _ frequency: (DomainID) -> Hertz?) -> Hertz {
        allocation.cores.compactMap { machine.domain(of: $0).flatMap { frequency($0.id) } }.min()
            ?? allocation.frequency
    }
}
