import Foundation
import Testing

extension EndToEnd {
    /// Jobs that do what schedulers do not like.
    @Suite struct DifficultJobTests {
        @Test(.enabled(if: Processes.ownCPUs.count >= 2, "this machine gives us one CPU"))
        func `a job that widens its affinity stays on its cores`() throws {
            try Daemon.with { daemon in
                let all = Processes.ownCPUs.sorted().map(String.init).joined(separator: ",")
                let id = try daemon.submit(
                    "--rigid", "1",
                    script: """
                        taskset -a -p -c \(all) $$ >>answer 2>&1
                        touch widened
                        until [ -e stop ]; do :; done
                        """)
                try poll("the job has tried") { daemon.exists("widened") }
                let cpus = try daemon.cpus(of: try daemon.job(id))
                try poll("it is back on its cores") { daemon.areConfined(id, to: cpus) }
                for _ in 0..<10 {
                    usleep(20_000)
                    #expect(daemon.areConfined(id, to: cpus))
                }
                try daemon.touch("stop")
                #expect(try daemon.end(of: id).isSuccess)
            }
        }

        @Test func `processes that a job forks are on its cores, metered and waited for`() throws {
            try Daemon.with { daemon in
                let id = try daemon.submit(
                    "--rigid", "1",
                    script: """
                        for i in 1 2 3; do (until [ -e stop ]; do :; done) & done
                        touch forked
                        wait
                        exit 5
                        """)
                try poll("the job has forked") { daemon.exists("forked") }
                let cpus = try daemon.cpus(of: try daemon.job(id))
                #expect(daemon.processes.ofJob(id).count == 4)
                #expect(daemon.areConfined(id, to: cpus))
                try daemon.job(id, "used energy") { $0.energy.attributedJ > 1 }
                try daemon.touch("stop")
                #expect(try daemon.end(of: id).outcome == Job.Outcome(kind: "exited", exitCode: 5))
            }
        }

        @Test func `a daemonised child belongs to its job, which runs until the child ends`() throws {
            try Daemon.with { daemon in
                let id = try daemon.submit("--rigid", "1", script: Self.daemonising + "exit 3")
                try poll("the child runs") { !daemon.text("child").isEmpty }
                let child = try #require(pid_t(daemon.text("child")))
                try poll("the program itself has ended") { daemon.processes.ofJob(id) == [child] }
                let job = try daemon.job(id, "uses energy through its child") { $0.energy.attributedJ > 1 }
                #expect(job.state == "running")
                #expect(daemon.areConfined(id, to: try daemon.cpus(of: job)))
                try daemon.touch("stop")
                #expect(try daemon.end(of: id).outcome == Job.Outcome(kind: "exited", exitCode: 3))
                #expect(!Processes.isAlive(child))
            }
        }

        @Test func `a daemonised child is ended when its job is cancelled`() throws {
            try Daemon.with { daemon in
                let id = try daemon.submit("--rigid", "1", script: Self.daemonising)
                try poll("the child runs") { !daemon.text("child").isEmpty }
                let child = try #require(pid_t(daemon.text("child")))
                #expect(try daemon.pacer("cancel", "\(id)").status == 0)
                #expect(try daemon.end(of: id).outcome?.kind == "cancelled")
                #expect(!Processes.isAlive(child))
                #expect(daemon.processes.ofJob(id).isEmpty)
            }
        }

        @Test func `output is kept byte for byte`() throws {
            try Daemon.with { daemon in
                // Every byte value, in an order that no text has.
                var state: UInt32 = 1
                let bytes = (0..<300_000).map { _ in
                    state = state &* 1_664_525 &+ 1_013_904_223
                    return UInt8(truncatingIfNeeded: state >> 24)
                }
                try Data(bytes).write(to: URL(fileURLWithPath: daemon.path("bytes")))
                let id = try daemon.submit([], ["cat", "bytes"])
                #expect(try daemon.end(of: id).isSuccess)
                #expect(try daemon.pacer("logs", "\(id)").output == Data(bytes))
                #expect(try daemon.pacer("logs", "--stderr", "\(id)").output == Data())
            }
        }

