import CPacerShims
import Glibc
import PacerPlatform
import PacerPorts
import PacerUnits

/// Processor time and its two parts.
struct ProcessorUse {
    var total = Seconds.zero
    var user = Seconds.zero
    var system = Seconds.zero
}

/// The cgroups of one job, one in each hierarchy that is used.
struct JobCgroup {
    /// The folder in version 2.
    let version2: String?
    /// Controllers that it has.
    let controllers2: Set<String>
    /// The folders in version 1, by controller; controllers that are mounted together share one.
    let version1: [String: String]

    /// Every folder once.
    var folders: [String] { Set(version1.values).union(version2.map { [$0] } ?? []).sorted() }

    /// Whether the kernel keeps the job on its CPUs whatever affinity it asks for.
    var holdsCPUs: Bool { cpuset != nil }

    // MARK: - Processes

    /// The processes in the cgroup now.
    func processes() -> [Int32] {
        guard let folder = version2 ?? folders.first else { return [] }
        return KernelFile.numbers("\(folder)/cgroup.procs").compactMap { Int32(exactly: $0) }.filter {
            $0 > 0
        }
    }

    /// Signals every process in the cgroup. SIGKILL and SIGSTOP reach those too that appear meanwhile; other
    /// signals do not, since what a program starts in answer to them, to clean up, is not to be ended by
    /// them.
    func signal(_ signal: Int32) throws(PortError) {
        if signal == SIGKILL, let folder = version2, KernelFile.exists("\(folder)/cgroup.kill") {
            return try KernelFile.write("1", to: "\(folder)/cgroup.kill")
        }
        var reached: Set<Int32> = []
        for _ in 0..<100 {
            let new = processes().filter { !reached.contains($0) }
            if new.isEmpty { return }
            try send(signal, to: new)
            if signal != SIGKILL, signal != SIGSTOP { return }
            reached.formUnion(new)
        }
        throw PortError(
            .failed, "signal the job", reason: "it creates processes faster than they can be signalled")
    }

    /// Signals those of `processes` that are in the cgroup. They are held first and looked for then: a number
    /// may be another's process by now, and root can signal everybody's.
    private func send(_ signal: Int32, to processes: [Int32]) throws(PortError) {
        let held = processes.map { (number: $0, pidfd: pacer_pidfd_open($0)) }
        defer { for process in held where process.pidfd >= 0 { close(process.pidfd) } }
        let members = Set(self.processes())
        for process in held where members.contains(process.number) {
            // Kernels before 5.3 have no pidfd; there the number is all that there is.
            let result =
                switch process.pidfd {
                case 0...: pacer_pidfd_signal(process.pidfd, signal)
                case -ENOSYS: kill(process.number, signal) == 0 ? 0 : -errno
                default: process.pidfd
                }
            guard result == 0 || result == -ESRCH else {
                throw PortError(errno: -result, "signal process \(process.number)")
            }
        }
    }

    // MARK: - Limits

    /// Confines the cgroup to `cpus` where it has the cpuset controller.
    func confine(to cpus: CPUSet) throws(PortError) {
        if let cpuset { try KernelFile.write("\(cpus)", to: "\(cpuset)/cpuset.cpus") }
    }

    /// Limits the cgroup to `share` of the time of `cores` cores. Returns how, or `nil` without the cpu
    /// controller.
    ///
    /// Short periods keep the job's pace even: 20 ms, longer only where the quota would be shorter than the
    /// millisecond that the kernel accepts.
    ///
    /// - Parameter hasLimit: Whether the cgroup may have a limit now.
    func limit(share: Double, cores: Int, hasLimit: Bool) throws(PortError) -> String? {
        let cpuShare = share * Double(max(cores, 1))
        let period = min(max(20_000, (1_000 / max(cpuShare, 1e-6)).rounded(.up)), 1_000_000)
        let quota = max(1_000, (period * cpuShare).rounded())
        let unlimited = share >= 1
        guard let method = limitMethod else { return nil }
        if let folder = version2, controllers2.contains("cpu") {
            try KernelFile.write(
                unlimited ? "max 20000" : "\(Int(quota)) \(Int(period))", to: "\(folder)/cpu.max")
            return method
        }
        guard let folder = version1["cpu"] else { return nil }
        // Period and quota are two files: without a quota any period is accepted.
        if hasLimit { try KernelFile.write("-1", to: "\(folder)/cpu.cfs_quota_us") }
        if !unlimited {
            try KernelFile.write("\(Int(period))", to: "\(folder)/cpu.cfs_period_us")
            try KernelFile.write("\(Int(quota))", to: "\(folder)/cpu.cfs_quota_us")
        }
        return method
    }

    /// How the cgroup can be limited; `nil` without the cpu controller.
    var limitMethod: String? {
        if version2 != nil, controllers2.contains("cpu") { return "bandwidth quota (cgroup v2 cpu.max)" }
        return version1["cpu"].map { _ in "bandwidth quota (cgroup v1 cpu.cfs_quota_us)" }
    }

