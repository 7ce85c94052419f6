import PacerModels
import PacerPlatform
import PacerUnits

// MARK: - One job's way to its deadline

extension Engine {
    /// Decides after an observation whether a job's window is over and how it goes on.
    mutating func steer(_ id: JobID, at now: Instant, _ commands: inout [Command]) {
        guard var job = jobs[id], case .running = job.state, let window = job.window else { return }
        guard now >= window.settled else { return }
        switch window.purpose {
        case .probe:
            let tight = window.rate?.isTight(within: constants.tightness) ?? false
            // Who reports rarely is waited for.
            let isOver = now >= window.expires && (window.rate != nil || now >= window.expires + reports(job))
            guard isOver || (tight && window.span >= shortestWindow(job)) || isSlipping(job, at: now)
            else {
                jobs[id] = job
                return
            }
            if isOver, !tight { job.wasUnsteady = true }
            take(window, into: &job, at: now)
            // Without a result the same probe would be made for ever. A job of which nothing is known has not
            // begun yet: that says nothing of where it is.
            if job.knowsSomething, !job.table.configurations.contains(window.configuration) {
                job.skippedProbes.insert(window.configuration)
            }
        case .steady:
            let segmentOver = job.planMade.flatMap { made in
                job.plan.flatMap { plan in plan.segments.count > 1 ? plan.segments.first : nil }
                    .map { now >= made + $0.duration }
            }
            guard now >= window.expires || segmentOver == true else {
                jobs[id] = job
                return
            }
            take(window, into: &job, at: now)
        }
        advance(&job, at: now, &commands)
        jobs[id] = job
    }

    /// Gives a job its next probe, or its plan.
    private mutating func advance(_ job: inout ActiveJob, at now: Instant, _ commands: inout [Command]) {
        guard let allocation = job.state.allocation else { return }
        let counts = reachableCounts(job)
        job.updateWork(fastestRate: fastest(job, counts, at: now)?.rate)
        let isSparse = (job.progress.interval ?? .zero) > constants.longestWindow
        if job.policy.wantsProfile, job.windowsTaken < (isSparse ? 1 : 3), job.prior == nil,
            (timeLeftAtFastest(job, at: now) ?? Seconds(10)) >= Seconds(10)
        {
            // How far two windows differ tells how much any of them can be trusted.
            openWindow(&job, allocation.configuration, purpose: .probe, changed: false, at: now)
            return
        }
        if job.policy.wantsProfile, let probe = nextProbe(job, counts, at: now) {
            job.probes.append(probe.configuration)
            job.note(.probe, probe.configuration, probe.reason, at: now)
            job.lifeline = probe.lifeline
            move(&job, to: probe.configuration, purpose: .probe, at: now, &commands)
            return
        }
        if let remaining = job.work.remaining, remaining <= 0.002 * (job.work.total ?? 0),
            endsInTime(job, remaining, at: now)
        {
            // All declared work is done; how long the rest takes nobody said, so nothing is slowed down now,
            // and inside the reserve it is hurried.
            if let time = planningTime(job, at: now)?.remaining, time == .zero,
                let fastest = fastest(job, counts, at: now)?.configuration
            {
                job.note(.sprint, fastest, "the declared work is done and the deadline is near", at: now)
                move(&job, to: fastest, purpose: .steady, at: now, &commands)
                return
            }
            openWindow(&job, allocation.configuration, purpose: .steady, changed: false, at: now)
            return
        }
        guard let plan = plan(job, cores: counts, at: now), let first = plan.segments.first else { return }
        job.plan = plan
        job.planMade = now
        job.predict(plan, at: now)
        let current = allocation.configuration
        var next = first.configuration
        if next != current, !mustChange(job, from: current, counts, at: now) { next = current }
        let sprint = !plan.meetsDeadline || plan.reason.hasPrefix("nothing slower")
        job.note(sprint ? .sprint : .plan, next, next == first.configuration ? plan.reason : "kept", at: now)
        move(&job, to: next, purpose: .steady, at: now, &commands)
    }

    /// Whether the last bit of work keeps the deadline where the job runs: a slow configuration may need long
    /// even for that.
    private func endsInTime(_ job: ActiveJob, _ remaining: Double, at now: Instant) -> Bool {
        guard let time = planningTime(job, at: now)?.remaining,
            let current = job.state.allocation?.configuration
        else { return true }
        return time == .zero
            || belief(of: job, at: now).model.estimate(current).surestRate * time.value >= remaining
    }