        @Test func `a job that a signal ends is told by that signal`() throws {
            try Daemon.with { daemon in
                let job = try daemon.end(of: daemon.submit(script: "kill -SEGV $$"))
                #expect(job.outcome == Job.Outcome(kind: "signalled", signal: Int(SIGSEGV)))
                #expect(try daemon.pacer("wait", "\(job.id)").status == 1)
                #expect(try daemon.pacer("run", "--", "sh", "-c", "kill -KILL $$").status == 128 + SIGKILL)
                #expect(try daemon.pacer("run", "--", "sh", "-c", "exit 42").status == 42)
            }
        }

        @Test func `a job that fills its output is stopped`() throws {
            try Daemon.with { daemon in
                let id = try daemon.submit(["--output-limit", "1MB"], ["yes"])
                let job = try daemon.end(of: id)
                #expect(job.outcome?.kind == "outputLimit")
                #expect(daemon.processes.ofJob(id).isEmpty)
                #expect(try daemon.pacer("wait", "\(id)").status == 1)
                #expect(try daemon.pacer("logs", "\(id)").output.count > 1_000_000)
            }
        }

        @Test func `an impossible deadline is told early, and the job runs as fast as it can`() throws {
            try Daemon.with { daemon in
                // A quarter more than fits even if it is measured on a slower moment of the machine.
                let command = try Workload.command("independent", seconds: 30, on: daemon)
                // Long enough that a machine with other work has told it by then.
                let id = try daemon.submit(["--deadline", "12s"], command)
                let job = try daemon.job(id, "is predicted to be late") { job in
                    guard let finish = job.predictedFinishUnixNs, let deadline = job.deadlineUnixNs else {
                        return job.isFinished
                    }
                    return job.plan?.meetsDeadline == false && finish > deadline
                }
                #expect(job.state == "running")
                #expect(job.nowUnixNs < (job.deadlineUnixNs ?? 0), "told after the deadline only")
                let end = try daemon.end(of: id)
                #expect(end.isSuccess)
                #expect(end.deadlineKept == false)
                if end.isDisturbed { throw Crowded() }
                let sprint = end.decisions.last { $0.kind == "sprint" }
                // The fastest frequency that all cores can hold; faster ones on the desktop are boost.
                #expect(sprint?.configuration?.frequencyKhz == 3_600_000)
                #expect(end.lastConfiguration?.frequencyKhz == 3_600_000)
            }
        }

        @Test func `a job that ignores SIGTERM is killed after the grace period`() throws {
            try Daemon.with(configuration: "grace: 1 s\n") { daemon in
                let id = try daemon.submit(
                    script: "trap '' TERM; touch ready; until [ -e stop ]; do sleep 0.1; done")
                try poll("the job is ready") { daemon.exists("ready") }
                #expect(try daemon.pacer("cancel", "\(id)").status == 0)
                let job = try daemon.end(of: id)
                #expect(job.outcome?.kind == "cancelled")
                #expect(daemon.processes.ofJob(id).isEmpty)
                let asked = try #require(job.decisions.last { $0.kind == "note" }?.atUnixNs)
                #expect(try #require(job.finishedUnixNs) - asked >= 1_000_000_000)
            }
        }

        /// Starts a child that leaves its session and its parent, and computes until the file `stop` is
        /// there.
        private static let daemonising = """
            setsid -f sh -c 'echo $$ >child.new; mv child.new child; until [ -e stop ]; do :; done'
            until [ -e child ]; do sleep 0.05; done

            """
    }
}

extension Daemon {
    /// The CPUs of the cores that a job has.
    func cpus(of job: Job) throws -> Set<Int> {
        let cores = try machine.cores
        guard let own = job.allocation?.coreIDs, !own.isEmpty else {
            throw Impasse("job \(job.id) has no cores; it is \(job.state)")
        }
        return Set(cores.filter { own.contains($0.id) }.flatMap(\.cpus))
    }

    /// Whether every thread of a job may use these CPUs at most; not when there is none.
    func areConfined(_ id: Int, to cpus: Set<Int>) -> Bool {
        let masks = processes.ofJob(id).flatMap { Processes.allowedCPUs($0) }
        return !masks.isEmpty && masks.allSatisfy { $0.isSubset(of: cpus) }
    }
}
