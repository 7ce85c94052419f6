import PacerModels
import PacerPlatform
import PacerPorts
import PacerReplay
import PacerRuntime
import PacerScheduling
import PacerTestSupport
import PacerUnits
import Testing

/// Runs every segment again by itself.
func expectEqualWhenRunAgain(_ journal: MemoryJournal) throws {
    for (start, entries) in zip(journal.starts, journal.entries) {
        var check = try Reexecution(
            JournalHeader(pacer: "test", started: .zero, start: start, policies: []),
            policies: [Bench.policy])
        for (index, entry) in entries.enumerated() { _ = try check.feed(entry, line: index + 2) }
        #expect(check.difference == nil)
    }
}

@Suite struct JournalTests {
    @Test func `an engine starts with the classes that the store remembers`() throws {
        let store = MemoryStore()
        let classes = ["a", "b", "c"].map { name in
            ClassProfile(
                className: name, machineName: exampleMachine(cores: 2).name, source: .cpuTime,
                measurements: [(1, 0), (2, 0), (2, 1)].map { cores, index in
                    Measurement(
                        configuration: Configuration(
                            cores: cores, frequency: exampleMachine(cores: 2).frequencies[index]),
                        rate: Double(cores + index), rateError: 0.01, power: Watts(20), powerError: 0.01,
                        duration: Seconds(1))
                }, signals: [], work: [10], runs: 1)
        }
        for profile in classes { try store.save(profile) }
        let bench = Bench(store: store)
        #expect(bench.journal.starts.map(\.classes) == [classes])
        let job = try bench.submit(deadline: 60)
        bench.pass(20)
        bench.loop.exited(job, .exited(code: 0))
        bench.pass(60)
        // What is run again must have begun with them, too.
        try expectEqualWhenRunAgain(bench.journal)
    }

    @Test func `everything that the engine gets and orders is recorded, and can be run again`() throws {
        let bench = Bench()
        let first = try bench.submit(deadline: 60)
        bench.pass(20)
        let second = try bench.submit()
        bench.pass(2)
        _ = try bench.loop.cancel(second)
        bench.loop.exited(first, .exited(code: 0))
        bench.pass(1)
        bench.loop.exited(second, .signalled(signal: 15))
        bench.pass(60)
        #expect(bench.journal.starts.count == 1)
        let entries = bench.journal.entries[0]
        #expect(entries.count > 40)
        #expect(entries.contains { $0.event == .launched(first) })
        #expect(entries.contains { $0.event == .cancelRequested(second) })
        try expectEqualWhenRunAgain(bench.journal)
    }

    @Test func `a new segment waits until no job is held, its horizon included`() throws {
        let bench = Bench()
        let id = try bench.submit(deadline: 60)
        bench.journal.wantsNewSegment = true
        bench.pass(10)
        #expect(bench.journal.starts.count == 1)
        bench.loop.exited(id, .exited(code: 0))
        bench.pass(10)
        // The job's account goes on until its deadline.
        #expect(bench.journal.starts.count == 1)
        bench.pass(41)
        #expect(bench.journal.starts.count == 2)

        let next = try bench.submit(deadline: 60)
        bench.pass(10)
        bench.loop.exited(next, .exited(code: 0))
        bench.pass(60)
        #expect(bench.journal.starts.count == 2)
        #expect(bench.journal.entries[1].count > 10)
        try expectEqualWhenRunAgain(bench.journal)
        let energy = try #require(try bench.loop.job(next).record.energy.horizon)
        #expect(abs(energy / Joules(600) - 1) < 0.01)
    }

    @Test func `what was learnt of the idle machine goes into the next segment`() throws {
        let bench = Bench()
        bench.pass(5)
        bench.journal.wantsNewSegment = true
        bench.loop.tick()
        #expect(bench.journal.starts.count == 2)
        #expect(bench.journal.starts[1].idleError != nil)
        #expect(bench.journal.starts[1].machine == bench.journal.starts[0].machine)
    }
}
