public import PacerModels
public import PacerPlatform
public import PacerUnits

// MARK: - What can be told of a job

extension Engine {
    func record(of job: ActiveJob, at now: Instant) -> JobRecord {
        let belief = belief(of: job, at: now)
        let model = belief.model
        let estimates = job.knowsSomething ? belief.estimates : []
        var work = job.work
        if let latest = job.progress.latest { work.done = latest.done }
        work.source = job.progress.source
        let current = job.state.allocation?.configuration
        let rate =
            job.window?.rate.map(\.rate) ?? estimates.first { $0.configuration == current }?.rate
        var finish: Instant?
        if case .running = job.state, let remaining = work.remaining {
            if let plan = job.plan, let made = job.planMade, let duration = plan.duration, duration.isFinite {
                finish = max(now, made + duration)
            } else if let rate, rate > 0 {
                finish = now + Seconds(remaining / rate)
            }
        }
        var told = JobRecord(
            request: job.request, state: job.state, started: job.started, work: work, rate: rate,
            probes: job.probes, estimates: estimates, sigma: model.scalability?.contention,
            kappa: model.scalability?.coherency, frequencySensitivity: model.frequencySensitivity,
            verdict: verdict(of: job, model), plan: job.plan, prediction: job.prediction,
            predictedFinish: finish, energy: job.energy,
            decisions: decisions(of: job), knownRuns: job.prior?.runs ?? 0)
        told.idlePower = power.idle
        return told
    }

    private func verdict(of job: ActiveJob, _ model: JobModel) -> ContentionVerdict? {
        var signals = job.signals
        for inherited in job.prior?.signals ?? [] where signals[inherited.cores] == nil {
            signals[inherited.cores] = inherited
        }
        guard !signals.isEmpty else { return nil }
        let top = machine.topFrequency
        let one = model.estimate(Configuration(cores: 1, frequency: top))
        let rows = signals.values.sorted { $0.cores < $1.cores }.map { row in
            var row = row
            let here = model.estimate(Configuration(cores: row.cores, frequency: top))
            // Half of the sureness that a verdict's thresholds need is enough: they lie 20 % apart.
            if one.rate > 0, max(one.rateError, here.rateError) < 0.1 {
                row.speedup = here.rate / one.rate
            }
            row.frequencySensitivity = model.frequencySensitivity
            return row
        }
        return ContentionVerdict(rows)
    }

    /// What would happen to a job if it were submitted now. Nothing does.
    public func forecast(_ request: JobRequest, prior: ClassProfile?, at now: Instant) -> JobForecast {
        guard let policy = policies[request.policy] else {
            preconditionFailure("the driver refuses unknown policies before they get here")
        }
        let usable = prior.flatMap { $0.machineName == machine.name ? $0 : nil }
        var job = ActiveJob(request: request, policy: policy, prior: usable)
        let counts = reachableCounts(job)
        job.updateWork(fastestRate: fastest(job, counts, at: now)?.rate)
        let known = job.knowsSomething
        let probes = nextProbe(job, counts, at: now).map { [$0.configuration] } ?? []
        var plans: [String: Plan] = [:]
        if known {
            // order does not matter: one dictionary becomes another
            for (name, other) in policies {
                guard var view = view(of: job, cores: counts, at: now) else { continue }
                view.remainingWork = job.work.remaining
                var plan = other.plan(view)
                // All in the account of the job's own policy, to be compared.
                plan.energy = view.energy(
                    of: plan, by: other.accounting, counting: job.policy.accounting)
                plans[name] = plan
            }
        }
        let queueEmpty = jobs.waitingCount == 0
        return JobForecast(
            knownRuns: usable?.runs ?? 0,
            startsWith: queueEmpty ? firstAllocation(for: job, free: freeCores, at: now) : nil,
            probes: probes, estimates: known ? belief(of: job, at: now).estimates : [],
            work: job.work, plans: plans)
    }
}

/// What would happen to a job, without it happening.
public struct JobForecast: Hashable, Sendable {
    /// Completed runs of the class that are known.
    public var knownRuns: Int
    /// The cores and frequency it would start with now; `nil` when it would wait.
    public var startsWith: Allocation?
    /// The first probes it would be given.
    public var probes: [Configuration]
    /// What is believed of every configuration; empty when nothing is known.
    public var estimates: [Estimate]
    /// How much work the job is believed to have.
    public var work: WorkBelief
    /// The plan of every policy by name; empty when nothing is known.
    public var plans: [String: Plan]
}
