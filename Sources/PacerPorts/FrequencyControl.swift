public import PacerPlatform
public import PacerUnits

/// Why a knob was changed.
public enum KnobReason: String, Hashable, Sendable, Codable {
    case policy
    case userRequest
    case restore
    case resume
}

/// One control of the machine: what it holds, what Pacer wants it to hold, and who set it.
public struct Knob: Hashable, Sendable {
    /// Who the present value comes from.
    public enum Owner: String, Hashable, Sendable, Codable {
        case pacer
        case system
        /// Somebody changed it after Pacer did.
        case other
    }

    /// Where the knob is, such as its file in sysfs.
    public var path: String
    /// What it holds, in the kernel's words, or `unknown`.
    public var now: String
    /// What it held before Pacer took it; `nil` while Pacer does not hold it.
    public var original: String?
    /// What Pacer wants it to hold; `nil` while Pacer does not hold it.
    public var wanted: String?
    /// Who its present value comes from.
    public var owner: Owner
    /// Why Pacer set it; `nil` while Pacer does not hold it.
    public var reason: KnobReason?
    /// When Pacer set it, in seconds since the Unix epoch.
    public var since: Int64?

    /// A knob at `path` that holds `now`.
    public init(
        path: String, now: String, original: String?, wanted: String?, owner: Owner, reason: KnobReason?,
        since: Int64?
    ) {
        self.path = path
        self.now = now
        self.original = original
        self.wanted = wanted
        self.owner = owner
        self.reason = reason
        self.since = since
    }
}

/// What a held domain is found at.
public struct HeldState: Hashable, Sendable {
    /// The domain.
    public var domain: DomainID
    /// What it was asked to hold.
    public var wanted: Hertz
    /// The lowest limit in force; other than ``wanted`` when somebody changed it.
    public var lowest: Hertz
    /// The highest limit in force.
    public var highest: Hertz
    /// What it runs at, where the kernel tells.
    public var present: Hertz?
    /// The governor, where there is one.
    public var governor: String?

    /// A domain that was asked to hold `wanted`, and the limits in force.
    public init(domain: DomainID, wanted: Hertz, lowest: Hertz, highest: Hertz) {
        self.domain = domain
        self.wanted = wanted
        self.lowest = lowest
        self.highest = highest
    }
}

/// Sets the frequency of frequency domains. Called from one thread.
public protocol FrequencyControl: AnyObject {
    /// How frequency is controlled here, in one sentence for people.
    var summary: String { get }

    /// Holds `domain` at `frequency` and returns what was read back.
    ///
    /// - Throws: ``PortError`` with `notAccepted` when the machine holds something else afterwards.
    func hold(_ frequency: Hertz, domain: DomainID, reason: KnobReason) throws(PortError) -> Hertz

    /// Puts `domain` back to what it was before the first ``hold(_:domain:reason:)``.
    func release(_ domain: DomainID, reason: KnobReason) throws(PortError)

    /// Every knob that is or could be changed.
    func knobs() throws(PortError) -> [Knob]

    /// How the program that writes the knobs is doing; `nil` where no such program is needed.
    var keeperState: KeeperState? { get }

    /// Looks at every domain that is held; one that cannot be reached now, such as an offline one, is left
    /// out.
    func heldStates() throws(PortError) -> [HeldState]
}

extension FrequencyControl {
    /// None is needed.
    public var keeperState: KeeperState? { nil }

    /// Nothing: where frequencies are emulated nobody else sets them.
    public func heldStates() throws(PortError) -> [HeldState] { [] }
}

/// How the program that writes and restores the machine's knobs is doing.
public struct KeeperState: Hashable, Sendable {
    /// Whether it runs and answers, as far as is known without asking it.
    public var isRunning: Bool
    /// How often it was lost and another one started.
    public var restarts: Int

    /// A keeper that runs or not.
    public init(isRunning: Bool, restarts: Int) {
        self.isRunning = isRunning
        self.restarts = restarts
    }
}
