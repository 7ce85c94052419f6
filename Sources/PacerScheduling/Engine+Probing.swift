import PacerModels
import PacerOptimizer
import PacerPlatform
import PacerUnits

// MARK: - What to measure next

extension Engine {
    /// A measurement that is worth making, and why.
    struct Probe: Hashable {
        var configuration: Configuration
        var reason: String
    }

    /// The configuration to measure next; `nil` when nothing is worth it, or nothing is safe.
    ///
    /// Where the plan wants to go comes first: measuring there costs nothing. Then what is expected to save
    /// more than it costs, by ``ProbeQuestion``.
    func nextProbe(_ job: ActiveJob, _ counts: [Int], at now: Instant) -> Probe? {
        guard job.knowsSomething, let view = view(of: job, cores: counts, at: now) else { return nil }
        let settled = Set(
            view.estimates.map(\.configuration).filter {
                job.knows($0) || job.skippedProbes.contains($0)
            })
        let window = probeLength(job, at: now) + constants.settling
        // Learning that takes too large a share of a run has become the run.
        guard window * Double(job.probes.count) <= wholeSpan(job, view, at: now) * constants.probeShare
        else { return nil }
        // What was measured may be measured again, where its error leaves room for a saving.
        let here = job.state.allocation.map { [$0.configuration] } ?? []
        let inflation = job.table.inflation()
        let question = ProbeQuestion(
            estimates: job.policy.allowed(view), settled: job.skippedProbes.union(here),
            work: view.remainingWork ?? assumedWork(job, view, at: now), time: view.remainingTime,
            idlePower: job.policy.accounting == .horizon ? view.idlePower : .zero,
            window: (job.lastProbeSpan ?? window) + constants.settling,
            rateError: MeasuringWindow.leastError * inflation.rate,
            powerError: MeasuringWindow.leastError * inflation.power, switchCost: constants.switchCost)
        for survey in survey(job, question, settled: settled) where isSafe(survey, view, window: window) {
            return Probe(configuration: survey, reason: "one of the few that tell most of all the others")
        }
        if let planned = job.policy.plan(view).segments.first?.configuration, !settled.contains(planned),
            isSafe(planned, view, window: window)
        {
            return Probe(configuration: planned, reason: "measures where the plan goes")
        }
        for value in question.worthwhile() where isSafe(value.configuration, view, window: window) {
            return Probe(configuration: value.configuration, reason: "may save more than measuring it costs")
        }
        return nil
    }

    /// From the start to the deadline, or to where the job is expected to end at its fastest.
    private func wholeSpan(_ job: ActiveJob, _ view: PlanningView, at now: Instant) -> Seconds {
        let ran = job.started.map { now - $0 } ?? .zero
        if let time = view.remainingTime { return ran + time }
        guard let work = view.remainingWork, let fastest = view.estimates.map(\.rate).max(), fastest > 0
        else { return ran + Seconds(20) }
        return ran + Seconds(work / fastest)
    }

    /// The few configurations from which the laws follow, while nothing near them is known and they are cheap:
    /// one core and a handful of cores at a middle frequency, all cores at the lowest one.
    private func survey(
        _ job: ActiveJob, _ question: ProbeQuestion, settled: Set<Configuration>
    ) -> [Configuration] {
        let all = question.estimates
        let widest = all.map(\.configuration.cores).max() ?? 1
        let frequencies = Set(all.map(\.configuration.frequency)).sorted()
        guard let lowest = frequencies.first else { return [] }
        let middle = frequencies[frequencies.count / 2]
        let some = Double(widest).squareRoot()
        return [(1.0, middle), (Double(widest), lowest), (some, middle)].compactMap { cores, frequency in
            let near = all.min {
                nearness($0.configuration, cores, frequency) > nearness($1.configuration, cores, frequency)
            }
            guard let near, !settled.contains(near.configuration),
                !settled.contains(where: { nearness($0, cores, frequency) > 0.5 }),
                let cost = question.relativeCost(of: near), cost < constants.surveyCost
            else { return nil }
            return near.configuration
        }
    }

    /// 0…1: the product of the ratios of the core counts and of the frequencies.
    private func nearness(_ configuration: Configuration, _ cores: Double, _ frequency: Hertz) -> Double {
        let count = Double(configuration.cores)
        return min(count, cores) / max(count, cores)
            * (min(configuration.frequency, frequency) / max(configuration.frequency, frequency))
    }

    /// Without any better knowledge a job is expected to run as long again as it did so far.
    private func assumedWork(_ job: ActiveJob, _ view: PlanningView, at now: Instant) -> Double? {
        let ran = job.started.map { now - $0 } ?? .zero
        let fastest = view.estimates.map(\.rate).max() ?? 0
        return fastest * max(Seconds(20), ran).value
    }

    /// Whether a probe leaves enough time to keep the deadline whatever it shows, and is worth a window.
    private func isSafe(_ candidate: Configuration, _ view: PlanningView, window: Seconds) -> Bool {
        guard let fastest = view.estimates.max(by: { $0.rate < $1.rate }) else { return true }
        guard let work = view.remainingWork else {
            return view.remainingTime == nil || candidate == fastest.configuration
        }
        let left = Seconds(work / fastest.rate)
        guard left.value >= constants.windowsLeft * window.value else { return false }
        guard let time = view.remainingTime else { return true }
        let rescue = view.estimates.map(\.surestRate).max() ?? 0
        // Nothing is counted on from the probe itself: it may turn out to stand still.
        if Seconds(work / rescue) + window + constants.switchCost * 2 <= time { return true }
        // A deadline that no configuration known so far keeps is not endangered by looking for another.
        return left > time + view.reserve
    }
}
