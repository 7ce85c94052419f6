import PacerPorts
public import PacerScheduling

extension ControlLoop {
    /// Keeps the newest `limit` jobs that have finished from now on, or all of them.
    public func keepFinished(_ limit: Int?) {
        retention.limit = limit
        removeOld(at: now)
    }

    /// Goes on with other policies, another default, another grace and other limits of users; the jobs that
    /// are there keep the policy they were accepted with.
    ///
    /// - Parameter recorded: The policies as the event journal keeps them.
    /// - Returns: Whether events go unrecorded until no job is held, because the journal has no way to tell
    ///   of the change while one is.
    public func reload(
        policies: [any Policy], recorded: [RecordedPolicy], defaultPolicy: String,
        constants: ControlConstants, userLimits: UserLimits
    ) -> Bool {
        self.policies = policies.sorted { $0.name < $1.name }
        self.defaultPolicy = defaultPolicy
        self.userLimits = userLimits
        engine.reconfigure(
            policies: policies, constants: constants, queuePolicy: defaultPolicy, userLimits: userLimits)
        ports.journal?.reconfigure(recorded, at: now)
        feed(.observed(snapshot()))
        return ports.journal?.wantsNewSegment ?? false
    }
}