    // MARK: - Metering

    /// Processor time of everything that ever ran in the cgroup.
    func use() -> ProcessorUse? {
        if let folder = version2, let text = KernelFile.text("\(folder)/cpu.stat") {
            var use = ProcessorUse()
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ")
                guard words.count == 2, let microseconds = Double(words[1]) else { continue }
                switch words[0] {
                case "usage_usec": use.total = Seconds(microseconds / 1_000_000)
                case "user_usec": use.user = Seconds(microseconds / 1_000_000)
                case "system_usec": use.system = Seconds(microseconds / 1_000_000)
                default: continue
                }
            }
            return use
        }
        guard let folder = version1["cpuacct"],
            let nanoseconds = KernelFile.numbers("\(folder)/cpuacct.usage").first
        else { return nil }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        let part: (String) -> Seconds = { key in
            Seconds(Double(KernelFile.value(of: key, in: "\(folder)/cpuacct.stat") ?? 0) / ticks)
        }
        return ProcessorUse(
            total: Seconds(Double(nanoseconds) / 1_000_000_000), user: part("user"), system: part("system"))
    }

    /// Processor time by logical CPU, where version 1 keeps it.
    func useByCPU() -> [CPUID: Seconds]? {
        guard let folder = version1["cpuacct"] else { return nil }
        let nanoseconds = KernelFile.numbers("\(folder)/cpuacct.usage_percpu")
        guard !nanoseconds.isEmpty else { return nil }
        var result: [CPUID: Seconds] = [:]
        for (cpu, value) in nanoseconds.enumerated() where value > 0 {
            result[CPUID(cpu)] = Seconds(Double(value) / 1_000_000_000)
        }
        return result
    }

    // MARK: - Making and removing

    /// Open files through which a new process joins: the version 2 folder, and `tasks` of the others.
    ///
    /// A thread that moves itself alone through `tasks` does not wait for the kernel's lock on all thread
    /// groups, which costs an RCU grace period (10 to 20 ms) through `cgroup.procs`. Before its program is
    /// executed a process is one thread, so the two do the same.
    func openForLaunch() throws(PortError) -> (version2: Int32?, version1: [Int32]) {
        var opened: [Int32] = []
        var directory: Int32?
        do {
            if let folder = version2 {
                directory = try open(folder, flags: O_RDONLY | O_DIRECTORY)
            }
            for folder in Set(version1.values).sorted() {
                opened.append(try open("\(folder)/tasks", flags: O_WRONLY))
            }
        } catch {
            for file in opened + (directory.map { [$0] } ?? []) { close(file) }
            throw error
        }
        return (directory, opened)
    }

    /// Makes the folders; where one is there already, or cannot be made, none is made.
    func make() -> Bool {
        var made: [String] = []
        for folder in folders {
            guard mkdir(folder, 0o755) == 0 else {
                for folder in made { rmdir(folder) }  // nobody can be in it yet
                return false
            }
            made.append(folder)
        }
        return true
    }

    /// Removes the folders. True when none is left.
    @discardableResult
    func remove() -> Bool {
        var removed = true
        for folder in folders where rmdir(folder) != 0 && errno != ENOENT { removed = false }
        return removed
    }

    /// A version 1 cpuset takes no process until it has memory nodes: a new one has none.
    func initialiseMemoryNodes() throws(PortError) {
        guard let folder = version1["cpuset"] else { return }
        // Its CPUs are balanced with its parent's, so what it says itself changes nothing; but as long as it
        // says that they are to be, the kernel works out all its scheduling domains anew for every job,
        // twice.
        let balance = "cpuset.sched_load_balance"
        if KernelFile.text("\(folder)/../\(balance)") == "1" {
            try KernelFile.write("0", to: "\(folder)/\(balance)")
        }
        try Self.inherit("cpuset.mems", folder)
    }

    /// Gives a version 1 cpuset its parent's CPUs and memory nodes where it has none.
    static func inheritCPUSet(_ folder: String) throws(PortError) {
        for file in ["cpuset.cpus", "cpuset.mems"] where KernelFile.text("\(folder)/\(file)") == "" {
            try inherit(file, folder)
        }
    }

    private static func inherit(_ file: String, _ folder: String) throws(PortError) {
        let effective = file == "cpuset.cpus" ? "cpuset.effective_cpus" : "cpuset.effective_mems"
        guard
            let inherited = KernelFile.text("\(folder)/../\(effective)")
                ?? KernelFile.text("\(folder)/../\(file)")
        else { throw PortError(.notPresent, "read \(file) above \(folder)", reason: "it is not there") }
        try KernelFile.write(inherited, to: "\(folder)/\(file)")
    }

    private var cpuset: String? { controllers2.contains("cpuset") ? version2 : version1["cpuset"] }

    private func open(_ path: String, flags: Int32) throws(PortError) -> Int32 {
        let file = Glibc.open(path, flags | O_CLOEXEC)
        if file < 0 { throw PortError(errno: errno, "open \(path)") }
        return file
    }
}
