import PacerPlatform
import PacerPorts
import PacerScheduling
import PacerUnits
import Testing

@testable import PacerRuntime

@Suite struct ChronicleTests {
    private func words(_ bench: Bench) -> [String] {
        bench.loop.events(after: 0, limit: 1000) { _ in true }.events.map { event in
            let word =
                switch event.happening {
                case .daemonStarted: "daemon started"
                case .daemonStopping: "daemon stopping"
                case .submitted: "submitted"
                case .started: "started"
                case .moved: "moved"
                case .paused: "paused"
                case .proceeded: "goes on"
                case .stopping: "stopping"
                case .finished: "finished"
                case .storeFailed: "store failed"
                case .storeRecovered: "store recovered"
                default: "other"
                }
            return event.job.map { "\($0) \(word)" } ?? word
        }
    }

    @Test func `a job's life is told in its order, with whose it is`() throws {
        let bench = Bench()
        let id = try bench.submit(deadline: 60)
        bench.pass(20)
        _ = try bench.loop.cancel(id)
        bench.pass(1)
        bench.loop.exited(id, .signalled(signal: 15))
        let told = words(bench).filter { $0.hasPrefix("1 ") }
        #expect(told.first == "1 submitted")
        #expect(told.dropFirst().first == "1 started")
        #expect(told.suffix(2) == ["1 stopping", "1 finished"])
        #expect(told.dropFirst(2).dropLast(2).allSatisfy { $0 == "1 moved" })
        let events = bench.loop.events(after: 0, limit: 1000) { _ in true }.events
        let ofJob = events.filter { $0.job == id }
        #expect(ofJob.allSatisfy { $0.userID == 1 && $0.className == "work" })
        #expect(zip(events, events.dropFirst()).allSatisfy { $0.sequence + 1 == $1.sequence })
        #expect(zip(events, events.dropFirst()).allSatisfy { $0.at <= $1.at })
        guard case .finished(let end)? = ofJob.last?.happening else {
            Issue.record("the last event is no end")
            return
        }
        #expect(end.outcome == .stopped(.cancelled))
        #expect(end.ran == Seconds(21))
        #expect(end.deadlineKept == nil)
        #expect(end.source == .emulated)
    }

