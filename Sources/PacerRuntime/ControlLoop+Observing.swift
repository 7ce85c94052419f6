import PacerModels
import PacerPlatform
public import PacerPorts
import PacerScheduling
public import PacerUnits

// MARK: - What is shown outside

extension ControlLoop {
    /// Called for every event while somebody waits for one; `nil` when nobody does.
    public var onEvent: ((ServiceEvent) -> Void)? {
        get { chronicle.onEvent }
        set { chronicle.onEvent = newValue }
    }

    /// The first `limit` events behind `sequence` that `isMeant` takes.
    public func events(
        after sequence: Int64, limit: Int, where isMeant: (ServiceEvent) -> Bool
    ) -> EventPage {
        chronicle.ring.page(after: sequence, limit: limit, where: isMeant)
    }

    /// The number before the first event at `instant` or later, of those that are kept.
    public func eventSequence(before instant: Instant) -> Int64 { chronicle.ring.sequence(before: instant) }

    /// The number of the last event.
    public var lastEvent: Int64 { chronicle.ring.last }

    /// Everything that can be counted, after a look at the machine that is at most a second old.
    public func figures() -> ServiceFigures {
        if now - lastLook >= Seconds(1) { feed(.observed(snapshot())) }
        return ServiceFigures(
            at: now, jobs: jobCounts, cores: facts.machine.coreCount, coresHeld: engine.coresHeld,
            domains: domainFigures, energy: energyFigure(), tallies: chronicle.tallies,
            unsavedRecords: unsaved.hasFailed ? unsaved.records.count : 0,
            journalErrors: ports.journal?.failures, keeper: ports.frequency?.keeperState)
    }

    /// What is going on, with the first `limit` jobs that wait, of one user for a number. Nothing is looked
    /// at for it but the meter.
    public func overview(waiting limit: Int, of user: UInt32?) -> ServiceOverview {
        let now = now
        return ServiceOverview(
            at: now, machine: facts.machine, domains: domainFigures, energy: energyFigure(),
            active: (engine.activeJobs + engine.pausedJobs).sorted().compactMap { glimpsed($0, at: now) },
            waiting: foremost(limit, of: user).compactMap { glimpsed($0, at: now) }, jobs: jobCounts)
    }

    private func foremost(_ limit: Int, of user: UInt32?) -> [JobID] {
        guard let user else { return engine.queuedJobs(limit: limit) }
        if ports.runsAsSubmitter { return engine.queuedJobs(limit: limit, of: UserID(Int64(user))) }
        return Array(engine.queuedJobs.filter { owners[$0] == user }.prefix(limit))
    }

    private func glimpsed(_ id: JobID, at now: Instant) -> StoredJob? {
        guard let record = engine.record(id, at: now) else { return nil }
        if let submission = submissions[id] { return StoredJob(submission: submission, record: record) }
        do throws(PortError) {
            return try ports.store.submission(id).map { StoredJob(submission: $0, record: record) }
        } catch {
            ports.log(.warning, "an overview is without job \(id): \(error)")
            return nil
        }
    }

    /// What jobs that ended since then took, and the machine's account; of one user's jobs for a number.
    public func energyReport(
        by grouping: AccountGrouping, since: Instant, user: UInt32?
    ) throws(ServiceError) -> EnergyReport {
        guard let accounts = ports.accounts else {
            throw ServiceError(.internalFailure, "this daemon keeps no accounts")
        }
        if now - lastLook >= Seconds(1) { feed(.observed(snapshot())) }
        storeMachineAccount(at: now)
        return try reading { () throws(PortError) in
            EnergyReport(
                sums: try accounts.sums(by: grouping, since: since, user: user),
                machine: user == nil ? try accounts.machine(since: since) : [])
        }
    }

    /// Keeps the machine's account in the store; called when something happens anyway.
    func storeMachineAccount(at now: Instant) {
        guard let accounts = ports.accounts, let interval = machineBook.interval(engine.ledger, at: now)
        else { return }
        do throws(PortError) {
            try accounts.enter(interval)
            machineBook.wasStored(engine.ledger, at: now)
        } catch {
            machineBook.wasNotStored(at: now)
            chronicle.storeFailed(error.description, at: now)
            ports.log(.warning, "the machine's account is kept in memory: \(error)")
        }
    }

    private var jobCounts: JobCounts {
        let counts = engine.stateCounts
        var jobs = JobCounts()
        jobs.queued = counts.queued
        jobs.starting = counts.starting
        jobs.running = counts.running
        jobs.paused = counts.paused
        jobs.stopping = counts.stopping
        jobs.lingering = counts.ended
        return jobs
    }

    private var domainFigures: [DomainFigure] {
        facts.machine.domains.map {
            DomainFigure(id: $0.id, held: engine.held[$0.id], readBack: engine.readBack[$0.id])
        }
    }

    private func energyFigure() -> EnergyFigure {
        let reading = ports.meter.read(at: now)
        let parts = machineBook.parts(engine.ledger)
        return EnergyFigure(
            source: facts.machine.energySource, counted: reading.total, unknown: reading.unknown,
            attributed: parts.attributed, idle: parts.idle, unattributed: parts.unattributed,
            zones: ports.meter.zones)
    }
}