    /// Whether a better configuration may replace `current` now: after the dwell time, or when the deadline
    /// does not allow to stay.
    private func mustChange(
        _ job: ActiveJob, from current: Configuration, _ counts: [Int], at now: Instant
    ) -> Bool {
        guard let changed = job.lastChange, now - changed < constants.dwell else { return true }
        // Ends of probes are changes too; the way from there to the plan must not wait.
        if job.window?.purpose == .probe { return true }
        guard let work = job.work.remaining, let time = planningTime(job, at: now)?.remaining
        else { return true }
        let estimate = belief(of: job, at: now).model.estimate(current)
        return estimate.rate * (1 - min(0.5, estimate.rateError)) * time.value < work
    }

    /// Puts the job on `configuration` and opens a window there.
    mutating func move(
        _ job: inout ActiveJob, to configuration: Configuration, purpose: MeasuringWindow.Purpose,
        at now: Instant, _ commands: inout [Command]
    ) {
        guard case .running(let allocation, let since) = job.state else { return }
        var cores = allocation.cores
        if configuration.cores < cores.count {
            let kept = pick(configuration.cores, from: cores)
            if purpose == .probe { job.reserved += cores.filter { !kept.contains($0) } }
            cores = kept
        } else if configuration.cores > cores.count {
            let own = pick(configuration.cores - cores.count, from: job.reserved)
            cores += own + pick(configuration.cores - cores.count - own.count, from: freeCores)
            job.reserved.removeAll(where: cores.contains)
        }
        if purpose == .steady { job.reserved = [] }
        let next = Allocation(cores: cores, frequency: configuration.frequency)
        let changed = next != allocation
        if changed {
            job.state = .running(next, since: since)
            job.lastChange = now
        }
        if next.cores != allocation.cores { commands.append(.confine(job.id, cores: next.cores)) }
        openWindow(&job, configuration, purpose: purpose, changed: changed, at: now)
    }

    func openWindow(
        _ job: inout ActiveJob, _ configuration: Configuration, purpose: MeasuringWindow.Purpose,
        changed: Bool, at now: Instant
    ) {
        var length = purpose == .probe ? probeLength(job, at: now) : controlPeriod(job, at: now)
        if purpose == .steady, isDoubtful(configuration, job, at: now) {
            length = min(length, constants.firstPeriod)
        }
        if !changed, let window = job.window, window.configuration == configuration {
            job.window = window.continued(purpose: purpose, expires: max(now, window.settled) + length)
            return
        }
        let settled = changed ? now + constants.settling : now
        // Over a whole period it does not matter whether half of the settling is in it.
        let reportsFrom = purpose == .probe ? settled : now + (settled - now) * 0.5
        job.window = MeasuringWindow(
            configuration: configuration, purpose: purpose, settled: settled, reportsFrom: reportsFrom,
            expires: settled + length)
    }

    /// Whether little is known of how fast the job runs on `configuration`.
    private func isDoubtful(_ configuration: Configuration, _ job: ActiveJob, at now: Instant) -> Bool {
        job.knowsSomething
            && belief(of: job, at: now).model.estimate(configuration).rateError > constants.doubtfulError
    }

    /// How long it takes until a job has surely reported twice.
    func reports(_ job: ActiveJob) -> Seconds { (job.progress.interval ?? .zero) * 2.2 }

    /// How long a job is seen at least before its rate is believed. That it is steady over three looks says
    /// little of the next ones, unless all probes so far were steady and windows at one place did not differ,
    /// nor do they usually in its class.
    func shortestWindow(_ job: ActiveJob) -> Seconds {
        let isKnown = job.prior != nil || job.windowsTaken > 0
        let scatter = MeasuringWindow.leastError * job.table.inflation().rate
        return isKnown && !job.wasUnsteady && 2 * scatter <= constants.tightness
            ? constants.shortestWindow : constants.unsteadyWindow
    }

    /// How long a probe may last, without waiting for reports: a twentieth of what is left at the fastest,
    /// within bounds.
    func probeLength(_ job: ActiveJob, at now: Instant) -> Seconds {
        let left = timeLeftAtFastest(job, at: now) ?? Seconds(10)
        return min(max(left * 0.05, constants.unsteadyWindow), constants.longestWindow)
    }

    private func controlPeriod(_ job: ActiveJob, at now: Instant) -> Seconds {
        let left = job.request.deadline.map { $0 - now } ?? Seconds(60)
        return min(max(left * 0.04, constants.shortestPeriod), constants.longestPeriod)
    }
}

// MARK: - What a plan rests on

