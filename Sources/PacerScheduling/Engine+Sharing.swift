import PacerModels
import PacerPlatform
import PacerUnits

// MARK: - Several jobs on one machine

extension Engine {
    /// Plans all those together, of the jobs that run, those that are paused and the `foremost` that wait,
    /// that have the queue's policy and are known, takes cores from those that run with more than they need
    /// or are less urgent, and returns what the others are given; `nil` for one that has to wait.
    ///
    /// Jobs of which nothing is known yet, that are being probed, or that have a policy of their own keep
    /// what they have.
    mutating func share(
        _ foremost: [JobID], at now: Instant, _ commands: inout [Command]
    ) -> [JobID: Configuration?] {
        // Nothing of most jobs of a long line has to be looked at to see that they cannot.
        let known = foremost.filter { jobs.waiting($0)?.isKnown == true }
        guard !known.isEmpty || !jobs.paused.isEmpty else { return [:] }
        let members = (jobs.active + jobs.paused + known).compactMap { jobs[$0] }
            .filter { canShare($0, at: now) }
        let waiting = members.count { $0.isQueued || $0.isPaused }
        guard waiting > 0, let policy = members.first?.policy,
            members.count > 1 || policy.patience != nil || !jobs.paused.isEmpty
        else { return [:] }
        let byID = Dictionary(members.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let sorted = fairly(members.map(\.request)).compactMap { byID[$0.id] }
        let own = sorted.reduce(0) { $0 + ($1.state.allocation?.cores.count ?? 0) + $1.reserved.count }
        let ladder = PriceLadder(power: power, top: machine.topFrequency, accounting: policy.accounting)
        let entries = sorted.map { (job: $0, table: options(of: $0, at: now)) }
        var contenders = entries.enumerated().map { index, entry in
            contender(entry.job, entry.table, number: index, at: now)
        }
        if policy.mixesOptions { race(entries, as: contenders, at: now) }
        var planner = JointPlanner(
            cores: freeCores.count + own, tables: entries.map(\.table), ladder: ladder, policy: policy)
        planner.outlook = Outlook(arrivals, at: now, company: company(besides: byID, at: now))
        planner.racing = racing
        _ = planner.plan(&contenders)
        if let followed = planner.racing { racing = followed }
        putOff(sorted, as: contenders, at: now)
        // One alone that waits is planned by its policy.
        guard members.count > 1 || members[0].isPaused else { return [:] }
        var given: [JobID: Configuration?] = [:]
        var needed = 0
        var promised: [UserID?: Int] = [:]
        var spared: [JobID] = []
        for (entry, contender) in zip(entries, contenders) {
            let option = contender.given >= 0 ? entry.table.options[contender.given].configuration : nil
            if !entry.job.isRunning {
                given[entry.job.id] = .some(option)
                let user = entry.job.request.user
                let wanted = (option?.cores ?? 0) + promised[user, default: 0]
                guard wanted <= allowance(of: entry.job) else { continue }
                promised[user] = wanted
                needed += option?.cores ?? 0
            } else if let option {
                guard option.cores < (entry.job.state.allocation?.cores.count ?? 0) else { continue }
                makeRoom(entry.job, option, at: now, &commands)
            } else {
                spared.append(entry.job.id)
            }
        }
        pause(spared, freeing: needed, at: now, &commands)
        return given
    }

    /// Whether a job's cores may be decided together with those of others.
    private func canShare(_ job: ActiveJob, at now: Instant) -> Bool {
        guard job.request.policy == queuePolicy, job.policy.choosesByCost, job.knowsSomething else {
            return false
        }
        var job = job
        job.updateWork(fastestRate: fastest(job, reachableCounts(job), at: now)?.rate)
        guard job.work.remaining != nil else { return false }
        if job.isQueued || job.isPaused { return !isHeldBack(job.request) }
        guard job.isRunning, let window = job.window else { return false }
        return window.purpose == .steady && job.reserved.isEmpty
    }

    private func options(of job: ActiveJob, at now: Instant) -> OptionTable {
        let shared = power.idle + power.uncore
        return OptionTable(
            belief(of: job, at: now).estimates.map { estimate in
                JobOption(
                    configuration: estimate.configuration, speed: estimate.surestRate,
                    corePower: max(.zero, estimate.power - shared))
            })
    }

    private func contender(
        _ job: ActiveJob, _ table: OptionTable, number: Int, at now: Instant
    ) -> Contender {
        var job = job
        job.updateWork(fastestRate: table.highestSpeed)
        let time = planningTime(job, sharing: false, at: now)?.remaining
        let isMalleable = if case .malleable = job.request.shape { true } else { false }
        let own = (job.state.allocation?.cores.count ?? 0) + job.reserved.count
        let limit = min(job.coreLimit(available: presentCount), own + allowance(of: job))
        var least = 1
        if case .rigid(let cores) = job.request.shape { least = cores }
        var contender = Contender(
            table: number, work: job.work.remaining ?? 0, time: time?.value ?? .infinity,
            limit: job.request.deadline.map { ($0 - now).value } ?? .infinity,
            cores: least...max(least, limit),
            isFixed: !isMalleable)
        contender.beginsAtOnce = job.request.beginsAtOnce == true
        contender.id = job.id
        contender.isPausable = isPausable(job)
        if let allocation = job.state.allocation {
            let cores = allocation.cores.count
            contender.held = isMalleable ? 1 : cores
            if !isMalleable { contender.cores = cores...cores }
            contender.current =
                table.options.firstIndex { $0.configuration == allocation.configuration } ?? -1
            contender.mayBePaused = mayPause(job, at: now)
        }
        contender.work = workInDoubt(contender, job, table, at: now) ?? contender.work
        return contender
    }

    /// What is planned for a job that is expected to be in time at its fastest, but not sure to be: as much
    /// work as it is sure to do until then. It is not late yet, and needs its fastest at once. `nil` for
    /// others.
    private func workInDoubt(
        _ contender: Contender, _ job: ActiveJob, _ table: OptionTable, at now: Instant
    ) -> Double? {
        let sure = table.highestSpeed * contender.time
        guard contender.time > 0, contender.time < .infinity, contender.work > sure else { return nil }
        let fastest =
            belief(of: job, at: now).estimates
            .filter { $0.configuration.cores <= contender.cores.upperBound }.map(\.rate).max() ?? 0
        // A little less, so that rounding does not make it late after all.
        return contender.work <= fastest * contender.time ? sure * (1 - 1e-6) : nil
    }

    /// Takes cores from a running job for those that wait.
    private mutating func makeRoom(
        _ job: ActiveJob, _ configuration: Configuration, at now: Instant, _ commands: inout [Command]
    ) {
        var job = job
        if let window = job.window { take(window, into: &job, at: now) }
        job.note(.plan, configuration, "makes room for jobs that wait", at: now)
        move(&job, to: configuration, purpose: .steady, at: now, &commands)
        jobs[job.id] = job
    }

    /// Starts jobs behind `head`, which waits, that do not delay it: EASY backfilling on predicted ends.
    mutating func backfill(behind head: JobID, at now: Instant, _ commands: inout [Command]) {
        guard let first = jobs[head] else { return }
        var needed = coreLimit(of: first)
        if case .rigid(let cores) = first.request.shape { needed = cores }
        var available = freeCores.count
        var shadow: Instant?
        let running = activeJobs.compactMap { jobs[$0] }.map { (end: expectedEnd(of: $0, at: now), job: $0) }
        let sorted = running.sorted {
            ($0.end ?? .distantFuture, $0.job.id) < ($1.end ?? .distantFuture, $1.job.id)
        }
        for entry in sorted where shadow == nil {
            available += entry.job.state.allocation?.cores.count ?? 0
            if available >= needed { shadow = entry.end ?? .distantFuture }
        }
        var extra = max(0, available - needed)
        for id in foremost(Self.depthOfView, at: now) where id != head {
            guard let job = jobs[id], let allocation = firstAllocation(for: job, free: freeCores, at: now)
            else { continue }
            let count = allocation.cores.count
            let end = expectedLength(of: job, allocation, at: now).map { now + $0 }
            if let end, let shadow, end <= shadow {
                begin(job, allocation, "does not delay job \(head), which waits", at: now, &commands)
            } else if count <= extra {
                extra -= count
                begin(job, allocation, "uses cores that job \(head) does not need", at: now, &commands)
            }
        }
    }

    /// When a running job will be over as far as anybody knows; `nil` when nobody does.
    func expectedEnd(of job: ActiveJob, at now: Instant) -> Instant? {
        guard let allocation = job.state.allocation else { return nil }
        guard let started = job.started else {
            return expectedLength(of: job, allocation, at: now).map { now + $0 }
        }
        if job.work.remaining == nil { return job.request.estimate.map { max(now, started + $0) } }
        return expectedLength(of: job, allocation, at: now).map { now + $0 }
    }

    /// How long the rest of a job takes with `allocation`.
    private func expectedLength(of job: ActiveJob, _ allocation: Allocation, at now: Instant) -> Seconds? {
        guard job.knowsSomething else { return job.request.estimate }
        var job = job
        job.updateWork(fastestRate: fastest(job, reachableCounts(job), at: now)?.rate)
        let rate = belief(of: job, at: now).model.estimate(allocation.configuration).rate
        guard let work = job.work.remaining, rate > 0 else { return job.request.estimate }
        return Seconds(work / rate)
    }
}
