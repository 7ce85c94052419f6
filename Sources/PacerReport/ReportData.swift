public import PacerPlatform
public import PacerUnits

/// Everything that a report shows: what a replay, or a stretch of live running, came to.
///
/// This is also the results file, as JSON, described in docs/report.md. Times are seconds since ``clock``, or
/// since the first submission where there is none; indices count from zero.
public struct ReportData: Hashable, Sendable {
    /// Where the jobs ran.
    public enum Kind: String, Hashable, Sendable, Codable {
        /// On a simulated machine, every policy the same jobs.
        case replay
        /// Really, every job under one policy.
        case live
    }

    /// What the text `format` of a results file says.
    public static let format = "pacer-results"
    /// The version of the format that is written and read.
    public static let version = 1

    /// What the report is about, e.g. the names of the traces.
    public var title: String
    /// Where the jobs ran.
    public var kind: Kind
    /// How every joule of the report came to be.
    public var energySource: EnergySource
    /// What the energy of a policy covers, e.g. "the whole machine, idle time included".
    public var energyCovers: String
    /// When second zero was; `nil` for times that are relative to the first submission.
    public var clock: ReportClock?
    /// From second zero to the end of what is shown.
    public var horizon: Seconds
    /// Whether the cores of segments are those that were used, or only as many.
    public var coresAreKnown: Bool
    /// What the jobs ran on.
    public var machine: ReportMachine
    /// What ``ReportJob/kind`` points to.
    public var kinds: [ReportKind]
    /// What ``ReportOutcome/job`` points to, by submission.
    public var jobs: [ReportJob]
    /// What became of the jobs, policy by policy.
    public var policies: [ReportPolicy]
    /// What was left out or assumed, one sentence each.
    public var notes: [String]

    /// A report without jobs, policies and notes, which are set afterwards.
    public init(
        title: String, kind: Kind, energySource: EnergySource, energyCovers: String, horizon: Seconds,
        machine: ReportMachine
    ) {
        self.title = title
        self.kind = kind
        self.energySource = energySource
        self.energyCovers = energyCovers
        self.horizon = horizon
        self.machine = machine
        coresAreKnown = true
        kinds = []
        jobs = []
        policies = []
        notes = []
    }
}

/// A point of the calendar.
public struct ReportClock: Hashable, Sendable, Codable {
    /// Seconds since the Unix epoch.
    public var unixSeconds: Int64
    /// How far local time was ahead of UTC, in seconds.
    public var zoneSeconds: Int64

    /// A point of the calendar in a zone.
    public init(unixSeconds: Int64, zoneSeconds: Int64) {
        self.unixSeconds = unixSeconds
        self.zoneSeconds = zoneSeconds
    }

    private enum CodingKeys: String, CodingKey {
        case unixSeconds = "unix_s"
        case zoneSeconds = "zone_s"
    }
}

extension ReportData: Codable {
    private enum CodingKeys: String, CodingKey {
        case format, version, title, kind, clock, machine, kinds, jobs, policies, notes
        case energySource = "energy_source"
        case energyCovers = "energy_covers"
        case horizon = "horizon_s"
        case coresAreKnown = "cores_are_known"
    }

    /// Reads a results file, and checks that it is one and that all its parts fit together.
    ///
    /// - Throws: ``ReportDataError`` where it does not, and what the decoder throws.
    public init(from decoder: any Decoder) throws {
        guard let container = try? decoder.container(keyedBy: CodingKeys.self) else {
            throw ReportDataError("it is no JSON object")
        }
        let format = try? container.decode(String.self, forKey: .format)
        guard format == ReportData.format else {
            throw ReportDataError("its 'format' is not \"\(ReportData.format)\"")
        }
        let version = try? container.decode(Int.self, forKey: .version)
        guard version == ReportData.version else {
            let found = version.map { "of version \($0)" } ?? "without a version"
            throw ReportDataError("it is \(found), and this pacer reads version \(ReportData.version)")
        }
        title = try container.decode(String.self, forKey: .title)
        kind = try container.decode(Kind.self, forKey: .kind)
        energySource = try container.decode(EnergySource.self, forKey: .energySource)
        energyCovers = try container.decode(String.self, forKey: .energyCovers)
        clock = try container.decodeIfPresent(ReportClock.self, forKey: .clock)
        horizon = try container.decode(Seconds.self, forKey: .horizon)
        coresAreKnown = try container.decode(Bool.self, forKey: .coresAreKnown)
        machine = try container.decode(ReportMachine.self, forKey: .machine)
        kinds = try container.decode([ReportKind].self, forKey: .kinds)
        jobs = try container.decode([ReportJob].self, forKey: .jobs)
        policies = try container.decode([ReportPolicy].self, forKey: .policies)
        notes = try container.decode([String].self, forKey: .notes)
        try validate()
    }

    /// Writes a results file.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(ReportData.format, forKey: .format)
        try container.encode(ReportData.version, forKey: .version)
        try container.encode(title, forKey: .title)
        try container.encode(kind, forKey: .kind)
        try container.encode(energySource, forKey: .energySource)
        try container.encode(energyCovers, forKey: .energyCovers)
        try container.encodeIfPresent(clock, forKey: .clock)
        try container.encode(horizon, forKey: .horizon)
        try container.encode(coresAreKnown, forKey: .coresAreKnown)
        try container.encode(machine, forKey: .machine)
        try container.encode(kinds, forKey: .kinds)
        try container.encode(jobs, forKey: .jobs)
        try container.encode(policies, forKey: .policies)
        try container.encode(notes, forKey: .notes)
    }
}