extension Engine {
    /// What is believed of a job. Fitted when something new is known, not at every look.
    func belief(of job: ActiveJob, at now: Instant) -> Belief { job.belief ?? fit(job, at: now) }

    /// What is believed of a job that has not started.
    func firstBelief(of job: ActiveJob, at now: Instant) -> Belief {
        beliefs[beliefKey(of: job)] ?? fit(job, at: now)
    }

    func beliefKey(of job: ActiveJob) -> SharedBeliefs.Key {
        SharedBeliefs.Key(prior: job.prior, counts: modelledCounts(job), power: power)
    }

    func fit(_ job: ActiveJob, at now: Instant) -> Belief {
        let counts = modelledCounts(job)
        let model = JobModel(
            measurements: job.knowledge(at: now), machine: power, frequencies: machine.frequencies,
            coreCounts: counts, others: job.others)
        return Belief(model: model, grid: grid(counts))
    }

    /// The core counts that something is believed of.
    func modelledCounts(_ job: ActiveJob) -> [Int] {
        if case .rigid(let cores) = job.request.shape { return [cores] }
        return coreCounts(upTo: coreLimit(of: job))
    }

    /// The core counts that the job may have from here on.
    func reachableCounts(_ job: ActiveJob) -> [Int] {
        guard let allocation = job.state.allocation else {
            if case .rigid(let cores) = job.request.shape { return [cores] }
            return coreCounts(upTo: coreLimit(of: job))
        }
        guard case .malleable = job.request.shape else { return [allocation.cores.count] }
        // Cores that somebody waits for are not taken from under their nose.
        let free = (isWanted ? 0 : min(freeCores.count, allowance(of: job))) + job.reserved.count
        return coreCounts(upTo: job.coreLimit(available: allocation.cores.count + free))
    }

    /// Every configuration with one of `counts` cores, ascending.
    func grid(_ counts: [Int]) -> [Configuration] {
        counts.flatMap { count in
            machine.frequencies.map { Configuration(cores: count, frequency: $0) }
        }.filter(exists)
    }

    func exists(_ configuration: Configuration) -> Bool {
        configurations?.contains(configuration) ?? true
    }

    /// The highest frequency that there is with `cores` cores.
    func topFrequency(cores: Int) -> Hertz {
        guard configurations != nil else { return machine.topFrequency }
        let frequencies = machine.frequencies.filter { exists(Configuration(cores: cores, frequency: $0)) }
        return frequencies.last ?? machine.topFrequency
    }

    func fastest(_ job: ActiveJob, _ counts: [Int], at now: Instant) -> Estimate? {
        guard job.knowsSomething else { return nil }
        return Belief.fastest(of: belief(of: job, at: now).estimates(cores: counts))
    }

    private func timeLeftAtFastest(_ job: ActiveJob, at now: Instant) -> Seconds? {
        guard let work = job.work.remaining, let fastest = fastest(job, reachableCounts(job), at: now),
            fastest.rate > 0
        else { return nil }
        return Seconds(work / fastest.rate)
    }

    /// Time until the job should have ended, and what is kept in hand behind it.
    ///
    /// The reserve is the policy's margin of what is left, down to a fifth of it as evidence grows that the
    /// job runs as fast as is believed, and never less than a small share of the whole span, so that it does
    /// not melt away: what comes after the last unit of work nobody knows. Where the amount of work is taken
    /// from earlier runs, what a larger run has on top of it must still fit in at the fastest.
    ///
    /// With `sharing`, whoever waits for these cores must still be able to keep its own deadline afterwards.
    func planningTime(
        _ job: ActiveJob, sharing: Bool = true, at now: Instant
    ) -> (remaining: Seconds, reserve: Seconds)? {
        guard let deadline = job.request.deadline,
            let left = timeLeft(job, sharing: sharing, at: now)
        else { return nil }
        let share = job.policy.margin * doubt(job, at: now)
        let remaining = left * (1 - share)
        // What lies between that and the deadline itself; negative once the deadline has passed.
        return (remaining, deadline - now - remaining)
    }

    /// Time until the job must have ended, without a margin: only the least reserve is kept.
    func timeLeft(_ job: ActiveJob, sharing: Bool = true, at now: Instant) -> Seconds? {
        guard let deadline = job.request.deadline else { return nil }
        var latest = deadline
        if sharing, let pressure = latestHandover(from: job.id, at: now) { latest = min(latest, pressure) }
        let start = job.started ?? now
        let last = max(
            (deadline - start) * min(job.policy.margin, constants.lastReserve), constants.shortestReserve)
        return max(.zero, latest - now - last - surplusTime(job, at: now))
    }

