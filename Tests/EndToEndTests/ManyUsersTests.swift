import Foundation
import Glibc
import Testing

/// A user of the machine who exists by number alone.
private struct Person {
    static let adminGroup = 54321
    static let ada = Person(user: 12345, group: 12346, groups: [100])
    static let bob = Person(user: 23456, group: 23457, groups: [100])
    static let warden = Person(user: 34567, group: 34568, groups: [100, adminGroup])

    let user: Int
    let group: Int
    let groups: [Int]

    /// Runs `pacer` as this user.
    func pacer(
        _ daemon: Daemon, _ arguments: [String], extra: [String: String] = [:], before: [String] = []
    ) throws -> Finished {
        let groups = groups.map(String.init).joined(separator: ",")
        let become = [
            "setpriv", "--reuid", "\(user)", "--regid", "\(group)", "--groups", groups, "--inh-caps=-all",
        ]
        return try ChildProcess(
            become + before + [Programs.path("pacer")] + arguments,
            environment: daemon.environment.merging(extra) { _, new in new }, folder: "\(daemon.folder)/run",
            workingDirectory: "\(daemon.folder)/tmp"
        ).finish()
    }

    func submit(
        _ daemon: Daemon, options: [String] = [], _ script: String, extra: [String: String] = [:],
        before: [String] = []
    ) throws -> Int {
        let arguments = ["submit", "--json"] + options + ["--", "sh", "-c", script]
        let result = try pacer(daemon, arguments, extra: extra, before: before)
        guard result.status == 0 else { throw Impasse("not submitted: \(result.errors)") }
        return try result.decoded(Numbered.self).id
    }

    func logs(_ daemon: Daemon, _ id: Int) throws -> [String] {
        let result = try pacer(daemon, ["logs", "--follow", "\(id)"])
        guard result.status == 0 else { throw Impasse("no logs: \(result.errors)") }
        return result.text.split(separator: "\n").map(String.init)
    }

    /// Whether this user's `pacer` was refused for who it is.
    func isRefused(_ daemon: Daemon, _ arguments: String...) throws -> Bool {
        try pacer(daemon, arguments).status == 77
    }
}

private struct Numbered: Decodable {
    struct Energy: Decodable {
        var attributedJ: Double?
        var machineDuringRunJ: Double?
        var withheld: String?
    }

    var id: Int
    var userID: Int
    var energy: Energy
}

private struct List: Decodable {
    var jobs: [Numbered]
}

extension EndToEnd {
    /// Root's daemon and several users.
    @Suite(.enabled(if: geteuid() == 0, "only root's daemon serves several users"))
    struct ManyUsersTests {
        private static func with(_ more: String = "", _ body: (Daemon) throws -> Void) throws {
            try Daemon.with(configuration: "admin-group: '\(Person.adminGroup)'\n\(more)", body)
        }

        @Test func `a job runs as who submitted it, with their groups, mask, folder, limits and path`() throws
        {
            try Self.with { daemon in
                let script =
                    "id -u; id -g; id -G; umask; pwd; ulimit -Sn; ulimit -Hn; echo $SECRET; cat /proc/$$/loginuid"
                let id = try Person.ada.submit(
                    daemon, script, extra: ["SECRET": "hers"],
                    before: ["prlimit", "--nofile=200:300", "sh", "-c", "umask 027; exec \"$@\"", "sh"])
                let lines = try Person.ada.logs(daemon, id)
                #expect(
                    lines.prefix(8) == [
                        "12345", "12346", "12346 100", "0027", "\(daemon.folder)/tmp", "200", "300", "hers",
                    ])
                // Nothing of the daemon's own variables.
                let seen = try Person.ada.logs(
                    daemon, Person.ada.submit(daemon, "env", extra: ["ONLY": "this"]))
                #expect(seen.contains("ONLY=this"))
                #expect(!seen.contains { $0.hasPrefix("SECRET=") })
            }
        }

