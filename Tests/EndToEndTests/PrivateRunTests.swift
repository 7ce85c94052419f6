import Foundation
import Glibc
import Testing

extension EndToEnd {
    /// `pacer run` where no daemon is.
    @Suite(
        .enabled(
            if: !FileManager.default.fileExists(atPath: "/run/pacer/pacerd.sock"),
            "a system's daemon runs here"))
    struct PrivateRunTests {
        @Test func `a private daemon lives as long as the job, and leaves nothing`() throws {
            try Daemon.with(isStarted: false) { daemon in
                let job = "echo out; echo aside >&2; ls -d \"$TMPDIR\"/pacer-* >during; exit 5"
                let run = try Self.begin(daemon, ["--", "sh", "-c", job])
                let result = try run.finish()
                #expect(result.status == 5)
                #expect(result.text == "out\n")
                #expect(result.errors.split(separator: "\n").contains("aside"))
                let notes = result.errors.split(separator: "\n").filter { $0.contains("private daemon") }
                #expect(notes.count == 1)
                #expect(notes.first?.contains("emulated") == true)
                #expect(!daemon.text("during").isEmpty)
                daemon.expectNothingLeft()
            }
        }

        @Test func `output is streamed while the job runs`() throws {
            try Daemon.with(isStarted: false) { daemon in
                let script = "echo first; until [ -e stop ]; do sleep 0.05; done; echo last"
                let run = try Self.begin(daemon, ["--", "sh", "-c", script])
                try poll("the first line is shown") { run.output == Data("first\n".utf8) }
                #expect(!run.hasEnded)
                try daemon.touch("stop")
                let result = try run.finish()
                #expect(result.status == 0)
                #expect(result.text == "first\nlast\n")
                daemon.expectNothingLeft()
            }
        }

        @Test func `Ctrl-C cancels the job and its children`() throws {
            try Daemon.with(isStarted: false) { daemon in
                let run = try Self.begin(daemon, ["--", "sh", "-c", "sleep 1000 & touch up; wait"])
                try poll("the job runs") { daemon.exists("up") }
                run.send(SIGINT)
                #expect(try run.finish().status == 130)
                daemon.expectNothingLeft()
            }
        }

        @Test func `nothing is left when the command itself is killed`() throws {
            try Daemon.with(isStarted: false) { daemon in
                let run = try Self.begin(daemon, ["--", "sh", "-c", "sleep 1000 & touch up; wait"])
                try poll("the job runs") { daemon.exists("up") }
                run.kill()
                try poll("daemon and job have ended") { daemon.processes.all.isEmpty }
            }
        }

        @Test(.enabled(if: FirstProcess.obstacle == nil, "\(FirstProcess.obstacle ?? "")"))
        func `a command that is process 1, as in a container, has its daemon as any other has`() throws {
            try Daemon.with(isStarted: false) { daemon in
                let result = try FirstProcess.pacer(
                    ["run", "--daemon-option=--machine=emulated", "--", "sh", "-c", "echo out; exit 5"],
                    daemon)
                #expect(result.status == 5, "\(result.errors)")
                #expect(result.text == "out\n")
                daemon.expectNothingLeft()
            }
        }

        @Test func `a private daemon whose parent has gone before it looks does not begin`() throws {
            try Daemon.with(isStarted: false) { daemon in
                // The parent of these tests, which is not that of the daemon.
                let result = try daemon.startInVain([
                    "--private", "--parent", "\(getppid())", "--socket", daemon.socket, "--state-directory",
                    daemon.state,
                ])
                #expect(result.status == 75, "\(result.errors)")
                #expect(!FileManager.default.fileExists(atPath: daemon.socket))
            }
        }

        @Test func `what was learnt is known to the next private daemon`() throws {
            try Daemon.with(isStarted: false) { daemon in
                let command = try Workload.command("independent", seconds: 3, on: daemon)
                var runs: [Job] = []
                for _ in 0..<2 {
                    let run = try Self.begin(daemon, ["--json", "--deadline", "60s", "--"] + command)
                    let result = try run.finish()
                    #expect(result.status == 0, "\(result.errors)")
                    runs.append(try result.decoded(Job.self))
                }
                #expect(runs.map(\.learnt.knownRuns) == [0, 1])
                daemon.expectNothingLeft()
            }
        }

        @Test(.enabled(if: Unprivileged.obstacle == nil, "\(Unprivileged.obstacle ?? "")"))
        func `a user without privileges runs a job, and is told what can be controlled`() throws {
            try Daemon.with(isStarted: false) { daemon in
                let home = try Unprivileged.home(in: daemon)
                let job = "id -u; mkdir own && touch own/file; exit 4"
                let result = try Unprivileged.run(job, in: home, daemon).finish()
                #expect(result.status == 4, "\(result.errors)")
                #expect(result.text == "\(Unprivileged.user)\n")
                let notes = result.errors.split(separator: "\n").filter { $0.contains("private daemon") }
                #expect(notes.count == 1, "\(result.errors)")
                daemon.expectNothingLeft()
                let left = try FileManager.default.contentsOfDirectory(atPath: home)
                #expect(!left.contains { $0.hasPrefix("pacer-") }, "\(left)")
            }
        }

        /// Has a program begin with a small soft limit of open files.
        private static let fewFiles = ["sh", "-c", "ulimit -Sn 300 && exec \"$@\"", "sh"]

