extension DaemonConfiguration {
    /// This configuration of a running daemon with all that may change meanwhile taken from `new`, and the
    /// keys of what differs and waits for a restart, in the order of the reference.
    public func reloaded(from new: DaemonConfiguration) -> (DaemonConfiguration, awaitingRestart: [String]) {
        var result = self
        result.policies = new.policies
        result.defaultPolicy = new.defaultPolicy
        result.grace = new.grace
        result.outputLimit = new.outputLimit
        result.adminGroup = new.adminGroup
        result.userLimits = new.userLimits
        result.finishedLimit = new.finishedLimit
        let fixed: [(key: String, isSame: Bool)] = [
            ("socket", socket == new.socket),
            ("state-directory", stateDirectory == new.stateDirectory),
            ("machine", machine == new.machine),
            ("emulated-profile", emulatedProfile == new.emulatedProfile),
            ("machine-description", machineDescription == new.machineDescription),
            ("keeper", keeper == new.keeper),
            ("shepherd", shepherd == new.shepherd),
            ("journal", journalLimit == new.journalLimit),
            ("metrics-listen", metricsAddress == new.metricsAddress),
            ("rivals", rivals == new.rivals),
        ]
        return (result, fixed.filter { !$0.isSame }.map(\.key))
    }
}