    @Test func `a pause is told, and its time is no core-time`() throws {
        let time = Time()
        let first = Bench(at: time)
        _ = try first.submit()
        _ = try first.submit()
        // As the daemon left them: the second has the cores of the first.
        let both = Allocation(cores: [CoreID(0), CoreID(1)], frequency: Hertz(2.4e9))
        for (id, state) in [
            (JobID(1), JobState.paused(both, since: time.now)), (JobID(2), .running(both, since: time.now)),
        ] {
            var job = try #require(try first.store.job(id))
            job.record.state = state
            job.record.started = time.now
            try first.store.save(job)
        }
        let executor = BusyExecutor(time)
        executor.adoptions = [JobID(1): .running, JobID(2): .running]
        let bench = Bench(store: first.store, executor: executor, at: time)
        try bench.loop.resume()
        #expect(executor.pauses.map(\.job) == [JobID(1)] && executor.pauses[0].isPaused)
        #expect(bench.loop.unfinished == [JobID(1), JobID(2)])
        #expect(bench.loop.figures().jobs.paused == 1)
        guard case .paused = try bench.loop.job(JobID(1)).record.state else {
            Issue.record("\(try bench.loop.job(JobID(1)).record.state)")
            return
        }
        time.now = time.now + Seconds(100)
        bench.loop.exited(JobID(2), .exited(code: 0))
        #expect(executor.pauses.last?.job == JobID(1) && executor.pauses.last?.isPaused == false)
        bench.loop.exited(JobID(1), .exited(code: 0))
        #expect(
            words(bench).filter { $0.hasPrefix("1 ") } == ["1 other", "1 paused", "1 goes on", "1 finished"])
        #expect(bench.loop.figures().tallies.coreTime == Seconds(200))
    }

    @Test func `what is counted agrees with what was told`() throws {
        let bench = Bench()
        let first = try bench.submit(deadline: 60)
        bench.pass(30)
        bench.loop.exited(first, .exited(code: 0))
        let late = try bench.submit(deadline: 5)
        bench.pass(10)
        bench.loop.exited(late, .exited(code: 2))
        let gone = try bench.submit()
        bench.pass(1)
        _ = try bench.loop.cancel(gone)
        bench.loop.exited(gone, .signalled(signal: 15))
        bench.pass(100)
        let tallies = bench.loop.figures().tallies
        #expect(tallies.submitted == 3)
        #expect(tallies.finished == [.succeeded: 1, .failed: 1, .cancelled: 1])
        #expect(tallies.deadlinesKept == 1)
        #expect(tallies.deadlinesMissed == 1)
        #expect(tallies.waits.count == 3)
        let moves = words(bench).count { $0.hasSuffix("moved") }
        #expect(tallies.probes + tallies.planSwitches >= 1)
        #expect(tallies.planSwitches <= moves)
        let records = try [first, late, gone].map { try bench.loop.job($0).record }
        #expect(tallies.probes == records.map(\.probes.count).reduce(0, +))
        // Every account is closed by now.
        let attributed = records.map(\.energy.attributed).total()
        #expect(abs(tallies.attributed / attributed - 1) < 1e-9)
        #expect(tallies.users[1]?.finished == 3)
    }

    @Test func `core time is that of the cores that were held, however often they changed`() throws {
        let bench = Bench()
        let id = try bench.submit(deadline: 60)
        bench.pass(20)
        bench.loop.exited(id, .exited(code: 0))
        // Integrated from what was told.
        var expected = 0.0
        var cores = 0
        var since = Instant.zero
        for event in bench.loop.events(after: 0, limit: 1000, where: { _ in true }).events {
            if cores > 0 { expected += (event.at - since).value * Double(cores) }
            since = event.at
            switch event.happening {
            case .started(let allocation, _), .moved(let allocation, _): cores = allocation.cores.count
            case .finished: cores = 0
            default: break
            }
        }
        let account = try #require(bench.accounts.jobs[id])
        #expect(expected > 0)
        #expect(abs(account.coreTime.value - expected) < 1e-6)
        #expect(account.deadlineKept == true)
        #expect(account.userID == 1)
        #expect(account.source == .emulated)
    }

    @Test func `an account is entered at the end of a job, and again at its deadline`() throws {
        let bench = Bench()
        let id = try bench.submit(deadline: 60)
        bench.pass(20)
        bench.loop.exited(id, .exited(code: 0))
        #expect(bench.accounts.entered == [id])
        bench.pass(50)
        #expect(bench.accounts.entered == [id, id])
        let record = try bench.loop.job(id).record
        #expect(bench.accounts.jobs[id]?.attributed == record.energy.attributed)
        #expect(bench.accounts.jobs[id]?.finished == record.finished)
    }

    @Test func `the machine's account adds up to the meter, across engines`() throws {
        let bench = Bench()
        let id = try bench.submit(deadline: 30)
        bench.pass(10)
        bench.loop.exited(id, .exited(code: 0))
        bench.pass(30)
        bench.journal.wantsNewSegment = true
        bench.loop.tick()
        bench.pass(700)
        bench.loop.tick()
        let report = try bench.loop.energyReport(by: .user, since: .zero, user: nil)
        let machine = try #require(report.machine.first)
        #expect(report.machine.count == 1)
        // Ten watts.
        let length = machine.until - machine.from
        #expect(length.value >= 740)
        #expect(abs(machine.counted.value - 10 * length.value) < 0.2)
        #expect(abs((machine.attributed + machine.idle + machine.unattributed) / machine.counted - 1) < 1e-9)
        #expect(machine.idle > .zero)
        let figures = bench.loop.figures()
        let parts = figures.energy.attributed + figures.energy.idle + figures.energy.unattributed
        #expect(abs(parts / figures.energy.counted - 1) < 1e-3)
        let own = try bench.loop.energyReport(by: .user, since: .zero, user: 1)
        #expect(own.machine.isEmpty)
    }

    @Test func `a database that fails is told once, counted each time, and its recovery is told`() throws {
        let bench = Bench()
        let id = try bench.submit(deadline: 60)
        bench.accounts.isFailing = true
        bench.pass(10)
        bench.loop.exited(id, .exited(code: 0))
        #expect(bench.accounts.jobs.isEmpty)
        #expect(bench.loop.figures().unsavedRecords == 1)
        bench.pass(55)
        let failed = bench.loop.figures().tallies.storeErrors
        #expect(failed >= 2)
        #expect(words(bench).count { $0 == "store failed" } == 1)
        bench.accounts.isFailing = false
        let other = try bench.submit()
        bench.pass(1)
        bench.loop.exited(other, .exited(code: 0))
        #expect(words(bench).count { $0 == "store recovered" } == 1)
        #expect(bench.loop.figures().unsavedRecords == 0)
        #expect(Set(bench.accounts.jobs.keys) == [id, other])
    }

    @Test func `nobody is told while nobody asks`() throws {
        let bench = Bench()
        var heard = 0
        _ = try bench.submit()
        bench.loop.onEvent = { _ in heard += 1 }
        let id = try bench.submit()
        let before = heard
        #expect(before > 0)
        bench.loop.onEvent = nil
        _ = try bench.loop.cancel(id)
        #expect(heard == before)
    }

    @Test func `an overview has those that run and the first of those that wait`() throws {
        let bench = Bench()
        for _ in 0..<6 { _ = try bench.submit() }
        let overview = bench.loop.overview(waiting: 2, of: nil)
        #expect(overview.active.count + overview.jobs.queued == 6)
        #expect(overview.waiting.count == 2)
        #expect(overview.jobs.running == overview.active.count)
        #expect(bench.loop.overview(waiting: 2, of: 2).waiting.isEmpty)
        #expect(bench.loop.figures().coresHeld == 2)
    }
}

