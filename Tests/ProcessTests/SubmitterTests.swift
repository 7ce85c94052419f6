import Foundation
import Glibc
import PacerPlatform
import PacerPorts
import PacerProcess
import PacerScheduling
import PacerUnits
import Testing

extension RealProcesses {
    /// Jobs that run as somebody else than who starts them.
    @Suite(.enabled(if: geteuid() == 0, "only root can run jobs as other users"))
    struct SubmitterTests {
        private static let user: UInt32 = 12345
        private static let group: UInt32 = 12346

        private static func identity(
            groups: [UInt32] = [4, 100], limits: [ResourceLimit] = []
        ) -> Identity {
            Identity(userID: user, groupID: group, groups: groups, limits: limits)
        }

        private static func request(
            _ bench: Bench, _ script: String, _ identity: Identity = identity()
        ) throws -> LaunchRequest {
            var request = try bench.request(1, script)
            request.identity = identity
            return request
        }

        private static func run(
            _ bench: Bench, _ script: String, _ identity: Identity = identity()
        ) throws -> [String] {
            try bench.launch(request(bench, script, identity))
            #expect(bench.end()?.status == .exited(code: 0), "\(bench.text("stderr"))")
            return bench.text().split(separator: "\n").map(String.init)
        }

        /// `user group mode links` of a file.
        private static func owner(_ path: String) throws -> [Int] {
            var status = stat()
            guard lstat(path, &status) == 0 else { throw POSIXError(.ENOENT) }
            return [
                Int(status.st_uid), Int(status.st_gid), Int(status.st_mode & 0o7777), Int(status.st_nlink),
            ]
        }

        @Test(arguments: Bench.containments)
        func `a program is its submitter in every way and has no capability`(use: CgroupUse) throws {
            let bench = try Bench(use)
            let fields = "^(Uid|Gid|Groups|CapInh|CapPrm|CapEff|CapAmb|NoNewPrivs)"
            let lines = try Self.run(bench, "grep -E '\(fields)' /proc/self/status")
            let words = lines.map { $0.split(whereSeparator: \.isWhitespace).map(String.init) }
            let value = { (name: String) in words.first { $0.first == "\(name):" }.map { $0.dropFirst() } }
            #expect(value("Uid").map(Array.init) == Array(repeating: "12345", count: 4))
            #expect(value("Gid").map(Array.init) == Array(repeating: "12346", count: 4))
            #expect(value("Groups").map(Array.init) == ["4", "100"])
            for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
                #expect(value(set).map(Array.init) == ["0000000000000000"], "\(set)")
            }
            // Programs that raise privileges at their start work as from a shell.
            #expect(value("NoNewPrivs").map(Array.init) == ["0"])
        }

