import CPacerShims
import Glibc
import PacerPlatform
public import PacerPorts
public import PacerScheduling
import PacerUnits

extension ProcessExecutor {
    /// How long a shepherd may take to start its program, in milliseconds; a few are usual.
    private static let launchPatience: Int32 = 10_000
    /// How long a shepherd may take to answer, in milliseconds; it has nothing else to do.
    private static let answerPatience: Int32 = 2_000
    /// The file that keeps a job's progress pattern for later daemons.
    private static let patternFile = "progress-pattern"
    /// Where a shepherd begins to write how the job ended.
    static let unfinishedEndFile = "status.new"
    /// Where a shepherd listens.
    static let socketFile = "shepherd.sock"

    // MARK: - Launching

    /// Reads the pattern as a launch does.
    ///
    /// - Throws: ``PortError`` with `invalid` and the reason.
    public func check(progressPattern: String) throws(PortError) {
        _ = try ProgressPattern(progressPattern)
    }

    /// Starts the job's program below a shepherd of its own.
    ///
    /// - Throws: ``PortError`` with `notExecutable` when the program cannot be executed, `invalid` when the
    ///   request cannot be right.
    public func launch(_ request: LaunchRequest) throws(PortError) {
        let record = try spawn(request)
        guard let connection = record.connection else { return }
        switch connection.firstMessage(patience: Self.launchPatience) {
        case .running(let program):
            record.starts(program: program)
            watch(record)
        case .failed(let stage, let error, let step):
            if let shepherd = record.shepherd { settle(shepherd) }
            record.cgroup?.remove()
            throw Self.launchError(request, stage: stage, error: error, step: step)
        case .ended, nil:
            if let shepherd = record.shepherd {
                // One that is gone has left its number, perhaps to another process.
                if !connection.receive().isClosed { kill(shepherd, SIGKILL) }
                settle(shepherd)
            }
            guard Self.mayHaveStarted(request.folder) else {
                record.cgroup?.remove()
                unlink("\(request.folder)/\(Self.socketFile)")
                throw Self.noAnswer(request.job)
            }
            // The end of the connection will be read as that of a lost job.
            record.starts(program: 0)
            watch(record)
        }
    }

    /// Begins to start the job's program; ``onStart`` is called with what came of it.
    ///
    /// - Throws: ``PortError`` when the program cannot even be tried to be started.
    public func begin(_ request: LaunchRequest) throws(PortError) { watch(try spawn(request)) }

    /// Takes the first words of the shepherd of a job that is being started.
    func settleStart(_ record: RunningJob, _ message: ShepherdMessage?) {
        guard let request = record.starting else { return }
        switch message {
        case .running(let program):
            record.starts(program: program)
            onStart?(record.id, nil)
        case .failed(let stage, let error, let step):
            discard(record)
            onStart?(record.id, Self.launchError(request, stage: stage, error: error, step: step))
        case .ended, nil:
            guard Self.mayHaveStarted(record.folder) else {
                unlink("\(record.folder)/\(Self.socketFile)")
                discard(record)
                onStart?(record.id, Self.noAnswer(record.id))
                return
            }
            // The end of the connection is read next, as that of a lost job.
            record.starts(program: 0)
            onStart?(record.id, nil)
        }
    }

    /// Ends a shepherd that has not started its program after ten seconds; that it failed is then reported.
    func endOverdueStart(_ record: RunningJob) {
        let age = SystemClock.nanoseconds(CLOCK_MONOTONIC) - record.begun
        guard age > Int64(Self.launchPatience) * 1_000_000, !record.isGivenUp, let shepherd = record.shepherd
        else { return }
        // Once: where it is no child of this process, its number may be another's afterwards.
        record.isGivenUp = true
        kill(shepherd, SIGKILL)
    }

    private static func noAnswer(_ job: JobID) -> PortError {
        PortError(.failed, "start job \(job)", reason: "its shepherd did not answer")
    }

    /// A job whose shepherd has been told to start the program.
    private func spawn(_ request: LaunchRequest) throws(PortError) -> RunningJob {
        guard jobs[request.job] == nil else {
            throw PortError(.invalid, "start job \(request.job)", reason: "it is known already")
        }
        let progress = try ProgressReader(folder: request.folder, pattern: request.progressPattern)
        let mask = try AffinityMask(request.cpus)
        try keepPattern(request.progressPattern, folder: request.folder)
        let cgroup = try layout.makeCgroup(
            named: Self.cgroupName(request.job, folder: request.folder), cpus: request.cpus)
        do {
            let started = try start(request, cgroup: cgroup, mask: mask)
            let record = RunningJob(
                id: request.job, folder: request.folder, cgroup: cgroup, shepherd: started.shepherd,
                program: 0, connection: started.connection, cpus: request.cpus, progress: progress,
                instructions: started.instructions, reader: reader)
            record.starting = request
            return record
        } catch {
            cgroup?.remove()
            throw error
        }
    }

