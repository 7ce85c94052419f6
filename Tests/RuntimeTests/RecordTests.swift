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
