/// How a job ended.
public struct OutcomeView: Hashable, Sendable, Codable {
    /// In one word.
    public var kind: OutcomeName
    /// The program's exit code, when it ended by itself.
    public var exitCode: Int32?
    /// The signal that ended the program.
    public var signal: Int32?
    /// Why the program could not be started.
    public var reason: String?

    /// An outcome with what belongs to it.
    public init(_ kind: OutcomeName, exitCode: Int32? = nil, signal: Int32? = nil, reason: String? = nil) {
        self.kind = kind
        self.exitCode = exitCode
        self.signal = signal
        self.reason = reason
    }

    /// Whether the program ended by itself with exit code 0.
    public var isSuccess: Bool { kind == .exited && exitCode == 0 }
}

/// How much work a job is believed to have, in its own units.
public struct WorkView: Hashable, Sendable, Codable {
    /// Done so far.
    public var done: Double
    /// All of it; `nil` when unknown.
    public var total: Double?
    /// Where the total comes from: `declared`, `history`, `estimate` or `unknown`.
    public var basis: String
    /// Where progress comes from: `declared`, `output`, `instructions` or `cpuTime`; `nil` before the first.
    public var source: String?
    /// Work per second now; `nil` while unknown.
    public var ratePerS: Double?

    /// An amount of work.
    public init(done: Double, total: Double?, basis: String, source: String?, ratePerS: Double?) {
        self.done = done
        self.total = total
        self.basis = basis
        self.source = source
        self.ratePerS = ratePerS
    }
}

/// A job's joules, each figure with what it covers.
public struct EnergyView: Hashable, Sendable, Codable {
    /// How these joules came to be.
    public var source: EnergySourceName
    /// The machine's energy while the job ran, other jobs and idle power included; `null` where withheld.
    public var machineDuringRunJ: Double?
    /// The job's part of it: above idle, shared with other jobs by core-time, frequency and activity; `null`
    /// where withheld.
    public var attributedJ: Double?
    /// One standard error of `attributedJ`, without that of the counter itself; `null` where unknown.
    public var attributedErrorJ: Double?
    /// The machine's energy from release to deadline (or to the job's end, if later), idle tail included;
    /// `null` until then and without a deadline.
    public var horizonJ: Double?
    /// Time of the run whose energy is not known, in seconds.
    public var unknownS: Double
    /// Why a figure is `null` that there is: users are told of no interval shorter than a second.
    public var withheld: WithheldName?

    /// Joules from this source.
    public init(
        source: EnergySourceName, machineDuringRunJ: Double?, attributedJ: Double?, attributedErrorJ: Double?,
        horizonJ: Double?, unknownS: Double, withheld: WithheldName? = nil
    ) {
        self.source = source
        self.machineDuringRunJ = machineDuringRunJ
        self.attributedJ = attributedJ
        self.attributedErrorJ = attributedErrorJ
        self.horizonJ = horizonJ
        self.unknownS = unknownS
        self.withheld = withheld
    }

    private enum CodingKeys: String, CodingKey {
        case source, machineDuringRunJ, attributedJ, attributedErrorJ, horizonJ, unknownS, withheld
    }

    /// Writes every figure, unknown ones as `null`: an absent key could be taken for no energy.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(source, forKey: .source)
        try container.encode(machineDuringRunJ, forKey: .machineDuringRunJ)
        try container.encode(attributedJ, forKey: .attributedJ)
        try container.encode(attributedErrorJ, forKey: .attributedErrorJ)
        try container.encode(horizonJ, forKey: .horizonJ)
        try container.encode(unknownS, forKey: .unknownS)
        try container.encodeIfPresent(withheld, forKey: .withheld)
    }
}

/// Speedup over one core at one number of cores.
public struct SpeedupView: Hashable, Sendable, Codable {
    /// How many cores.
    public var cores: Int
    /// Rate over that of one core, at the top frequency.
    public var speedup: Double
    /// The weaker of the two origins of the two rates.
    public var origin: OriginName

    /// A speedup with its origin.
    public init(cores: Int, speedup: Double, origin: OriginName) {
        self.cores = cores
        self.speedup = speedup
        self.origin = origin
    }
}

/// What was learnt of a job.
public struct LearntView: Hashable, Sendable, Codable {
    /// Completed runs of the class that were known when the job started.
    public var knownRuns: Int
    /// Ascending by cores.
    public var speedups: [SpeedupView]
    /// What is believed of every configuration that the job may take, ascending.
    public var estimates: [EstimateView]
    /// Contention σ of the fitted universal scalability law.
    public var sigma: Double?
    /// Coherency κ of the fitted universal scalability law.
    public var kappa: Double?
    /// Share of the run time that shrinks as frequency rises, 0…1.
    public var frequencySensitivity: Double?
    /// What keeps the job from using more cores: `scales`, `lockContended`, `spinning`, `memoryBound`,
    /// `serial`, `waitingOnIO` or `unknown`.
    public var verdict: String?
    /// Sentences with the numbers that the verdict rests on.
    public var evidence: [String]

    /// What was learnt so far: nothing but the number of known runs.
    public init(knownRuns: Int) {
        self.knownRuns = knownRuns
        speedups = []
        estimates = []
        evidence = []
    }
}

/// A choice that was made for a job, and why.
public struct DecisionView: Hashable, Sendable, Codable {
    /// When, in nanoseconds since the Unix epoch.
    public var atUnixNs: Int64
    /// What kind of choice: `start`, `probe`, `plan`, `sprint` or `note`.
    public var kind: String
    /// What was chosen.
    public var configuration: ConfigurationView?
    /// Why.
    public var reason: String

    /// A choice with its reason.
    public init(atUnixNs: Int64, kind: String, configuration: ConfigurationView?, reason: String) {
        self.atUnixNs = atUnixNs
        self.kind = kind
        self.configuration = configuration
        self.reason = reason
    }
}
