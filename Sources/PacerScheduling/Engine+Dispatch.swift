import PacerModels
import PacerPlatform
import PacerUnits

// MARK: - Who gets cores

extension Engine {
    /// Cores that no job holds or has reserved, ascending.
    var freeCores: [CoreID] {
        // order does not matter
        let taken = Set(
            jobs.active.compactMap { jobs[$0] }.flatMap { ($0.state.allocation?.cores ?? []) + $0.reserved })
        return machine.cores.map(\.id).filter { !taken.contains($0) && !absent.contains($0) }
    }

    /// The order in which waiting jobs are served.
    var queue: QueueDiscipline { jobs.queue }

    /// How many of the waiting jobs are looked at for each other's sake: planned together, kept in mind by
    /// those that run, or started behind one that waits. Many more than there are cores: who stands farther
    /// back gets none now, whatever is planned.
    public static let depthOfView = 128

    /// Gives cores to waiting jobs, by the machine's queue.
    mutating func dispatch(at now: Instant, _ commands: inout [Command]) {
        forgetPutOffs()
        // Without a free core only those that are known, and planned together with who runs, change anything.
        while jobs.knownWaitingCount > 0 || !jobs.paused.isEmpty
            || (jobs.waitingCount > 0 && !freeCores.isEmpty)
        {
            let holdings = holdings
            let first = foremost(Self.depthOfView, at: now) { !isHeldBack($0, by: holdings) }
            guard serve(jobs.paused + first, at: now, &commands) else { return }
        }
    }

    /// Gives cores to those that are paused and the foremost of the line; whether some got them and none has
    /// to wait for others, so that more may follow.
    private mutating func serve(
        _ foremost: [JobID], at now: Instant, _ commands: inout [Command]
    ) -> Bool {
        let shared = queue == .edf ? share(foremost, at: now, &commands) : [:]
        // Once somebody has to wait, only what was planned together with it may overtake.
        var isBlocked = false
        var hasStarted = false
        var holdings = holdings
        for id in foremost {
            if isBlocked, shared.isEmpty { return false }
            // Who waits for jobs of their own makes nobody else wait.
            guard !isBlocked || shared.index(forKey: id) != nil, let job = jobs[id],
                !isHeldBack(job.request, by: holdings)
            else { continue }
            guard putOff[id]?.until == nil else { continue }
            let free = freeCores
            if let decision = shared[id] {
                if let configuration = decision, configuration.cores > allowance(of: job) { continue }
                guard let configuration = decision, configuration.cores <= free.count else {
                    isBlocked = true
                    continue
                }
                let allocation = Allocation(
                    cores: pick(configuration.cores, from: free), frequency: configuration.frequency)
                start(job, allocation, at: now, &commands)
                holdings = self.holdings
                hasStarted = true
                continue
            }
            guard let allocation = firstAllocation(for: job, free: free, at: now) else {
                if queue == .easyBackfill { backfill(behind: id, at: now, &commands) }
                isBlocked = true
                continue
            }
            start(job, allocation, at: now, &commands)
            holdings = self.holdings
            hasStarted = true
        }
        return hasStarted && !isBlocked
    }

    /// Gives cores to a job that has none.
    private mutating func start(
        _ job: ActiveJob, _ allocation: Allocation, at now: Instant, _ commands: inout [Command]
    ) {
        if job.isPaused {
            proceed(job, allocation, at: now, &commands)
        } else {
            begin(job, allocation, startReason(job, allocation), at: now, &commands)
        }
    }

    /// Gives a waiting job its first cores.
    mutating func begin(
        _ job: ActiveJob, _ allocation: Allocation, _ reason: String, at now: Instant,
        _ commands: inout [Command]
    ) {
        var job = job
        job.state = .starting(allocation)
        if let wait = putOff.removeValue(forKey: job.id) { job.decisions.append(wait.note) }
        job.note(.start, allocation.configuration, reason, at: now)
        jobs[job.id] = job
        commands.append(.record(record(of: job, at: now)))
        commands.append(.launch(job.id, cores: allocation.cores))
    }

    /// Where a job would start on the cores in `free`; `nil` when it has to wait for more.
    func firstAllocation(for job: ActiveJob, free: [CoreID], at now: Instant) -> Allocation? {
        guard !isHeldBack(job.request) else { return nil }
        if case .rigid(let cores) = job.request.shape {
            guard cores <= free.count else { return nil }
            let planned = plan(job, cores: [cores], at: now)?.segments.first?.configuration
            return Allocation(
                cores: pick(cores, from: free), frequency: planned?.frequency ?? topFrequency(cores: cores))
        }
        let limit = min(coreLimit(of: job), allowance(of: job))
        guard !free.isEmpty, let most = coreCounts(upTo: min(limit, free.count)).last else { return nil }
        let top = topFrequency(cores: most)
        // A job that nothing is known of starts wide and fast: a program that counts its cores at the start
        // gets as many threads as it may ever use, and nothing is lost for the deadline while it is learnt.
        let counts = coreCounts(upTo: most)
        let known = job.knowsSomething
        guard known || !job.policy.wantsProfile else {
            // What is over before it can be learnt leaves room for others.
            if isBrief(job, at: now), jobs.waitingCount > 1 {
                return Allocation(
                    cores: pick(counts[0], from: free), frequency: topFrequency(cores: counts[0]))
            }
            // One that cannot change later waits for the whole machine rather than being stuck with a part.
            if case .moldable = job.request.shape, most < limit, !activeJobs.isEmpty { return nil }
            return Allocation(cores: pick(most, from: free), frequency: top)
        }
        guard let plan = plan(job, cores: counts, at: now), let first = plan.segments.first?.configuration
        else { return Allocation(cores: pick(most, from: free), frequency: top) }
        if case .moldable = job.request.shape, !plan.meetsDeadline, most < limit { return nil }
        return Allocation(cores: pick(first.cores, from: free), frequency: first.frequency)
    }