    private struct Started {
        var shepherd: Int32
        var connection: ShepherdConnection
        var instructions: InstructionCounter?
    }

    private func start(
        _ request: LaunchRequest, cgroup: JobCgroup?, mask: AffinityMask
    ) throws(PortError) -> Started {
        if let started = try start(request, cgroup, mask, shepherd: forkShepherd) { return started }
        // One that was forked all the same ends with the first connection.
        if let nursery { killChild(nursery.process) }
        nursery = nil
        let started = try start(request, cgroup, mask) { job, files throws(PortError) in
            try executeShepherd(["--job", "\(job)"], files.descriptors)
        }
        guard let started else { throw Self.noAnswer(request.job) }
        return started
    }

    /// `nil` when there may be no shepherd.
    private func start(
        _ request: LaunchRequest, _ cgroup: JobCgroup?, _ mask: AffinityMask,
        shepherd make: (JobID, LaunchFiles) throws(PortError) -> Int32?
    ) throws(PortError) -> Started? {
        let files = try LaunchFiles(request, cgroup: cgroup, mask: mask)
        let connection = ShepherdConnection(descriptor: files.takeConnection())
        guard let shepherd = try make(request.job, files) else { return nil }
        let instructions =
            files.cgroupDirectory.flatMap { InstructionCounter(cgroup: $0) }
            ?? InstructionCounter(process: shepherd)
        files.closeAll()  // the shepherd's end of the connection too, so that its death is seen
        do throws(PortError) {
            try connection.send("start")
        } catch {
            // It is gone, and has started nothing.
            settle(shepherd)
            unlink("\(request.folder)/\(Self.socketFile)")
            throw error
        }
        return Started(shepherd: shepherd, connection: connection, instructions: instructions)
    }

    private func forkShepherd(for job: JobID, _ files: LaunchFiles) throws(PortError) -> Int32? {
        if nursery == nil { nursery = try Nursery(executeNursery) }
        return try nursery?.shepherd(of: job, descriptors: Array(files.descriptors.dropFirst(3)))
    }

    private func executeNursery(_ arguments: [String], _ own: [Int32]) throws(PortError) -> Int32 {
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard null >= 0 else { throw PortError(errno: errno, "open /dev/null") }
        defer { close(null) }
        return try executeShepherd(arguments, [null, null, null] + own)
    }