        @Test func `the daemon has as many files open as it may at most, a job what it would have had`()
            throws
        {
            try Daemon.with(isStarted: false) { daemon in
                let job = "ulimit -Sn; until [ -e stop ]; do sleep 0.05; done"
                let run = try ChildProcess(
                    Self.fewFiles + [
                        Programs.path("pacer"), "run", "--daemon-option=--machine=emulated", "--", "sh", "-c",
                        job,
                    ],
                    environment: daemon.environment.merging(["PACER_SOCKET": ""]) { _, new in new },
                    folder: "\(daemon.folder)/run", workingDirectory: "\(daemon.folder)/tmp")
                try poll("the job runs") { !run.output.isEmpty }
                let pacerd = try #require(
                    daemon.processes.all.first {
                        FileManager.default.contents(atPath: "/proc/\($0)/comm") == Data("pacerd\n".utf8)
                    })
                // Max open files, the soft limit, the hard one, and what they count.
                let limits = try String(contentsOfFile: "/proc/\(pacerd)/limits", encoding: .utf8)
                let line = limits.split(separator: "\n").first { $0.hasPrefix("Max open files") }
                let words = try #require(line).split(separator: " ")
                try #require(words.count == 6)
                #expect(words[3] == words[4] || words[3] == "1048576")
                try daemon.touch("stop")
                #expect(try run.finish().text == "300\n")
            }
        }

        @Test(.enabled(if: Unprivileged.obstacle == nil, "\(Unprivileged.obstacle ?? "")"))
        func `a job of a user without privileges may have as many files open as its user`() throws {
            try Daemon.with(isStarted: false) { daemon in
                let home = try Unprivileged.home(in: daemon)
                let result = try Unprivileged.run(
                    "ulimit -Sn", in: home, daemon, before: Self.fewFiles
                ).finish()
                #expect(result.text == "300\n", "\(result.errors)")
            }
        }

        @Test(.enabled(if: Unprivileged.obstacle == nil, "\(Unprivileged.obstacle ?? "")"))
        func `a user without privileges cancels a job, which may clean up`() throws {
            try Daemon.with(isStarted: false) { daemon in
                let home = try Unprivileged.home(in: daemon)
                let job = "trap 'touch cleaned; exit 0' TERM; sleep 1000 & touch up; wait"
                let run = try Unprivileged.run(job, in: home, daemon)
                let files = FileManager.default
                try poll("the job runs") { files.fileExists(atPath: "\(home)/up") }
                run.send(SIGINT)
                #expect(try run.finish().status == 130)
                #expect(files.fileExists(atPath: "\(home)/cleaned"))
                daemon.expectNothingLeft()
            }
        }

        /// `pacer run` as for a user who has no daemon, on an emulated machine.
        private static func begin(_ daemon: Daemon, _ arguments: [String]) throws -> ChildProcess {
            try daemon.begin(
                ["run", "--daemon-option=--machine=emulated"] + arguments, extra: ["PACER_SOCKET": ""])
        }
    }
}

extension Daemon {
    /// Expects that no process and no temporary folder of a private daemon is left.
    func expectNothingLeft(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(processes.all.isEmpty, sourceLocation: sourceLocation)
        let left = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/tmp")) ?? []
        #expect(!left.contains { $0.hasPrefix("pacer-") }, "\(left)", sourceLocation: sourceLocation)
    }
}

/// A user who may do nothing in particular.
enum Unprivileged {
    static let user = 65534
    static let prefix = ["setpriv", "--reuid=\(user)", "--regid=\(user)", "--clear-groups"]

    /// Why there is none here, or `nil`.
    static let obstacle: String? = {
        guard geteuid() == 0 else { return "not root: the other tests ran without privileges already" }
        guard Programs.isInstalled("setpriv") else { return "setpriv is not installed" }
        var reason: String?
        do {
            try Daemon.with(isStarted: false) { daemon in
                let program = "\(try home(in: daemon))/bin/pacer"
                let result = try ChildProcess(
                    prefix + [program, "--version"], environment: daemon.environment,
                    folder: "\(daemon.folder)/run"
                ).finish()
                if result.status != 0 { reason = "other users cannot run the programs: \(result.errors)" }
            }
        } catch {
            reason = "\(error)"
        }
        return reason
    }()

    /// Begins `pacer run` of a shell script as that user, in the user's folder.
    ///
    /// - Parameter before: What executes the rest of the command.
    static func run(
        _ script: String, in home: String, _ daemon: Daemon, before: [String] = []
    ) throws -> ChildProcess {
        var environment = daemon.environment
        environment["PACER_SOCKET"] = nil
        for name in ["HOME", "TMPDIR", "XDG_RUNTIME_DIR"] { environment[name] = home }
        return try ChildProcess(
            before + prefix + ["\(home)/bin/pacer", "run", "--deadline", "1m", "--", "sh", "-c", script],
            environment: environment, folder: "\(daemon.folder)/run", workingDirectory: home)
    }

    /// A folder of that user with copies of the programs, which may be where only root can read.
    static func home(in daemon: Daemon) throws -> String {
        let files = FileManager.default
        let home = "\(daemon.folder)/nobody"
        for folder in ["bin", "share/pacer"] {
            try files.createDirectory(atPath: "\(home)/\(folder)", withIntermediateDirectories: true)
        }
        for name in ["pacer", "pacerd", "pacer-keeper", "pacer-shepherd"] {
            try files.copyItem(atPath: Programs.path(name), toPath: "\(home)/bin/\(name)")
        }
        let sources = "\(Programs.repository)/Sources/pacerd/Support/machines"
        try files.copyItem(atPath: "\(Programs.repository)/policies", toPath: "\(home)/share/pacer/policies")
        try files.copyItem(atPath: sources, toPath: "\(home)/share/pacer/machines")
        let result = try ChildProcess(
            ["chown", "-R", "\(user):\(user)", home], environment: daemon.environment,
            folder: "\(daemon.folder)/run"
        ).finish()
        guard result.status == 0 else { throw Impasse(result.errors) }
        return home
    }
}
