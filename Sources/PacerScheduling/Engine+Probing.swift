import PacerModels
import PacerPlatform
import PacerUnits

// MARK: - What to measure next

extension Engine {
    /// A measurement that is worth making, and why.
    struct Probe: Hashable {
        var configuration: Configuration
        var reason: String
        /// What must stay possible while it is made.
        var lifeline: Lifeline?
    }

    /// How a deadline is kept once a probe is over: what is left then, at a rate that can be relied on.
    struct Lifeline: Hashable {
        /// The surest rate that is known, work/s.
        var rate: Double
        /// When the work must be done.
        var until: Instant
        /// Whether the margin before the deadline is used up for it.
        var takesMargin = false
    }

    /// The configuration to measure next; `nil` when nothing is worth it, or nothing is safe.
    ///
    /// A few first from which the laws follow, unless other classes say more than laws; then where the plan
    /// goes, since measuring there costs nothing; then what the policy expects to save more than it costs.
    /// A job that is seen to be late looks last where nothing like it was measured.
    func nextProbe(_ job: ActiveJob, _ counts: [Int], at now: Instant) -> Probe? {
        guard job.knowsSomething, let view = view(of: job, cores: counts, at: now) else { return nil }
        let longest = max(probeLength(job, at: now), reports(job)) + constants.settling
        let expected = max(job.lastProbeSpan ?? shortestWindow(job), reports(job)) + constants.settling
        let plan = job.policy.plan(view)
        if let rescue = rescue(job, plan, at: now) { return rescue }
        // Until it has reported twice nobody knows how long a probe takes.
        guard job.progress.interval != nil else { return nil }
        // A deadline that nothing known keeps is worth more than what learning takes.
        let need = plan.meetsDeadline ? 1 : constants.urgency
        // Learning that takes too large a share of a run has become the run.
        let spent = expected * Double(job.probes.count)
        let most = wholeSpan(job, view, at: now) * constants.probeShare
        guard spent <= most * need else { return nil }
        let inflation = job.table.inflation()
        let here = job.state.allocation.map { [$0.configuration] } ?? []
        let planned = plan.segments.first?.configuration
        let terms = ProbeTerms(
            excluded: job.skippedProbes.union(here), window: expected,
            rateError: MeasuringWindow.leastError * inflation.rate,
            powerError: MeasuringWindow.leastError * inflation.power, next: planned)
        let lifeline = lifeline(job, view, at: now)
        let probe = { Probe(configuration: $0, reason: $1, lifeline: lifeline) }
        let isSafe = { (place: Configuration) in
            view.estimates.first { $0.configuration == place }
                .map { self.isSafe($0, view, lifeline, span: expected, longest: longest, at: now) } ?? false
        }
        var supposed = view
        supposed.remainingWork = view.remainingWork ?? assumedWork(job, view, at: now)
        let surveyed =
            job.others == nil
            ? survey(
                job, supposed, terms, upTo: constants.surveyCost * need,
                speedupCost: lifeline?.takesMargin == true ? constants.surveyCost : constants.speedupCost)
            : []
        if let first = surveyed.first(where: isSafe) {
            return probe(first, "one of the few that tell most of all the others")
        }
        if let planned, !job.knows(planned), !terms.excluded.contains(planned), isSafe(planned) {
            return probe(planned, "measures where the plan goes")
        }
        // What was measured may be measured again, where its error leaves room for a saving.
        if let worthwhile = job.policy.worthwhileProbes(supposed, terms).first(where: isSafe) {
            return probe(worthwhile, "may save more than measuring it costs")
        }
        guard !plan.meetsDeadline, spent <= most, isSurelyLate(job, at: now),
            let place = unlikeAllKnown(job, supposed, terms), isSafe(place)
        else { return nil }
        return probe(place, "the deadline is out of reach: is it here too, far from what was measured?")
    }

