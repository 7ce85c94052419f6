public import PacerScheduling

/// A policy as data: which part of the configuration grid may be used, and what is minimised over it.
///
/// Race-to-idle and wide-and-slow differ in two words, so a policy is a file in `policies/`, not a type.
public struct GridPolicy: Hashable, Sendable {
    /// Which core counts may be used.
    public enum Cores: Hashable, Sendable {
        /// As many as the job may have.
        case widest
        /// The fewest with which the deadline is kept.
        case narrowest
        case any
        case fixed(Int)
    }

    /// A cpufreq governor whose choice of frequency is imitated.
    public enum Governor: String, Hashable, Sendable, CaseIterable {
        case performance
        case powersave
        /// f = 1.25 · utilisation · f_max, rounded up to an operating point.
        case schedutil
        /// The top frequency above 80 % utilisation, otherwise proportional to it.
        case ondemand
    }

    /// Which frequencies may be used.
    public enum Frequency: Hashable, Sendable {
        case highest
        case lowest
        /// The lowest with which the deadline is kept.
        case lowestFeasible
        case any
        case governor(Governor)
    }

    /// How many configurations one plan may use.
    public enum Mix: String, Hashable, Sendable, CaseIterable {
        case none
        case twoConfigurations = "two-configurations"
    }

    /// What is minimised over what is allowed.
    public enum Objective: String, Hashable, Sendable, CaseIterable {
        case energy
        case edp
        case ed2p
        case time
    }

    /// The name it is selected by.
    public var name: String
    /// One sentence for people.
    public var summary: String
    /// Which core counts may be used.
    public var cores: Cores
    /// Which frequencies may be used.
    public var frequency: Frequency
    /// Whether a plan may use two configurations.
    public var mix: Mix
    /// What is minimised.
    public var objective: Objective
    /// Which energy is counted.
    public var accounting: Accounting
    /// Share of the remaining time kept in hand: 0.1 for `10 %`.
    public var margin: Double
    /// The order in which waiting jobs are served, where this policy is the machine's.
    public var queue: QueueDiscipline
    /// How much faster than its deadline asks a job that shares the machine is run: the q of qOA.
    public var haste: Double
    /// A job that would be alone waits for others as long as the time that it has is this many times what it
    /// takes alone; `nil` for a policy under which nobody waits.
    public var patience: Double?
    /// Whether malleable jobs that run may be paused for the sake of more urgent ones.
    public var preempts: Bool
    /// Keys into docs/models/references.md.
    public var references: [String]

    /// A policy of these words, as its file has them.
    public init(
        name: String, summary: String, cores: Cores, frequency: Frequency, mix: Mix, objective: Objective,
        accounting: Accounting, margin: Double, queue: QueueDiscipline = .edf, haste: Double = 1,
        patience: Double? = nil, preempts: Bool = false, references: [String]
    ) {
        self.name = name
        self.summary = summary
        self.cores = cores
        self.frequency = frequency
        self.mix = mix
        self.objective = objective
        self.accounting = accounting
        self.margin = margin
        self.queue = queue
        self.haste = haste
        self.patience = patience
        self.preempts = preempts
        self.references = references
    }
}
