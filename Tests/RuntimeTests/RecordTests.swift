import PacerPolicies
import PacerPorts
import PacerRuntime
import PacerScheduling
import Testing

/// What is durable when, and what that costs.
@Suite struct RecordTests {
    @Test func `a program is begun only once the store knows that it is`() throws {
        let bench = Bench()
        var states: [JobState?] = []
        bench.executor.onBegin = { id in states.append(try? bench.store.job(id)?.record.state) }
        for _ in 1...20 { _ = try bench.submit() }
        bench.endAll()
        #expect(states.count == 20)
        for state in states {
            guard case .starting = state else {
                Issue.record("it was \(state.map { "\($0)" } ?? "unknown") when it was begun")
                continue
            }
        }
    }

    @Test(arguments: [10, 100]) func `a job that follows another costs one wait for the disk`(
        _ count: Int
    ) throws {
        let bench = Bench()
        for _ in 1...count { _ = try bench.submit() }
        let before = bench.store.commits
        bench.endAll()
        #expect(try bench.store.shownJobs(limit: nil).count { $0.record.finished != nil } == count)
        // The end of one and the beginning of the next become durable together.
        #expect(bench.store.commits - before <= count + 1)
    }

    @Test func `ends that have happened by then become durable together`() throws {
        let bench = Bench()
        for _ in 1...4 { _ = try bench.submit(shape: .rigid(cores: 1)) }
        let running = bench.loop.running
        #expect(running.count == 2)
        let before = bench.store.commits
        bench.executor.unreported = [running[1]]
        bench.executor.onPoll = { bench.loop.exited($0, .exited(code: 0)) }
        bench.loop.exited(running[0], .exited(code: 0))
        #expect(bench.store.commits - before == 1)
        #expect(bench.loop.running.count == 2)
        #expect(Set(bench.loop.running).isDisjoint(with: running))
        #expect(try running.allSatisfy { try bench.store.job($0)?.record.finished != nil })
    }

    @Test func `what nothing follows is durable a moment later all the same`() throws {
        let bench = Bench()
        let id = try bench.submit()
        bench.pass(0.2)
        guard case .running = try bench.store.job(id)?.record.state else {
            Issue.record("the store does not know that it runs")
            return
        }
    }

    @Test func `whoever is told that a job is cancelled, or has ended, is told what is durable`() throws {
        let bench = Bench()
        let first = try bench.submit()
        let second = try bench.submit()
        _ = try bench.loop.cancel(second)
        #expect(try bench.store.job(second)?.record.finished != nil)
        let told = Told()
        try bench.loop.whenFinished(first, horizon: false) { told.count += 1 }
        bench.loop.exited(first, .exited(code: 0))
        #expect(told.count == 1)
        #expect(try bench.store.job(first)?.record.finished != nil)
    }

    private final class Told: @unchecked Sendable { var count = 0 }

    @Test func `many jobs are accepted together or not at all`() throws {
        let bench = Bench()
        let many = (1...50).map { _ in bench.submission() }
        let before = bench.store.commits
        let ids = try bench.loop.submit(many, ifLate: .accept)
        // One for them, and one for the first that starts.
        #expect(bench.store.commits - before == 2)
        #expect(ids.map(\.number) == Array(1...50))
        bench.store.isFull = true
        #expect(throws: ServiceError.self) { try bench.loop.submit(many, ifLate: .accept) }
        bench.store.isFull = false
        #expect(bench.loop.unfinished.count == 50)
        bench.endAll()
        #expect(try bench.store.shownJobs(limit: nil).count == 50)
    }

    @Test func `what came together is started without a look into the store, of the rest not all`() throws {
        let bench = Bench()
        _ = try bench.loop.submit((1...3000).map { _ in bench.submission() }, ifLate: .accept)
        bench.endAll()
        #expect(bench.executor.launched.count == 3000)
        #expect(bench.store.submissionsRead == 0)
        for _ in 1...1100 { _ = try bench.submit() }
        bench.endAll()
        #expect(bench.executor.launched.count == 4100)
        #expect((1...100).contains(bench.store.submissionsRead))
    }

    @Test func `a job that follows another is begun before what is left of that one is removed`() throws {
        let bench = Bench()
        let first = try bench.submit()
        let second = try bench.submit()
        var wasThere: Bool?
        bench.executor.onBegin = { job in
            if job == second { wasThere = bench.executor.started[first] != nil }
        }
        bench.loop.exited(first, .exited(code: 0))
        #expect(wasThere == true)
        #expect(bench.executor.started[first] == nil)
    }

