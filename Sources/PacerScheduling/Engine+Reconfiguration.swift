extension Engine {
    /// Goes on with other policies, times and thresholds, and another policy for the queue.
    ///
    /// Jobs that are held keep the policy that they were accepted with, in the words that it had then. What
    /// was recorded before cannot be run again together with what comes after.
    public mutating func reconfigure(
        policies: [any Policy], constants: ControlConstants, queuePolicy: String?, userLimits: UserLimits
    ) {
        self.policies = Dictionary(policies.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.constants = constants
        self.queuePolicy = queuePolicy
        self.userLimits = userLimits
        jobs.order(by: queuePolicy.flatMap { self.policies[$0]?.queue } ?? .edf)
    }
}
