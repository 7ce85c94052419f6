import Glibc
import PacerModels
import PacerPlatform
import PacerPolicies
import PacerReplay
@testable import PacerScheduling
import PacerTestSupport
import PacerUnits
import Testing

@Suite struct ArrivalsTests {
    private static func arrivals(_ times: [Double]) -> Arrivals {
        var arrivals = Arrivals()
        for time in times { arrivals.note(at: .zero + Seconds(time)) }
        return arrivals
    }

    /// When jobs came with these gaps.
    private static func times(_ gaps: [Double]) -> [Double] {
        gaps.reduce(into: [0]) { times, gap in times.append((times.last ?? 0) + gap) }
    }

    @Test func `what is expected is how long one waits for the next from any moment`() {
        var generator = SeededGenerator(seed: 3)
        let patterns: [(name: String, gap: (Int) -> Double)] = [
            ("regular", { _ in 60 }),
            ("bursts", { $0.isMultiple(of: 8) ? 3600 : 20 }),
            ("two at a time", { $0.isMultiple(of: 2) ? 600 : 5 }),
        ]
        for pattern in patterns {
            let times = Self.times((1...64).map(pattern.gap))
            let end = times[64]
            // By throwing darts at the last sixteen gaps or so.
            let begin = times[48]
            var total = 0.0
            for _ in 0..<20_000 {
                let moment = Double.random(in: begin..<end, using: &generator)
                total += (times.first { $0 > moment } ?? end) - moment
            }
            let ratio = Self.arrivals(times).expectedWait / (total / 20_000)
            // What is remembered fades and does not break off: where it ends in the pattern shows a little.
            #expect((0.75...1.25).contains(ratio), "\(pattern.name): \(ratio)")
        }
    }

    @Test func `where jobs come independently of each other it is the mean gap`() {
        var generator = SeededGenerator(seed: 5)
        var sum = 0.0
        let trials = 400
        for _ in 0..<trials {
            let gaps = (0..<100).map { _ in 2 - 300 * log(Double.random(in: 1e-12...1, using: &generator)) }
            sum += Self.arrivals(Self.times(gaps)).expectedWait
        }
        #expect((0.85...1.05).contains(sum / Double(trials) / 302))
    }

    @Test func `a few jobs, or many that come together, say nothing`() {
        #expect(Arrivals().expectedWait == .infinity)
        #expect(Arrivals().expectation(at: .zero) <= 0)
        #expect(Self.arrivals([0, 60, 120, 180]).expectedWait == .infinity)
        #expect(Self.arrivals([0, 60, 120, 180, 240]).expectedWait < .infinity)
        #expect(Self.arrivals((0..<1000).map { Double($0) * 0.05 }).expectedWait == .infinity)
        let regular = Self.arrivals([0, 60, 120, 180, 240])
        let withBurst = Self.arrivals([0, 60, 120, 180, 240] + (1...500).map { 240 + Double($0) * 0.01 })
        #expect(withBurst.expectedWait == regular.expectedWait)
    }

    @Test func `the worked example of the documents is right`() {
        let arrivals = Self.arrivals((0...9).map { Double($0) * 120 })
        #expect(abs(arrivals.expectedWait - 60) < 1e-9)
        let last = Instant.zero + Seconds(1080)
        #expect(abs(arrivals.expectation(at: last) - 180) < 1e-9)
    }

    @Test func `nobody is expected any more after a long silence`() {
        let arrivals = Self.arrivals((0...20).map { Double($0) * 60 })
        let last = Instant.zero + Seconds(1200)
        #expect(arrivals.expectation(at: last) > 0)
        let silence = arrivals.expectation(at: last)
        #expect(abs(arrivals.expectation(at: last + Seconds(silence))) < 1e-6)
        #expect(arrivals.expectation(at: last + Seconds(3600)) < 0)
    }
}

