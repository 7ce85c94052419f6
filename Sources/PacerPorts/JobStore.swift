public import PacerScheduling
public import PacerUnits

/// What a user submitted: the program and how it is to be run. Only the driver looks inside.
public struct JobSubmission: Hashable, Sendable, Codable {
    /// The program and its arguments, `{cores}` not yet replaced.
    public var arguments: [String]
    public var environment: [String: String]
    public var workingDirectory: String
    public var umask: UInt32
    /// Who submitted it.
    public var userID: UInt32
    public var groupID: UInt32
    /// `--progress`.
    public var progressPattern: String?
    public var className: String
    public var deadline: Instant?
    public var shape: JobShape
    public var policy: String
    public var estimate: Seconds?
    public var outputLimit: UInt64?

    public init(
        arguments: [String], environment: [String: String], workingDirectory: String, umask: UInt32,
        userID: UInt32, groupID: UInt32, className: String, shape: JobShape, policy: String
    ) {
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.umask = umask
        self.userID = userID
        self.groupID = groupID
        self.className = className
        self.shape = shape
        self.policy = policy
    }
}

/// A job as it is kept: what was submitted, and what became of it.
public struct StoredJob: Hashable, Sendable {
    public var submission: JobSubmission
    public var record: JobRecord

    public init(submission: JobSubmission, record: JobRecord) {
        self.submission = submission
        self.record = record
    }
}

/// Keeps jobs and profiles across restarts. Called from one thread; a change is durable on return.
public protocol JobStore: AnyObject {
    /// A number that no job of this database had before.
    func nextJobID() throws(PortError) -> JobID

    /// Adds a job, or replaces its record.
    func save(_ job: StoredJob) throws(PortError)

    /// Replaces the record of a job that is there.
    func update(_ record: JobRecord) throws(PortError)

    func job(_ id: JobID) throws(PortError) -> StoredJob?

    /// The newest `limit` jobs, ascending by number; all of them for `nil`.
    func jobs(limit: Int?) throws(PortError) -> [StoredJob]

    /// Every job that has not finished, ascending by number.
    func unfinished() throws(PortError) -> [StoredJob]

    func profile(className: String, machineName: String) throws(PortError) -> ClassProfile?
    func save(_ profile: ClassProfile) throws(PortError)

    /// Adds a line to the journal: what happened, in one sentence, about which job.
    func append(_ sentence: String, about job: JobID?, at: Instant) throws(PortError)
}
