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
    private var cpus: [DomainID: CPUSet]
    private var keeper: KeeperClient
    private let restart: () throws(PortError) -> KeeperClient
    private var held: [DomainID: Hertz] = [:]

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
            // A CPU went offline, or came back.
            now = try keeper.clamp(try refresh(domain, members), kilohertz: wanted, reason: reason)
        }
        guard now.minimum == wanted, now.maximum == wanted else {
            throw PortError(
                .notAccepted, operation,
                reason: "the machine holds \(now.minimum)–\(now.maximum) kHz afterwards")
        }
        return Hertz(kilohertz: now.maximum)
    }

    /// Looks again which CPUs of a domain's policies are online.
    private func refresh(_ domain: DomainID, _ members: CPUSet) throws(PortError) -> CPUSet {
        let policies = try keeper.domains().filter {
            !$0.cpus.isDisjoint(with: members) || !$0.related.isDisjoint(with: members)
        }
        let online = CPUSet(policies.flatMap(\.cpus.cpus))
        guard !online.isEmpty else {
            throw PortError(.notPresent, "reach \(domain)", reason: "all of its CPUs are offline")
        }
        cpus[domain] = online
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
