import CPacerShims
import Glibc
public import PacerPlatform
public import PacerPorts
public import PacerScheduling
public import PacerUnits

/// Runs jobs as processes of this machine, each below a shepherd process that outlives the daemon.
///
/// Not thread-safe: everything happens on the thread that calls it, and nothing happens by itself. The event
/// loop watches the descriptor that ``onConnection`` hands it and calls ``readable(_:)`` when something has
/// arrived; loops without an event loop call ``poll()`` now and then.
public final class ProcessExecutor: JobExecutor {
    /// How the jobs are held together here.
    public var containment: Containment { layout.containment }

    /// Called when a job's program and all its descendants have ended.
    public var onExit: (@Sendable (JobID, ExitReport) -> Void)?

    /// Called with what came of ``begin(_:)``: `nil` when the program runs.
    public var onStart: ((JobID, PortError?) -> Void)?

    /// Called when a job has a connection to watch, with its descriptor: after a launch and after an
    /// adoption.
    public var onConnection: ((JobID, Int32) -> Void)?

    /// Called before a connection is closed: the descriptor must not be watched any longer.
    public var onDisconnection: ((JobID, Int32) -> Void)?

    let shepherdPath: String
    let layout: CgroupLayout
    let clock: () -> Instant
    let reader = KernelFileReader()
    var jobs: [JobID: RunningJob] = [:]
    /// What shepherds are forked from; made with the first of them.
    var nursery: Nursery?
    /// Processes that this one started and has not reaped yet.
    private var children: Set<Int32> = []
    /// Cgroups that could not be removed yet.
    private var leftovers: [JobCgroup] = []

    /// Looks for usable cgroups and prepares them.
    ///
    /// - Parameters:
    ///   - shepherd: the path of the `pacer-shepherd` program.
    ///   - cgroupParent: the name of the cgroup above those of the jobs. Executors that are to find each
    /// other's     jobs use the same.
    ///   - cgroups: which cgroups may be used.
    ///   - jobsCgroup: a cgroup below the mount point of version 2 that is left to this executor for jobs and
    ///     their shepherds, e.g. `system.slice/pacer-jobs.service`; used when it is there and delegated.
    ///   - clock: the clock on which ends and progress are reported.
    public init(
        shepherd: String, cgroupParent: String = "pacer", cgroups: CgroupUse = .any,
        jobsCgroup: String? = nil,
        clock: @escaping () -> Instant
    ) {
        self.shepherdPath = shepherd
        self.layout = CgroupLayout(parent: cgroupParent, use: cgroups, jobs: jobsCgroup)
        self.clock = clock
    }

    deinit { layout.removeParents() }

    // MARK: - Steering

    /// Confines every thread of the job to `cpus`. Without a cpuset a job that changes its own affinity is
    /// confined again at each sample.
    public func confine(_ job: JobID, to cpus: CPUSet) throws(PortError) {
        try running(job).confine(to: cpus)
    }

    /// Has the job's shepherd stop it: `cgroup.freeze` where there is one, else SIGSTOP to every process.
    public func pause(_ job: JobID) throws(PortError) { try running(job).setPaused(true) }

    /// Has the job's shepherd let it go on.
    public func proceed(_ job: JobID) throws(PortError) { try running(job).setPaused(false) }

    /// Limits the job by a bandwidth quota, else by a duty cycle; a `share` of 1 or more removes the limit.
    @discardableResult
    public func throttle(_ job: JobID, share: Double, cores: Int) throws(PortError) -> String {
        guard share.isFinite, share >= 0 else {
            throw PortError(.invalid, "limit job \(job)", reason: "\(share) is not a share of its time")
        }
        return try running(job).throttle(share: share, cores: cores)
    }

    /// Sends a signal to every process of the job. Works also on processes that a lost job left in its
    /// cgroup.
    public func signal(_ job: JobID, _ signal: Int32) throws(PortError) {
        guard let record = jobs[job] else { throw Self.unknown(job) }
        try record.signal(signal)
    }

    /// What the job has done so far; `nil` when it does not run here. Costs one reading of a file for each
    /// thread, and three more for each thread that ran since the last sample.
    public func sample(_ job: JobID, at now: Instant) -> JobSample? {
        guard let record = jobs[job] else { return nil }
        guard record.starting == nil else {
            endOverdueStart(record)
            return nil
        }
        return record.sample(at: now)
    }

    /// Processor time by logical CPU as the cpuacct controller of version 1 keeps it, else the total spread
    /// evenly over the CPUs that the job is confined to.
    public func processorTime(_ job: JobID) -> [CPUID: Seconds] { jobs[job]?.processorTime() ?? [:] }

