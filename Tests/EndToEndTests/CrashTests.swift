import Foundation
import Testing

extension EndToEnd {
    /// `kill -9` of the daemon, and what the next one knows.
    @Suite struct CrashTests {
        @Test(.enabled(if: Processes.ownCPUs.count >= 2, "this machine gives us one CPU"))
        func `after a crash every job is what it was, or has the end that it came to`() throws {
            try Daemon.with { daemon in
                let cores = try daemon.coreCount
                let script = "touch up-$PACER_JOB; until [ -e go-$PACER_JOB ]; do sleep 0.05; done; "
                let running = try daemon.submit("--rigid", "1", script: script + "echo done; exit 7")
                let ending = try daemon.submit("--rigid", "\(cores - 1)", script: script + "exit 9")
                let queued = try (0..<3).map { number in
                    try daemon.submit(
                        "--rigid", "\(cores)", script: "echo run >>runs-\(number); exit \(number)")
                }
                for id in [running, ending] { try poll("job \(id) runs") { daemon.exists("up-\(id)") } }
                let pids = daemon.processes.ofJob(running)
                let program = try #require(pids.first)
                daemon.kill()

                try daemon.touch("go-\(ending)")
                try poll("job \(ending) has ended") { daemon.processes.ofJob(ending).isEmpty }
                #expect(Processes.isAlive(program))
                try daemon.start()

                let taken = try daemon.job(running)
                #expect(taken.state == "running")
                #expect(taken.energy.unknownS > 0)
                #expect(daemon.processes.ofJob(running).first == program)
                #expect(try daemon.end(of: ending).outcome == Job.Outcome(kind: "exited", exitCode: 9))
                for id in queued { #expect(try daemon.job(id).state == "queued") }

                try daemon.touch("go-\(running)")
                #expect(try daemon.end(of: running).outcome == Job.Outcome(kind: "exited", exitCode: 7))
                #expect(try daemon.pacer("logs", "\(running)").text == "done\n")
                for (number, id) in queued.enumerated() {
                    #expect(try daemon.end(of: id).outcome == Job.Outcome(kind: "exited", exitCode: number))
                    #expect(daemon.text("runs-\(number)") == "run")
                }
                #expect(try daemon.jobs.map(\.id) == [running, ending] + queued)
                try daemon.expectSoundDatabase()
            }
        }

        @Test func `a job that is paced when the daemon is killed is taken over and paced on`() throws {
            try Daemon.with { daemon in
                let command = try Workload.command("independent", seconds: 8, on: daemon)
                let id = try daemon.submit(["--deadline", "120s"], command)
                try daemon.job(id, "has a plan") { $0.plan != nil || $0.isFinished }
                let program = try #require(daemon.processes.ofJob(id).first)
                daemon.kill()
                try daemon.start()
                #expect(daemon.processes.ofJob(id).first == program)
                let job = try daemon.end(of: id)
                #expect(job.isSuccess)
                #expect(job.deadlineKept == true)
                #expect(job.work.done == job.work.total)
                #expect(job.plan != nil)
                try daemon.expectSoundDatabase()
            }
        }

        @Test func `a daemon that is killed again and again forgets no job and runs none twice`() throws {
            try Daemon.with { daemon in
                var accepted: [Int] = []
                for round in 0..<5 {
                    let submissions = try (0..<6).map { number in
                        let script = "echo run >>runs-$PACER_JOB; exit \(number)"
                        return try daemon.begin(["submit", "--json", "--", "sh", "-c", script])
                    }
                    // Each round at another point of the work.
                    usleep(UInt32(round) * 60_000)
                    daemon.kill()
                    for submission in submissions {
                        let result = try submission.finish()
                        if result.status == 0 { accepted.append(try result.decoded(Job.self).id) }
                    }
                    try daemon.start()
                }
                for id in accepted {
                    let outcome = try #require(try daemon.end(of: id).outcome)
                    #expect(["exited", "lost"].contains(outcome.kind))
                    let runs = daemon.text("runs-\(id)").split(separator: "\n").count
                    #expect(
                        outcome.kind == "exited" ? runs == 1 : runs <= 1,
                        "job \(id): \(outcome), \(runs) runs")
                }
                let known = Set(try daemon.jobs.map(\.id))
                #expect(known.isSuperset(of: accepted))
                #expect(Set(accepted).count == accepted.count)
                #expect(try daemon.jobs.allSatisfy(\.isFinished))
                try daemon.expectSoundDatabase()
            }
        }

        @Test func `jobs go on when the daemon ends politely, and are taken over`() throws {
            try Daemon.with { daemon in
                let id = try daemon.submit(script: "touch up; until [ -e go ]; do sleep 0.05; done; exit 6")
                try poll("it runs") { daemon.exists("up") }
                let program = try #require(daemon.processes.ofJob(id).first)
                #expect(try daemon.stop()?.status == 0)
                #expect(Processes.isAlive(program))
                try daemon.start()
                #expect(try daemon.job(id).state == "running")
                try daemon.touch("go")
                #expect(try daemon.end(of: id).outcome == Job.Outcome(kind: "exited", exitCode: 6))
            }
        }
    }
}

extension Daemon {
    /// Ends the daemon and has SQLite look through its database.
    func expectSoundDatabase(sourceLocation: SourceLocation = #_sourceLocation) throws {
        _ = try stop()
        let database = "\(state)/pacer.sqlite"
        guard Programs.isInstalled("sqlite3") else {
            // Then the daemon's own checks at the start have to do.
            return try start()
        }
        let check = try ChildProcess(
            ["sqlite3", database, "PRAGMA integrity_check; PRAGMA foreign_key_check;"],
            environment: environment, folder: "\(folder)/run"
        ).finish()
        #expect(check.text == "ok\n", "\(check.errors)", sourceLocation: sourceLocation)
    }
}