        @Test func `output files are the submitter's, who alone can read them, and others find nothing`()
            throws
        {
            try Self.with { daemon in
                let id = try Person.ada.submit(daemon, "echo hers")
                #expect(try Person.ada.logs(daemon, id) == ["hers"])
                let folder = "\(daemon.state)/jobs/\(id)"
                var status = stat()
                #expect(lstat("\(folder)/stdout", &status) == 0)
                #expect(status.st_uid == 12345 && status.st_gid == 12346 && status.st_mode & 0o777 == 0o600)
                let look = { (person: Person, command: String) in
                    try ChildProcess(
                        [
                            "setpriv", "--reuid", "\(person.user)", "--regid", "\(person.group)",
                            "--clear-groups", "sh", "-c", command,
                        ], environment: daemon.environment, folder: "\(daemon.folder)/run"
                    ).finish()
                }
                #expect(try look(.ada, "cat \(folder)/stdout").text == "hers\n")
                // Who could open the folder could lock it, and the daemon would wait for that.
                for command in ["ls \(folder)", "flock -n \(folder) true"] {
                    #expect(try look(.ada, command).status != 0, "\(command)")
                }
                #expect(try look(.ada, "cat \(folder)/status").status != 0)
                #expect(try look(.ada, "rm -f \(folder)/stdout; ln -s /etc/shadow \(folder)/x").status != 0)
                for command in ["cat \(folder)/stdout", "ls \(folder)", "stat \(folder)/stdout"] {
                    #expect(try look(.bob, command).status != 0, "\(command)")
                }
                #expect(try look(.bob, "ls \(daemon.state) || ls \(daemon.state)/jobs").status != 0)
                #expect(try look(.bob, "cat \(daemon.state)/pacer.sqlite").status != 0)
                #expect(try look(.bob, "ls \(daemon.state)/journal").status != 0)
            }
        }

        @Test func `users see, read and cancel their own jobs, administrators all but root's, root all`()
            throws
        {
            try Self.with { daemon in
                let hers = try Person.ada.submit(daemon, options: ["--rigid", "1"], "echo hers; sleep 100")
                let roots = try daemon.submit(["--rigid", "1"], ["sh", "-c", "echo root; sleep 100"])
                let list = { (person: Person) in
                    try person.pacer(daemon, ["status", "--all", "--json"]).decoded(List.self).jobs
                }
                #expect(try list(.ada).map(\.id) == [hers])
                #expect(try list(.bob).isEmpty)
                #expect(try list(.warden).map(\.id) == [hers, roots])
                #expect(try daemon.jobs.map(\.id) == [hers, roots])
                for verb in ["status", "logs", "cancel", "wait", "explain"] {
                    #expect(try Person.bob.isRefused(daemon, verb, "\(hers)"), "\(verb)")
                    #expect(try Person.ada.isRefused(daemon, verb, "\(roots)"), "\(verb)")
                }
                #expect(try Person.warden.isRefused(daemon, "logs", "\(hers)"))
                #expect(try Person.warden.isRefused(daemon, "cancel", "\(roots)"))
                #expect(try Person.bob.isRefused(daemon, "export"))
                #expect(try Person.warden.pacer(daemon, ["cancel", "\(hers)"]).status == 0)
                #expect(try daemon.end(of: hers).outcome?.kind == "cancelled")
                #expect(try daemon.job(roots).state == "running")
                #expect(try daemon.pacer("logs", "\(hers)").text == "hers\n")
                #expect(try daemon.pacer("cancel", "\(roots)").status == 0)
                #expect(try daemon.end(of: roots).isFinished)
            }
        }

        @Test func `a job that waits through a restart still runs as who submitted it`() throws {
            try Self.with { daemon in
                let first = try daemon.submit(
                    "--rigid", "\(daemon.coreCount)", script: "until [ -e go ]; do sleep 0.05; done")
                try daemon.job(first, "runs") { $0.state == "running" }
                let id = try Person.ada.submit(
                    daemon, "id -u; id -G; ulimit -Hn", before: ["prlimit", "--nofile=100:150"])
                daemon.kill()
                try daemon.start()
                try daemon.touch("go")
                #expect(try daemon.end(of: id).isSuccess)
                #expect(try Person.ada.logs(daemon, id) == ["12345", "12346 100", "150"])
            }
        }

        @Test func `a database that was lost does not give one user's output to another`() throws {
            try Self.with { daemon in
                let hers = try Person.ada.submit(daemon, "echo hers")
                #expect(try Person.ada.logs(daemon, hers) == ["hers"])
                _ = try daemon.stop()
                for name in ["pacer.sqlite", "pacer.sqlite-wal", "pacer.sqlite-shm"] {
                    unlink("\(daemon.state)/\(name)")
                }
                try daemon.start()
                let his = try Person.bob.submit(daemon, "true")
                #expect(his > hers)
                #expect(try Person.bob.logs(daemon, his).isEmpty)
                #expect(try !Person.bob.isRefused(daemon, "status", "\(his)"))
                #expect(try Person.bob.isRefused(daemon, "logs", "\(hers)"))
                #expect(try Person.ada.logs(daemon, hers) == ["hers"])
            }
        }

