import PacerModels
import PacerPlatform
public import PacerUnits

// MARK: - What a job can be promised

extension Engine {
    /// What can be said of a job's end before it is accepted. Nothing happens.
    ///
    /// Its number does not count: it comes behind those that are equal to it, as the newest does.
    public func admission(of request: JobRequest, prior: ClassProfile?, at now: Instant) -> Admission {
        guard let policy = policies[request.policy] else {
            preconditionFailure("the driver refuses unknown policies before they get here")
        }
        let usable = prior.flatMap { $0.machineName == machine.name ? $0 : nil }
        var newest = request
        newest.id = JobID(.max)
        var job = ActiveJob(request: newest, policy: policy, prior: usable)
        if job.knowsSomething {
            job.belief = firstBelief(of: job, at: now)
            job.updateWork(fastestRate: fastest(job, reachableCounts(job), at: now)?.rate)
            guard job.work.remaining != nil else { return .unknown(.work) }
        } else if request.estimate == nil {
            return .unknown(.work)
        }
        let present = withoutEnd
        let ahead = jobs.paused + present.jobsAhead(of: job)
        guard ahead.count <= Self.farthestView else { return .unknown(.line) }
        guard let expected = present.opening(for: job, behind: ahead, .planned, at: now),
            let soonest = present.opening(for: job, behind: ahead, .fastest, at: now)
        else { return .unknown(.wait) }
        let prediction =
            job.knowsSomething
            ? learnt(job, expected: expected, soonest: soonest)
            : estimated(job, expected: expected, soonest: soonest)
        return prediction.map(Admission.predicted) ?? .unknown(.work)
    }

    private func learnt(
        _ job: ActiveJob, expected: Opening, soonest: Opening
    ) -> Admission.Prediction? {
        let counts = expected.engine.startingCounts(job)
        guard let plan = expected.engine.plan(job, cores: counts, at: expected.start),
            let duration = plan.duration, duration.isFinite,
            let sprint = soonest.engine.sprint(job, soonest.engine.startingCounts(job), at: soonest.start)
        else { return nil }
        let likely = sprint.work / sprint.estimate.quantileRate
        let keeps = job.request.deadline.map {
            $0 >= soonest.start + (Seconds(likely) + constants.shortestReserve)
        }
        let finish = expected.start + duration
        var quantile = expected.start + slowed(plan, belief(of: job, at: expected.start))
        // What turns out to be slow is mended on the way, as long as the fastest configuration can.
        if keeps == true, let deadline = job.request.deadline {
            quantile = max(finish, min(quantile, deadline))
        }
        return Admission.Prediction(
            basis: .history, start: expected.start, finish: finish, finishQuantile: quantile,
            configuration: plan.segments[0].configuration, energy: plan.energy, keepsDeadline: keeps,
            earliestDeadline: earliestDeadline(
                of: job, taking: Seconds((sprint.work + job.work.surplus) / sprint.estimate.reliedRate),
                from: soonest.start))
    }

    /// From the submitter's word alone: how the job scales is not known, so fewer cores or a lower frequency
    /// are taken to slow it down by as much.
    private func estimated(
        _ job: ActiveJob, expected: Opening, soonest: Opening
    ) -> Admission.Prediction? {
        guard let estimate = job.request.estimate else { return nil }
        let length = { (opening: Opening) -> Seconds in
            let configuration = opening.allocation.configuration
            let limit = job.coreLimit(available: presentCount)
            return estimate * (Double(limit) / Double(max(1, configuration.cores)))
                * (machine.topFrequency / configuration.frequency)
        }
        let needed = length(soonest)
        return Admission.Prediction(
            basis: .estimate, start: expected.start, finish: expected.start + length(expected),
            finishQuantile: nil, configuration: expected.allocation.configuration, energy: nil,
            keepsDeadline: job.request.deadline.map {
                $0 >= soonest.start + (needed + constants.shortestReserve)
            }, earliestDeadline: earliestDeadline(of: job, taking: needed, from: soonest.start))
    }

    /// How long a plan takes where every rate is as low as the quantile.
    private func slowed(_ plan: Plan, _ belief: Belief) -> Seconds {
        plan.segments.reduce(.zero) { sum, segment in
            let estimate = belief.model.estimate(segment.configuration)
            return sum + segment.duration * (estimate.rate / estimate.quantileRate)
        }
    }

    /// The deadline that leaves exactly `time` once ``planningTime(_:sharing:at:)`` has kept its reserve and
    /// the policy's whole margin in hand: its inverse.
    private func earliestDeadline(
        of job: ActiveJob, taking time: Seconds, from start: Instant
    ) -> Instant {
        let left = time * (1 / max(0.01, 1 - job.policy.margin))
        let share = min(job.policy.margin, constants.lastReserve)
        return start + max(left + constants.shortestReserve, left * (1 / (1 - share)))
    }
}

extension Estimate {
    /// The rate that the job falls short of once in ten times.
    fileprivate var quantileRate: Double { rate * (1 - Admission.quantileErrors * min(rateError, 0.5)) }

    /// The surest rate; a tenth of what is believed where next to nothing is known.
    fileprivate var reliedRate: Double { max(surestRate, 0.1 * rate) }
}

// MARK: - The line before it

