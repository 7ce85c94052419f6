/// A number of cores and their frequency.
public struct ConfigurationView: Hashable, Sendable, Codable {
    /// Physical cores.
    public var cores: Int
    /// Their frequency; `nil` where the frequency cannot be chosen.
    public var frequencyKhz: Int?

    /// A configuration of this many cores at this frequency.
    public init(cores: Int, frequencyKhz: Int?) {
        self.cores = cores
        self.frequencyKhz = frequencyKhz
    }
}

/// The cores that a job has, and their frequency.
public struct AllocationView: Hashable, Sendable, Codable {
    /// The numbers of the cores, ascending.
    public var coreIDs: [Int]
    /// Their frequency; `nil` where the frequency cannot be chosen.
    public var frequencyKhz: Int?

    /// An allocation of these cores at this frequency.
    public init(coreIDs: [Int], frequencyKhz: Int?) {
        self.coreIDs = coreIDs
        self.frequencyKhz = frequencyKhz
    }

    /// The allocation without the identity of its cores.
    public var configuration: ConfigurationView {
        ConfigurationView(cores: coreIDs.count, frequencyKhz: frequencyKhz)
    }
}

/// What is believed about one configuration.
public struct EstimateView: Hashable, Sendable, Codable {
    /// Which configuration.
    public var configuration: ConfigurationView
    /// Work per second in the job's own units.
    public var ratePerS: Double
    /// Relative standard error of the rate; `nil` when nothing is known of it.
    public var rateErrorRatio: Double?
    /// Power of the whole machine with the job running alone, in watts.
    public var powerW: Double
    /// Where the belief comes from.
    public var origin: OriginName

    /// What is believed about `configuration`.
    public init(
        configuration: ConfigurationView, ratePerS: Double, rateErrorRatio: Double?, powerW: Double,
        origin: OriginName
    ) {
        self.configuration = configuration
        self.ratePerS = ratePerS
        self.rateErrorRatio = rateErrorRatio
        self.powerW = powerW
        self.origin = origin
    }
}

/// How a policy wants a job to go on.
public struct PlanView: Hashable, Sendable, Codable {
    /// A stretch of a plan.
    public struct Segment: Hashable, Sendable, Codable {
        /// What to run at.
        public var configuration: ConfigurationView
        /// For how long, in seconds; `nil` while the work is unknown.
        public var durationS: Double?

        /// A stretch at one configuration.
        public init(configuration: ConfigurationView, durationS: Double?) {
            self.configuration = configuration
            self.durationS = durationS
        }
    }

    /// One or two configurations in the order to be run.
    public var segments: [Segment]
    /// Energy of the machine that the models predict under the policy's accounting, in joules; always
    /// modelled.
    public var modelledEnergyJ: Double?
    /// Predicted time until the job ends, in seconds.
    public var durationS: Double?
    /// Whether the deadline is predicted to be kept; `true` without a deadline.
    public var meetsDeadline: Bool
    /// Why this was chosen, in one sentence.
    public var reason: String

    /// A plan of these stretches.
    public init(
        segments: [Segment], modelledEnergyJ: Double?, durationS: Double?, meetsDeadline: Bool, reason: String
    ) {
        self.segments = segments
        self.modelledEnergyJ = modelledEnergyJ
        self.durationS = durationS
        self.meetsDeadline = meetsDeadline
        self.reason = reason
    }
}