        @Test func `a job cannot end its shepherd, and a folder that is closed to its submitter is named`()
            throws
        {
            try Self.with { daemon in
                let id = try Person.ada.submit(daemon, "kill -9 $PPID && echo KILLED; exit 3")
                #expect(try daemon.end(of: id).outcome?.exitCode == 3)
                #expect(try Person.ada.logs(daemon, id).isEmpty)
                // Entered as root before becoming her.
                let closed = "\(daemon.folder)/tmp/closed"
                #expect(mkdir(closed, 0o700) == 0)
                let command = try ChildProcess(
                    [
                        "setpriv", "--reuid", "12345", "--regid", "12346", "--clear-groups",
                        Programs.path("pacer"), "run", "--", "true",
                    ], environment: daemon.environment, folder: "\(daemon.folder)/run",
                    workingDirectory: closed
                ).finish()
                #expect(command.status == 127)
                #expect(command.errors.contains("enter the working directory \(closed)"))
            }
        }

        @Test func `who has too many jobs that wait is refused with a code, and root is not`() throws {
            try Self.with("user-queued-limit: 2") { daemon in
                let cores = try daemon.coreCount
                let first = try daemon.submit("--rigid", "\(cores)", script: "sleep 100")
                try daemon.job(first, "runs") { $0.state == "running" }
                for _ in 1...2 { _ = try Person.ada.submit(daemon, "true") }
                let refused = try Person.ada.pacer(daemon, ["submit", "--", "true"])
                expectRefusal(refused, exit: 75, naming: "2 jobs that wait")
                _ = try Person.bob.submit(daemon, "true")
                for _ in 1...3 { _ = try daemon.submit(script: "true") }
                #expect(try daemon.pacer("cancel", "\(first)").status == 0)
            }
        }

        @Test func `who submits more than may wait is told of all those that were accepted`() throws {
            try Self.with("user-queued-limit: 250") { daemon in
                let first = try daemon.submit("--rigid", "\(daemon.coreCount)", script: "sleep 100")
                try daemon.job(first, "runs") { $0.state == "running" }
                let lines = daemon.path("lines")
                try String(repeating: "true\n", count: 400).write(
                    toFile: lines, atomically: true, encoding: .utf8)
                chmod(lines, 0o644)
                // A hundred at a time, all of them or none.
                let result = try Person.ada.pacer(daemon, ["submit", "--json", "--each", lines])
                #expect(result.status == 75)
                #expect(result.errors.contains("may have 250"))
                let numbers = result.text.split { !$0.isNumber }.compactMap { Int($0) }
                let known = try daemon.jobs.map(\.id)
                #expect([first] + numbers == known)
                #expect(numbers.count == 200)
                #expect(try daemon.pacer("cancel", "\(first)").status == 0)
            }
        }

        @Test func `a user has no more jobs and cores at once than allowed, and others pass`() throws {
            try Self.with("user-running-limit: 1\nuser-core-share: 50 %") { daemon in
                let cores = try daemon.coreCount
                guard cores >= 2 else { return }
                let wait = "until [ -e go ]; do sleep 0.05; done"
                let first = try Person.ada.submit(daemon, options: ["--rigid", "1"], wait)
                try daemon.job(first, "runs") { $0.state == "running" }
                let second = try Person.ada.submit(daemon, options: ["--rigid", "1"], wait)
                let other = try Person.bob.submit(daemon, options: ["--rigid", "1"], wait)
                try daemon.job(other, "runs") { $0.state == "running" }
                #expect(try daemon.job(second).state == "queued")
                let wide = try Person.ada.pacer(daemon, ["submit", "--rigid", "\(cores)", "--", "true"])
                expectRefusal(wide, exit: 64, naming: "a user may have \(max(1, cores / 2))")
                try daemon.touch("go")
                for id in [first, second, other] { #expect(try daemon.end(of: id).isSuccess) }
            }
        }

        @Test func `users are told rounded joules of whole seconds, and nothing of the machine`() throws {
            try Self.with { daemon in
                let short = try Person.ada.submit(daemon, "true")
                _ = try daemon.end(of: short)
                let told = { (person: Person, id: Int) in
                    try person.pacer(daemon, ["status", "--json", "\(id)"]).decoded(Numbered.self).energy
                }
                #expect(try told(.ada, short).attributedJ == nil)
                #expect(try told(.ada, short).withheld == "tooShort")
                #expect(try told(.warden, short).attributedJ != nil)
                let long = try Person.ada.submit(
                    daemon, "i=0; while [ $(($(date +%s%N) / 1000000 - S)) -lt 1500 ]; do i=$((i+1)); done",
                    extra: ["S": "\(Int(Date().timeIntervalSince1970 * 1000))"])
                _ = try daemon.end(of: long)
                let joules = try #require(try told(.ada, long).machineDuringRunJ)
                #expect(joules > 0 && joules == joules.rounded())
                let machine = try Person.ada.pacer(daemon, ["inspect", "--json"]).text
                #expect(!machine.contains("totalJ"))
                #expect(try daemon.pacer("inspect", "--json").text.contains("totalJ"))
            }
        }
    }
}
