public import PacerModels
public import PacerPlatform
public import PacerUnits

/// Which energy a policy minimises.
public enum Accounting: String, Hashable, Sendable, Codable, CaseIterable {
    /// The machine's energy over [release, deadline], the idle tail included.
    case horizon
    /// The machine's energy until the job ends.
    case run
}

/// What a policy sees when it plans one job.
public struct PlanningView: Sendable {
    /// Every configuration the job may take now, with what is believed about it; in ascending order.
    public var estimates: [Estimate]
    /// Work that is left, in the job's own units, at the quantile that planning uses; `nil` when unknown.
    public var remainingWork: Double?
    /// Time until the job should have ended, the reserve taken off; `nil` without a deadline.
    public var remainingTime: Seconds?
    /// Power of the machine when nothing runs.
    public var idlePower: Watts
    /// Time lost by changes of configuration.
    public var switchCost: SwitchCost
    /// The configuration the job runs at, if it does.
    public var current: Configuration?
    /// Share of the cores' time in which the job really ran, 0…1; what a load-following governor would see.
    public var utilisation: Double
    /// Time kept in hand between the end of `remainingTime` and the deadline itself.
    public var reserve: Seconds
    /// When the plan will be looked at again, so that a wrong belief can be mended; infinite for never.
    public var nextLook: Seconds

    /// A view of a job that keeps its cores busy and has no reserve, unless said otherwise.
    public init(
        estimates: [Estimate], remainingWork: Double?, remainingTime: Seconds?, idlePower: Watts,
        switchCost: SwitchCost, current: Configuration?, utilisation: Double = 1, reserve: Seconds = .zero,
        nextLook: Seconds = .infinity
    ) {
        self.estimates = estimates
        self.remainingWork = remainingWork
        self.remainingTime = remainingTime
        self.idlePower = idlePower
        self.switchCost = switchCost
        self.current = current
        self.utilisation = utilisation
        self.reserve = reserve
        self.nextLook = nextLook
    }
}

/// A stretch of a plan: run at `configuration` for `duration`.
public struct PlanSegment: Hashable, Sendable, Codable {
    /// What the job runs at.
    public var configuration: Configuration
    /// For how long; infinite when the work is unknown.
    public var duration: Seconds

    /// A stretch of `duration` at `configuration`.
    public init(configuration: Configuration, duration: Seconds) {
        self.configuration = configuration
        self.duration = duration
    }
}

/// How a policy wants a job to go on.
public struct Plan: Hashable, Sendable, Codable {
    /// One or two configurations in the order to be run; the machine idles after them.
    public var segments: [PlanSegment]
    /// Predicted energy of the machine under the policy's accounting; `nil` when the work is unknown.
    public var energy: Joules?
    /// Predicted time until the job ends; `nil` when the work is unknown.
    public var duration: Seconds?
    /// Whether the deadline is predicted to be kept; `true` without a deadline.
    public var meetsDeadline: Bool
    /// Why this was chosen, as one sentence for people.
    public var reason: String

    /// A plan of at least one stretch.
    public init(
        segments: [PlanSegment], energy: Joules?, duration: Seconds?, meetsDeadline: Bool, reason: String
    ) {
        precondition(!segments.isEmpty, "a plan runs the job somewhere")
        self.segments = segments
        self.energy = energy
        self.duration = duration
        self.meetsDeadline = meetsDeadline
        self.reason = reason
    }
}

/// A scheduling policy of Pacer: chooses the configurations of a job. Never cpufreq's "policy object".
///
/// A policy is a pure function of what it sees, so the same view always gets the same plan.
public protocol Policy: Sendable {
    /// The name it is selected by.
    var name: String { get }
    /// One sentence for people.
    var summary: String { get }
    /// Whether the plan depends on the job's behaviour at other configurations, so that probing pays.
    var wantsProfile: Bool { get }
    /// Share of the remaining time that is kept in hand.
    var margin: Double { get }
    /// Which energy the policy's predictions count.
    var accounting: Accounting { get }
    /// The order in which waiting jobs are served, where this policy is the machine's.
    var queue: QueueDiscipline { get }
    /// How much faster than its deadline asks a job is run while others may still come, at least one: the q
    /// of qOA (Bansal, Chan, Katz, Pruhs, Theory of Computing 8, 2012).
    var haste: Double { get }

    /// A job that would be alone waits for others as long as the time that it has is this many times what it
    /// takes alone; `nil` for a policy under which nobody waits.
    var patience: Double? { get }
    /// Whether malleable jobs that run may be paused for the sake of more urgent ones.
    var preempts: Bool { get }

    /// The configurations whose measurement is expected to save more than it costs, the best first.
    func worthwhileProbes(_ view: PlanningView, _ terms: ProbeTerms) -> [Configuration]
    /// What measuring `configuration` costs, as a share of what the rest of the job takes; `nil` where the
    /// price of speed is not known.
    func probeCost(of configuration: Configuration, _ view: PlanningView, _ terms: ProbeTerms) -> Double?

    /// Plans the rest of one job.
    ///
    /// - Precondition: `view.estimates` is not empty.
    func plan(_ view: PlanningView) -> Plan

    /// The option, as an index of the table, that a job is given among others; `nil` when none that the
    /// policy allows is as fast as asked.
    func option(_ request: OptionRequest, of table: OptionTable) -> Int?
    /// Whether ``option(_:of:)`` compares costs, so that a price of core-time changes what it chooses.
    var choosesByCost: Bool { get }
    /// Whether a job among others may be given two options in turn, the cheapest mix for the speed it needs.
    var mixesOptions: Bool { get }
    /// What a job with one of these numbers of cores is given when nothing keeps its deadline.
    func sprint(_ cores: ClosedRange<Int>, in table: OptionTable) -> Int?
}

extension Policy {
    /// By deadline.
    public var queue: QueueDiscipline { .edf }
    /// As fast as the deadline asks.
    public var haste: Double { 1 }
    /// Nobody waits.
    public var patience: Double? { nil }
    /// Who runs goes on.
    public var preempts: Bool { false }
    /// The cheapest, for a policy that allows everything.
    public func option(_ request: OptionRequest, of table: OptionTable) -> Int? { table.cheapest(request) }
    /// Yes.
    public var choosesByCost: Bool { true }
    /// No.
    public var mixesOptions: Bool { false }
    /// The fastest.
    public func sprint(_ cores: ClosedRange<Int>, in table: OptionTable) -> Int? {
        table.fastest(cores: cores)
    }
    /// None, for a policy that has no use for them.
    public func worthwhileProbes(_ view: PlanningView, _ terms: ProbeTerms) -> [Configuration] { [] }
    /// Unknown, for a policy that makes no probes.
    public func probeCost(
        of configuration: Configuration, _ view: PlanningView, _ terms: ProbeTerms
    ) -> Double? { nil }
}

/// What a probe takes and what it tells.
public struct ProbeTerms: Hashable, Sendable {
    /// What is not to be measured now.
    public var excluded: Set<Configuration>
    /// How long a probe is expected to last.
    public var window: Seconds
    /// Relative standard error of the rate that it will measure.
    public var rateError: Double
    /// Relative standard error of the power that it will measure.
    public var powerError: Double
    /// Where the job goes if nothing is measured.
    public var next: Configuration?

    /// Terms of a probe that lasts for `window`.
    public init(
        excluded: Set<Configuration>, window: Seconds, rateError: Double, powerError: Double,
        next: Configuration?
    ) {
        self.excluded = excluded
        self.window = window
        self.rateError = rateError
        self.powerError = powerError
        self.next = next
    }
}
