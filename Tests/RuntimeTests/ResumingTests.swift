import PacerModels
import PacerPlatform
import PacerPorts
import PacerRuntime
import PacerScheduling
import PacerTestSupport
import PacerUnits
import Testing

/// What the next daemon does with the jobs of one that is gone.
@Suite struct ResumingTests {
    private let time = Time()

    /// The store of a daemon that was killed after it had accepted a job for each shape.
    private func store(_ shapes: [JobShape]) throws -> MemoryStore {
        let bench = Bench(at: time)
        for shape in shapes { _ = try bench.submit(shape: shape) }
        return bench.store
    }

    private func next(
        _ store: MemoryStore, _ adoptions: [JobID: Adoption]
    ) throws -> Bench {
        let executor = BusyExecutor(time)
        executor.adoptions = adoptions
        let bench = Bench(store: store, executor: executor, at: time)
        try bench.loop.resume()
        return bench
    }

    private func ended(_ code: Int32) -> Adoption {
        .ended(ExitReport(status: .exited(code: code), at: time.now, cpuTime: .zero))
    }

    @Test func `a job that was not started yet is started, once`() throws {
        let store = try store([.rigid(cores: 2)])
        #expect(try store.job(JobID(1))?.record.state.allocation != nil)
        let bench = try next(store, [:])
        #expect(bench.executor.launched == [JobID(1)])
        #expect(try bench.loop.job(JobID(1)).record.finished == nil)
    }

    @Test func `the cores of a job that runs are not given to one that waits`() throws {
        let store = try store([.rigid(cores: 2), .rigid(cores: 2)])
        // The first one was never started; the second one, told by its folder, runs.
        let bench = try next(store, [JobID(2): .running])
        #expect(bench.executor.launched.isEmpty)
        #expect(bench.loop.unfinished == [JobID(1), JobID(2)])
        bench.loop.exited(JobID(2), .exited(code: 0))
        #expect(bench.executor.launched == [JobID(1)])
    }

    @Test func `a job whose record says that it waits is not run again when it has run`() throws {
        let store = try store([.rigid(cores: 2), .rigid(cores: 2)])
        #expect(try store.job(JobID(2))?.record.state == .queued)
        let bench = try next(store, [JobID(1): ended(0), JobID(2): ended(4)])
        #expect(bench.executor.launched.isEmpty)
        guard case .finished(.ended(.exited(code: 4)), _) = try bench.loop.job(JobID(2)).record.state else {
            Issue.record("job 2 is \(try bench.loop.job(JobID(2)).record.state)")
            return
        }
    }

    @Test func `a job that was told to end and ended while no daemon ran was stopped`() throws {
        let first = Bench(at: time)
        let id = try first.submit()
        _ = try first.loop.cancel(id)
        let bench = try next(first.store, [id: ended(143)])
        guard case .finished(.stopped(.cancelled), _) = try bench.loop.job(id).record.state else {
            Issue.record("the job is \(try bench.loop.job(id).record.state)")
            return
        }
    }

    /// At 06:00 the deadline, at 07:00 a daemon: what ended at 05:00 was in time.
    @Test func `a job ends when it ended, however late the next daemon comes`() throws {
        let first = Bench(at: time)
        let id = try first.submit(deadline: 100)
        first.pass(10)
        let record = try first.loop.job(id).record
        let started = try #require(record.started)
        let end = time.now + Seconds(30)
        time.now = time.now + Seconds(3600)
        let bench = try next(
            first.store, [id: .ended(ExitReport(status: .exited(code: 0), at: end, cpuTime: .zero))])
        bench.pass(1)
        let stored = try #require(try bench.store.job(id)).record
        #expect(stored.finished == end)
        #expect(stored.keptDeadline == true)
        #expect(bench.loop.unfinished.isEmpty)
        // The hour without a daemon took no core's time.
        let account = try #require(bench.accounts.jobs[id])
        #expect(account.finished == end)
        #expect(account.coreTime <= (end - started) * 2)
    }

    @Test(arguments: [-1e6, 1e6])
    func `an end outside of the job's time is put at its edge`(_ ahead: Double) throws {
        let first = Bench(at: time)
        let id = try first.submit()
        first.pass(10)
        let started = try #require(try first.loop.job(id).record.started)
        let end = time.now + Seconds(ahead)
        let bench = try next(
            first.store, [id: .ended(ExitReport(status: .exited(code: 0), at: end, cpuTime: .zero))])
        bench.pass(1)
        #expect(try bench.store.job(id)?.record.finished == (ahead < 0 ? started : time.now + Seconds(-1)))
    }

    @Test func `a job that was told to end before it was started is never started, and no longer in the way`()
        throws
    {
        let first = Bench(at: time)
        // Its daemon dies before the program runs.
        first.executor.onStart = nil
        let id = try first.submit(shape: .rigid(cores: 2))
        let other = try first.submit(shape: .rigid(cores: 2))
        _ = try first.loop.cancel(id)
        let state = try #require(try first.store.job(id)).record.state
        guard case .stopping = state else {
            Issue.record("the job is \(state)")
            return
        }
        let bench = try next(first.store, [:])
        #expect(bench.executor.launched == [other])
        #expect(bench.loop.unfinished == [other])
        let record = try #require(try first.store.job(id)).record
        #expect(record.state == .finished(.stopped(.cancelled), at: time.now))
        #expect(record.started == nil)
        #expect(bench.loop.figures().tallies.finished == [.cancelled: 1])
        #expect(bench.accounts.jobs.isEmpty)
    }

    @Test func `a clock that was set back does not let a job have started in the future`() throws {
        let store = try store([.rigid(cores: 1)])
        time.now = time.now + Seconds(-3 * 3600)
        let bench = try next(store, [JobID(1): .running])
        let record = try bench.loop.job(JobID(1)).record
        #expect(try #require(record.started) <= time.now)
        #expect(record.energy.unknown >= .zero)
    }

    @Test func `an end that could not be stored is stored once there is room, without another event`() throws
    {
        let bench = Bench(at: time)
        let id = try bench.submit()
        bench.pass(1)
        bench.store.isFull = true
        bench.loop.exited(id, .exited(code: 7))
        bench.pass(20)
        #expect(try bench.store.job(id)?.record.finished == nil)
        #expect(try bench.loop.job(id).record.finished != nil)
        bench.store.isFull = false
        bench.pass(20)
        #expect(try bench.store.job(id)?.record.finished != nil)
        // And then nothing is left to wake up for.
        #expect(time.wake == nil)
    }

    @Test func `time asleep counts for the deadline and says nothing of the rate`() throws {
        let bench = Bench(at: time)
        let id = try bench.submit(deadline: 20_000)
        bench.pass(10)
        let before = try bench.loop.job(id).record
        let rates = before.estimates.filter { $0.origin == .measured }
        try #require(!rates.isEmpty)
        time.now = time.now + Seconds(7200)
        time.asleep += Seconds(7200)
        bench.loop.tick()
        let after = try bench.loop.job(id).record
        #expect(after.energy.unknown >= Seconds(7200))
        for estimate in rates {
            let now = after.estimates.first { $0.configuration == estimate.configuration }
            #expect(try abs(#require(now).rate / estimate.rate - 1) < 0.05, "\(estimate.configuration)")
        }
    }
}
