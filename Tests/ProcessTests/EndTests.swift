import Foundation
import Glibc
import PacerPorts
import PacerProcess
import PacerScheduling
import PacerUnits
import Testing

extension RealProcesses {
    @Suite
    struct EndTests {
        @Test(arguments: Bench.containments)
        func `the exit code of a program is kept`(use: CgroupUse) throws {
            let bench = try Bench(use)
            let before = Bench.now()
            try bench.launch(1, "exit 37")
            let end = try #require(bench.end())
            #expect(end.status == .exited(code: 37))
            #expect(end.at >= before && end.at <= Bench.now())
            // Nobody says that he has kept it.
            #expect(eventually { bench.text("status").hasPrefix("exited 37 cpu_us=") })
        }

        @Test func `an end that somebody keeps is not written to the folder`() throws {
            let bench = try Bench()
            try bench.launch(1, "exit 37")
            let end = try #require(bench.end())
            #expect(end.status == .exited(code: 37))
            bench.executor.endIsKept(of: 1)
            bench.executor.forget(1)
            #expect(eventually { processes("pacer-shepherd --job 1 ").isEmpty })
            #expect(bench.text("status") == "")
        }

        @Test func `an end that nobody has kept when the daemon dies is found by the next`() throws {
            let bench = try Bench()
            try bench.launch(1, "exit 37")
            #expect(bench.end()?.status == .exited(code: 37))
            bench.restart()
            guard case .ended(let report) = bench.adopt() else {
                Issue.record("its end is lost")
                return
            }
            #expect(report.status == .exited(code: 37))
        }

        @Test func `the signal that ended a program is kept`() throws {
            let bench = try Bench()
            try bench.launch(1, "kill -SEGV $$")
            #expect(bench.end()?.status == .signalled(signal: SIGSEGV))
        }

        @Test(arguments: Bench.containments)
        func `a job that runs is adopted by the next daemon, which sees it end`(use: CgroupUse) throws {
            let bench = try Bench(use)
            try bench.launch(1, "sleep 1000; exit 5")
            bench.restart()
            #expect(bench.adopt() == .running)
            #expect(bench.adopt() == .running)
            #expect(bench.sample()?.threads.processes ?? 0 >= 1)
            try bench.executor.signal(1, SIGUSR1)
            #expect(bench.end()?.status == .signalled(signal: SIGUSR1))
        }

        @Test(arguments: Bench.containments)
        func `a job that ended while no daemon ran is known to the next`(use: CgroupUse) throws {
            let bench = try Bench(use)
            try bench.launch(1, "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exit 9")
            bench.restart()
            #expect(eventually { bench.text("status") != "" })
            guard case .ended(let report) = bench.adopt() else {
                Issue.record("the job should have ended")
                return
            }
            #expect(report.status == .exited(code: 9))
            #expect(report.cpuTime > .zero)
            #expect(report.at <= Bench.now())
            bench.executor.forget(1)
            #expect(!FileManager.default.fileExists(atPath: "\(bench.folder(1))/shepherd.sock"))
        }

        @Test func `two daemons in a row do not confuse a shepherd`() throws {
            let bench = try Bench()
            try bench.launch(1, "sleep 1000")
            for _ in 0..<5 {
                bench.restart()
                #expect(bench.adopt() == .running)
            }
            try bench.executor.signal(1, SIGTERM)
            #expect(bench.end()?.status == .signalled(signal: SIGTERM))
        }

        @Test func `a folder without a shepherd and a status is a lost job`() throws {
            let bench = try Bench()
            _ = try bench.request(1)
            try Data().write(to: URL(fileURLWithPath: "\(bench.folder(1))/stdout"))
            #expect(bench.adopt() == .lost)
            bench.executor.forget(1)
        }

        @Test func `a job whose program nobody started can be launched again`() throws {
            let bench = try Bench()
            #expect(bench.adopt() == .notStarted)
            _ = try bench.request(1)
            #expect(bench.adopt() == .notStarted)
            try bench.launch(1, "exit 3")
            #expect(bench.end()?.status == .exited(code: 3))
            bench.restart()
            guard case .ended = bench.adopt() else {
                Issue.record("it has run")
                return
            }
        }

