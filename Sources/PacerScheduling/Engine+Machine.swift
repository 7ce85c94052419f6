public import PacerPlatform
import PacerUnits

// MARK: - The machine changes under its jobs

extension Engine {
    /// How many cores are there now: those of the machine whose CPUs are not offline.
    var presentCount: Int { max(1, machine.coreCount - absent.count) }

    /// Takes note of the cores that are there now. A job goes on with those of its cores that are left.
    mutating func present(_ cores: [CoreID], at now: Instant, _ commands: inout [Command]) {
        let there = Set(cores)
        let before = absent
        absent = Set(machine.cores.map(\.id).filter { !there.contains($0) })
        guard absent != before else { return }
        for id in activeJobs { withdraw(id, at: now, &commands) }
        for id in activeJobs { giveBack(id, at: now, &commands) }
        let returned = before.subtracting(absent)
        // The kernel keeps a domain's limits while its CPUs are offline: they come back with what they were
        // held at then, which is held anew or given back.
        for domain in machine.domains where domain.cores.contains(where: returned.contains) {
            deaf.remove(domain.id)
            holdAnew(domain.id)
        }
    }

    /// The machine slept: what was measured meanwhile says nothing, and a domain may have forgotten its hold.
    mutating func resumed(after length: Seconds, at now: Instant) {
        for domain in held.keys.sorted() { holdAnew(domain) }
        for id in activeJobs {
            guard var job = jobs[id] else { continue }
            job.note(.note, nil, "the machine slept for \(length)", at: now)
            reopenWindow(&job, at: now)
            jobs[id] = job
        }
    }

    /// A held domain runs at something else than it was asked for, or does again what it was asked for.
    mutating func disturbed(_ domain: DomainID, _ frequency: Hertz?, _ reason: String, at now: Instant) {
        guard held[domain] != nil else { return }
        actual[domain] = frequency
        for id in activeJobs {
            guard var job = jobs[id], uses(job, domain) else { continue }
            job.note(.note, nil, reason, at: now)
            // What a window saw before and after are two different things.
            reopenWindow(&job, at: now)
            jobs[id] = job
        }
    }

    /// Whether a job keeps its cores of `domain` busy, so that the frequency they run at means something.
    public func isBusy(_ domain: DomainID) -> Bool {
        jobs.active.compactMap { jobs[$0] }.contains {
            $0.isRunning && uses($0, domain) && $0.utilisation > 0.5
        }
    }

    /// Whether a job holds a core of `domain`.
    func uses(_ job: ActiveJob, _ domain: DomainID) -> Bool {
        (job.state.allocation?.cores ?? []).contains { machine.domain(of: $0)?.id == domain }
    }

    /// Makes the domain be held, or given back, whatever it was thought to hold.
    private mutating func holdAnew(_ id: DomainID) {
        guard let domain = machine.domains.first(where: { $0.id == id }), domain.operatingPoints.count > 1
        else { return }
        held[id] = .zero
        actual[id] = nil
    }

    private func reopenWindow(_ job: inout ActiveJob, at now: Instant) {
        guard let window = job.window else { return }
        openWindow(&job, window.configuration, purpose: window.purpose, changed: true, at: now)
    }

    /// Takes the cores from a job that are not there any longer.
    private mutating func withdraw(_ id: JobID, at now: Instant, _ commands: inout [Command]) {
        guard var job = jobs[id], let allocation = job.state.allocation else { return }
        job.reserved.removeAll(where: absent.contains)
        let gone = allocation.cores.filter(absent.contains)
        guard !gone.isEmpty else {
            jobs[id] = job
            return
        }
        var left = allocation.cores.filter { !absent.contains($0) }
        if left.isEmpty { left = pick(1, from: freeCores) }
        // Nothing is free: it shares a core, as the kernel has decided already.
        if left.isEmpty { left = Array(machine.cores.map(\.id).filter { !absent.contains($0) }.prefix(1)) }
        guard !left.isEmpty else { return }
        if case .malleable = job.request.shape {} else { job.withdrawn += gone }
        let went = gone.count == 1 ? "core \(gone[0]) went offline" : "\(gone.count) cores went offline"
        place(&job, on: left, because: went, at: now, &commands)
    }

    /// Gives a job that cannot change its width the cores back that it lost. A malleable one takes what is
    /// free when it is planned again.
    private mutating func giveBack(_ id: JobID, at now: Instant, _ commands: inout [Command]) {
        guard var job = jobs[id], let allocation = job.state.allocation, !job.withdrawn.isEmpty else {
            return
        }
        let free = Set(freeCores)
        let back = job.withdrawn.filter(free.contains)
        guard !back.isEmpty else { return }
        job.withdrawn.removeAll(where: back.contains)
        place(&job, on: (allocation.cores + back).sorted(), because: "cores came back", at: now, &commands)
    }

    private mutating func place(
        _ job: inout ActiveJob, on cores: [CoreID], because reason: String, at now: Instant,
        _ commands: inout [Command]
    ) {
        guard let allocation = job.state.allocation else { return }
        let next = Allocation(cores: cores, frequency: allocation.frequency)
        job.state.move(to: next)
        job.plan = nil
        job.planMade = nil
        job.note(.note, next.configuration, reason, at: now)
        if job.isRunning {
            openWindow(&job, next.configuration, purpose: .steady, changed: true, at: now)
        }
        commands.append(.confine(job.id, cores: cores))
        jobs[job.id] = job
        commands.append(.record(record(of: job, at: now)))
    }
}

extension JobState {
    /// Changes what is held, in a state in which something is.
    fileprivate mutating func move(to allocation: Allocation) {
        switch self {
        case .queued, .paused, .finished: break
        case .starting: self = .starting(allocation)
        case .running(_, let since): self = .running(allocation, since: since)
        case .stopping(_, let since, let reason, let killAt):
            self = .stopping(allocation, since: since, reason, killAt: killAt)
        }
    }
}
