import CPacerShims
import Foundation
import Glibc
import PacerPlatform
import PacerPorts
import PacerProcess
public import PacerScheduling
import PacerUnits
import Synchronization
import Testing

/// Tests that start real processes: one after the other, to be light on the machine.
@Suite(.serialized)
enum RealProcesses {}

/// Real jobs in a folder of their own, cleaned up at the end of a test.
final class Bench {
    /// Every way in which jobs can be held together; those that this machine lacks fall back to the next.
    static let containments: [CgroupUse] = [.any, .version2, .none]

    let root: String
    let use: CgroupUse
    let cgroupParent: String
    let jobsCgroup: String?
    private(set) var executor: ProcessExecutor
    private let ends = Ends()
    private var launched: Set<JobID> = []
    private let others = Set(childrenOfThisProcess())

    init(_ use: CgroupUse = .any, rootLength: Int = 0, jobsCgroup: String? = nil) throws {
        let name = "pacer-process-\(UUID().uuidString.prefix(8))"
        var root = "\(FileManager.default.temporaryDirectory.path)/\(name)"
        while root.utf8.count < rootLength { root += "/a-folder-with-a-rather-long-name" }
        self.root = root
        self.use = use
        self.jobsCgroup = jobsCgroup
        self.cgroupParent = "pacer-tests-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        executor = ProcessExecutor(
            shepherd: Programs.shepherd, cgroupParent: cgroupParent, cgroups: use,
            jobsCgroup: jobsCgroup, clock: Self.now)
        watchEnds()
    }

    deinit {
        for job in launched {
            // Most have ended and are forgotten; what cannot be reached needs no signal.
            try? executor.signal(job, SIGKILL)
            _ = eventually { self.hasEnded(job) || self.sample(job) == nil }
            executor.forget(job)
        }
        restart()  // the nursery ends with its executor
        // A daemon that ends leaves what it started to init; here this process goes on and is the parent.
        _ = eventually {
            for child in childrenOfThisProcess() where !others.contains(child) {
                waitpid(child, nil, WNOHANG)
            }
            return others.isSuperset(of: childrenOfThisProcess())
        }
        do {
            try FileManager.default.removeItem(atPath: root)
        } catch {
            print("could not remove \(root): \(error)")
        }
    }

    @Sendable static func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    // MARK: - Jobs

    func folder(_ job: JobID) -> String { "\(root)/job-\(job)" }

    /// A request for a shell script, or for the given arguments.
    func request(
        _ job: JobID = 1, _ script: String = "", arguments: [String]? = nil,
        environment: [String: String] = ["PATH": "/usr/local/bin:/usr/bin:/bin"], pattern: String? = nil,
        cpus: CPUSet = Bench.cpus
    ) throws -> LaunchRequest {
        try FileManager.default.createDirectory(atPath: folder(job), withIntermediateDirectories: true)
        return LaunchRequest(
            job: job, arguments: arguments ?? ["sh", "-c", script], environment: environment,
            workingDirectory: root, folder: folder(job), cpus: cpus, progressPattern: pattern)
    }

    func launch(_ request: LaunchRequest) throws {
        try executor.launch(request)
        launched.insert(request.job)
    }

    func launch(_ job: JobID = 1, _ script: String) throws { try launch(request(job, script)) }

    /// The end of a job, waited for.
    func end(of job: JobID = 1) -> ExitReport? {
        _ = eventually {
            self.executor.poll()
            return self.ends[job] != nil
        }
        return ends[job]
    }

    func hasEnded(_ job: JobID = 1) -> Bool {
        executor.poll()
        return ends[job] != nil
    }

    /// What has been written to a file of a job.
    func text(_ file: String = "stdout", of job: JobID = 1) -> String {
        FileManager.default.contents(atPath: "\(folder(job))/\(file)").map {
            String(decoding: $0, as: UTF8.self)
        }
            ?? ""
    }

    /// Waits until a job has written `text` on its standard output.
    func hasPrinted(_ wanted: String, job: JobID = 1) -> Bool {
        eventually { self.text(of: job).contains(wanted) }
    }

    /// Whether the job has come to use no processor time for a fifth of a second.
    func standsStill() -> Bool {
        eventually {
            guard let before = sample()?.busyTime else { return false }
            usleep(200_000)
            return sample()?.busyTime == before
        }
    }

    func sample(_ job: JobID = 1) -> JobSample? { executor.sample(job, at: Self.now()) }

    // MARK: - The daemon

    /// Drops the executor, as a daemon that ends, and makes a new one.
    func restart() {
        executor = ProcessExecutor(
            shepherd: Programs.shepherd, cgroupParent: cgroupParent, cgroups: use,
            jobsCgroup: jobsCgroup, clock: Self.now)
        watchEnds()
    }

    func adopt(_ job: JobID = 1) -> Adoption { executor.adopt(job, folder: folder(job)) }

    private func watchEnds() {
        let ends = ends
        executor.onExit = { job, report in ends.note(job, report) }
    }

    // MARK: - The machine

    /// The cgroups of jobs of this bench's executors that there are.
    var cgroups: [String] {
        let files = FileManager.default
        let hierarchies = ((try? files.contentsOfDirectory(atPath: "/sys/fs/cgroup")) ?? []).sorted() + ["."]
        return hierarchies.flatMap { hierarchy -> [String] in
            let parent = "/sys/fs/cgroup/\(hierarchy)/\(cgroupParent)"
            return ((try? files.contentsOfDirectory(atPath: parent)) ?? []).filter { $0.hasPrefix("job-") }
                .map { "\(parent)/\($0)" }
        }
    }

    /// The CPUs that this process may use.
    static let cpus: CPUSet = {
        let status = FileManager.default.contents(atPath: "/proc/self/status") ?? Data()
        for line in String(decoding: status, as: UTF8.self).split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == "\t" || $0 == " " })
            if words.first == "Cpus_allowed_list:", words.count == 2 {
                return CPUSet(parsing: String(words[1])) ?? []
            }
        }
        return []
    }()

    static var firstCPU: CPUSet { CPUSet(cpus.cpus.prefix(1)) }
    static var lastCPU: CPUSet { CPUSet(cpus.cpus.suffix(1)) }
}