    @Test func `what a full store does not take it is given when it has room again`() throws {
        let bench = Bench()
        let ids = try (1...5).map { _ in try bench.submit() }
        bench.store.isFull = true
        bench.endAll()
        for id in ids { #expect(try bench.loop.job(id).record.finished != nil) }
        bench.store.isFull = false
        bench.pass(1)
        bench.loop.tick()
        _ = try bench.submit()
        for id in ids { #expect(try bench.store.job(id)?.record.finished != nil) }
    }

    private func limit(_ bench: Bench, _ limits: UserLimits) {
        _ = bench.loop.reload(
            policies: [Bench.policy], recorded: [], defaultPolicy: Bench.policy.name,
            constants: ControlConstants(), userLimits: limits)
    }

    @Test func `jobs that are submitted together count together for what their user may have`() throws {
        let bench = Bench { $0.runsAsSubmitter = true }
        limit(bench, UserLimits(queued: 3))
        let submission = bench.submission()
        let error = #expect(throws: ServiceError.self) {
            try bench.loop.submit([submission, submission, submission, submission], ifLate: .accept)
        }
        #expect(error?.code == .quotaExceeded)
        #expect(bench.loop.unfinished.isEmpty)
        #expect(try bench.store.shownJobs(limit: nil).isEmpty)
        // One of them starts, so two wait.
        #expect(try bench.loop.submit([submission, submission, submission], ifLate: .accept).count == 3)
        #expect(throws: ServiceError.self) {
            try bench.loop.submit([submission, submission], ifLate: .accept)
        }
        #expect(try bench.loop.submit([submission], ifLate: .accept).count == 1)
    }

    @Test func `jobs that are submitted together may not be wider than their user's share`() throws {
        let bench = Bench { $0.runsAsSubmitter = true }
        limit(bench, UserLimits(coreShare: 0.5))
        let wide = bench.submission(shape: .rigid(cores: 2))
        let error = #expect(throws: ServiceError.self) {
            try bench.loop.submit([bench.submission(), wide], ifLate: .accept)
        }
        #expect(error?.code == .tooWide)
        #expect(bench.loop.unfinished.isEmpty)
    }

    @Test func `what is learnt of a class is its user's, in memory as in the store`() throws {
        let bench = Bench { $0.runsAsSubmitter = true }
        var other = bench.submission()
        other.userID = 2
        // What is not known is remembered as well.
        #expect(try bench.loop.forecast(other).knownRuns == 0)
        let id = try bench.submit(deadline: 60)
        bench.pass(20)
        bench.loop.exited(id, .exited(code: 0))
        #expect(try bench.loop.forecast(bench.submission()).knownRuns == 1)
        #expect(try bench.loop.forecast(other).knownRuns == 0)
        let next = Bench(store: bench.store) { $0.runsAsSubmitter = true }
        #expect(try next.loop.forecast(bench.submission()).knownRuns == 1)
        #expect(try next.loop.forecast(other).knownRuns == 0)
    }

    @Test func `whose the jobs are that an earlier daemon left is known`() throws {
        let bench = Bench()
        var submission = bench.submission()
        submission.userID = 7
        for _ in 1...3 { _ = try bench.loop.submit(submission, ifLate: .accept) }
        let next = Bench(store: bench.store)
        try next.loop.resume()
        let events = next.loop.events(after: 0, limit: 100) { $0.job != nil }.events
        #expect(Set(events.compactMap(\.job)) == [JobID(1), JobID(2), JobID(3)])
        #expect(events.allSatisfy { $0.userID == 7 })
        #expect(next.loop.overview(waiting: 5, of: 7).waiting.count == 2)
        #expect(next.loop.overview(waiting: 5, of: 8).waiting.isEmpty)
        #expect(try next.loop.jobs(limit: 2, of: 7).map(\.record.request.id) == [JobID(2), JobID(3)])
    }

    @Test func `the list of a user has that user's jobs, however many others have come since`() throws {
        let bench = Bench()
        _ = try bench.submit()
        var other = bench.submission()
        other.userID = 2
        for _ in 1...600 { _ = try bench.loop.submit(other, ifLate: .accept) }
        #expect(try bench.loop.jobs(limit: 5).count == 5)
        let own = try bench.loop.jobs(limit: 5, of: 1)
        #expect(own.map(\.record.request.id) == [JobID(1)])
        #expect(own.allSatisfy { $0.record.state.allocation != nil && $0.submission.environment.isEmpty })
    }

    @Test func `a shepherd is not told that an end is kept before the store has it`() throws {
        let bench = Bench()
        let first = try bench.submit(shape: .rigid(cores: 1))
        let second = try bench.submit(shape: .rigid(cores: 1))
        bench.loop.exited(first, .exited(code: 0))
        #expect(bench.executor.kept == [first])
        bench.store.isFull = true
        bench.loop.exited(second, .exited(code: 0))
        #expect(bench.executor.kept == [first])
    }

    @Test func `jobs that wait are brought back in pages, and written to the store no second time`() throws {
        let bench = Bench()
        for _ in 1...1300 { _ = try bench.submit() }
        let next = Bench(store: bench.store)
        let before = bench.store.commits
        try next.loop.resume()
        #expect(next.loop.unfinished.count == 1300)
        // The one that ran is started again, since nobody knows of it.
        #expect(bench.store.commits - before < 10)
        next.endAll()
        #expect(next.loop.unfinished.isEmpty)
    }
}
