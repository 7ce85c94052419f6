public import PacerModels
public import PacerPlatform
public import PacerUnits

/// All that an engine knows before its first event, but for its policies.
///
/// Engines of equal starts and policies that get equal events give equal commands.
public struct EngineStart: Hashable, Sendable, Codable {
    /// The machine whose cores and frequencies are given to jobs.
    public var machine: Machine
    /// What is believed of its power.
    public var power: PowerModel
    /// One standard error of the idle power; `nil` where nothing was learnt of it.
    public var idleError: Watts?
    /// The times and thresholds of every choice.
    public var constants: ControlConstants
    /// What each user may have at once.
    public var userLimits = UserLimits()
    /// The core-time that users have had lately, ascending by user.
    public var shares: [UserShare] = []
    /// When jobs came; `nil` where none has been seen to come.
    public var arrivals: Arrivals?
    /// What is remembered of the classes that ran last; the last one comes last. Of more than
    /// ``mostClasses`` an engine makes no use.
    public var classes: [ClassProfile] = []
    /// So many classes of all users are kept.
    public static let mostClasses = 64
    /// The policy whose queue is the machine's; `nil` for earliest deadline first.
    public var queuePolicy: String?

    /// The start of an engine that has learnt nothing yet of the machine's idle power.
    public init(
        machine: Machine, power: PowerModel, constants: ControlConstants = ControlConstants(),
        queuePolicy: String? = nil
    ) {
        self.machine = machine
        self.power = power
        self.constants = constants
        self.queuePolicy = queuePolicy
    }
}

extension Engine {
    /// An engine that knows `policies` and what is in `start`.
    public init(_ start: EngineStart, policies: [any Policy]) {
        self.init(
            machine: start.machine, power: start.power, policies: policies, constants: start.constants,
            queuePolicy: start.queuePolicy, userLimits: start.userLimits)
        shares = start.shares
        arrivals = start.arrivals ?? Arrivals()
        recall(start.classes)
        if let error = start.idleError { ledger.setIdle(start.power.idle, error: error) }
    }

    /// Where an engine could start that is to go on instead of this one; `nil` while jobs are held, of which
    /// it would know nothing.
    public var restart: EngineStart? {
        guard jobs.isEmpty, held.isEmpty else { return nil }
        var start = EngineStart(
            machine: machine, power: power, constants: constants, queuePolicy: queuePolicy)
        start.idleError = ledger.doubt.idle
        start.userLimits = userLimits
        start.shares = shares
        start.arrivals = arrivals == Arrivals() ? nil : arrivals
        start.classes = classes.profiles
        return start
    }
}
