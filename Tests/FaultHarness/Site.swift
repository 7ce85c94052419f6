import Foundation
import Glibc

/// Where the programs and the means of the harness are.
struct Means {
    /// The folder of the programs under test.
    var programs: String
    /// The library that is preloaded.
    var shim: String
    /// Whether there is a cpufreq that we may change, and so a keeper.
    var hasKeeper: Bool
    /// Whether file systems may be mounted without anybody else's seeing it.
    var mayMount: Bool

    func program(_ name: String) -> String { "\(programs)/\(name)" }
}

/// The folder of one run, and the daemon in it.
final class Site {
    static let variable = "PACER_FAULT_RUN"
    let means: Means
    let folder: String
    let mark: String
    /// What the daemon, the keepers and the shepherds suffer, and what clocks clients see.
    let daemonControl: FaultControl
    let keeperControl: FaultControl
    let shepherdControl: FaultControl
    let clientControl: FaultControl
    private(set) var daemon: Child?
    /// Every daemon that was started, the present one included.
    private(set) var daemons: [Child] = []
    private var clients = 0
    private var hasMount = false

    var socket: String { "\(folder)/socket" }
    var state: String { "\(folder)/state" }
    var database: String { "\(state)/pacer.sqlite" }
    var ledgers: String { "\(folder)/ledgers" }
    private var clock: String { "\(folder)/clock" }

    init(means: Means, scenario: Scenario) throws {
        self.means = means
        mark = "\(getpid())-\(scenario.seed)"
        // Short, because a socket's path may have 107 bytes at most.
        folder = "/tmp/pacer-faults-\(mark)"
        for name in ["", "/state", "/ledgers", "/logs", "/work"] {
            try FileManager.default.createDirectory(
                atPath: folder + name, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o755])
        }
        daemonControl = try FaultControl(path: "\(folder)/daemon.control")
        keeperControl = try FaultControl(path: "\(folder)/keeper.control")
        shepherdControl = try FaultControl(path: "\(folder)/shepherd.control")
        clientControl = try FaultControl(path: "\(folder)/client.control")
        guard mkfifo(clock, 0o600) == 0 else { throw Impasse("cannot make \(clock)") }
        try wrap("pacer-keeper", keeperControl)
        try wrap("pacer-shepherd", shepherdControl)
        if case .fullDisk = scenario.fault {
            try run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs", state])
            hasMount = true
        }
        let text = """
            keeper: \(folder)/pacer-keeper
            shepherd: \(folder)/pacer-shepherd
            machine: \(means.hasKeeper ? "linux" : "emulated")
            grace: 1 s

            """
        try text.write(toFile: "\(folder)/pacerd.yaml", atomically: true, encoding: .utf8)
    }

    /// A program that preloads the library into another; the daemon gives its helpers no environment.
    private func wrap(_ name: String, _ control: FaultControl) throws {
        let script = """
            #!/bin/sh
            export LD_PRELOAD=\(means.shim) FAULT_CONTROL=\(control.path) FAULT_PREFIX=\(state)
            exec \(means.program(name)) "$@"

            """
        try script.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
        chmod("\(folder)/\(name)", 0o755)
    }

    // MARK: The daemon

    /// Starts a daemon; returns whether it came to be ready.
    func start(patience: Double = 20) throws -> Bool {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw Impasse("no socket pair") }
        defer { close(ends[0]) }
        let command = [
            means.program("pacerd"), "--config", "\(folder)/pacerd.yaml", "--socket", socket,
            "--state-directory", state, "--ready-fd", "9",
        ]
        var environment = preloading(daemonControl)
        environment["FAULT_CLOCK"] = clock
        let child = try Child(
            command, environment: environment, folder: "\(folder)/logs", name: "daemon\(daemons.count)",
            descriptors: [9: ends[1]])
        close(ends[1])
        daemon = child
        daemons.append(child)
        var look = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
        guard poll(&look, 1, Int32(patience * 1000)) == 1 else { return false }
        var byte: UInt8 = 0
        return read(ends[0], &byte, 1) == 1
    }

    /// Tells the daemon that its clock was set, as the kernel would.
    func announceClock() throws {
        let file = open(clock, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
        // Nobody has it open: the daemon does not watch the clock.
        guard file >= 0 else { return }
        defer { close(file) }
        guard write(file, "!", 1) == 1 else { throw Impasse("cannot write \(clock)") }
    }

    private func preloading(_ control: FaultControl) -> [String: String] {
        var environment = environment
        environment["LD_PRELOAD"] = means.shim
        environment["FAULT_CONTROL"] = control.path
        environment["FAULT_PREFIX"] = state
        return environment
    }

    // MARK: Clients

    private var environment: [String: String] {
        [
            "PATH": "\(means.programs):/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": folder,
            "TMPDIR": "\(folder)/work", "PACER_SOCKET": socket, "LC_ALL": "C", Self.variable: mark,
        ]
    }

    /// Starts `pacer`.
    func client(_ arguments: [String]) throws -> Child {
        clients += 1
        var environment = preloading(clientControl)
        environment["PWD"] = "\(folder)/work"
        return try Child(
            [means.program("pacer")] + arguments, environment: environment, folder: "\(folder)/logs",
            name: "client\(clients)")
    }

    /// Starts the submission of a job.
    func submission(of job: JobSpec) throws -> Child {
        let seconds = Double(job.milliseconds) / 1000
        let work =
            switch job.work {
            case .nap, .failing: "sleep \(seconds)"
            case .busy: "timeout \(seconds) sh -c 'while :; do :; done'"
            }
        let script = "echo start >>$1; \(work); echo end >>$1; exit \(job.exitCode)"
        let command = ["sh", "-c", script, job.name, "\(ledgers)/\(job.name)"]
        return try client(["submit", "--json"] + job.options + ["--"] + command)
    }

    /// The jobs as the daemon tells them; `nil` when it does not answer.
    func jobs() throws -> [JobView]? {
        let client = try client(["status", "--all", "--json"])
        guard client.ends(within: 20) else {
            client.kill()
            return nil
        }
        guard client.status == 0 else { return nil }
        return try JSONDecoder().decode(JobList.self, from: client.output).jobs
    }

    // MARK: The end

    /// What every daemon of the run wrote to its log.
    var log: String {
        daemons.enumerated().map { "daemon \($0.offset):\n\($0.element.errors)" }.joined()
    }

    func remove() {
        if hasMount { umount2(state, Int32(MNT_DETACH)) }
        do { try FileManager.default.removeItem(atPath: folder) } catch {
            print("cannot remove \(folder): \(error)")
        }
    }

    private func run(_ command: [String]) throws {
        let child = try Child(command, environment: environment, folder: "\(folder)/logs", name: "tool")
        guard child.ends(within: 20), child.status == 0 else {
            throw Impasse("\(command[0]): \(child.errors)")
        }
    }
}

/// A job as `pacer status --json` tells it: what the harness looks at.
struct JobView: Decodable {
    struct Outcome: Decodable {
        var kind: String
        var exitCode: Int?
        var reason: String?
    }

    var id: Int
    var state: String
    var outcome: Outcome?
    var submittedUnixNs: Int
    var startedUnixNs: Int?
    var finishedUnixNs: Int?

    var isFinished: Bool { state == "finished" }
}

/// The body of answers with several jobs.
struct JobList: Decodable {
    var jobs: [JobView]
}
