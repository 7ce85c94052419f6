public import PacerPlatform
public import PacerScheduling
public import PacerUnits

/// Everything needed to start a job's program.
public struct LaunchRequest: Hashable, Sendable {
    /// The job that the program belongs to.
    public var job: JobID
    /// The program and its arguments; `{cores}` has been replaced already.
    public var arguments: [String]
    /// The variables it starts with; the executor adds those for declaring progress.
    public var environment: [String: String]
    /// The directory it starts in.
    public var workingDirectory: String
    /// The folder for the job's output, progress and status files; exists, and nobody but the
    /// daemon can make files in it.
    public var folder: String
    /// The job may use these logical CPUs from its first instruction on.
    public var cpus: CPUSet
    /// Lines on the output that match this regular expression declare progress (`--progress`).
    public var progressPattern: String?
    /// Its file mode creation mask.
    public var umask: UInt32
    /// As whom it runs; `nil` for as whom the daemon does.
    public var identity: Identity?

    /// A request to start `arguments` for `job`, confined to `cpus`.
    public init(
        job: JobID, arguments: [String], environment: [String: String], workingDirectory: String,
        folder: String,
        cpus: CPUSet, progressPattern: String? = nil, umask: UInt32 = 0o022,
        identity: Identity? = nil
    ) {
        self.job = job
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.folder = folder
        self.cpus = cpus
        self.progressPattern = progressPattern
        self.umask = umask
        self.identity = identity
    }
}

/// The end of a job's program, as its shepherd saw it.
public struct ExitReport: Hashable, Sendable {
    /// How the program itself ended.
    public var status: ExitStatus
    /// When the last of its processes ended, on the clock of the daemon.
    public var at: Instant
    /// Processor time of the program and every descendant that was reaped.
    public var cpuTime: Seconds

    /// A program that ended with `status` at `at`.
    public init(status: ExitStatus, at: Instant, cpuTime: Seconds) {
        self.status = status
        self.at = at
        self.cpuTime = cpuTime
    }
}

/// What became of a job that ran when the daemon stopped.
public enum Adoption: Hashable, Sendable {
    /// Still running; it is watched again.
    case running
    /// Ended meanwhile.
    case ended(ExitReport)
    /// No shepherd and no status: it cannot be known how it ended.
    case lost
    /// The daemon died before the program was started, and nobody will start it: it can be launched again.
    case notStarted
}

/// How the jobs of this executor are held together, for people.
public struct Containment: Hashable, Sendable {
    /// `cgroup v2`, `cgroup v1` or `process tree`.
    public var method: String
    /// What follows from it, in one sentence.
    public var note: String

    /// A way of holding jobs together, and what follows from it.
    public init(method: String, note: String) {
        self.method = method
        self.note = note
    }
}

/// Runs jobs as real processes. Called from one thread; never blocks for long.
public protocol JobExecutor: AnyObject {
    var containment: Containment { get }

    /// Called on the executor's thread when a job's program and all its descendants have ended.
    var onExit: (@Sendable (JobID, ExitReport) -> Void)? { get set }

    /// Called on the executor's thread with what came of ``begin(_:)``: `nil` when the program runs.
    var onStart: ((JobID, PortError?) -> Void)? { get set }

    /// Refuses a progress pattern with which no program would be started, so that its job is not accepted.
    func check(progressPattern: String) throws(PortError)

    /// Begins to start the program and does not wait for it; ``onStart`` tells what came of it.
    func begin(_ request: LaunchRequest) throws(PortError)

    /// Starts the program and waits until it runs; on return its first instruction may have run.
    func launch(_ request: LaunchRequest) throws(PortError)

    /// The end of a job is known for good: nobody but the caller need remember it.
    func endIsKept(of job: JobID)

    /// Looks at every job without waiting, and reports at once what has become of them.
    func poll()

    /// Takes over a job that an earlier daemon launched with its files in `folder`.
    func adopt(_ job: JobID, folder: String) -> Adoption

    /// Confines every process of the job to `cpus`.
    func confine(_ job: JobID, to cpus: CPUSet) throws(PortError)

    /// Lets the job use at most `share` (0…1) of the time of its `cores` cores: emulated frequency.
    /// Returns how it is done, for people: a bandwidth quota, or a duty cycle of stop and continue.
    @discardableResult
    func throttle(_ job: JobID, share: Double, cores: Int) throws(PortError) -> String

    /// Stops every process of the job, until it is to proceed or to end. Once its daemon is gone it goes on.
    func pause(_ job: JobID) throws(PortError)

    /// Lets the processes of a paused job go on.
    func proceed(_ job: JobID) throws(PortError)

    /// Sends a signal to every process of the job.
    func signal(_ job: JobID, _ signal: Int32) throws(PortError)

    /// What the job's processes have done so far; `nil` when the job is not running here.
    func sample(_ job: JobID, at now: Instant) -> JobSample?

    /// Processor time that the job has used on each logical CPU since it started, where that is known; used
    /// by the emulated machine. Falls back to spreading the total over the confined CPUs.
    func processorTime(_ job: JobID) -> [CPUID: Seconds]

    /// Removes what is left of a job that has ended and whose end is recorded: its cgroup, its shepherd's
    /// socket.
    func forget(_ job: JobID)
}