        @Test func `a folder that a shepherd has is not launched in again`() throws {
            // A cgroup of the same name would be in the way as well.
            let bench = try Bench(.none)
            try bench.launch(1, "sleep 1000")
            bench.restart()
            let error = #expect(throws: PortError.self) { try bench.launch(1, "exit 3") }
            #expect(error?.reason.contains("still has its folder") == true)
            #expect(bench.adopt() == .running)
            try bench.executor.signal(1, SIGKILL)
            #expect(bench.end()?.status == .signalled(signal: SIGKILL))
        }

        @Test func `what the kernel tells of a program is known`() throws {
            let bench = try Bench()
            try bench.launch(
                try bench.request(
                    arguments: ["sleep", "1000"], environment: ["PATH": "/usr/bin:/bin", "A": "b=c"]))
            let facts = try #require(bench.executor.program(of: 1))
            #expect(facts.arguments == ["sleep", "1000"])
            #expect(facts.environment["A"] == "b=c")
            #expect(facts.userID == geteuid())
            try bench.executor.signal(1, SIGKILL)
            _ = bench.end()
            #expect(bench.executor.program(of: 1) == nil)
        }

        @Test(.enabled(if: Bench.hasCgroups, "cgroups cannot be used here"))
        func `a job whose shepherd was killed is lost, and what it left is ended`() throws {
            let bench = try Bench()
            try bench.launch(1, "(sleep 1000 & echo $! $PPID); exec sleep 1000")
            #expect(bench.hasPrinted("\n"))
            let pids = bench.text().split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
            let (descendant, shepherd) = (try #require(pids.first), try #require(pids.last))
            // As if it had been about to write down an end.
            try Data("exi".utf8).write(to: URL(fileURLWithPath: "\(bench.folder(1))/status.new"))
            kill(shepherd, SIGKILL)
            #expect(bench.end()?.status == .lost)
            #expect(eventually { !isAlive(descendant) })
            bench.restart()
            #expect(bench.adopt() == .lost)
            bench.executor.forget(1)
            for name in ["shepherd.sock", "status.new"] {
                #expect(!FileManager.default.fileExists(atPath: "\(bench.folder(1))/\(name)"), "\(name)")
            }
        }

        @Test(.enabled(if: Bench.hasCgroups, "cgroups cannot be used here"))
        func `cgroups that a killed daemon could not remove are removed by the next`() throws {
            let bench = try Bench()
            var request = try bench.request(1, "exit 0")
            // As the daemon names it: cgroups are recognised by the number and the folder of their job.
            request.folder = "\(bench.root)/1"
            try FileManager.default.createDirectory(atPath: request.folder, withIntermediateDirectories: true)
            try bench.launch(request)
            bench.restart()
            let status = "\(request.folder)/status"
            #expect(eventually { FileManager.default.fileExists(atPath: status) })
            #expect(!bench.cgroups.isEmpty)
            bench.executor.removeLeftovers(below: "/elsewhere")
            #expect(!bench.cgroups.isEmpty)
            #expect(
                eventually {
                    bench.executor.removeLeftovers(below: bench.root)
                    return bench.cgroups.isEmpty
                })
        }

        @Test(arguments: Bench.containments)
        func `a job goes on until its last descendant ends, with the status of its program`(use: CgroupUse)
            throws
        {
            let bench = try Bench(use)
            mkfifo("\(bench.root)/go", 0o600)
            try bench.launch(1, "(setsid sh -c 'read line < \(bench.root)/go' &); echo started; exit 4")
            #expect(bench.hasPrinted("started"))
            #expect(eventually { bench.sample()?.threads.processes == 1 })
            #expect(!bench.hasEnded())
            let pipe = open("\(bench.root)/go", O_WRONLY)
            #expect(write(pipe, "\n", 1) == 1)
            close(pipe)
            #expect(bench.end()?.status == .exited(code: 4))
        }

        @Test(arguments: Bench.containments)
        func `a daemon that a job started is found, metered and killed`(use: CgroupUse) throws {
            let bench = try Bench(use)
            try bench.launch(1, "(setsid sh -c 'echo $$; while :; do :; done' &); exec sleep 1000")
            #expect(bench.hasPrinted("\n"))
            let daemon = try #require(Int32(bench.text().trimmingCharacters(in: .whitespacesAndNewlines)))
            #expect(eventually { bench.sample()?.threads.processes == 2 })
            #expect(eventually { (bench.sample()?.busyTime.value ?? 0) > 0.1 })
            try bench.executor.signal(1, SIGKILL)
            #expect(bench.end()?.status == .signalled(signal: SIGKILL))
            #expect(!isAlive(daemon))
        }

