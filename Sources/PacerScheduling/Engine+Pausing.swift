import PacerModels
import PacerPlatform
import PacerUnits

// MARK: - Jobs that are paused for more urgent ones

extension Engine {
    /// Whether a job may be paused at all: one that may change its cores, unless its user or its policy says
    /// otherwise.
    func isPausable(_ job: ActiveJob) -> Bool {
        guard case .malleable = job.request.shape else { return false }
        return job.policy.preempts && job.request.isNeverPaused != true
    }

    /// Whether a job that runs may be paused now: not right after it has begun or gone on, so that nobody is
    /// stopped and started in turn.
    func mayPause(_ job: ActiveJob, at now: Instant) -> Bool {
        guard isPausable(job), let begun = job.proceeded ?? job.started else { return false }
        return now - begun >= constants.dwell
    }

    /// Stops a running job's program, and takes its cores.
    mutating func pause(_ job: ActiveJob, at now: Instant, _ commands: inout [Command]) {
        var job = job
        guard case .running(let allocation, _) = job.state else { return }
        if let window = job.window { take(window, into: &job, at: now) }
        job.window = nil
        job.plan = nil
        job.planMade = nil
        job.state = .paused(allocation, since: now)
        job.note(.note, nil, "paused: more urgent jobs need its cores", at: now)
        jobs[job.id] = job
        commands.append(.record(record(of: job, at: now)))
        commands.append(.pause(job.id))
    }

    /// Lets a paused job's program go on.
    mutating func proceed(
        _ job: ActiveJob, _ allocation: Allocation, at now: Instant, _ commands: inout [Command]
    ) {
        var job = job
        guard job.isPaused else { return }
        putOff[job.id] = nil
        job.state = .running(allocation, since: job.started ?? now)
        job.lastChange = now
        job.proceeded = now
        // What it did not use while it was paused says nothing of it.
        job.lastSample?.at = now
        job.note(.plan, allocation.configuration, "goes on after a pause", at: now)
        openWindow(&job, allocation.configuration, purpose: .steady, changed: true, at: now)
        jobs[job.id] = job
        commands.append(.record(record(of: job, at: now)))
        commands.append(.confine(job.id, cores: allocation.cores))
        commands.append(.proceed(job.id))
    }

    /// Pauses jobs until so many cores are free: of those that a joint plan has given nothing, the least
    /// urgent first.
    mutating func pause(
        _ spared: [JobID], freeing count: Int, at now: Instant, _ commands: inout [Command]
    ) {
        for id in spared.reversed() where freeCores.count < count {
            if let job = jobs[id] { pause(job, at: now, &commands) }
        }
    }

    /// Follows what would have become of the known jobs if they had raced, with `members` in it.
    mutating func race(
        _ members: [(job: ActiveJob, table: OptionTable)], as contenders: [Contender], at now: Instant
    ) {
        racing.advance(to: now.seconds)
        for (member, contender) in zip(members, contenders) where !racing.knows(member.job.id) {
            let (job, table) = member
            guard let deadline = job.request.deadline else { continue }
            var cores = 1...max(1, job.coreLimit(available: presentCount))
            if case .rigid(let count) = job.request.shape { cores = count...count }
            racing.enter(
                job.id, work: contender.work, table: table, cores: cores, deadline: deadline.seconds)
        }
    }
}

extension Instant {
    fileprivate var seconds: Double { (self - .zero).value }
}