        @Test func `who has no supplementary groups gets none of root's`() throws {
            let bench = try Bench()
            #expect(
                try Self.run(bench, "id -u; id -g; id -G", Self.identity(groups: [])) == [
                    "12345", "12346", "12346",
                ])
        }

        @Test func `output files are the submitter's and the record of the end is not`() throws {
            let bench = try Bench()
            _ = try Self.run(bench, "echo 3 5 >&3; echo out; echo err >&2; echo again >> /dev/stdout")
            for name in ["stdout", "stderr", "progress"] {
                #expect(try Self.owner("\(bench.folder(1))/\(name)") == [12345, 12346, 0o600, 1], "\(name)")
            }
            #expect(bench.text() == "out\nagain\n")
            #expect(eventually { bench.text("status") != "" })
            #expect(try Self.owner("\(bench.folder(1))/status").prefix(2) == [0, 0])
            #expect(bench.sample() == nil || bench.sample()?.progress?.done == 3)
        }

        @Test func `a job can put nothing in the place of its files, nor forge how it ended`() throws {
            let bench = try Bench()
            let script = """
                cd ../job-1 || exit 9
                ln -sf /etc/hostname stdout && echo LINKED
                rm -f stdout stderr progress status shepherd.sock && echo REMOVED
                mv stdout elsewhere && echo MOVED
                echo 'exited 0 cpu_us=1 end_monotonic_ns=1 end_unix_ns=1' > status && echo FORGED
                echo 'exited 0' > status.new && echo FORGED
                mkdir folder && echo MADE
                ln /etc/hostname here && echo HARD
                python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect("shepherd.sock")' \
                    2>/dev/null && echo CONNECTED
                exit 7
                """
            var request = try Self.request(bench, script)
            request.workingDirectory = bench.folder(1)
            try bench.launch(request)
            #expect(bench.end()?.status == .exited(code: 7))
            #expect(bench.text() == "")
            #expect(eventually { bench.text("status").hasPrefix("exited 7 ") })
            let names = try FileManager.default.contentsOfDirectory(atPath: bench.folder(1)).sorted()
            #expect(names.filter { $0 != "shepherd.sock" } == ["progress", "status", "stderr", "stdout"])
        }

        @Test func `what was put in the place of an output file beforehand is not followed`() throws {
            let bench = try Bench()
            let request = try Self.request(bench, "echo mine")
            let victim = "\(bench.root)/victim"
            try Data("kept".utf8).write(to: URL(fileURLWithPath: victim))
            symlink(victim, "\(bench.folder(1))/stdout")
            link(victim, "\(bench.folder(1))/stderr")
            try bench.launch(request)
            #expect(bench.end()?.status == .exited(code: 0))
            #expect(FileManager.default.contents(atPath: victim) == Data("kept".utf8))
            #expect(try Self.owner(victim).first == 0)
            #expect(bench.text() == "mine\n")
        }

        @Test(arguments: Bench.containments)
        func `a job cannot signal, stop or trace its shepherd`(use: CgroupUse) throws {
            let bench = try Bench(use)
            let script = """
                for signal in KILL TERM STOP INT; do kill -$signal $PPID && echo SIGNALLED; done
                cat /proc/$PPID/environ > /dev/null && echo READ
                ls /proc/$PPID/fd > /dev/null && echo LISTED
                exit 4
                """
            try bench.launch(Self.request(bench, script))
            #expect(bench.end()?.status == .exited(code: 4))
            #expect(bench.text() == "")
        }

        @Test func `a job that does not want to end is ended all the same`() throws {
            let bench = try Bench()
            try bench.launch(
                Self.request(bench, "trap '' TERM; (trap '' TERM; setsid sleep 100) & echo up; sleep 100"))
            #expect(bench.hasPrinted("up"))
            try bench.executor.signal(1, SIGKILL)
            #expect(bench.end()?.status == .signalled(signal: SIGKILL))
        }

        @Test func `a working directory that the submitter cannot enter is named, and nothing runs`() throws {
            let bench = try Bench()
            let closed = "\(bench.root)/closed"
            #expect(mkdir(closed, 0o700) == 0)
            var request = try Self.request(bench, "echo ran")
            request.workingDirectory = closed
            let error = #expect(throws: PortError.self) { try bench.launch(request) }
            #expect(error?.description.contains("enter the working directory \(closed)") == true)
            #expect(bench.text() == "")
            // Root can.
            request.identity = nil
            try bench.launch(request)
            #expect(bench.end()?.status == .exited(code: 0))
        }

        @Test func `a program is looked for as the submitter, along the submitter's path`() throws {
            let bench = try Bench()
            for (name, mode) in [("a-closed", 0o700), ("b-open", 0o755)] as [(String, mode_t)] {
                let folder = "\(bench.root)/\(name)"
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                try Data("#!/bin/sh\necho \(name)\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/tool"))
                chmod("\(folder)/tool", 0o755)
                chmod(folder, mode)
            }
            var request = try bench.request(
                arguments: ["tool"],
                environment: ["PATH": "\(bench.root)/a-closed:\(bench.root)/b-open:/usr/bin:/bin"])
            request.identity = Self.identity()
            try bench.launch(request)
            #expect(bench.end()?.status == .exited(code: 0))
            #expect(bench.text() == "b-open\n")
        }

        @Test func `limits are the submitter's, and never above what was asked for`() throws {
            let bench = try Bench()
            var own = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &own)
            let limits = [
                ResourceLimit(resource: Int32(RLIMIT_NOFILE.rawValue), soft: 64, hard: 96),
                ResourceLimit(resource: Int32(RLIMIT_CORE.rawValue), soft: 0, hard: nil),
                ResourceLimit(resource: Int32(RLIMIT_FSIZE.rawValue), soft: nil, hard: nil),
            ]
            let lines = try Self.run(
                bench, "ulimit -Sn; ulimit -Hn; ulimit -Sc; ulimit -Hc", Self.identity(limits: limits))
            #expect(lines.prefix(3) == ["64", "96", "0"])
            // Without CAP_SYS_RESOURCE the daemon's own is the most that there is.
            #expect(lines.last == "unlimited" || own.rlim_max != rlim_t.max)
        }

        @Test func `a submitter who has too many processes is told so`() throws {
            let bench = try Bench()
            try bench.launch(Self.request(bench, "sleep 100"))
            let none = ResourceLimit(resource: Int32(__RLIMIT_NPROC.rawValue), soft: 0, hard: 0)
            let error = #expect(throws: PortError.self) {
                var request = try bench.request(2, "echo ran")
                request.identity = Self.identity(limits: [none])
                try bench.launch(request)
            }
            #expect(error?.code == .notExecutable)
            #expect(error?.description.contains("too many processes") == true)
        }

        @Test func `a program that raises privileges does so as from a shell`() throws {
            let bench = try Bench()
            let tool = "\(bench.root)/raised"
            try FileManager.default.copyItem(atPath: "/usr/bin/id", toPath: tool)
            chmod(tool, 0o4755)
            #expect(try Self.run(bench, "\(tool) -u; \(tool) -ru") == ["0", "12345"])
        }

        @Test func `a program starts with the usual priority and badness`() throws {
            let bench = try Bench()
            let lines = try Self.run(bench, "cut -d' ' -f19 /proc/$$/stat; cat /proc/$$/oom_score_adj")
            #expect(lines.first.flatMap { Int($0) }.map { $0 >= 0 } == true)
            #expect(lines.last.flatMap { Int($0) }.map { $0 >= 0 } == true)
        }

        @Test func `an environment that is too large is refused, and the next job runs`() throws {
            let bench = try Bench()
            var request = try Self.request(bench, "true")
            request.environment["HUGE"] = String(repeating: "x", count: 200_000)
            let error = #expect(throws: PortError.self) { try bench.launch(request) }
            #expect(error?.code == .notExecutable)
            request.environment["HUGE"] = "small"
            try bench.launch(request)
            #expect(bench.end()?.status == .exited(code: 0))
        }

        @Test(arguments: Bench.containments)
        func `jobs of others are sampled, moved, slowed down and adopted like one's own`(
            use: CgroupUse
        ) throws {
            let bench = try Bench(use)
            try bench.launch(Self.request(bench, "while :; do :; done"))
            #expect(eventually { (bench.sample()?.busyTime.value ?? 0) > 0.05 })
            try bench.executor.confine(1, to: Bench.firstCPU)
            try bench.executor.throttle(1, share: 0.5, cores: 1)
            bench.restart()
            #expect(bench.adopt() == .running)
            #expect(eventually { (bench.sample()?.busyTime.value ?? 0) > 0.1 })
            try bench.executor.signal(1, SIGTERM)
            #expect(bench.end()?.status == .signalled(signal: SIGTERM))
        }
    }
}
