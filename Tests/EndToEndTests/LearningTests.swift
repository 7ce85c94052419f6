import Testing

extension EndToEnd {
    @Suite struct LearningTests {
        @Test func `a job is profiled, paced and metered, and its class is known the next time`() throws {
            try Daemon.with { daemon in
                let command = try Workload.command("independent", seconds: 6, on: daemon)
                let submit = ["--class", "known", "--deadline", "120s"]
                let first = try daemon.end(of: daemon.submit(submit, command))
                #expect(first.state == "finished")
                #expect(first.outcome == Job.Outcome(kind: "exited", exitCode: 0))
                #expect(first.deadlineKept == true)
                #expect(first.learnt.knownRuns == 0)
                #expect(!first.probes.isEmpty)
                #expect(first.decisions.contains { $0.kind == "probe" })
                #expect(first.learnt.speedups.contains { $0.cores == 1 && $0.speedup == 1 })
                #expect(first.learnt.speedups.contains { $0.origin == "measured" })
                #expect(first.learnt.verdict?.isEmpty == false)
                #expect(!first.learnt.evidence.isEmpty)
                #expect(first.plan?.segments.isEmpty == false)
                #expect(first.work.source == "declared")
                #expect(first.work.done == first.work.total)
                #expect(first.energy.source == "emulated")
                #expect(first.energy.attributedJ > 0)
                #expect(first.energy.machineDuringRunJ >= first.energy.attributedJ)

                let second = try daemon.end(of: daemon.submit(submit, command))
                #expect(second.isSuccess)
                #expect(second.learnt.knownRuns == 1)
                #expect(second.deadlineKept == true)
                // What is uncertain may be looked at again, but it starts where it has learnt to run and not
                // wide and fast to be learnt.
                let starts = [first, second].map { $0.decisions.first { $0.kind == "start" }?.configuration }
                #expect(starts[0]?.frequencyKhz == 3_600_000)
                #expect(try #require(starts[1]?.frequencyKhz) < 3_600_000, "\(Self.story(second))")
            }
        }

        @Test(.enabled(if: Processes.ownCPUs.count >= 2, "this machine gives us one CPU"))
        func `independent work is given every core`() throws {
            try Daemon.with { daemon in
                let command = try Workload.command("independent", seconds: 10, on: daemon)
                let job = try Self.undisturbed(command, on: daemon)
                #expect(job.isSuccess)
                #expect(job.lastConfiguration?.cores == 2, "\(Self.story(job))")
                #expect(job.learnt.verdict == "scales", "\(Self.story(job))")
                #expect(!job.learnt.evidence.isEmpty)
            }
        }

        @Test(.enabled(if: Processes.ownCPUs.count >= 2, "this machine gives us one CPU"))
        func `work behind a spin lock is given one core, and the evidence is told`() throws {
            try Daemon.with { daemon in
                let command = try Workload.command("spinlock", seconds: 6, on: daemon)
                let job = try Self.undisturbed(command, on: daemon)
                #expect(job.isSuccess)
                #expect(job.lastConfiguration?.cores == 1, "\(Self.story(job))")
                let two = job.learnt.speedups.first { $0.cores == 2 }
                #expect((two?.speedup ?? 9) < 1.2, "\(Self.story(job))")
                #expect(job.learnt.verdict != nil && job.learnt.verdict != "scales", "\(Self.story(job))")
                #expect(!job.learnt.evidence.isEmpty)
            }
        }

        /// The end of a job on two cores at most, of which nothing was known.
        ///
        /// Where another program takes the cores while they are measured, Pacer says so, and what it measures
        /// then is true of a crowded machine: such a run is made again, as another class. A machine that is
        /// crowded all the time says nothing of programs that have it to themselves; the test is then cancelled.
        private static func undisturbed(_ command: [String], on daemon: Daemon) throws -> Job {
            for attempt in 1...3 {
                let before = try Processes.load()
                let options = ["--class", "attempt-\(attempt)", "--deadline", "120s", "--max-cores", "2"]
                let job = try daemon.end(of: daemon.submit(options, command))
                // Whoever is there before and after is likely to have been there all the time.
                let isCrowded = try before > 0.15 || Processes.load() > 0.15
                if !job.isDisturbed, !isCrowded { return job }
            }
            throw Crowded()
        }

        /// What a failure needs to be understood.
        private static func story(_ job: Job) -> String {
            let decisions = job.decisions.map { decision in
                "\(decision.kind) \(decision.configuration.map { "\($0)" } ?? "-"): \(decision.reason)"
            }
            return (["\(job.learnt)"] + decisions).joined(separator: "\n")
        }
    }
}
