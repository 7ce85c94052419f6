public import PacerPlatform
public import PacerUnits

/// The engine's times and thresholds. Live running and replay use the same ones.
public struct ControlConstants: Hashable, Sendable, Codable {
    /// After a change of configuration nothing is measured for this long: caches refill, threads move.
    public var settling = Seconds(0.03)
    /// How often a job is looked at while it is probed: two periods of a bandwidth quota.
    public var probeTick = Seconds(0.04)
    /// A window is at least this long: from one look to the third one after it, which tells how steady the
    /// rate is, and a hundred updates of a RAPL counter, which come once a millisecond.
    public var shortestWindow = Seconds(0.11)
    /// Where the rate is not known to be steady, a window is at least this long.
    public var unsteadyWindow = Seconds(0.24)
    /// A window's time is up after this long, tight or not.
    public var longestWindow = Seconds(1.5)
    /// A probe ends early when the 95 % confidence interval of the rate is within this share of it.
    public var tightness = 0.04
    /// A job is looked at this often once it is not probed: a share of what is left, within bounds.
    public var shortestPeriod = Seconds(0.25)
    /// The upper bound of that share.
    public var longestPeriod = Seconds(2)
    /// The upper bound while the job's rate is in doubt.
    public var firstPeriod = Seconds(0.6)
    /// A rate is in doubt while its relative error is above this.
    public var doubtfulError = 0.02
    /// Time without work when a job's cores change: its threads are moved and caches refill.
    public var switchCost = Seconds(0.005)
    /// The same when only its frequency changes.
    public var frequencySwitchCost = Seconds(0.002)
    /// A configuration is kept at least this long unless the deadline needs another.
    public var dwell = Seconds(0.8)
    /// A job gets this long to declare progress before a proxy is taken.
    public var declarationGrace = Seconds(0.5)
    /// The reserve before a deadline is at least this long: the end of a program takes time too.
    public var shortestReserve = Seconds(0.25)
    /// … and this share of the span from start to deadline.
    public var lastReserve = 0.005
    /// Up to this many cores the speed-up is measured rather than predicted.
    public var fewCores = 8
    /// Probes may take this share of a job's time.
    public var probeShare = 0.06
    /// A probe that teaches the laws may cost this share of what the rest of the job takes.
    public var surveyCost = 0.006
    /// A probe that measures the speed-up on a machine of few cores may cost this share.
    public var speedupCost = 0.03
    /// The first two are so many times as much while no configuration known so far keeps the deadline.
    public var urgency = 5.0
    /// A probe is worth it only when the job has this many windows left at its fastest.
    public var windowsLeft = 4.0
    /// From asking a job to end to killing it.
    public var grace = Seconds(10)

    /// The standard times and thresholds.
    public init() {}

    /// What changes of configuration cost.
    public var changes: SwitchCost { SwitchCost(cores: switchCost, frequency: frequencySwitchCost) }
}

extension ControlConstants {
    /// Reads times in seconds and thresholds by their names; what an older version did not have is standard.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        settling = try container.decodeIfPresent(Seconds.self, forKey: .settling) ?? settling
        probeTick = try container.decodeIfPresent(Seconds.self, forKey: .probeTick) ?? probeTick
        shortestWindow =
            try container.decodeIfPresent(Seconds.self, forKey: .shortestWindow) ?? shortestWindow
        // Older versions knew one lower bound.
        unsteadyWindow =
            try container.decodeIfPresent(Seconds.self, forKey: .unsteadyWindow) ?? shortestWindow
        longestWindow = try container.decodeIfPresent(Seconds.self, forKey: .longestWindow) ?? longestWindow
        tightness = try container.decodeIfPresent(Double.self, forKey: .tightness) ?? tightness
        shortestPeriod =
            try container.decodeIfPresent(Seconds.self, forKey: .shortestPeriod) ?? shortestPeriod
        longestPeriod = try container.decodeIfPresent(Seconds.self, forKey: .longestPeriod) ?? longestPeriod
        firstPeriod = try container.decodeIfPresent(Seconds.self, forKey: .firstPeriod) ?? firstPeriod
        doubtfulError = try container.decodeIfPresent(Double.self, forKey: .doubtfulError) ?? doubtfulError
        let switchCost = try container.decodeIfPresent(Seconds.self, forKey: .switchCost)
        // Older versions knew one cost of all changes.
        frequencySwitchCost =
            try container.decodeIfPresent(Seconds.self, forKey: .frequencySwitchCost) ?? switchCost
            ?? frequencySwitchCost
        self.switchCost = switchCost ?? self.switchCost
        dwell = try container.decodeIfPresent(Seconds.self, forKey: .dwell) ?? dwell
        declarationGrace =
            try container.decodeIfPresent(Seconds.self, forKey: .declarationGrace) ?? declarationGrace
        shortestReserve =
            try container.decodeIfPresent(Seconds.self, forKey: .shortestReserve) ?? shortestReserve
        lastReserve = try container.decodeIfPresent(Double.self, forKey: .lastReserve) ?? lastReserve
        fewCores = try container.decodeIfPresent(Int.self, forKey: .fewCores) ?? fewCores
        probeShare = try container.decodeIfPresent(Double.self, forKey: .probeShare) ?? probeShare
        surveyCost = try container.decodeIfPresent(Double.self, forKey: .surveyCost) ?? surveyCost
        speedupCost = try container.decodeIfPresent(Double.self, forKey: .speedupCost) ?? speedupCost
        urgency = try container.decodeIfPresent(Double.self, forKey: .urgency) ?? urgency
        windowsLeft = try container.decodeIfPresent(Double.self, forKey: .windowsLeft) ?? windowsLeft
        grace = try container.decodeIfPresent(Seconds.self, forKey: .grace) ?? grace
    }
}
