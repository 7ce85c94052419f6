public import PacerPlatform
public import PacerPorts
public import PacerUnits

/// Holds frequency domains by letting the keeper set the lowest and highest frequency to the same value.
///
/// When the keeper is lost, the next request starts another one, which first restores the machine; what was
/// held is then held again, with reason `resume`.
public final class CpufreqControl: FrequencyControl {
    /// How frequency is controlled, for people.
    public let summary: String
    /// The CPUs that were online when the machine was looked at; some may be offline now.
    private let cpus: [DomainID: CPUSet]
    private var keeper: KeeperClient
    private let restart: () throws(PortError) -> KeeperClient
    private var held: [DomainID: Hertz] = [:]
    private var restarts = 0

    init(
        keeper: KeeperClient, cpus: [DomainID: CPUSet], drivers: [String],
        restart: @escaping () throws(PortError) -> KeeperClient
    ) {
        self.keeper = keeper
        self.cpus = cpus
        self.restart = restart
        let count = cpus.count == 1 ? "one frequency domain" : "\(cpus.count) frequency domains"
        let driver = drivers.isEmpty ? "cpufreq" : "cpufreq (\(drivers.joined(separator: ", ")))"
        self.summary = "\(count) through \(driver), held by equal lowest and highest frequency"
    }

    /// See ``FrequencyControl``.
    public func hold(
        _ frequency: Hertz, domain: DomainID, reason: KnobReason
    ) throws(PortError) -> Hertz {
        let operation = "hold \(domain) at \(frequency)"
        let present = try withKeeper { () throws(PortError) in
            try clamp(frequency, domain: domain, reason: reason, operation: operation)
        }
        held[domain] = present
        return present
    }

    /// See ``FrequencyControl``.
    public func release(_ domain: DomainID, reason: KnobReason) throws(PortError) {
        // Forgotten first: if the keeper is lost its end restores the domain, and nothing may hold it again.
        held[domain] = nil
        try withKeeper { () throws(PortError) in
            _ = try keeper.release(try members(of: domain, operation: "release \(domain)"), reason: reason)
        }
    }

    /// See ``FrequencyControl``.
    public func knobs() throws(PortError) -> [Knob] {
        try withKeeper { () throws(PortError) in try keeper.knobs() }
    }

    /// See ``FrequencyControl``.
    public var keeperState: KeeperState? { KeeperState(isRunning: keeper.isAlive, restarts: restarts) }

    /// See ``FrequencyControl``.
    public func heldStates() throws(PortError) -> [HeldState] {
        guard !held.isEmpty else { return [] }
        try resume()
        var states: [HeldState] = []
        for (domain, wanted) in held.sorted(by: { $0.key < $1.key }) {
            guard let members = cpus[domain] else { continue }
            let policies: [(cpus: CPUSet, limits: KeeperLimits)]
            do throws(PortError) {
                do throws(PortError) {
                    policies = try keeper.read(members)
                } catch  where error.code == .notPresent {
                    policies = try keeper.read(try online(domain, members))
                }
            } catch  where error.code == .notPresent {
                continue  // all of its CPUs are offline
            }
            guard let lowest = policies.map(\.limits.minimum).min(),
                let highest = policies.map(\.limits.maximum).max()
            else { continue }
            var state = HeldState(
                domain: domain, wanted: wanted, lowest: Hertz(kilohertz: lowest),
                highest: Hertz(kilohertz: highest))
            // The fastest: an idle core of the domain may say anything.
            state.present = policies.compactMap(\.limits.current).max().map { Hertz(kilohertz: $0) }
            state.governor = policies.first?.limits.governor
            states.append(state)
        }
        return states
    }

    /// What the cores of `domain` run at now, as the kernel tells it; `nil` where it does not.
    ///
    /// On x86 the kernel computes it from counters of the last milliseconds, of busy cores only.
    public func present(_ domain: DomainID) throws(PortError) -> Hertz? {
        let members = try members(of: domain, operation: "read \(domain)")
        let seen = try keeper.read(members).compactMap(\.limits.current)
        return seen.isEmpty ? nil : Hertz(kilohertz: seen.reduce(0, +) / seen.count)
    }

    /// How long the driver says that a change of frequency takes: the longest of its domains; `nil` where it
    /// does not say.
    public func declaredLatency() throws(PortError) -> Seconds? {
        try keeper.domains().compactMap(\.latencyNanoseconds).max().map { Seconds(Double($0) / 1e9) }
    }

    /// Lets the keeper restore everything and end, and waits for it. Where the keeper has died, another one
    /// restores from what it had written down.
    ///
    /// - Throws: when something could not be restored.
    public func close() throws(PortError) {
        held = [:]
        defer { keeper.close() }
        try withKeeper { () throws(PortError) in _ = try keeper.restore() }
    }

    private func members(of domain: DomainID, operation: String) throws(PortError) -> CPUSet {
        guard let members = cpus[domain] else {
            throw PortError(.notPresent, operation, reason: "its frequency cannot be controlled")
        }
        return members
    }

    private func clamp(
        _ frequency: Hertz, domain: DomainID, reason: KnobReason, operation: String
    ) throws(PortError) -> Hertz {
        let members = try members(of: domain, operation: operation)
        let wanted = frequency.kilohertz
        let now: KeeperLimits
        do throws(PortError) {
            now = try keeper.clamp(members, kilohertz: wanted, reason: reason)
        } catch  where error.code == .notPresent {
            // Some are offline. All are tried again the next time: they may be back then.
            now = try keeper.clamp(try online(domain, members), kilohertz: wanted, reason: reason)
        }
        guard now.minimum == wanted, now.maximum == wanted else {
            throw PortError(
                .notAccepted, operation,
                reason: "the machine holds \(now.minimum)–\(now.maximum) kHz afterwards")
        }
        return Hertz(kilohertz: now.maximum)
    }

    /// Looks again which CPUs of a domain's policies are online.
    private func online(_ domain: DomainID, _ members: CPUSet) throws(PortError) -> CPUSet {
        let policies = try keeper.domains().filter {
            !$0.cpus.isDisjoint(with: members) || !$0.related.isDisjoint(with: members)
        }
        let online = CPUSet(policies.flatMap(\.cpus.cpus))
        guard !online.isEmpty else {
            throw PortError(.notPresent, "reach \(domain)", reason: "all of its CPUs are offline")
        }
        return online
    }

    /// Asks the keeper, and where that shows that it is gone, asks another one.
    private func withKeeper<Answer>(_ ask: () throws(PortError) -> Answer) throws(PortError) -> Answer {
        try resume()
        do throws(PortError) {
            return try ask()
        } catch {
            guard !keeper.isAlive else { throw error }
            try resume()
            return try ask()
        }
    }

    private func resume() throws(PortError) {
        guard !keeper.isAlive else { return }
        keeper = try restart()
        restarts += 1
        var failure: PortError?
        for (domain, frequency) in held.sorted(by: { $0.key < $1.key }) {
            do throws(PortError) {
                _ = try clamp(frequency, domain: domain, reason: .resume, operation: "hold \(domain) again")
            } catch {
                held[domain] = nil
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }
}
