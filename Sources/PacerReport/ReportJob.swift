public import PacerUnits

/// A job, whatever became of it.
public struct ReportJob: Hashable, Sendable, Codable {
    /// Its number in the trace, or its number and command; need not be unique.
    public var name: String
    /// Index of its kind.
    public var kind: Int
    /// When it was submitted.
    public var submitted: Seconds
    /// The latest acceptable finish; `nil` for none.
    public var deadline: Seconds?

    /// A job of a kind.
    public init(name: String, kind: Int, submitted: Seconds, deadline: Seconds?) {
        self.name = name
        self.kind = kind
        self.submitted = submitted
        self.deadline = deadline
    }

    private enum CodingKeys: String, CodingKey {
        case name, kind
        case submitted = "submitted_s"
        case deadline = "deadline_s"
    }
}

/// What a job ran at.
public struct ReportConfiguration: Hashable, Sendable, Codable, Comparable {
    /// Physical cores.
    public var cores: Int
    /// In kHz; `nil` where frequency cannot be chosen.
    public var frequencyKilohertz: Int?

    /// A number of cores at a frequency.
    public init(cores: Int, frequencyKilohertz: Int?) {
        self.cores = cores
        self.frequencyKilohertz = frequencyKilohertz
    }

    /// Orders by cores, then frequency.
    public static func < (left: ReportConfiguration, right: ReportConfiguration) -> Bool {
        (left.cores, left.frequencyKilohertz ?? 0) < (right.cores, right.frequencyKilohertz ?? 0)
    }

    private enum CodingKeys: String, CodingKey {
        case cores
        case frequencyKilohertz = "freq_khz"
    }
}

/// How long a job ran at a configuration.
public struct ReportStretch: Hashable, Sendable, Codable {
    /// Which configuration.
    public var configuration: ReportConfiguration
    /// For how long, all its stretches together.
    public var length: Seconds

    /// A time at a configuration.
    public init(_ configuration: ReportConfiguration, length: Seconds) {
        self.configuration = configuration
        self.length = length
    }

    private enum CodingKeys: String, CodingKey {
        case configuration
        case length = "length_s"
    }
}

/// What became of a job under a policy.
public struct ReportOutcome: Hashable, Sendable, Codable {
    /// Index of the job.
    public var job: Int
    /// When it got its first cores; `nil` when it has not.
    public var started: Seconds?
    /// When it was done; `nil` when it is not.
    public var finished: Seconds?
    /// Its energy above idle; `nil` where unknown.
    public var energy: Joules?
    /// What it ran at, in the order in which it first did; empty where unknown.
    public var ranAt: [ReportStretch]
    /// What else is to be said of it in a few words, such as why it never ran.
    public var remark: String?

    /// A job that has not run.
    public init(job: Int) {
        self.job = job
        ranAt = []
    }

    private enum CodingKeys: String, CodingKey {
        case job, remark
        case started = "started_s"
        case finished = "finished_s"
        case energy = "energy_j"
        case ranAt = "ran_at"
    }
}

/// How a job stands to its deadline.
public enum ReportStanding: String, Hashable, Sendable, CaseIterable {
    /// Finished by its deadline.
    case kept
    /// Finished after it, or not yet finished when it passed.
    case late
    /// Finished, and had no deadline.
    case finished
    /// Has cores, or had them at the end of the report.
    case running
    /// Never had any.
    case waiting
}

extension ReportData {
    /// How `outcome` stands to the deadline of its job.
    public func standing(of outcome: ReportOutcome) -> ReportStanding {
        let deadline = jobs[outcome.job].deadline
        if let finished = outcome.finished {
            return deadline.map { finished <= $0 ? .kept : .late } ?? .finished
        }
        if let deadline, deadline <= horizon { return .late }
        return outcome.started == nil ? .waiting : .running
    }

    /// Deadline minus finish, below zero when late; `nil` without either.
    public func slack(of outcome: ReportOutcome) -> Seconds? {
        guard let finished = outcome.finished, let deadline = jobs[outcome.job].deadline else { return nil }
        return deadline - finished
    }
}
