public import PacerScheduling
public import PacerUnits

/// What a user submitted: the program and how it is to be run. Only the driver looks inside.
public struct JobSubmission: Hashable, Sendable, Codable {
    /// The program and its arguments, `{cores}` not yet replaced.
    public var arguments: [String]
    /// The submitter's variables.
    public var environment: [String: String]
    /// The directory the program starts in.
    public var workingDirectory: String
    /// The program's file mode creation mask.
    public var umask: UInt32
    /// Who submitted it.
    public var userID: UInt32
    /// Their group.
    public var groupID: UInt32
    /// Their supplementary groups; `nil` where they were not noted.
    public var groups: [UInt32]?
    /// What the process that submitted the job might use; `nil` where that was not noted.
    public var limits: [ResourceLimit]?
    /// `--progress`.
    public var progressPattern: String?
    /// Jobs of one class share what is learnt.
    public var className: String
    /// The latest acceptable finish; `nil` for none.
    public var deadline: Instant?
    /// How the job may use cores.
    public var shape: JobShape
    /// The name of the policy that plans it.
    public var policy: String
    /// The user's guess of the run time with the whole machine at its top frequency.
    public var estimate: Seconds?
    /// Output beyond this many bytes ends the job; `nil` for no limit.
    public var outputLimit: UInt64?
    /// True for a job that is not put off for the sake of company, whatever its policy says; else `nil`.
    public var beginsAtOnce: Bool?
    /// True for a job that is not paused for more urgent ones, whatever its policy says; else `nil`.
    public var isNeverPaused: Bool?

    /// A submission without a deadline, a progress pattern, an estimate or an output limit.
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
    /// What was submitted.
    public var submission: JobSubmission
    /// What became of it so far.
    public var record: JobRecord

    /// What was submitted, with its record.
    public init(submission: JobSubmission, record: JobRecord) {
        self.submission = submission
        self.record = record
    }
}

/// Keeps jobs and profiles across restarts. Called from one thread; a change is durable on return.
public protocol JobStore: AnyObject {
    /// A number that no job of this database had before.
    func nextJobID() throws(PortError) -> JobID

    /// Makes all changes of `body` durable at once, or none of them: one wait for the disk, not several.
    func together(_ body: () throws(PortError) -> Void) throws(PortError)

    /// Adds a job, or replaces its record.
    func save(_ job: StoredJob) throws(PortError)

    /// Replaces the record of a job that is there.
    func update(_ record: JobRecord) throws(PortError)

    func job(_ id: JobID) throws(PortError) -> StoredJob?

    /// The newest `limit` jobs as they are shown, ascending by number; all of them for `nil`. They are
    /// without their environments, which nobody is shown and which are most of them.
    func shownJobs(limit: Int?) throws(PortError) -> [StoredJob]

    /// The newest `limit` jobs of one user as they are shown, ascending by number; all of them for `nil`.
    func shownJobs(limit: Int?, of user: UInt32) throws(PortError) -> [StoredJob]

    /// All of what was submitted; `nil` when there is no such job.
    func submission(_ id: JobID) throws(PortError) -> JobSubmission?

    /// The numbers of all jobs that have not finished, ascending.
    func unfinishedIDs() throws(PortError) -> [JobID]

    /// Who submitted the jobs that have not finished.
    func unfinishedOwners() throws(PortError) -> [JobID: UInt32]

    /// The records of the first `limit` jobs after `id` that have not finished, ascending by number.
    func unfinished(after id: JobID, limit: Int) throws(PortError) -> [JobRecord]

    /// The number up to which jobs may be removed, so that of those that have finished the newest `count`
    /// are left; `nil` when there are not so many.
    func endOfOld(keeping count: Int) throws(PortError) -> JobID?

    /// The numbers of the first `limit` jobs after `id` and up to `end` that have finished, ascending.
    func finishedIDs(after id: JobID, through end: JobID, limit: Int) throws(PortError) -> [JobID]

    /// Removes jobs that have finished, all of them or none.
    func remove(_ ids: [JobID]) throws(PortError)

    /// What is remembered of a class of a user's jobs, `nil` where all jobs are one user's. Users do not
    /// learn from each other's jobs: whoever could name a class would read how another's jobs run.
    func profile(className: String, machineName: String, user: UserID?) throws(PortError) -> ClassProfile?
    func save(_ profile: ClassProfile) throws(PortError)

    /// What is remembered of the `limit` classes that ran last on a machine, the last one last.
    func latestProfiles(machineName: String, limit: Int) throws(PortError) -> [ClassProfile]

    /// Adds a line to the journal: what happened, in one sentence, about which job.
    func append(_ sentence: String, about job: JobID?, at: Instant) throws(PortError)
}
