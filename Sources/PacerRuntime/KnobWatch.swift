import PacerPlatform
import PacerPorts
import PacerUnits

/// What is done where another program sets the same knobs.
public enum RivalChoice: String, Hashable, Sendable, CaseIterable {
    /// Set what is planned, and say it once for each change that somebody else makes.
    case warn
    /// Leave frequencies alone while such a program runs; a changed domain until a job ends.
    case refuse
    /// Set again what somebody changed, but no faster than ``KnobWatch/truce``.
    case hold
}

/// Compares what held domains are found at with what they were asked to hold, and says what is to be done.
struct KnobWatch {
    /// Something to do about a domain.
    enum Action: Hashable {
        /// It runs at something else than it was asked for, or does again what it was asked for.
        case tell(DomainID, actual: Hertz?, String)
        /// Ask it again for what it is to hold.
        case holdAgain(DomainID, Hertz, String)
        /// Give it back, and leave it alone.
        case leave(DomainID, String)
        /// Somebody changed something that does not change what the domain runs at.
        case mention(String)
    }

    /// Time between two looks at domains that are held.
    static let interval = Seconds(5)
    /// Time between two looks where something was seen once.
    static let suspicion = Seconds(1)
    /// A domain is not set again sooner than this after it was: two programs that fight over a knob keep the
    /// machine busy with nothing else.
    static let truce = Seconds(10)
    /// A domain that runs at less than this share of what it was asked for is being held back.
    static let shortfall = 0.95

    /// What is known of one domain.
    private struct Domain: Hashable {
        var wanted: Hertz
        var governor: String?
        /// The limits that were last told of; `nil` while they are as they were set.
        var told: ClosedRange<Hertz>?
        var setAgain: Instant?
        var wasShort = false
        var toldShort = false
    }

    let choice: RivalChoice
    private var domains: [DomainID: Domain] = [:]
    private(set) var due: Instant?

    init(_ choice: RivalChoice) { self.choice = choice }

    /// A domain was made to hold something: look soon.
    mutating func wasHeld(at now: Instant) {
        let soon = now + Self.suspicion
        due = due.map { min($0, soon) } ?? soon
    }

    /// What is to be done about `states`, of which `isBusy` says whether jobs keep them busy.
    ///
    /// - Parameter culprits: names who may have changed a knob; called only where somebody has.
    mutating func look(
        at states: [HeldState], isBusy: (DomainID) -> Bool, culprits: () -> String, now: Instant
    ) -> [Action] {
        var actions: [Action] = []
        var isSuspicious = false
        var next: [DomainID: Domain] = [:]
        for state in states {
            var domain = domains[state.domain] ?? Domain(wanted: state.wanted, governor: state.governor)
            if domain.wanted != state.wanted {
                domain.wanted = state.wanted
                domain.told = nil
                domain.wasShort = false
                domain.toldShort = false
            }
            if let before = domain.governor, let governor = state.governor, governor != before {
                domain.governor = governor
                actions.append(
                    .mention(
                        "the governor of domain \(state.domain) was changed from \(before) to \(governor) "
                            + "by somebody else; its limits hold, and it stays as it is"))
            }
            if let action = limits(state, &domain, culprits, now) {
                actions.append(action)
            } else if domain.told == nil, let action = speed(state, &domain, isBusy(state.domain)) {
                actions.append(action)
            }
            isSuspicious = isSuspicious || (domain.wasShort && !domain.toldShort)
            next[state.domain] = domain
        }
        domains = next
        due = states.isEmpty ? nil : now + (isSuspicious ? Self.suspicion : Self.interval)
        return actions
    }

    /// Whether the limits are what they were set to.
    private func limits(
        _ state: HeldState, _ domain: inout Domain, _ culprits: () -> String, _ now: Instant
    ) -> Action? {
        guard state.lowest != state.wanted || state.highest != state.wanted else {
            guard domain.told != nil else { return nil }
            domain.told = nil
            return .tell(
                state.domain, actual: state.wanted, "domain \(state.domain) holds \(state.wanted) again")
        }
        let found = min(state.lowest, state.highest)...max(state.lowest, state.highest)
        let isNew = domain.told != found
        let text =
            found.lowerBound == found.upperBound
            ? "\(found.lowerBound)" : "\(found.lowerBound) to \(found.upperBound)"
        func sentence() -> String {
            "domain \(state.domain) was set to \(state.wanted) and is at \(text): \(culprits())"
        }
        switch choice {
        case .warn:
            domain.told = found
            let actual = state.present.map { min(max($0, found.lowerBound), found.upperBound) }
            return isNew ? .tell(state.domain, actual: actual ?? found.upperBound, sentence()) : nil
        case .refuse: return .leave(state.domain, sentence())
        case .hold:
            if let before = domain.setAgain, now - before < Self.truce {
                domain.told = found
                return isNew ? .tell(state.domain, actual: found.upperBound, sentence()) : nil
            }
            domain.setAgain = now
            domain.told = nil
            return .holdAgain(state.domain, state.wanted, sentence())
        }
    }

    /// Whether the hardware runs what the limits say: no limit shows a silent cap.
    private func speed(_ state: HeldState, _ domain: inout Domain, _ isBusy: Bool) -> Action? {
        guard let present = state.present, isBusy else { return nil }
        let isShort = present.value < Self.shortfall * state.wanted.value
        defer { domain.wasShort = isShort }
        if isShort, domain.wasShort, !domain.toldShort {
            domain.toldShort = true
            return .tell(
                state.domain, actual: present,
                "domain \(state.domain) runs at \(present) and was set to \(state.wanted): the hardware "
                    + "holds it back, as it does when it is hot")
        }
        if !isShort, domain.toldShort {
            domain.toldShort = false
            return .tell(
                state.domain, actual: state.wanted,
                "domain \(state.domain) runs at \(state.wanted) again, as it was set to")
        }
        return nil
    }
}