    private func executeShepherd(_ arguments: [String], _ files: [Int32]) throws(PortError) -> Int32 {
        var result = pacer_launch_result()
        let leaf = layout.shepherds.map { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) } ?? -1
        defer { if leaf >= 0 { close(leaf) } }
        let error = withCStrings([shepherdPath] + arguments) { arguments in
            withCStrings([]) { environment in
                files.withUnsafeBufferPointer { descriptors in
                    var spec = pacer_launch_spec()
                    spec.arguments = arguments
                    spec.environment = environment
                    spec.descriptors = descriptors.baseAddress
                    spec.descriptor_count = descriptors.count
                    spec.cgroup = leaf
                    spec.new_session = true
                    spec.umask = 0o077
                    return pacer_launch(&spec, &result)
                }
            }
        }
        guard error == 0 else {
            let step = String(cString: pacer_launch_stage_name(result.stage))
            throw PortError(
                .failed, "start \(shepherdPath): \(step)", reason: String(cString: strerror(-error)))
        }
        if result.pidfd >= 0 { close(result.pidfd) }
        noteChild(result.pid)
        return result.pid
    }

    /// Waits for a shepherd that has nothing left to do.
    private func settle(_ shepherd: Int32) {
        let watched = pacer_pidfd_open(shepherd)
        guard watched >= 0 else { return tidy() }
        var wait = pollfd(fd: watched, events: Int16(POLLIN), revents: 0)
        Glibc.poll(&wait, 1, Self.answerPatience)
        close(watched)
        tidy()
    }

    private static func launchError(
        _ request: LaunchRequest, stage: Int32, error: Int32, step: String
    ) -> PortError {
        let reason = String(cString: strerror(error))
        let program = request.arguments.first ?? ""
        switch UInt32(stage) {
        case PACER_LAUNCH_DIRECTORY.rawValue:
            return PortError(
                .invalid, "enter the working directory \(request.workingDirectory)", reason: reason)
        case PACER_LAUNCH_EXEC.rawValue where error == EAGAIN:
            // What the kernel answers to a program that takes its user above RLIMIT_NPROC.
            return PortError(
                .notExecutable, "execute \(program)", reason: "its user has too many processes (ulimit -u)")
        case PACER_LAUNCH_EXEC.rawValue:
            return PortError(.notExecutable, "execute \(program)", reason: reason)
        case PACER_LAUNCH_AFFINITY.rawValue where error == EINVAL:
            return PortError(
                .invalid, "pin the job to CPUs \(request.cpus)",
                reason: "none of them can be used (\(reason))")
        default:
            return PortError(.failed, step, reason: reason)
        }
    }

    private func keepPattern(_ pattern: String?, folder: String) throws(PortError) {
        let path = "\(folder)/\(Self.patternFile)"
        guard let pattern else {
            unlink(path)  // usually there is none
            return
        }
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw PortError(errno: errno, "create \(path)") }
        defer { close(file) }
        let bytes = Array(pattern.utf8)
        guard write(file, bytes, bytes.count) == bytes.count else {
            throw PortError(errno: errno, "write \(path)")
        }
    }

    // MARK: - Adopting

    /// Takes over a job that an earlier executor launched. A job that has ended meanwhile, or that is lost,
    /// stays known until ``forget(_:)``; what a lost job has left is ended.
    public func adopt(_ job: JobID, folder: String) -> Adoption {
        if let known = jobs[job], !known.hasEnded { return .running }
        guard KernelFile.exists(folder) else { return .notStarted }
        let cgroup = layout.existingCgroup(named: Self.cgroupName(job, folder: folder))
        let patience = SystemClock.nanoseconds(CLOCK_MONOTONIC) + Int64(Self.answerPatience) * 1_000_000
        repeat {
            if let adoption = adoptFromShepherd(job, folder: folder, cgroup: cgroup) { return adoption }
            // A shepherd that was just started does not listen yet, but has the folder.
            guard Self.isHeld(folder) else { break }
            Glibc.poll(nil, 0, 5)
        } while SystemClock.nanoseconds(CLOCK_MONOTONIC) < patience
        let end = EndRecord(folder: folder)
        if end == nil, !Self.mayHaveStarted(folder) {
            cgroup?.remove()
            return .notStarted
        }
        return keepEnded(job, folder: folder, cgroup: cgroup, end: end)
    }

    /// `nil` when no shepherd listens, or when it ended while we connected: its status file tells.
    private func adoptFromShepherd(_ job: JobID, folder: String, cgroup: JobCgroup?) -> Adoption? {
        guard let connection = ShepherdConnection(folder: folder), let shepherd = connection.peer
        else { return nil }
        switch connection.firstMessage(patience: Self.answerPatience) {
        case .running(let program):
            adopt(
                job, folder: folder, cgroup: cgroup, connection: connection, shepherd: shepherd,
                program: program)
            return .running
        case .ended(let end):
            return keepEnded(job, folder: folder, cgroup: cgroup, end: end)
        case .failed, nil:
            return nil
        }
    }

    /// Whether a shepherd has the folder, listening or not.
    private static func isHeld(_ folder: String) -> Bool {
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return false }
        defer { close(directory) }
        return flock(directory, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    /// Whether a shepherd that is gone can have started the program: it makes the files of its output first.
    /// After a reboot that says nothing, since the files may not have reached the disk.
    private static func mayHaveStarted(_ folder: String) -> Bool {
        var status = stat()
        guard stat(folder, &status) == 0 else { return false }
        let booted = SystemClock.nanoseconds(CLOCK_REALTIME) - SystemClock.nanoseconds(CLOCK_BOOTTIME)
        return SystemClock.nanoseconds(status.st_mtim) < booted
            || ["stdout", "stderr", "progress"].contains { KernelFile.exists("\(folder)/\($0)") }
    }

    /// The CPUs of the first thread that is still there. Each is asked once: it may end between two
    /// questions.
    private func affinity(ofFirst threads: [Int32]) -> CPUSet {
        for thread in threads {
            if let mask = AffinityMask(thread: thread) { return mask.cpus }
        }
        return []
    }

    private func adopt(
        _ job: JobID, folder: String, cgroup: JobCgroup?, connection: ShepherdConnection, shepherd: Int32,
        program: Int32
    ) {
        let threads = [program] + reader.descendants(of: shepherd)
        let cpus = affinity(ofFirst: threads)
        let directory = cgroup?.version2.map { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) } ?? -1
        defer { if directory >= 0 { close(directory) } }
        watch(
            RunningJob(
                id: job, folder: folder, cgroup: cgroup, shepherd: shepherd, program: program,
                connection: connection, cpus: cpus, progress: progressReader(folder: folder),
                instructions: directory >= 0 ? InstructionCounter(cgroup: directory) : nil, reader: reader))
    }

    private func progressReader(folder: String) -> ProgressReader {
        ProgressReader(folder: folder, checkedPattern: KernelFile.text("\(folder)/\(Self.patternFile)"))
    }

    private func keepEnded(_ job: JobID, folder: String, cgroup: JobCgroup?, end: EndRecord?) -> Adoption {
        let record = RunningJob(
            id: job, folder: folder, cgroup: cgroup, shepherd: nil, program: 0, connection: nil, cpus: [],
            progress: progressReader(folder: folder), instructions: nil, reader: reader)
        record.hasEnded = true
        jobs[job] = record
        guard let end else {
            record.endWhatIsLeft()
            return .lost
        }
        var report = end.report(now: clock())
        if let use = cgroup?.use() { report.cpuTime = max(report.cpuTime, use.total) }
        return .ended(report)
    }
}
