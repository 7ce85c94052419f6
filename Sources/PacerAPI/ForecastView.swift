/// The body of the answer to `POST /v1/plan`: what would be done with a job.
public struct ForecastView: Hashable, Sendable, Codable {
    /// What one policy would do.
    public struct PolicyPlan: Hashable, Sendable, Codable {
        /// The policy's name.
        public var policy: String
        /// What it would do.
        public var plan: PlanView

        /// A policy and its plan.
        public init(policy: String, plan: PlanView) {
            self.policy = policy
            self.plan = plan
        }
    }

    /// The policy that was asked for.
    public var policy: String
    /// The job's class.
    public var className: String
    /// Completed runs of the class that the forecast rests on; with none it is the machine's prior.
    public var knownRuns: Int
    /// What the job would start with now; `nil` when it would have to wait.
    public var startsWith: AllocationView?
    /// Probes that it would be given first.
    public var probes: [ConfigurationView]
    /// What is believed of every configuration, ascending.
    public var estimates: [EstimateView]
    /// How much work there is.
    public var work: WorkView
    /// One a policy, the asked one first, then by name; empty while nothing can be predicted.
    public var plans: [PolicyPlan]
    /// Power of the machine when nothing runs, in watts.
    public var idleW: Double

    /// A forecast for a class under a policy; the rest is set afterwards.
    public init(policy: String, className: String, knownRuns: Int, work: WorkView, idleW: Double) {
        self.policy = policy
        self.className = className
        self.knownRuns = knownRuns
        self.work = work
        self.idleW = idleW
        probes = []
        estimates = []
        plans = []
    }
}
