import CPacerShims
import Glibc
import PacerPlatform
import PacerPorts
import PacerScheduling
import PacerUnits

/// What the executor keeps of one job until it is told to forget it.
final class RunningJob {
    let id: JobID
    let folder: String
    let cgroup: JobCgroup?
    /// The job's parent; `nil` once it has ended.
    var shepherd: Int32?
    /// The job's program.
    var program: Int32
    /// `nil` once the job has ended.
    var connection: ShepherdConnection?
    /// The CPUs that the job may use.
    var cpus: CPUSet
    var hasEnded = false
    /// Whether its cgroup may have a limit, as that of a job of another daemon may.
    private var mayBeLimited = true
    /// What it was started with, until its program runs.
    var starting: LaunchRequest?
    /// Its shepherd was killed, since its program did not start.
    var isGivenUp = false
    /// When that began, on the monotonic clock.
    let begun = SystemClock.nanoseconds(CLOCK_MONOTONIC)

    private let accounts: JobAccounts
    private let reader: KernelFileReader
    private let progress: ProgressReader
    private let instructions: InstructionCounter?

    init(
        id: JobID, folder: String, cgroup: JobCgroup?, shepherd: Int32?, program: Int32,
        connection: ShepherdConnection?, cpus: CPUSet, progress: ProgressReader,
        instructions: InstructionCounter?, reader: KernelFileReader
    ) {
        self.id = id
        self.folder = folder
        self.cgroup = cgroup
        self.shepherd = shepherd
        self.program = program
        self.connection = connection
        self.cpus = cpus
        self.progress = progress
        self.instructions = instructions
        self.reader = reader
        self.accounts = JobAccounts(reader: reader)
    }

    /// The program runs.
    func starts(program: Int32) {
        self.program = program
        starting = nil
        mayBeLimited = false
    }

    /// The processes of the job: those in its cgroup, or its shepherd's descendants.
    func processes() -> [Int32] {
        if let cgroup { return cgroup.processes() }
        return shepherd.map(reader.descendants(of:)) ?? []
    }

    func sample(at now: Instant) -> JobSample {
        let mask = cgroup?.holdsCPUs == true ? nil : try? AffinityMask(cpus)
        var sample = accounts.sample(
            at: now, processes: processes(), shepherd: shepherd, use: cgroup?.use(),
            visit: { thread in
                guard let mask, let present = AffinityMask(thread: thread), !present.isSubset(of: mask) else {
                    return
                }
                // Nobody waits for the outcome: a thread that cannot be pinned now is tried again at the next
                // sample, and `confine` reports the failure to whom it concerns.
                try? mask.apply(to: thread)
            })
        sample.instructions = instructions?.read()
        sample.progress = progress.read(now: now)
        sample.outputBytes = progress.outputBytes
        return sample
    }

    /// Confines every thread, and spreads those that run over the CPUs. Where a cpuset holds the job, a
    /// thread that may not be pinned (its program runs as somebody else) is confined all the same.
    func confine(to cpus: CPUSet) throws(PortError) {
        let mask = try AffinityMask(cpus)
        try cgroup?.confine(to: cpus)
        self.cpus = cpus
        do {
            try mask.applyToThreads(of: { self.processes() }, reader: reader)
        } catch {
            guard cgroup?.holdsCPUs == true, error.code == .notPermitted else { throw error }
        }
        ThreadSpread.apply(mask, to: processes(), reader: reader)
    }

    /// Signals every process: those in the cgroup, or, where there is none or all have left it, the
    /// shepherd's descendants.
    func signal(_ signal: Int32) throws(PortError) {
        let isInCgroup = cgroup?.processes().isEmpty == false
        guard isInCgroup || (connection != nil && !hasEnded) else { throw Self.over(id) }
        if isInCgroup { try cgroup?.signal(signal) }
        // Nothing is to survive this one signal, neither what has left the cgroup.
        if let connection, !isInCgroup || signal == SIGKILL { try connection.send("signal \(signal)") }
    }

    /// Its end is recorded, so the shepherd need not see to it that it is.
    func tellThatItIsKept() {
        // One that has gone, or cannot hear, has the end in the job's folder.
        do throws(PortError) { try connection?.send("kept") } catch { return }
    }

    /// Ends what a job without a shepherd has left: nobody would see it end. What cannot be killed keeps its
    /// cgroup, which is tried again to be removed whenever a job ends.
    func endWhatIsLeft() {
        do throws(PortError) { try cgroup?.signal(SIGKILL) } catch { return }
    }

    /// Stops all its processes, or lets them go on. The shepherd does so, and lets them go on when its daemon
    /// is gone.
    func setPaused(_ isPaused: Bool) throws(PortError) {
        guard let connection, !hasEnded else { throw Self.over(id) }
        try connection.send(isPaused ? "pause" : "proceed")
    }

    func throttle(share: Double, cores: Int) throws(PortError) -> String {
        // A new cgroup has no limit, and to say so takes the kernel a while.
        if share >= 1, !mayBeLimited, let method = cgroup?.limitMethod { return method }
        if let method = try cgroup?.limit(share: share, cores: cores, hasLimit: mayBeLimited) {
            mayBeLimited = share < 1
            return method
        }
        guard let connection else { throw Self.over(id) }
        try connection.send("duty \(share >= 1 ? 1000 : Int((share * 1000).rounded())) 50")
        return cgroup?.version2 != nil
            ? "duty cycle of freezing and thawing (50 ms periods)"
            : "duty cycle of stop and continue (50 ms periods)"
    }

    func processorTime() -> [CPUID: Seconds] {
        if let known = cgroup?.useByCPU() { return known }
        let total = accounts.busyTime(processes: processes(), shepherd: shepherd, use: cgroup?.use())
        var result: [CPUID: Seconds] = [:]
        for cpu in cpus.cpus { result[cpu] = total / Double(cpus.count) }
        return result
    }

    private static func over(_ id: JobID) -> PortError {
        PortError(.notPresent, "reach job \(id)", reason: "none of its processes is left")
    }
}
