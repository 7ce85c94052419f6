/// What the energy of jobs is grouped by.
public enum EnergyGrouping: String, Hashable, Sendable, Codable, CaseIterable {
    /// One line a user.
    case user
    /// One line a class.
    case className = "class"
    /// One line a policy.
    case policy
}

/// The body of `GET /v1/energy`: what jobs that have ended took, and the machine's account.
public struct EnergyReportView: Hashable, Sendable, Codable {
    /// Jobs that have something in common, and whose joules have one source.
    public struct Line: Hashable, Sendable, Codable {
        /// What they have in common: a user's number, a class or a policy; absent for the total.
        public var key: String?
        /// How their joules came to be; joules of different sources are never in one line.
        public var source: EnergySourceName
        /// How many they are.
        public var jobs: Int
        /// Their parts of the machine's energy above idle.
        public var attributedJ: Double
        /// Their standard errors added; those of `jobsWithoutError` are not in it.
        public var attributedErrorJ: Double
        /// Jobs whose error was not estimated.
        public var jobsWithoutError: Int
        /// Time of their runs whose energy is not known, in seconds.
        public var unknownS: Double
        /// Hours that they held cores, times the cores.
        public var coreHours: Double
        /// Jobs that ended by themselves and had a deadline.
        public var withDeadline: Int
        /// Those of them that missed it.
        public var missed: Int

        /// The line of no jobs.
        public init(key: String?, source: EnergySourceName) {
            self.key = key
            self.source = source
            jobs = 0
            attributedJ = 0
            attributedErrorJ = 0
            jobsWithoutError = 0
            unknownS = 0
            coreHours = 0
            withDeadline = 0
            missed = 0
        }
    }

    /// What the machine took while daemons ran; those who may not see everybody's jobs do not see it.
    public struct Machine: Hashable, Sendable, Codable {
        /// How these joules came to be.
        public var source: EnergySourceName
        /// From when on it is known.
        public var fromUnixNs: Int64
        /// Until when.
        public var untilUnixNs: Int64
        /// All that was counted.
        public var countedJ: Double
        /// What belongs to jobs, those that still run included.
        public var attributedJ: Double
        /// Drawn by the idle machine, or while no job was busy.
        public var idleJ: Double
        /// Counted in intervals of which a part is unknown: no job's, and not idle.
        public var unattributedJ: Double
        /// Time whose energy is not known, in seconds; it is in none of the joules.
        public var unknownS: Double

        /// An account of this source.
        public init(source: EnergySourceName, fromUnixNs: Int64, untilUnixNs: Int64) {
            self.source = source
            self.fromUnixNs = fromUnixNs
            self.untilUnixNs = untilUnixNs
            countedJ = 0
            attributedJ = 0
            idleJ = 0
            unattributedJ = 0
            unknownS = 0
        }
    }

    /// Jobs that ended at this time or later.
    public var sinceUnixNs: Int64
    /// When this was put together.
    public var nowUnixNs: Int64
    /// What lines are about: `user`, `class` or `policy`.
    public var by: EnergyGrouping
    /// Whether it is about everybody's jobs; else about the asking user's own.
    public var everybody: Bool
    /// By source, then by energy, the largest first.
    public var lines: [Line]
    /// One for each source.
    public var totals: [Line]
    /// One for each source; empty for those who may not see it.
    public var machine: [Machine]

    /// A report without lines.
    public init(sinceUnixNs: Int64, nowUnixNs: Int64, by: EnergyGrouping, everybody: Bool) {
        self.sinceUnixNs = sinceUnixNs
        self.nowUnixNs = nowUnixNs
        self.by = by
        self.everybody = everybody
        lines = []
        totals = []
        machine = []
    }
}