private final class Ends: Sendable {
    private let reports = Mutex<[JobID: ExitReport]>([:])

    func note(_ job: JobID, _ report: ExitReport) { reports.withLock { $0[job] = report } }

    subscript(job: JobID) -> ExitReport? { reports.withLock { $0[job] } }
}

extension JobID: ExpressibleByIntegerLiteral {
    /// So that tests can write `1` for the first job.
    public init(integerLiteral value: Int64) { self.init(value) }
}

/// Asks again and again until `condition` holds; false when it does not within a generous time.
func eventually(within seconds: Int = 20, _ condition: () -> Bool) -> Bool {
    let deadline = Bench.now().advanced(by: .seconds(seconds))
    while !condition() {
        guard Bench.now() < deadline else { return false }
        usleep(4_000)
    }
    return true
}

/// Whether a process exists and is not a zombie.
func isAlive(_ process: Int32) -> Bool {
    let stat = FileManager.default.contents(atPath: "/proc/\(process)/stat").map {
        String(decoding: $0, as: UTF8.self)
    }
    guard let stat, let name = stat.lastIndex(of: ")") else { return false }
    return !stat[name...].dropFirst().trimmingCharacters(in: .whitespaces).hasPrefix("Z")
}

/// The children of this process, zombies included.
func childrenOfThisProcess() -> [Int32] {
    var pids = [Int32](repeating: 0, count: 1024)
    let count = pacer_descendants(getpid(), &pids, pids.count)
    return Array(pids.prefix(max(0, count)))
}

/// Every process of the machine.
func allProcesses() -> [Int32] {
    var pids = [Int32](repeating: 0, count: 65536)
    let count = pacer_numbered_entries("/proc", &pids, pids.count)
    return Array(pids.prefix(max(0, count)))
}

/// Finds the programs that the tests run.
enum Programs {
    static let shepherd = path(of: "pacer-shepherd")
    static let workload = path(of: "pacer-workload")

    private static func path(of program: String) -> String {
        let environment = ProcessInfo.processInfo.environment
        if let folder = environment["PACER_BIN_DIR"] { return "\(folder)/\(program)" }
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            let candidate = folder.appendingPathComponent(program).path
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
        }
        return "\(program) was not built beside the tests"
    }
}