@Suite struct WaitingForCompanyTests {
    private static func patient(_ patience: Double? = 1.5) -> GridPolicy {
        var patient = policy("minimum-energy", .any, .any, mix: .twoConfigurations)
        patient.patience = patience
        return patient
    }

    private static func contest(seed: UInt64, running: Bool) -> Contest {
        var generator = SeededGenerator(seed: seed)
        var contest = Contest(cores: [2, 4, 8, 16][Int(seed % 4)])
        contest.fill(Int.random(in: 1...6, using: &generator), running: running, &generator)
        return contest
    }

    private static func outlook(_ next: Double, _ expectation: Double, company: Double = 0) -> Outlook {
        var outlook = Outlook()
        outlook.nextArrival = next
        outlook.expectation = expectation
        outlook.company = company
        return outlook
    }

    // MARK: The planner

    @Test func `whoever waits has time, gets nothing and begins when it is due`() {
        var waiting = 0
        for seed in UInt64(1)...500 {
            let contest = Self.contest(seed: seed, running: seed.isMultiple(of: 3))
            var planner = contest.planner(Self.patient())
            planner.outlook = Self.outlook(10, 1e6)
            var contenders = contest.contenders
            let wake = planner.plan(&contenders)
            var due = contenders
            for (index, contender) in contenders.enumerated() where contender.putOff > 0 {
                waiting += 1
                #expect(contender.given == -1, "seed \(seed)")
                #expect(contender.held == 0, "seed \(seed)")
                #expect(contender.putOff < contender.time, "seed \(seed)")
                #expect(wake <= contender.putOff, "seed \(seed)")
                // It could still keep its deadline if it began at its fastest when it has waited.
                let shortest = contender.work / contest.tables[contender.table].highestSpeed
                #expect(contender.time - contender.putOff > shortest, "seed \(seed)")
                due[index].time -= contender.putOff + 1e-6
                due[index].limit -= contender.putOff + 1e-6
            }
            _ = planner.plan(&due)
            for (before, after) in zip(contenders, due) where before.putOff > 0 {
                #expect(after.putOff == 0, "seed \(seed)")
            }
        }
        #expect(waiting > 50)
    }

    @Test func `nobody waits where nobody is expected, with company, or who is to begin at once`() {
        for seed in UInt64(1)...100 {
            let contest = Self.contest(seed: seed, running: seed.isMultiple(of: 3))
            var plain = contest.planner(Self.patient(nil))
            var expected = contest.contenders
            let rest = plain.plan(&expected)
            var urgent = contest.contenders
            for index in urgent.indices { urgent[index].beginsAtOnce = true }
            let cases = [
                (Outlook(), contest.contenders), (Self.outlook(10, 0), contest.contenders),
                (Self.outlook(1e9, 1e9), contest.contenders),
                (Self.outlook(10, 1e6, company: .infinity), contest.contenders),
                (Self.outlook(10, 1e6, company: 1e9), contest.contenders), (Self.outlook(10, 1e6), urgent),
            ]
            for (number, (outlook, given)) in cases.enumerated() {
                var planner = contest.planner(Self.patient())
                planner.outlook = outlook
                var contenders = given
                #expect(planner.plan(&contenders) == rest, "seed \(seed), case \(number)")
                #expect(contenders.allSatisfy { $0.putOff == 0 }, "seed \(seed), case \(number)")
                #expect(contenders.map(\.given) == expected.map(\.given), "seed \(seed), case \(number)")
            }
        }
    }

    @Test func `one that runs for long is company, one that is nearly over is not`() {
        var contest = Contest(cores: 8)
        let work = 100.0
        let all = 1...8
        let option = contest.tables[0].range(cores: 4...4).upperBound - 1
        let speed = contest.tables[0].options[option].speed
        for (seconds, waits) in [(0.5, true), (1000, false)] {
            contest.contenders = [
                Contender(
                    table: 0, work: speed * seconds, time: 5000, limit: 5000, cores: all, isFixed: false,
                    held: 1,
                    current: option),
                Contender(table: 1, work: work, time: 6000, limit: 6000, cores: all, isFixed: false),
            ]
            var planner = contest.planner(Self.patient())
            planner.outlook = Self.outlook(10, 1e6)
            var contenders = contest.contenders
            _ = planner.plan(&contenders)
            #expect((contenders[1].putOff > 0) == waits, "\(seconds)")
        }
    }

