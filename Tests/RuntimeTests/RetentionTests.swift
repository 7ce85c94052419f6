import PacerPlatform
import PacerPorts
@testable import PacerRuntime
import PacerScheduling
import PacerUnits
import Testing

struct `Jobs that have finished` {
    /// What was removed of folders, in order.
    private final class Removed {
        var folders: [String] = []
        var isFailing = false
    }

    private func bench(keeping limit: Int?, _ removed: Removed) -> Bench {
        Bench(finishedLimit: limit) { ports in
            ports.removeFolder = { folder throws(PortError) in
                guard !removed.isFailing else {
                    throw PortError(.failed, "remove \(folder.path)", reason: "the test wants it")
                }
                removed.folders.append(folder.path)
            }
        }
    }

    private func run(_ count: Int, on bench: Bench) throws -> [JobID] {
        let ids = try (0..<count).map { _ in try bench.submit() }
        bench.endAll()
        return ids
    }

    @Test(arguments: [100, 137]) func `are removed from the oldest on, files first`(limit: Int) throws {
        let removed = Removed()
        let bench = bench(keeping: limit, removed)
        let ids = try run(400, on: bench)
        let left = try bench.store.shownJobs(limit: nil).map(\.record.request.id)
        #expect(left == Array(ids.suffix(left.count)))
        #expect((limit...limit + limit / 10 + Retention.atOnce).contains(left.count), "\(left.count)")
        #expect(removed.folders == ids.dropLast(left.count).map { "/jobs/\($0)" })
        #expect(try bench.loop.jobs(limit: nil).map(\.record.request.id) == left)
        #expect(throws: (any Error).self) { try bench.loop.job(ids[0]) }
    }

    @Test func `are all kept where that is said, until something else is`() throws {
        let removed = Removed()
        let bench = bench(keeping: nil, removed)
        let ids = try run(150, on: bench)
        #expect(removed.folders.isEmpty)
        bench.loop.keepFinished(100)
        #expect(removed.folders == ids.prefix(50).map { "/jobs/\($0)" })
    }

    @Test func `stay while their files do`() throws {
        let removed = Removed()
        let bench = bench(keeping: nil, removed)
        let ids = try run(150, on: bench)
        removed.isFailing = true
        bench.loop.keepFinished(100)
        #expect(try bench.store.shownJobs(limit: nil).count == 150)
        removed.isFailing = false
        _ = try run(10, on: bench)
        #expect(removed.folders.first == "/jobs/\(ids[0])")
    }

    @Test func `stay while their accounts are open, and those that wait or run always`() throws {
        let removed = Removed()
        let bench = bench(keeping: nil, removed)
        let early = try bench.submit(deadline: 10_000)
        bench.endAll()
        _ = try run(150, on: bench)
        let running = try bench.submit()
        bench.loop.keepFinished(100)
        #expect(!removed.folders.contains("/jobs/\(early)"))
        #expect(try bench.loop.job(running).record.finished == nil)
        #expect(!removed.folders.isEmpty)
    }

    @Test(arguments: [1, 50, 120]) func `stay while their accounts are open, and keep no others`(
        count: Int
    ) throws {
        let removed = Removed()
        let bench = bench(keeping: nil, removed)
        var early: [JobID] = []
        for _ in 0..<count {
            early.append(try bench.submit(deadline: 10_000))
            bench.endAll()
        }
        for id in early { try #require(try bench.loop.job(id).record.finished != nil) }
        let closed = try run(200, on: bench)
        bench.loop.keepFinished(100)
        // One turn does no more than a page, whatever is on it.
        #expect(removed.folders.count == max(0, 50 - count))
        for _ in 0..<10 { bench.loop.look() }
        #expect(removed.folders == closed.prefix(100).map { "/jobs/\($0)" })
        let left = try bench.store.shownJobs(limit: nil).map(\.record.request.id)
        #expect(left == early + closed.suffix(100))
        // And those that stayed are removed once their deadlines have passed.
        bench.pass(10_001)
        bench.loop.keepFinished(nil)
        bench.loop.keepFinished(100)
        for _ in 0..<10 { bench.loop.look() }
        #expect(try bench.store.shownJobs(limit: nil).map(\.record.request.id) == Array(closed.suffix(100)))
    }
}
