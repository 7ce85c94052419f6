public import PacerModels
public import PacerUnits

/// Why a job runs at what it does: what is believed of its configurations, what its deadline needs, and what
/// every policy would make of that.
///
/// All plans are made from one view, so their figures can be compared; all joules are modelled.
public struct Explanation: Hashable, Sendable {
    /// What the figures are about.
    public enum Scope: String, Hashable, Sendable, CaseIterable {
        /// The rest of a job that has not ended.
        case rest
        /// The whole of a job that has, as if all that was known at its end had been known at its start.
        case whole
    }

    /// What one policy would do.
    public struct PolicyPlan: Hashable, Sendable {
        /// The policy's name.
        public var policy: String
        /// Its plan; `energy` is under the explanation's accounting, whatever the policy's own is.
        public var plan: Plan
        /// Whether the plan leaves the reserve alone; `true` without a deadline.
        public var keepsReserve: Bool
    }

    /// One configuration that is kept to the end of the job.
    public struct Single: Hashable, Sendable {
        /// Which one, with what is believed of it.
        public var estimate: Estimate
        /// What it would take, under the explanation's accounting.
        public var energy: Joules
        /// How long the job would run.
        public var duration: Seconds
        /// Whether the deadline would be kept at a rate one standard error below what is believed.
        public var isSure: Bool
    }

    /// What the figures are about.
    public let scope: Scope
    /// The name of the job's policy.
    public let policy: String
    /// Which energy is counted: that of the job's policy. A horizon ends with the deadline itself.
    public let accounting: Accounting
    /// What is believed of every configuration that the job may take, ascending; empty while nothing is
    /// known.
    public let estimates: [Estimate]
    /// Power of the machine when nothing runs.
    public let idlePower: Watts
    /// The work that the figures are about; `nil` when unknown.
    public let work: Double?
    /// Time for that work up to the deadline, below zero once it has passed; `nil` without one.
    public let span: Seconds?
    /// The part of `span` that is kept in hand.
    public let reserve: Seconds
    /// One a policy, the job's own first, then by name. Without the job's own when that is not known any
    /// more; empty while nothing is known.
    public let plans: [PolicyPlan]
    /// The cheapest single configuration that keeps the deadline, other than the job's own plan; `nil` when
    /// there is none or the work is unknown.
    public let nextBest: Single?

    /// What is to be told of a job whose policy is called `policy`, planned by all of `policies` from `view`;
    /// `view` is `nil` while nothing is known of the job.
    public init(
        scope: Scope, policy: String, policies: [any Policy], idlePower: Watts, view: PlanningView?
    ) {
        let accounting = policies.first { $0.name == policy }?.accounting ?? .horizon
        self.scope = scope
        self.policy = policy
        self.accounting = accounting
        self.idlePower = idlePower
        estimates = view?.estimates ?? []
        work = view?.remainingWork
        reserve = view?.reserve ?? .zero
        span = view?.remainingTime.map { [reserve] in $0 + reserve }
        guard let view, !view.estimates.isEmpty else {
            plans = []
            nextBest = nil
            return
        }
        let costs = Costs(view: view, accounting: accounting)
        plans = policies.sorted {
            ($0.name != policy ? 1 : 0, $0.name) < ($1.name != policy ? 1 : 0, $1.name)
        }
        .map { other in
            var plan = other.plan(view)
            plan.energy = view.energy(of: plan, by: other.accounting, counting: accounting)
            return PolicyPlan(policy: other.name, plan: plan, keepsReserve: costs.keepsReserve(plan))
        }
        let chosen = plans.first { $0.policy == policy }?.plan
        nextBest = costs.nextBest(beside: chosen)
    }

    /// The plan of the job's own policy; `nil` when that is not known any more, or nothing of the job is.
    public var chosen: PolicyPlan? { plans.first { $0.policy == policy } }

    /// Work per second that keeps the deadline; `nil` without one, after it, and while the work is unknown.
    public var requiredRate: Double? {
        guard let work, let span, span > .zero else { return nil }
        return work / span.value
    }

    /// What a second in which the job has ended costs: the left end of the hull.
    public var restPower: Watts { accounting == .horizon ? idlePower : .zero }
}

/// Energies of one view under one accounting, so that they can be compared.
private struct Costs {
    let view: PlanningView
    let accounting: Accounting

    func keepsReserve(_ plan: Plan) -> Bool {
        guard let time = view.remainingTime, let duration = plan.duration else { return plan.meetsDeadline }
        // A mix fills its time exactly, up to rounding.
        return duration.value <= time.value * (1 + 1e-9)
    }

    func nextBest(beside chosen: Plan?) -> Explanation.Single? {
        guard let work = view.remainingWork else { return nil }
        let own = chosen.flatMap { $0.segments.count == 1 ? $0.segments.first?.configuration : nil }
        let limit = view.remainingTime ?? .infinity
        let singles = view.estimates.compactMap { estimate -> Explanation.Single? in
            let duration = Seconds(work / estimate.rate)
            guard estimate.rate > 0, duration <= limit, estimate.configuration != own else { return nil }
            let safe = estimate.rate * max(0, 1 - estimate.rateError)
            return Explanation.Single(
                estimate: estimate, energy: estimate.power * duration + idle(after: duration),
                duration: duration, isSure: safe * limit.value >= work)
        }
        return singles.min {
            ($0.energy, $0.estimate.configuration) < ($1.energy, $1.estimate.configuration)
        }
    }

    private func idle(after duration: Seconds) -> Joules {
        accounting == .horizon ? view.idleEnergy(after: duration) : .zero
    }
}

extension PlanningView {
    /// What the idle machine takes from the end of a job that runs for `duration` to its deadline.
    func idleEnergy(after duration: Seconds) -> Joules {
        remainingTime.map { idlePower * max(.zero, $0 + reserve - duration) } ?? .zero
    }

    /// The energy of a plan that a policy made which counts `own`, as it is to be told.
    ///
    /// A plan's own figure of the horizon ends where the reserve begins, which is as good for choosing; told
    /// it is up to the deadline, where the horizon is accounted.
    func energy(of plan: Plan, by own: Accounting, counting accounting: Accounting) -> Joules? {
        guard let energy = plan.energy, let duration = plan.duration else { return nil }
        guard let time = remainingTime else { return energy }
        let running = own == .horizon ? energy - idlePower * max(.zero, time - duration) : energy
        return accounting == .horizon ? running + idleEnergy(after: duration) : running
    }
}