    /// Whether what the job was seen to do where it is does not keep its deadline, of work that it declared:
    /// beliefs of what it does may have been upset by what was seen elsewhere.
    private func isSurelyLate(_ job: ActiveJob, at now: Instant) -> Bool {
        guard job.work.basis == .declared, let left = job.work.remaining,
            let deadline = job.request.deadline, let here = job.state.allocation?.configuration,
            let row = job.table.measurement(of: here, at: now), row.rate > 0
        else { return false }
        return job.window?.purpose != .probe && now + Seconds(left / row.rate) > deadline
    }

    /// The configuration that is least like any that was measured. Laws that were fitted to a few places are
    /// sure of the others too, and wrong where a program, or a machine with cores of several kinds, follows
    /// none: before a job is late it is worth a look.
    private func unlikeAllKnown(
        _ job: ActiveJob, _ view: PlanningView, _ terms: ProbeTerms
    ) -> Configuration? {
        let known = view.estimates.map(\.configuration).filter(job.knows)
        let open = view.estimates.map(\.configuration).filter {
            !job.knows($0) && !terms.excluded.contains($0) && job.policy.probeCost(of: $0, view, terms) != nil
        }
        let likeness = { (place: Configuration) in
            known.map { nearness($0, Double(place.cores), place.frequency) }.max() ?? 0
        }
        return open.map { ($0, likeness($0)) }.filter { $0.1 < 0.6 }
            .min { ($0.1, $1.0.frequency, $1.0.cores) < ($1.1, $0.0.frequency, $0.0.cores) }?.0
    }

    /// The top frequency, where the deadline seems out of reach at less: that a slower clock is faster is
    /// more likely a measurement of another phase than true. Three times, since it may be true.
    private func rescue(_ job: ActiveJob, _ plan: Plan, at now: Instant) -> Probe? {
        guard !plan.meetsDeadline, let believed = plan.segments.first?.configuration else { return nil }
        let top = Configuration(cores: believed.cores, frequency: topFrequency(cores: believed.cores))
        guard believed.frequency < top.frequency, job.state.allocation?.configuration != top else {
            return nil
        }
        if let changed = job.lastChange, now - changed < constants.dwell, job.probes.last == top {
            return nil
        }
        guard job.probes.count(where: { $0 == top }) < 3 else { return nil }
        return Probe(
            configuration: top, reason: "the deadline is out of reach: is the top frequency no faster?")
    }

    /// From the start to the deadline, or to where the job is expected to end at its fastest.
    private func wholeSpan(_ job: ActiveJob, _ view: PlanningView, at now: Instant) -> Seconds {
        let ran = job.started.map { now - $0 } ?? .zero
        if let time = view.remainingTime { return ran + time }
        guard let work = view.remainingWork, let fastest = view.estimates.map(\.rate).max(), fastest > 0
        else { return ran + Seconds(20) }
        return ran + Seconds(work / fastest)
    }

    /// The few configurations from which the laws follow, while nothing near them is known and they are
    /// cheap: all cores at a low frequency, half of them at the top one. On a machine of few cores it is one
    /// core instead of the half: the speed-up itself is then what tells of contention.
    private func survey(
        _ job: ActiveJob, _ view: PlanningView, _ terms: ProbeTerms, upTo mostCost: Double,
        speedupCost: Double
    ) -> [Configuration] {
        let all = view.estimates.map(\.configuration)
        let known = all.filter(job.knows)
        let widest = all.map(\.cores).max() ?? 1
        let frequencies = Set(all.map(\.frequency)).sorted()
        guard let top = frequencies.last else { return [] }
        let isSmall = widest <= constants.fewCores
        let low = (Double(widest), frequencies[frequencies.count / 4], mostCost)
        let few = isSmall ? (1.0, top, speedupCost) : (Double(widest) * 0.5, top, mostCost)
        return [low, few].compactMap { cores, frequency, mostCost in
            let near = all.max {
                nearness($0, cores, frequency) < nearness($1, cores, frequency)
            }
            guard let near, !job.knows(near), !terms.excluded.contains(near),
                !known.contains(where: { nearness($0, cores, frequency) > 0.6 }),
                let cost = job.policy.probeCost(of: near, view, terms), cost < mostCost
            else { return nil }
            return near
        }
    }