    /// What a larger run takes longer than the expected one, at the fastest. A policy without a margin takes
    /// its chances.
    private func surplusTime(_ job: ActiveJob, at now: Instant) -> Seconds {
        guard job.policy.margin > 0 else { return .zero }
        // Without a guess of the submitter's the rate is not needed to know that nothing is to be kept.
        guard job.request.estimate != nil || job.updated(fastestRate: nil).work.surplus > 0,
            let rate = fastest(job, reachableCounts(job), at: now)?.rate, rate > 0
        else { return .zero }
        return Seconds(job.updated(fastestRate: rate).work.surplus / rate)
    }

    /// How much of the margin is kept, 0.2…1: all of it until the rate where the job runs was measured, a
    /// fifth once it is known to the tenth of the margin.
    private func doubt(_ job: ActiveJob, at now: Instant) -> Double {
        guard job.policy.margin > 0, let current = job.state.allocation?.configuration,
            let row = job.table.measurement(of: current, at: now)
        else { return 1 }
        return min(1, max(0.2, 2 * row.rateError / job.policy.margin))
    }

    /// When the jobs that are paused and the foremost that wait, other than `id`, need the machine at the
    /// latest, one after the other in their order. Those that wait for jobs of their own users do not need
    /// what others have.
    private func latestHandover(from id: JobID, at now: Instant) -> Instant? {
        var latest: Instant?
        var ahead = Seconds.zero
        for job in jobs.paused.compactMap({ jobs[$0] }) where job.id != id {
            guard let deadline = job.request.deadline else { continue }
            ahead += (timeLeftAtFastest(job, at: now) ?? .zero) + surplusTime(job, at: now)
            let start = deadline + (.zero - ahead)
            latest = latest.map { min($0, start) } ?? start
        }
        let holdings = holdings
        let user = jobs[id]?.request.user
        let first = foremost(Self.depthOfView, at: now) { $0.user == user || !isHeldBack($0, by: holdings) }
        let waiting = first.filter { $0 != id }
            .compactMap { jobs.waiting($0) }.filter { $0.request.deadline != nil }
        for job in waiting {
            guard let deadline = job.request.deadline else { continue }
            // Those of which nothing is known get half of the time they were submitted with, all together.
            ahead +=
                job.timeAtFastest ?? job.request.estimate
                ?? (deadline - job.request.submitted) * (0.5 / Double(waiting.count))
            let start = deadline + (.zero - ahead)
            latest = latest.map { min($0, start) } ?? start
        }
        return latest
    }

    /// The policy's plan for the rest of a job on one of `counts` cores.
    func plan(_ job: ActiveJob, cores counts: [Int], at now: Instant) -> Plan? {
        guard let view = view(of: job, cores: counts, at: now) else { return nil }
        var plan = job.policy.plan(view)
        let accounting = job.policy.accounting
        plan.energy = view.energy(of: plan, by: accounting, counting: accounting)
        return plan
    }

    func view(of job: ActiveJob, cores counts: [Int], at now: Instant) -> PlanningView? {
        // Where a probe saw no work done, no law is believed either.
        var estimates = belief(of: job, at: now).estimates(cores: counts).filter {
            !job.skippedProbes.contains($0.configuration) || job.knows($0.configuration)
        }
        guard !estimates.isEmpty else { return nil }
        // Uncore power is drawn once, however many jobs run: each bears an equal part of it.
        let company = activeJobs.count { $0 != job.id }
        if company > 0 {
            let others = power.uncore * (Double(company) / Double(company + 1))
            for index in estimates.indices {
                estimates[index].power = max(power.idle, estimates[index].power - others)
            }
        }
        let planned = job.updated(fastestRate: fastest(job, counts, at: now)?.rate)
        let time = planningTime(job, at: now)
        return PlanningView(
            estimates: estimates, remainingWork: planned.work.remaining, remainingTime: time?.remaining,
            idlePower: power.idle, switchCost: constants.changes,
            current: job.state.allocation?.configuration, utilisation: job.utilisation,
            reserve: time?.reserve ?? .zero,
            nextLook: nextLook(of: job, at: now))
    }

    /// When a wrong choice can be mended. The cores of a job that keeps those it starts with never can.
    func nextLook(of job: ActiveJob, at now: Instant) -> Seconds {
        if case .moldable = job.request.shape, job.state.allocation == nil { return .infinity }
        return controlPeriod(job, at: now) + constants.settling
    }
}
