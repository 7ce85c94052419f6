/// The body of the answer to `GET /v1/jobs/{id}/explanation`: why a job runs, or ran, at what it does.
///
/// Every joule in it is modelled, but those of `job.energy`.
public struct ExplanationView: Hashable, Sendable, Codable {
    /// What one policy would do with the work.
    public struct PolicyPlan: Hashable, Sendable, Codable {
        /// The policy's name.
        public var policy: String
        /// What it would do; its joules are counted as `accounting` says, whatever the policy's own is.
        public var plan: PlanView
        /// Its joules over those of the job's own policy; `nil` while either is unknown.
        public var relativeToChosen: Double?
        /// Whether it leaves the reserve alone; `true` without a deadline.
        public var keepsReserve: Bool

        /// A policy and its plan.
        public init(policy: String, plan: PlanView, relativeToChosen: Double?, keepsReserve: Bool) {
            self.policy = policy
            self.plan = plan
            self.relativeToChosen = relativeToChosen
            self.keepsReserve = keepsReserve
        }
    }

    /// One configuration that is kept to the end.
    public struct Single: Hashable, Sendable, Codable {
        /// What is believed of it.
        public var estimate: EstimateView
        /// What it would take, counted as `accounting` says, in joules.
        public var modelledEnergyJ: Double
        /// How long the job would run, in seconds.
        public var durationS: Double
        /// Whether the deadline would be kept at a rate one standard error lower.
        public var isSure: Bool

        /// A configuration with what it would take.
        public init(estimate: EstimateView, modelledEnergyJ: Double, durationS: Double, isSure: Bool) {
            self.estimate = estimate
            self.modelledEnergyJ = modelledEnergyJ
            self.durationS = durationS
            self.isSure = isSure
        }
    }

    /// The job, with what it really took.
    public var job: JobView
    /// What the figures are about: the `rest` of the job, or the `whole` of one that has ended.
    public var scope: ExplanationScopeName
    /// Which energy is counted: `horizon`, up to the deadline, or `run`, up to the job's end.
    public var accounting: String
    /// Power of the machine when nothing runs, in watts.
    public var idleW: Double
    /// What counts once the job has ended, in watts: `idleW`, or 0 where only the run counts. With rate 0 it
    /// is the left end of the hull.
    public var restW: Double
    /// The work that the figures are about, in the job's own units; `nil` when unknown.
    public var work: Double?
    /// Time for it up to the deadline, in seconds, below zero once that has passed; `nil` without one.
    public var spanS: Double?
    /// The part of `spanS` that is kept in hand.
    public var reserveS: Double?
    /// Work per second that keeps the deadline; `nil` without one and while the work is unknown.
    public var requiredRatePerS: Double?
    /// What is believed of every configuration that the job may take, ascending; empty while nothing is
    /// known.
    public var estimates: [EstimateView]
    /// The configurations on the lower convex hull of power over rate, by rate.
    public var hull: [ConfigurationView]
    /// One a policy, the job's own first, then by name; empty while nothing is known.
    public var plans: [PolicyPlan]
    /// The cheapest single configuration that keeps the deadline, other than the job's own plan.
    public var nextBest: Single?
    /// How long the job ran at each configuration, the longest first.
    public var ranAt: [PlanView.Segment]

    /// An explanation of `job` before anything is known of it; the rest is set afterwards.
    public init(
        job: JobView, scope: ExplanationScopeName, accounting: String, idleW: Double, restW: Double
    ) {
        self.job = job
        self.scope = scope
        self.accounting = accounting
        self.idleW = idleW
        self.restW = restW
        estimates = []
        hull = []
        plans = []
        ranAt = []
    }

    /// What the job's own policy would do; `nil` when nothing is known, or the policy is not known any more.
    public var chosen: PolicyPlan? { plans.first { $0.policy == job.policy } }
}
