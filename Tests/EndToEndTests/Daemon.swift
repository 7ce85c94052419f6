import Foundation
import Glibc
import Testing

/// A folder, a socket and a state directory of one test, and the daemon on them.
final class Daemon {
    let folder: String
    let processes: Processes
    private let options: [String]
    private var process: ChildProcess?
    private let extra: [String: String]
    private let isJournal: Bool
    private let configurationFile: String?

    var socket: String { "\(folder)/socket" }
    var state: String { "\(folder)/state" }
    var log: String { process?.errors ?? "" }

    /// What programs under test see.
    let environment: [String: String]

    private init(
        _ options: [String], extra: [String: String], isJournal: Bool, configurationFile: String?
    ) throws {
        let mark = UUID().uuidString
        // Short, because the socket's path may have 107 bytes at most.
        folder = "/tmp/pacer-e2e-\(mark.prefix(8))"
        self.options = options
        self.extra = extra
        self.isJournal = isJournal
        self.configurationFile = configurationFile
        processes = Processes(mark: mark, folder: folder)
        environment = [
            "PATH": "\(Programs.folder ?? ""):/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "HOME": "\(folder)/home", "TMPDIR": "\(folder)/tmp", "XDG_RUNTIME_DIR": "\(folder)/run",
            "PACER_SOCKET": "\(folder)/socket", "LC_ALL": "C", Processes.variable: mark,
        ]
        for name in ["", "/home", "/tmp", "/run"] {
            try FileManager.default.createDirectory(
                atPath: folder + name, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o755])
        }
    }

    /// Runs a test on a machine of its own, and leaves nothing behind whatever happens.
    ///
    /// - Parameter options: More for the daemon.
    /// - Parameter configuration: The text of a configuration file for it.
    /// - Parameter extra: Added to the daemon's environment.
    /// - Parameter isJournal: Whether its standard error is said to be journald's.
    static func with(
        _ options: [String] = [], configuration: String? = nil, extra: [String: String] = [:],
        isJournal: Bool = false, isStarted: Bool = true,
        _ body: (Daemon) throws -> Void
    ) throws {
        var options = ["--machine", "emulated", "--profile", "desktop"] + options
        let file = "/tmp/pacer-e2e-\(UUID().uuidString.prefix(8)).yaml"
        defer { unlink(file) }
        if let configuration {
            try configuration.write(toFile: file, atomically: true, encoding: .utf8)
            options += ["--config", file]
        }
        let daemon = try Daemon(
            options, extra: extra, isJournal: isJournal,
            configurationFile: configuration == nil ? nil : file)
        defer { daemon.end() }
        if isStarted { try daemon.start() }
        do {
            try body(daemon)
        } catch is Crowded {
            try Test.cancel("other programs took the cores, so nothing can be said of a machine without them")
        } catch {
            throw Impasse("\(error); the daemon said:\n\(daemon.log)")
        }
    }

    // MARK: Its life

    func start() throws {
        let process = try launch(["--socket", socket, "--state-directory", state] + options)
        self.process = process.child
        try poll("the daemon is ready") {
            guard !process.child.hasEnded else { throw Impasse("the daemon ended: \(process.child.errors)") }
            return process.isReady()
        }
    }

    /// Starts a daemon that is expected to give up.
    func startInVain(_ options: [String]) throws -> Finished {
        try launch(["--machine", "emulated"] + options).child.finish()
    }

    private func launch(_ arguments: [String]) throws -> (child: ChildProcess, isReady: () -> Bool) {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw Impasse("no socket pair") }
        defer { close(ends[1]) }
        let reader = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
        let child = try ChildProcess(
            command(arguments + ["--ready-fd", "9"]),
            environment: environment.merging(extra) { _, new in new },
            folder: "\(folder)/run", descriptors: [9: ends[1]])
        return (
            child,
            {
                var look = pollfd(fd: reader.fileDescriptor, events: Int16(POLLIN), revents: 0)
                var byte: UInt8 = 0
                return Glibc.poll(&look, 1, 0) == 1 && read(reader.fileDescriptor, &byte, 1) == 1
            }
        )
    }

    private func command(_ arguments: [String]) -> [String] {
        let command = [Programs.path("pacerd")] + arguments
        guard isJournal else { return command }
        // Which file standard error is can only be said once it is open.
        return ["sh", "-c", "export JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2); exec \"$@\"", "sh"]
            + command
    }

    /// Replaces the text of the configuration file that the daemon was started with.
    func configure(_ text: String) throws {
        guard let configurationFile else { throw Impasse("the daemon has no configuration file") }
        try text.write(toFile: configurationFile, atomically: true, encoding: .utf8)
    }

    func signal(_ number: Int32) { process?.send(number) }

    /// Ends the daemon politely: its jobs go on.
    func stop() throws -> Finished? {
        process?.send(SIGTERM)
        return try process?.finish()
    }

    /// Ends the daemon by SIGKILL: its jobs go on.
    func kill() { process?.kill() }

    private func end() {
        // The daemon first: it would only wonder about the ends of its jobs.
        process?.kill()
        processes.killAll()
        removeCgroups()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// What a daemon that was killed could not remove: cgroups named by the number and the folder of a job.
    private func removeCgroups() {
        let files = FileManager.default
        let hierarchies = (try? files.contentsOfDirectory(atPath: "/sys/fs/cgroup")) ?? []
        // A test's own driver may have had a daemon too.
        for root in ["\(state)/jobs", "\(path("state"))/jobs"] {
            for job in (try? files.contentsOfDirectory(atPath: root)) ?? [] {
                let hash = "\(root)/\(job)".utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
                    ($0 ^ UInt64($1)) &* 0x100_0000_01b3
                }
                for hierarchy in hierarchies + ["."] {
                    rmdir("/sys/fs/cgroup/\(hierarchy)/pacer/job-\(job)-\(String(hash, radix: 16))")
                }
            }
        }
    }

    // MARK: The command line

    /// Starts a program under test.
    ///
    /// - Parameter extra: Added to its environment.
    func begin(
        _ arguments: [String], program: String = "pacer", extra: [String: String] = [:]
    ) throws -> ChildProcess {
        try ChildProcess(
            [Programs.path(program)] + arguments,
            environment: environment.merging(extra) { _, new in new }, folder: "\(folder)/run",
            workingDirectory: "\(folder)/tmp")
    }

    /// Runs `pacer` to its end.
    @discardableResult
    func pacer(_ arguments: String..., patience: Duration = .seconds(180)) throws -> Finished {
        try begin(arguments).finish(patience: patience)
    }

    /// Submits a job and returns its number.
    func submit(_ arguments: [String], _ command: [String], extra: [String: String] = [:]) throws -> Int {
        let result = try begin(["submit", "--json"] + arguments + ["--"] + command, extra: extra).finish()
        guard result.status == 0 else { throw Impasse("not submitted: \(result.errors)") }
        return try result.decoded(Job.self).id
    }

    /// Submits a shell script.
    func submit(_ arguments: String..., script: String) throws -> Int {
        try submit(arguments, ["sh", "-c", script])
    }

    func job(_ id: Int) throws -> Job {
        try pacer("status", "--json", "\(id)").decoded(Job.self)
    }

    /// How many cores the machine has.
    var coreCount: Int { get throws { try machine.cores.count } }

    var machine: MachineView {
        get throws { try pacer("inspect", "--json").decoded(MachineView.self) }
    }

    var jobs: [Job] {
        get throws { try pacer("status", "--all", "--json").decoded(JobList.self).jobs }
    }

    /// Waits until a job has ended, however.
    func end(of id: Int, patience: Duration = .seconds(180)) throws -> Job {
        let result = try pacer("wait", "--json", "\(id)", patience: patience)
        guard let job = try result.decoded(JobList.self).jobs.first else { throw Impasse("no job \(id)") }
        return job
    }

    /// Waits until a job is as wanted.
    @discardableResult
    func job(_ id: Int, _ goal: String, _ condition: (Job) throws -> Bool) throws -> Job {
        var job = try job(id)
        try poll("job \(id) \(goal); it is \(job.state)") {
            job = try self.job(id)
            return try condition(job)
        }
        return job
    }

    // MARK: Files of jobs

    /// A path that jobs can write to.
    func path(_ name: String) -> String { "\(folder)/tmp/\(name)" }

    func text(_ name: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path(name)) ?? Data(), as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    func touch(_ name: String) throws { try Data().write(to: URL(fileURLWithPath: path(name))) }
}

/// Work for the bundled workloads, as much as takes a wanted processor time on this machine.
enum Workload {
    /// Items per second of processor time on one core, by kind, in the build under test.
    static func command(_ kind: String, seconds: Double, on daemon: Daemon) throws -> [String] {
        let program = Programs.path("pacer-workload")
        let sample = kind == "independent" ? 20_000 : 500_000
        let run = try daemon.begin(
            [kind, "--threads", "1", "--work", "\(sample)"], program: "pacer-workload"
        ).finish()
        guard run.status == 0, run.processorTime > 0 else { throw Impasse("no workload: \(run.errors)") }
        let items = Int(Double(sample) / run.processorTime * seconds)
        return [program, kind, "--work", "\(items)"]
    }
}