    @Test func `nobody waits where there is next to nothing to share`() {
        var contest = Contest(cores: 8)
        contest.contenders = [
            Contender(table: 1, work: 100, time: 6000, limit: 6000, cores: 1...8, isFixed: false)
        ]
        for (uncore, waits) in [(6.0, true), (0.1, false)] {
            var power = Contest.power
            power.uncore = Watts(uncore)
            let ladder = PriceLadder(power: power, top: Hertz(3e9), accounting: .horizon)
            var planner = JointPlanner(
                cores: 8, tables: contest.tables, ladder: ladder, policy: Self.patient())
            planner.outlook = Self.outlook(10, 1e6)
            var contenders = contest.contenders
            _ = planner.plan(&contenders)
            #expect((contenders[0].putOff > 0) == waits, "\(uncore)")
        }
    }

    @Test func `those who are here do not wait until the machine is too full for who comes`() {
        var contest = Contest(cores: 4)
        let work = 100.0
        // Alone it would wait; of very many, none may.
        for (count, waits) in [(1, true), (40, false)] {
            contest.contenders = (0..<count).map { _ in
                Contender(table: 0, work: work, time: 400, limit: 400, cores: 1...4, isFixed: false)
            }
            var planner = contest.planner(Self.patient())
            planner.outlook = Self.outlook(10, 1e6)
            var contenders = contest.contenders
            _ = planner.plan(&contenders)
            #expect(contenders.contains { $0.putOff > 0 } == waits, "\(count)")
        }
    }

    // MARK: The engine

    private static func run(
        _ jobs: [SimulatedJob], _ patience: Double?, profiles: [String: ClassProfile] = [:]
    ) -> SimulationResult {
        var simulation = Simulation(
            machine: exampleMachine(cores: 8), truth: examplePower, policies: [patient(patience)], jobs: jobs,
            profiles: profiles, queuePolicy: "minimum-energy")
        return simulation.run()
    }

    private static func profiles() -> [String: ClassProfile] {
        let law = Law(sigma: 0.3, kappa: 0.01)
        return run([simulated(1, work: 30, deadline: 60, law: law, className: "a")], nil).profiles
    }

    /// Jobs of a known class that come every `gap` seconds and have a lot of time.
    private static func stream(_ count: Int, gap: Double, deadline: Double = 300) -> [SimulatedJob] {
        (0..<count).map { number in
            simulated(
                Int64(number + 1), work: 10, deadline: deadline, law: Law(sigma: 0.3, kappa: 0.01),
                submitted: Double(number) * gap, className: "a")
        }
    }

    private static func reading(at now: Instant) -> Snapshot {
        Snapshot(energy: EnergyReading(at: now, microjoules: 0, unknown: .zero), samples: [:])
    }