    /// 0…1: the product of the ratios of the core counts and of the frequencies.
    private func nearness(_ configuration: Configuration, _ cores: Double, _ frequency: Hertz) -> Double {
        let count = Double(configuration.cores)
        let across = min(count, cores) / max(count, cores)
        let along = min(configuration.frequency, frequency) / max(configuration.frequency, frequency)
        return across * along
    }

    /// Without any better knowledge a job is expected to run as long again as it did so far.
    private func assumedWork(_ job: ActiveJob, _ view: PlanningView, at now: Instant) -> Double? {
        let ran = job.started.map { now - $0 } ?? .zero
        let fastest = view.estimates.map(\.rate).max() ?? 0
        return fastest * max(Seconds(20), ran).value
    }

    /// What a probe must not endanger; `nil` where there is nothing to lose: without a deadline, or with one
    /// that nothing known keeps.
    ///
    /// Where no rate is sure to keep it, but one that was measured is expected to, learning may take the
    /// margin, but not the least reserve: what is known now may be far from the best.
    private func lifeline(_ job: ActiveJob, _ view: PlanningView, at now: Instant) -> Lifeline? {
        guard let work = view.remainingWork, let time = view.remainingTime else { return nil }
        let keeps = { (rate: Double, time: Seconds) in rate > 0 && Seconds(work / rate) <= time }
        if let surest = view.estimates.map(\.surestRate).max(), keeps(surest, time) {
            return Lifeline(rate: surest, until: now + time)
        }
        // Of work that is only expected the margin is for more of it.
        let expected = view.estimates.map { $0.origin == .measured ? $0.rate : $0.surestRate }.max()
        guard job.work.basis == .declared, let expected, let latest = timeLeft(job, at: now),
            keeps(expected, latest)
        else { return nil }
        return Lifeline(rate: expected, until: now + latest, takesMargin: true)
    }

    /// Whether a probe is likely to leave enough time to keep the deadline, and is worth a window. Should it
    /// do less than it is relied on for, it is broken off (``isSlipping(_:at:)``).
    private func isSafe(
        _ candidate: Estimate, _ view: PlanningView, _ lifeline: Lifeline?, span: Seconds, longest: Seconds,
        at now: Instant
    ) -> Bool {
        guard let fastest = view.estimates.max(by: { $0.rate < $1.rate }) else { return true }
        guard let work = view.remainingWork else {
            return view.remainingTime == nil || candidate.configuration == fastest.configuration
        }
        let left = Seconds(work / fastest.rate)
        guard left.value >= constants.windowsLeft * longest.value else { return false }
        guard let time = view.remainingTime else { return true }
        // A deadline that no configuration known so far keeps is not endangered by looking for another.
        guard let lifeline else { return left > time + view.reserve }
        let relied = candidate.surestRate * max(.zero, span - constants.settling).value
        return now + Seconds(max(0, work - relied) / lifeline.rate) + span + breakingOff <= lifeline.until
    }

    /// From the look that finds a probe too slow until the job is back at full speed.
    private var breakingOff: Seconds { constants.probeTick + constants.switchCost * 2 }

    /// Whether a probe has done so little that the deadline is in danger, should it go on.
    func isSlipping(_ job: ActiveJob, at now: Instant) -> Bool {
        guard let lifeline = job.lifeline, let total = job.work.total else { return false }
        let left = max(0, total - (job.progress.latest?.done ?? job.work.done))
        return now + Seconds(left / lifeline.rate) + breakingOff > lifeline.until
    }
}