    /// Tells the shepherd of a job that has ended that its end is recorded for good.
    public func endIsKept(of job: JobID) {
        guard let record = jobs[job], record.hasEnded else { return }
        record.tellThatItIsKept()
    }

    /// Removes the cgroup of a job and stops watching it. Kills nothing: a cgroup that still holds processes
    /// is removed later, once they have ended.
    public func forget(_ job: JobID) {
        guard let record = jobs.removeValue(forKey: job) else { return }
        let isAlone = record.connection.map { $0.receive().isClosed } ?? true
        disconnect(record)
        let socket = "\(record.folder)/\(Self.socketFile)"
        if record.hasEnded, KernelFile.exists(socket) {
            unlink(socket)  // its shepherd was killed and could not do it
        }
        // So was one that had begun to write how the job ended; one that lives would miss the file.
        if record.hasEnded, isAlone { unlink("\(record.folder)/\(Self.unfinishedEndFile)") }
        if let cgroup = record.cgroup { leftovers.append(cgroup) }
        tidy()
    }

    /// Removes the cgroups of jobs with folders below `folders` that do not run any longer: an executor that
    /// was killed could not do it. Another executor's are left alone.
    public func removeLeftovers(below folders: String) {
        for name in layout.names.sorted() {
            let parts = name.split(separator: "-")
            guard parts.count == 3, let id = Int64(parts[1]).map({ JobID($0) }), jobs[id] == nil,
                name == Self.cgroupName(id, folder: "\(folders)/\(id)"),
                let cgroup = layout.existingCgroup(named: name)
            else { continue }
            leftovers.append(cgroup)
        }
        tidy()
    }

    // MARK: - Watching

    /// To be called when the connection of `job` is readable or closed. Calls ``onExit`` when the job has
    /// ended.
    public func readable(_ job: JobID) {
        defer { tidy() }
        guard let record = jobs[job], let connection = record.connection else { return }
        let (messages, isClosed) = connection.receive()
        guard !record.hasEnded else {
            if isClosed { disconnect(record) }
            return
        }
        if record.starting != nil, isClosed || !messages.isEmpty {
            settleStart(record, messages.first)
            guard jobs[job] === record else { return }
        }
        for case .ended(let end) in messages {
            return finish(record, report: end.report(now: clock()))
        }
        guard isClosed else { return }
        if let end = EndRecord(folder: record.folder) {
            finish(record, report: end.report(now: clock()))
        } else {
            record.endWhatIsLeft()
            finish(record, report: ExitReport(status: .lost, at: clock(), cpuTime: .zero))
        }
    }

    /// Looks at every connection without waiting, as ``readable(_:)`` does for one.
    public func poll() {
        for job in jobs.keys.sorted() { readable(job) }
        tidy()
    }

    // MARK: - Details

    func running(_ job: JobID) throws(PortError) -> RunningJob {
        guard let record = jobs[job] else { throw Self.unknown(job) }
        guard !record.hasEnded else {
            throw PortError(.notPresent, "reach job \(job)", reason: "it has ended")
        }
        return record
    }

    func watch(_ record: RunningJob) {
        jobs[record.id] = record
        guard let connection = record.connection else { return }
        onConnection?(record.id, connection.descriptor)
    }

    func noteChild(_ process: Int32) { children.insert(process) }

    /// Kills a child; one that was reaped has left its number, perhaps to another process.
    func killChild(_ process: Int32) { if children.contains(process) { kill(process, SIGKILL) } }

    /// Reaps children that have ended and removes cgroups that have become empty.
    func tidy() {
        children = children.filter { pacer_reap($0) == 0 }
        leftovers.removeAll { $0.remove() }
    }

    /// The name of a job's cgroup. Job numbers are unique within one daemon's database only, its folder on
    /// the whole machine.
    static func cgroupName(_ job: JobID, folder: String) -> String {
        let hash = folder.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        return "job-\(job)-\(String(hash, radix: 16))"
    }

    private func finish(_ record: RunningJob, report: ExitReport) {
        var report = report
        // The cgroup counts processes too that nobody waited for.
        if let use = record.cgroup?.use() { report.cpuTime = max(report.cpuTime, use.total) }
        record.hasEnded = true
        record.shepherd = nil
        onExit?(record.id, report)
    }

    /// Forgets a job that never ran.
    func discard(_ record: RunningJob) {
        jobs[record.id] = nil
        disconnect(record)
        if let cgroup = record.cgroup { leftovers.append(cgroup) }
        tidy()
    }

    private func disconnect(_ record: RunningJob) {
        guard let connection = record.connection else { return }
        onDisconnection?(record.id, connection.descriptor)
        record.connection = nil
    }

    private static func unknown(_ job: JobID) -> PortError {
        PortError(.notPresent, "reach job \(job)", reason: "it does not run here")
    }
}