        @Test(arguments: Bench.containments)
        func `a job that ignores the polite signal dies of the other`(use: CgroupUse) throws {
            let bench = try Bench(use)
            try bench.launch(1, "trap 'echo no' TERM; echo ready; while :; do sleep 0.01; done")
            #expect(bench.hasPrinted("ready"))
            try bench.executor.signal(1, SIGTERM)
            #expect(bench.hasPrinted("no"))
            #expect(!bench.hasEnded())
            try bench.executor.signal(1, SIGKILL)
            #expect(bench.end()?.status == .signalled(signal: SIGKILL))
            #expect(throws: PortError.self) { try bench.executor.signal(1, SIGKILL) }
        }

        @Test(arguments: Bench.containments)
        func `a job that keeps forking is killed as a whole`(use: CgroupUse) throws {
            let bench = try Bench(use)
            try bench.launch(1, "while :; do sleep 1000 & sleep 0.01; done")
            #expect(eventually { (bench.sample()?.threads.processes ?? 0) > 10 })
            try bench.executor.signal(1, SIGKILL)
            #expect(bench.end()?.status == .signalled(signal: SIGKILL))
        }

        @Test(arguments: Bench.containments)
        func `nothing is left of a job that is forgotten`(use: CgroupUse) throws {
            let others = Set(childrenOfThisProcess())
            let bench = try Bench(use)
            for job in 1...3 as ClosedRange<Int64> { try bench.launch(JobID(job), "exit 0") }
            for job in 1...3 as ClosedRange<Int64> {
                #expect(bench.end(of: JobID(job)) != nil)
                bench.executor.forget(JobID(job))
                #expect(!FileManager.default.fileExists(atPath: "\(bench.folder(JobID(job)))/shepherd.sock"))
            }
            #expect(
                eventually {
                    bench.executor.poll()
                    return Bench.cgroups(below: bench.cgroupParent).isEmpty
                })
            bench.restart()  // what shepherds are forked from is the executor's, and ends with it
            #expect(
                eventually {
                    for child in childrenOfThisProcess() where !others.contains(child) {
                        waitpid(child, nil, WNOHANG)
                    }
                    return others.isSuperset(of: childrenOfThisProcess())
                })
        }

        @Test func `a job that soon ends has no socket, and one that goes on has`() throws {
            let bench = try Bench()
            let path = { (job: JobID) in "\(bench.folder(job))/shepherd.sock" }
            try bench.launch(1, "sleep 1000")
            #expect(eventually { FileManager.default.fileExists(atPath: path(1)) })
            try bench.launch(2, "exit 0")
            #expect(bench.end(of: 2)?.status == .exited(code: 0))
            #expect(!FileManager.default.fileExists(atPath: path(2)))
        }

        @Test func `a job whose daemon dies at once is found by the next`() throws {
            let bench = try Bench()
            for job in 1...5 as ClosedRange<Int64> {
                try bench.launch(JobID(job), "sleep 1000")
                bench.restart()
                #expect(bench.adopt(JobID(job)) == .running)
                #expect(FileManager.default.fileExists(atPath: "\(bench.folder(JobID(job)))/shepherd.sock"))
            }
        }

        @Test func `a job may be forgotten and its number used again`() throws {
            let bench = try Bench()
            for code in 1...3 as ClosedRange<Int32> {
                try bench.launch(1, "exit \(code)")
                #expect(
                    eventually {
                        bench.executor.poll()
                        return bench.text("status").hasPrefix("exited \(code)")
                    })
                #expect(eventually { bench.sample() == nil || bench.hasEnded() })
                #expect(throws: PortError.self) { try bench.launch(1, "exit 0") }
                bench.executor.poll()
                bench.executor.forget(1)
            }
        }
    }
}

extension Bench {
    /// Whether jobs can be held together by cgroups here.
    static let hasCgroups: Bool = {
        let probe = ProcessExecutor(shepherd: "", cgroupParent: "pacer-probe-\(getpid())", clock: Bench.now)
        return probe.containment.method != "process tree"
    }()

    /// The cgroups of jobs below a parent, in all hierarchies.
    static func cgroups(below parent: String) -> [String] {
        let top = "/sys/fs/cgroup"
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: top)) ?? []
        return ([top] + folders.map { "\(top)/\($0)" }).flatMap { folder -> [String] in
            let entries = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(parent)")) ?? []
            return entries.filter { $0.hasPrefix("job-") }
        }
    }
}