    /// Whether a run is over before a window has shown anything.
    func isTooBrief(_ length: Seconds) -> Bool { length < constants.settling + constants.unsteadyWindow }

    /// Whether a job will be over at once, as far as is known, and is not in a hurry.
    private func isBrief(_ job: ActiveJob, at now: Instant) -> Bool {
        guard briefClasses.contains(ClassKey(job.request)) else { return false }
        return job.request.deadline.map { $0 - now > constants.settling + constants.longestWindow } ?? true
    }

    private func startReason(_ job: ActiveJob, _ allocation: Allocation) -> String {
        if !job.knowsSomething, briefClasses.contains(ClassKey(job.request)), allocation.cores.count == 1 {
            return "runs of class '\(job.request.className)' are over before anything can be learnt of them"
        }
        guard let prior = job.prior, prior.runs > 0 || !prior.measurements.isEmpty else {
            return job.policy.wantsProfile
                ? "nothing is known of class '\(job.request.className)': starts wide and fast to be learnt"
                : "\(job.policy.name) needs no profile"
        }
        return "known from \(prior.runs) completed run\(prior.runs == 1 ? "" : "s") of its class"
    }

    /// `count` of the cores in `free`: whole frequency domains first, few packages, low numbers.
    func pick(_ count: Int, from free: [CoreID]) -> [CoreID] {
        let available = Set(free)
        let order = machine.domains.sorted { left, right in
            let leftFree = left.cores.filter(available.contains).count
            let rightFree = right.cores.filter(available.contains).count
            let leftWhole = leftFree == left.cores.count ? 0 : 1
            let rightWhole = rightFree == right.cores.count ? 0 : 1
            return (leftWhole, left.id) < (rightWhole, right.id)
        }
        return Array(order.flatMap { $0.cores.filter(available.contains) }.prefix(count)).sorted()
    }

    /// The core counts that are considered up to `most`: all of them on small machines, a ladder on large
    /// ones.
    func coreCounts(upTo most: Int) -> [Int] {
        if let configurations {
            let counts = Set(configurations.map(\.cores).filter { $0 <= most }).sorted()
            guard counts.count > 64 else { return counts }
            // Steps of a sixteenth: what lies between is not worth the time to think about it.
            var kept: [Int] = []
            for count in counts where count == counts.last || count * 16 >= (kept.last ?? 0) * 17 {
                kept.append(count)
            }
            return kept
        }
        guard most > 16 else { return Array(1...max(1, most)) }
        var counts = Set(1...16)
        var step = 20
        while step < most {
            counts.insert(step)
            step += max(4, step / 8)
        }
        counts.insert(most)
        return counts.sorted()
    }
}

// MARK: - When to look again

extension Engine {
    /// The next time at which something may have to be decided; `nil` when only an event can change anything.
    func nextWake(at now: Instant) -> Instant? {
        var next: Instant?
        func consider(_ instant: Instant) { next = next.map { min($0, instant) } ?? instant }
        if let deadline = jobs.nextDeadline { consider(max(now, deadline)) }
        if let until = putOff.values.compactMap(\.until).min() {
            consider(max(now + Seconds(0.01), until))
        }
        for job in jobs.active.compactMap({ jobs[$0] }) {
            switch job.state {
            case .queued, .starting, .paused, .finished: break
            case .stopping(_, _, _, let killAt):
                consider(killAt > now ? killAt : now + Seconds(1))
            case .running:
                guard let window = job.window else { continue }
                if now < window.settled {
                    consider(window.settled)
                } else if window.purpose == .probe {
                    consider(now + probeTick(job, at: now))
                } else {
                    consider(max(now + Seconds(0.01), window.expires))
                    if let plan = job.plan, let made = job.planMade, plan.segments.count > 1,
                        let first = plan.segments.first, first.duration.isFinite
                    {
                        consider(max(now + Seconds(0.01), made + first.duration))
                    }
                }
            }
        }
        return next
    }

    /// How long until a job is looked at again that is being measured: soon after it reports, and it need not
    /// be sooner than a twentieth of what lies between two reports.
    private func probeTick(_ job: ActiveJob, at now: Instant) -> Seconds {
        let silence = (job.progress.latest?.at ?? job.started).map { now - $0 } ?? .zero
        let between = max(job.progress.interval ?? .zero, silence)
        return min(max(between * 0.05, constants.probeTick), constants.longestPeriod)
    }
}