    private static func wait(_ record: JobRecord) throws -> Double {
        (try #require(record.started) - record.request.submitted).value
    }

    @Test func `jobs that wait for each other keep their deadlines and take less energy`() throws {
        let profiles = Self.profiles()
        let jobs = Self.stream(14, gap: 40)
        let patient = Self.run(jobs, 1.5, profiles: profiles)
        let impatient = Self.run(jobs, nil, profiles: profiles)
        for result in [patient, impatient] {
            #expect(result.records.count == 14)
            #expect(result.records.allSatisfy { $0.keptDeadline == true })
        }
        #expect(try impatient.records.allSatisfy { try Self.wait($0) < 1 })
        #expect(try patient.records.contains { try Self.wait($0) > 60 })
        // To the same moment, with the idle power of the one that was over earlier.
        let end = max(patient.end, impatient.end)
        let energy = { (result: SimulationResult) in
            result.energy + examplePower.idle * (end - result.end)
        }
        #expect(energy(patient) < energy(impatient) * 0.98)
        for record in patient.records where try Self.wait(record) > 60 {
            let start = try #require(record.started)
            #expect(record.decisions.contains { $0.kind == .note && $0.at < start })
        }
    }

    @Test func `the first jobs begin at once, and the last when nobody comes any more`() throws {
        let profiles = Self.profiles()
        let result = Self.run(Self.stream(20, gap: 40, deadline: 3000), 1.5, profiles: profiles)
        // What is said of arrivals begins with the fifth job.
        for record in result.records.prefix(4) { #expect(try Self.wait(record) < 1) }
        let last = try #require(result.records.last)
        let wait = try Self.wait(last)
        #expect(wait > 40)
        #expect(wait < 3 * 40)
    }

    @Test func `a job that is to begin at once does`() throws {
        let profiles = Self.profiles()
        var jobs = Self.stream(12, gap: 40)
        for index in jobs.indices { jobs[index].request.beginsAtOnce = true }
        let result = Self.run(jobs, 1.5, profiles: profiles)
        #expect(try result.records.allSatisfy { try Self.wait($0) < 1 })
    }

    @Test func `an engine that goes on from another knows when jobs came`() throws {
        var engine = Engine(
            machine: exampleMachine(cores: 8), power: examplePower, policies: [Self.patient()],
            queuePolicy: "minimum-energy")
        for number in 0..<6 {
            let now = Instant.zero + Seconds(Double(number) * 40)
            _ = engine.handle(.submitted(Self.stream(6, gap: 40)[number].request, prior: nil), at: now)
            _ = engine.handle(.cancelRequested(JobID(Int64(number + 1))), at: now)
            _ = engine.handle(.exited(JobID(Int64(number + 1)), .exited(code: 0)), at: now)
        }
        // Ended jobs are held until their deadlines.
        let later = Instant.zero + Seconds(1000)
        _ = engine.handle(.observed(Self.reading(at: later)), at: later)
        let start = try #require(engine.restart)
        let next = Engine(start, policies: [Self.patient()])
        #expect(next.arrivals == engine.arrivals)
        #expect(next.arrivals.expectedWait < .infinity)
    }

    @Test func `a job that is put off is promised the start that it will have`() throws {
        let profile = try #require(Self.profiles()["a"])
        var engine = Engine(
            machine: exampleMachine(cores: 8), power: examplePower, policies: [Self.patient()],
            queuePolicy: "minimum-energy")
        let jobs = Self.stream(8, gap: 40)
        for job in jobs.dropLast() {
            _ = engine.handle(.submitted(job.request, prior: nil), at: job.request.submitted)
            _ = engine.handle(.cancelRequested(job.request.id), at: job.request.submitted)
            _ = engine.handle(.exited(job.request.id, .exited(code: 0)), at: job.request.submitted)
        }
        let job = try #require(jobs.last).request
        let admission = engine.admission(of: job, prior: profile, at: job.submitted)
        guard case .predicted(let promise) = admission else {
            Issue.record("\(admission)")
            return
        }
        #expect(promise.keepsDeadline == true)
        let deadline = try #require(job.deadline)
        #expect(promise.finish <= deadline)
        var commands = engine.handle(.submitted(job, prior: profile), at: job.submitted)
        var now = job.submitted
        while engine.allocation(of: job.id) == nil {
            guard case .wake(let at?) = commands.last, at > now else { break }
            now = at
            commands = engine.handle(.observed(Self.reading(at: now)), at: now)
        }
        #expect(engine.allocation(of: job.id) != nil)
        #expect(now > job.submitted + Seconds(10))
        #expect(abs((now - promise.start).value) < 10)
    }
}