@Suite struct EventRingTests {
    /// What a ring should answer, from all that was ever told.
    private func expected(
        _ all: [Int64], capacity: Int, after: Int64, limit: Int, even: Bool
    ) -> [Int64] {
        Array(all.suffix(capacity).filter { $0 > after && (!even || $0 % 2 == 0) }.prefix(limit))
    }

    @Test(arguments: 1...6) func `a ring answers what a list of all events would`(_ capacity: Int) {
        var ring = EventRing(capacity: capacity, first: 10)
        var all: [Int64] = []
        for step in 0..<20 {
            for after in Int64(9)...Int64(32) {
                for limit in 1...4 {
                    for even in [false, true] {
                        let page = ring.page(after: after, limit: limit) {
                            !even || $0.sequence % 2 == 0
                        }
                        // A number from the future is one of another daemon: begin anew.
                        let from = after > ring.last ? 0 : after
                        let wanted = expected(
                            all, capacity: capacity, after: from, limit: limit, even: even)
                        #expect(page.events.map(\.sequence) == wanted)
                        // Going on from there leaves nothing out.
                        let rest = ring.page(after: page.next, limit: 100) {
                            !even || $0.sequence % 2 == 0
                        }
                        let whole = expected(
                            all, capacity: capacity, after: from, limit: 100, even: even)
                        #expect(page.events.map(\.sequence) + rest.events.map(\.sequence) == whole)
                        let lost = all.dropLast(capacity).count { $0 > after }
                        if after <= ring.last {
                            #expect(page.missed == (lost > 0 ? .some(Int64(lost)) : nil))
                        }
                    }
                }
            }
            ring.append(.daemonStarted, at: Instant(nanoseconds: Int64(step) * 10))
            all.append(10 + Int64(step))
        }
    }

    @Test func `a time finds the events from then on`() {
        var ring = EventRing(capacity: 4, first: 1)
        for step in 1...6 { ring.append(.daemonStarted, at: Instant(nanoseconds: Int64(step) * 10)) }
        #expect(ring.sequence(before: .zero) == 2)
        #expect(ring.sequence(before: Instant(nanoseconds: 45)) == 4)
        #expect(ring.sequence(before: Instant(nanoseconds: 50)) == 4)
        #expect(ring.sequence(before: Instant(nanoseconds: 61)) == 6)
    }
}
