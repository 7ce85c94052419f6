import PacerModels
import PacerPlatform
import PacerPolicies
import PacerReplay
import PacerTestSupport
import PacerUnits
import Testing

@testable import PacerScheduling

/// Jobs that are paused for the sake of more urgent ones.
@Suite struct PausingTests {
    private static func pausing(_ preempts: Bool = true) -> GridPolicy {
        var pausing = policy("minimum-energy", .any, .any, mix: .twoConfigurations)
        pausing.preempts = preempts
        return pausing
    }

    // MARK: The plan

    @Test func `only those that may be paused get nothing, and never more than there is is given`() {
        var paused = 0
        for seed in UInt64(1)...400 {
            var generator = SeededGenerator(seed: seed)
            var contest = Contest(cores: [2, 3, 4, 8][Int(seed % 4)])
            contest.fill(Int.random(in: 2...10, using: &generator), running: true, &generator)
            for index in contest.contenders.indices where contest.contenders[index].runs {
                guard !contest.contenders[index].isFixed else { continue }
                contest.contenders[index].isPausable = Bool.random(using: &generator)
                contest.contenders[index].mayBePaused =
                    contest.contenders[index].isPausable && Bool.random(using: &generator)
            }
            var planner = contest.planner(Self.pausing())
            var contenders = contest.contenders
            let rest = planner.plan(&contenders)
            #expect(rest > 0)
            #expect(
                contenders.compactMap(contest.given).reduce(0) { $0 + $1.cores } <= contest.cores,
                "seed \(seed)")
            for contender in contenders where contender.runs && contender.given < 0 {
                #expect(contender.mayBePaused, "seed \(seed)")
                paused += 1
            }
        }
        #expect(paused > 10)
    }

    /// Two cores, one job that runs and has time, and two that need a core each at once.
    private static func burst(_ contest: inout Contest, mayBePaused: Bool) -> [Contender] {
        let table = contest.tables[0]
        let one = table.range(cores: 1...1)
        let speed = table.options[one.upperBound - 1].speed
        var slow = Contender(
            table: 0, work: 100 * speed, time: 1000, limit: 1000, cores: 1...2, isFixed: false, held: 1,
            current: one.lowerBound)
        slow.isPausable = mayBePaused
        slow.mayBePaused = mayBePaused
        let urgent = Contender(
            table: 0, work: 10 * speed, time: 10.5, limit: 11, cores: 1...1, isFixed: false)
        return [urgent, urgent, slow]
    }

    @Test(arguments: [true, false])
    func `a job with time gives its last core to urgent ones where it may`(mayBePaused: Bool) {
        var contest = Contest(cores: 2)
        var contenders = Self.burst(&contest, mayBePaused: mayBePaused)
        var planner = contest.planner(Self.pausing(mayBePaused))
        _ = planner.plan(&contenders)
        #expect((contenders[2].given < 0) == mayBePaused)
        #expect(contenders[..<2].count { $0.given >= 0 } == (mayBePaused ? 2 : 1))
    }

    @Test func `of those that cannot all be in time the ones are put back that racing would lose`() {
        let contest = Contest(cores: 2)
        let speed = contest.tables[0].options[contest.tables[0].range(cores: 1...1).upperBound - 1].speed
        // Three of the same, of which two fit.
        for lost in 0..<3 {
            var contenders = (0..<3).map { _ in
                Contender(table: 0, work: 10 * speed, time: 10.5, limit: 11, cores: 1...1, isFixed: false)
            }
            for index in contenders.indices { contenders[index].id = JobID(Int64(index)) }
            var planner = contest.planner(Self.pausing())
            var racing = RacingShadow(cores: 2)
            racing.enter(
                JobID(Int64(lost)), work: 1000 * speed, table: contest.tables[0], cores: 1...1, deadline: 11)
            planner.racing = racing
            _ = planner.plan(&contenders)
            #expect(contenders.indices.filter { contenders[$0].given < 0 } == [lost])
        }
    }

    @Test(arguments: [(1000.0, false), (11, true)])
    func `a late job is paused for urgent ones, but not for one that has time`(time: Double, pauses: Bool) {
        let contest = Contest(cores: 1)
        let one = contest.tables[0].range(cores: 1...1)
        let speed = contest.tables[0].options[one.upperBound - 1].speed
        var late = Contender(
            table: 0, work: 50 * speed, time: 5, limit: 5, cores: 1...1, isFixed: false, held: 1,
            current: one.upperBound - 1)
        late.isPausable = true
        late.mayBePaused = true
        var other = Contender(
            table: 0, work: 10 * speed, time: time, limit: time, cores: 1...1, isFixed: false)
        other.isPausable = true
        var contenders = [late, other]
        var planner = contest.planner(Self.pausing())
        let rest = planner.plan(&contenders)
        #expect((contenders[0].given < 0) == pauses)
        #expect((contenders[1].given >= 0) == pauses)
        // It is looked at again before it is too late for it.
        if !pauses { #expect(rest <= time - 10) }
    }

    @Test(arguments: [(11.0, true), (1000, false)])
    func `the only core is taken from a job that has time where another is urgent`(time: Double, pauses: Bool)
    {
        let contest = Contest(cores: 1)
        let one = contest.tables[0].range(cores: 1...1)
        let speed = contest.tables[0].options[one.upperBound - 1].speed
        let other = Contender(
            table: 0, work: 10 * speed, time: time, limit: time, cores: 1...1, isFixed: false)
        // What both need on average is less than there is.
        var easy = Contender(
            table: 0, work: 20 * speed, time: 2000, limit: 2000, cores: 1...1, isFixed: false, held: 1,
            current: one.lowerBound)
        easy.isPausable = true
        easy.mayBePaused = true
        var contenders = [other, easy]
        var planner = contest.planner(Self.pausing())
        _ = planner.plan(&contenders)
        #expect((contenders[0].given >= 0) == pauses)
        #expect((contenders[1].given < 0) == pauses)
    }

    @Test func `on one core an urgent job is not put back for one that needs it for a while only`() {
        let contest = Contest(cores: 1)
        let one = contest.tables[0].range(cores: 1...1)
        let speed = contest.tables[0].options[one.upperBound - 1].speed
        var brief = Contender(
            table: 0, work: 5 * speed, time: 1000, limit: 1000, cores: 1...1, isFixed: false, held: 1,
            current: one.lowerBound)
        brief.isPausable = true
        brief.mayBePaused = true
        var urgent = Contender(
            table: 0, work: 10 * speed, time: 10.5, limit: 11, cores: 1...1, isFixed: false)
        urgent.isPausable = true
        urgent.id = JobID(1)
        var contenders = [urgent, brief]
        var planner = contest.planner(Self.pausing())
        // Racing would have lost it.
        var racing = RacingShadow(cores: 1)
        racing.enter(JobID(1), work: 1000 * speed, table: contest.tables[0], cores: 1...1, deadline: 11)
        planner.racing = racing
        _ = planner.plan(&contenders)
        #expect(contenders[0].given >= 0 && contenders[1].given < 0)
    }

    // MARK: The engine

    private static func run(_ jobs: [SimulatedJob], pausing preempts: Bool) -> SimulationResult {
        let learnt = simulate([simulated(99, work: 20, deadline: 60, className: "a")], preempts).profiles
        return simulate(jobs, preempts, profiles: learnt)
    }

    private static func simulate(
        _ jobs: [SimulatedJob], _ preempts: Bool, profiles: [String: ClassProfile] = [:]
    ) -> SimulationResult {
        var simulation = Simulation(
            machine: exampleMachine(cores: 2), truth: examplePower, policies: [pausing(preempts)], jobs: jobs,
            profiles: profiles, queuePolicy: "minimum-energy")
        return simulation.run()
    }

    /// A job that has lots of time, and two that take a core each as soon as they come.
    private static var jobs: [SimulatedJob] {
        [simulated(1, work: 20, deadline: 200, className: "a")]
            + (2...3).map {
                simulated(
                    $0, work: 20, deadline: 24, shape: .malleable(limit: 1), submitted: 5, className: "a")
            }
    }

    @Test func `a job that runs is paused for urgent ones, goes on, and all are in time`() throws {
        let result = Self.run(Self.jobs, pausing: true)
        #expect(result.records.map(\.keptDeadline) == [true, true, true])
        let own = result.timeline.filter { $0.job == JobID(1) }
        let gaps = zip(own, own.dropFirst()).map { ($1.start - $0.end).value }
        #expect(gaps.contains { $0 > 10 })
        #expect(abs(own.reduce(0) { $0 + $1.work } - 20) < 1e-6)
        // Nobody has a core that another one has.
        for one in result.timeline {
            for other in result.timeline where other.job != one.job {
                let overlap = min(one.end, other.end) - max(one.start, other.start)
                #expect(overlap <= .zero || Set(one.cores).isDisjoint(with: other.cores))
            }
        }
        let record = try #require(result.records.first)
        #expect(record.decisions.contains { $0.kind == .note })
        #expect(record.work.done > 19.9)
    }

    @Test(arguments: [0.05, 0.1, 0.15])
    func `so are those that may be in time although nobody is sure of it`(error: Double) throws {
        var learnt = Self.simulate([simulated(99, work: 20, deadline: 60, className: "a")], true).profiles
        let measurements = try #require(learnt["a"]).measurements
        for index in measurements.indices { learnt["a"]?.measurements[index].rateError = error }
        let result = Self.simulate(Self.jobs, true, profiles: learnt)
        #expect(result.records.allSatisfy { $0.keptDeadline == true })
    }

    @Test func `under a policy that pauses nobody, and where the user says so, urgent jobs are late`() {
        var willing = Self.jobs
        willing[0].request.isNeverPaused = true
        for result in [Self.run(Self.jobs, pausing: false), Self.run(willing, pausing: true)] {
            #expect(result.records.contains { $0.keptDeadline == false })
            let own = result.timeline.filter { $0.job == JobID(1) }
            #expect(zip(own, own.dropFirst()).allSatisfy { ($1.start - $0.end).value < 0.1 })
        }
    }

    // MARK: Commands

    /// An engine with two cores whose first job is paused, and what it said last.
    private static func paused() throws -> (engine: Engine, commands: [Command], now: Instant) {
        let profile = try #require(
            simulate([simulated(99, work: 20, deadline: 60, className: "a")], true).profiles["a"])
        var engine = Engine(
            machine: exampleMachine(cores: 2), power: examplePower, policies: [pausing()],
            queuePolicy: "minimum-energy")
        var commands = engine.handle(.submitted(jobs[0].request, prior: profile), at: .zero)
        _ = engine.handle(.launched(JobID(1)), at: .zero)
        var now = Instant.zero
        var done = 0.0
        // Until it is known that it runs as the others of its class did.
        while now < jobs[1].request.submitted {
            now = now + Seconds(0.1)
            let configuration = try #require(engine.allocation(of: JobID(1))).configuration
            done += jobs[0].rate(configuration) * 0.1
            _ = engine.handle(.observed(reading(at: now, done: done)), at: now)
        }
        for job in jobs.dropFirst() {
            commands = engine.handle(.submitted(job.request, prior: profile), at: now)
        }
        return (engine, commands, now)
    }

    private static func reading(at now: Instant, done: Double? = nil) -> Snapshot {
        var sample = JobSample(at: now)
        sample.busyTime = (now - .zero) * 2
        sample.progress = done.map { Progress(done: $0, total: 20, at: now, source: .declared) }
        return Snapshot(
            energy: EnergyReading(at: now, microjoules: 0, unknown: .zero),
            samples: done == nil ? [:] : [JobID(1): sample])
    }

    @Test func `the program is stopped before its cores are given to others`() throws {
        let (engine, commands, _) = try Self.paused()
        #expect(engine.pausedJobs == [JobID(1)])
        #expect(engine.activeJobs == [JobID(2), JobID(3)])
        #expect(engine.allocation(of: JobID(1)) == nil)
        let pause = try #require(commands.firstIndex(of: .pause(JobID(1))))
        let launch = try #require(
            commands.firstIndex { if case .launch(JobID(3), _) = $0 { true } else { false } })
        #expect(pause < launch)
        #expect(engine.stateCounts.paused == 1 && engine.coresHeld == 2)
    }

    @Test func `it goes on as soon as there is room, on its cores before it runs`() throws {
        var (engine, _, now) = try Self.paused()
        now = now + Seconds(3)
        let commands = engine.handle(.exited(JobID(2), .exited(code: 0)), at: now)
        #expect(engine.pausedJobs.isEmpty)
        let allocation = try #require(engine.allocation(of: JobID(1)))
        let confine = try #require(
            commands.firstIndex(of: .confine(JobID(1), cores: allocation.cores)))
        let proceed = try #require(commands.firstIndex(of: .proceed(JobID(1))))
        #expect(confine < proceed)
        let other = try #require(engine.allocation(of: JobID(3)))
        #expect(Set(other.cores).isDisjoint(with: allocation.cores))
    }

    @Test func `one that is cancelled is let go on, to end, and takes nothing from the others`() throws {
        var (engine, _, now) = try Self.paused()
        var commands = engine.handle(.cancelRequested(JobID(1)), at: now)
        let signal = try #require(commands.firstIndex(of: .signal(JobID(1), .terminate)))
        let proceed = try #require(commands.firstIndex(of: .proceed(JobID(1))))
        #expect(signal < proceed)
        #expect([2, 3].allSatisfy { engine.allocation(of: JobID($0))?.cores.count == 1 })
        // It does not end.
        now = now + Seconds(60)
        var sample = JobSample(at: now)
        sample.busyTime = Seconds(1)
        commands = engine.handle(
            .observed(
                Snapshot(
                    energy: EnergyReading(at: now, microjoules: 9_000_000, unknown: .zero),
                    samples: [JobID(1): sample])), at: now)
        #expect(commands.contains(.signal(JobID(1), .kill)))
        _ = engine.handle(.exited(JobID(1), .signalled(signal: 9)), at: now)
        let record = try #require(engine.record(JobID(1), at: now))
        #expect(record.state == .finished(.stopped(.cancelled), at: now))
    }

    @Test func `one that ends while it is paused has ended`() throws {
        var (engine, _, now) = try Self.paused()
        _ = engine.handle(.exited(JobID(1), .signalled(signal: 9)), at: now)
        #expect(engine.pausedJobs.isEmpty)
        #expect(engine.record(JobID(1), at: now)?.finished == now)
        now = now + Seconds(30)
        for number in 2...3 { _ = engine.handle(.exited(JobID(Int64(number)), .exited(code: 0)), at: now) }
        now = now + Seconds(1000)
        _ = engine.handle(.observed(Self.reading(at: now)), at: now)
        #expect(engine.restart != nil)
    }

    @Test func `a job whose cores another one has is paused by the next daemon`() throws {
        let profile = try #require(
            Self.simulate([simulated(99, work: 20, deadline: 60, className: "a")], true).profiles["a"])
        var engine = Engine(
            machine: exampleMachine(cores: 2), power: examplePower, policies: [Self.pausing()],
            queuePolicy: "minimum-energy")
        let both = Allocation(cores: [CoreID(0), CoreID(1)], frequency: Hertz(3.2e9))
        let now = Instant.zero + Seconds(50)
        let jobs = Self.jobs.map(\.request)
        for job in [jobs[1], jobs[0]] {
            let commands = engine.handle(
                .adopted(job, both, started: job.submitted, prior: profile), at: now)
            #expect(commands.contains(.pause(job.id)) == (job.id == JobID(1)))
        }
        #expect(engine.pausedJobs == [JobID(1)])
        let commands = engine.handle(.exited(JobID(2), .exited(code: 0)), at: now)
        #expect(commands.contains(.proceed(JobID(1))))
    }
}