/// How jobs are taken to run to their ends.
private enum Pace {
    /// As planned, with those in mind who wait.
    case planned
    /// As fast as their policies allow where they have deadlines, as they do when somebody needs their cores.
    case fastest
}

/// The moment at which a job can start, and the engine as it should be by then.
private struct Opening {
    var engine: Engine
    var start: Instant
    var allocation: Allocation
}

extension Engine {
    /// Beyond this many jobs in the line nothing is foretold: it would take longer than an answer may, and be
    /// wrong anyway.
    private static let farthestView = 200

    /// The engine without what does not matter for a job that is to come: a copy that costs as little with
    /// a long line as with a short one.
    private var withoutEnd: Engine {
        var copy = self
        copy.jobs = jobs.shortened(to: lineUp(Self.farthestView + 1).map(\.id))
        return copy
    }

    /// The jobs that are served before `job`, in their order; at most one more than are looked at.
    private func jobsAhead(of job: ActiveJob) -> [JobID] {
        var copy = self
        copy.jobs[job.id] = job
        return Array(copy.lineUp(Self.farthestView + 1).map(\.id).prefix { $0 != job.id })
    }

    /// When `job` gets cores: who has an earlier deadline gets them first, as in ``dispatch(at:_:)``. `nil`
    /// when the jobs before it end nobody knows when.
    private func opening(
        for job: ActiveJob, behind others: [JobID], _ pace: Pace, at now: Instant
    ) -> Opening? {
        let (opening, putOff) = openingNow(for: job, at: now)
        if let opening { return opening }
        var later = self
        var ahead = others.compactMap { jobs[$0] }
        later.jobs[job.id] = job
        var ends = later.activeJobs.compactMap { id in
            later.jobs[id].flatMap { later.end(of: $0, pace, at: now) }.map { (at: $0, id: id) }
        }
        var time = now
        if pace == .planned, let putOff {
            // It waits for others, and nothing is known of any that come.
            time = putOff
            for end in ends where end.at <= time { later.jobs[end.id] = nil }
            ends.removeAll { $0.at <= time }
        }
        while true {
            while let place = ahead.firstIndex(where: { !later.isHeldBack($0.request) }),
                let allocation = later.firstAllocation(for: ahead[place], free: later.freeCores, at: time)
            {
                let next = ahead.remove(at: place)
                var started = next
                started.state = .running(allocation, since: time)
                started.started = time
                later.jobs[next.id] = started
                if let end = later.end(of: started, pace, at: time) { ends.append((end, next.id)) }
            }
            if ahead.allSatisfy({ later.isHeldBack($0.request) }) {
                var engine = later
                engine.jobs[job.id] = nil
                if let allocation = engine.firstAllocation(for: job, free: engine.freeCores, at: time) {
                    return Opening(engine: engine, start: time, allocation: allocation)
                }
            }
            guard let first = ends.min(by: { $0 < $1 }) else { return nil }
            ends.removeAll { $0.id == first.id }
            later.jobs[first.id] = nil
            time = max(time, first.at)
        }
    }

    /// What a copy of the engine does with `job`: it may start at once because others make room for it, or
    /// be put off for the sake of company.
    private func openingNow(for job: ActiveJob, at now: Instant) -> (opening: Opening?, putOff: Instant?) {
        var engine = self
        _ = engine.handle(.submitted(job.request, prior: job.prior), at: now)
        guard let allocation = engine.allocation(of: job.id) else {
            return (nil, engine.putOff[job.id]?.until)
        }
        engine.jobs[job.id] = nil
        return (Opening(engine: engine, start: now, allocation: allocation), nil)
    }

    /// When a job that holds cores will leave them; `nil` when nobody knows.
    private func end(of job: ActiveJob, _ pace: Pace, at now: Instant) -> Instant? {
        if case .stopping(_, _, _, let killAt) = job.state { return max(now, killAt) }
        guard job.knowsSomething else {
            guard let estimate = job.request.estimate, let cores = job.state.allocation?.cores.count
            else { return nil }
            let limit = job.coreLimit(available: presentCount)
            let whole = estimate * (Double(limit) / Double(max(1, cores)))
            return max(now, (job.started ?? now) + whole)
        }
        let counts = reachableCounts(job)
        if pace == .fastest, job.request.deadline != nil {
            return sprint(job, counts, at: now).map { now + Seconds($0.work / $0.estimate.reliedRate) }
        }
        return plan(job, cores: counts, at: now)?.duration.flatMap { $0.isFinite ? now + $0 : nil }
    }

    /// The core counts that a waiting job may be given of those that are free.
    private func startingCounts(_ job: ActiveJob) -> [Int] {
        if case .rigid(let cores) = job.request.shape { return [cores] }
        return coreCounts(upTo: max(1, min(coreLimit(of: job), freeCores.count, allowance(of: job))))
    }

    /// What a job's policy gives it when no time is left, and the work that it has; `nil` when that is not
    /// known.
    private func sprint(
        _ job: ActiveJob, _ counts: [Int], at now: Instant
    ) -> (estimate: Estimate, work: Double)? {
        guard var view = view(of: job, cores: counts, at: now), let work = view.remainingWork
        else { return nil }
        view.remainingTime = .zero
        let configuration = job.policy.plan(view).segments[0].configuration
        guard let estimate = view.estimates.first(where: { $0.configuration == configuration }),
            estimate.rate > 0
        else { return nil }
        return (estimate, work)
    }
}
