import PacerModels
import PacerPlatform
import PacerPolicies
import PacerReplay
import PacerScheduling
import PacerTestSupport
import PacerUnits
import Testing

/// Every job that fits ends, whatever comes.
@Suite struct ReplayEndsTests {
    private static func at(_ seconds: Double) -> Instant { .zero + Seconds(seconds) }

    private static func job(
        _ number: Int, submitted: Double = 0, _ runTime: Double, cores: Int, _ shape: JobShape,
        deadline: Double? = nil
    ) -> ReplayJob {
        ReplayJob(
            number: number, submitted: at(submitted), runTime: Seconds(runTime), cores: cores,
            requestedTime: nil, shape: shape, deadline: deadline.map(at), kind: 0)
    }

    private static func run(
        _ jobs: [ReplayJob], on machine: ReplayMachine, _ policy: GridPolicy
    ) throws -> ReplayResult {
        try Replay(
            machine: machine, workload: Workload(name: "w", kinds: RandomWorkload.kinds, jobs: jobs),
            policy: policy
        ).run()
    }

    @Test(arguments: shippedPolicies.map(\.name))
    func `an overload of half as much again ends`(name: String) throws {
        let policy = try shipped(name)
        for (seed, machine) in ReplayMachines.all.enumerated() {
            let workload = RandomWorkload(
                seed: UInt64(seed), jobs: 120, cores: machine.machine.coreCount, load: 1.5
            ).workload
            let result = try Replay(machine: machine, workload: workload, policy: policy).run()
            #expect(
                result.jobs.allSatisfy { ($0.finished != nil) == ($0.refusal == nil) },
                "\(machine.machine.name)")
            let wide = workload.jobs.count { job in
                if case .rigid(let cores) = job.shape { cores > machine.machine.coreCount } else { false }
            }
            #expect(result.jobs.count { $0.refusal == .tooWide } == wide)
            let metrics = ReplayMetrics(result, of: workload)
            #expect(metrics.refused == wide && metrics.unfinished == 0)
        }
    }

    @Test(arguments: ["fcfs", "easy-backfill", "minimum-energy", "race-to-idle", "wide-and-slow"])
    func `ten thousand jobs that come at once end`(name: String) throws {
        let jobs = (0..<10_000).map { number in
            Self.job(
                number, 10, cores: 1, number.isMultiple(of: 2) ? .rigid(cores: 1) : .malleable(limit: 1),
                deadline: number.isMultiple(of: 3) ? nil : 1000)
        }
        let result = try Self.run(jobs, on: ReplayMachine(plainCores: 250), try shipped(name))
        #expect(result.jobs.allSatisfy { $0.finished != nil })
        #expect(result.energy.total.value.isFinite)
        let last = result.jobs.compactMap(\.finished).max()
        // One frequency and forty rounds of jobs of one length.
        #expect(last == Self.at(400), "\(String(describing: last))")
    }

    @Test(arguments: ["race-to-idle", "pace-to-idle", "minimum-energy"])
    func `in a long line the most urgent begin first, however many late ones stand before them`(
        name: String
    ) throws {
        // More of both than are looked at; of those that are in time the last to come is the most urgent.
        let jobs = (0..<600).map { number in
            Self.job(
                number, submitted: 10, 1, cores: 1, .rigid(cores: 1),
                deadline: number.isMultiple(of: 2) ? Double(number) / 100 : 5000 - Double(number))
        }
        let result = try Self.run(jobs, on: ReplayMachine(plainCores: 1), try shipped(name))
        let starts = try result.jobs.map { try #require($0.started) }
        let order = starts.indices.sorted { starts[$0] < starts[$1] }
        let expected =
            Array(stride(from: 599, through: 1, by: -2)) + Array(stride(from: 0, to: 600, by: 2))
        #expect(order == expected)
        let late = zip(jobs, result.jobs).count { job, outcome in
            guard let finished = outcome.finished, let deadline = job.deadline else { return true }
            return finished > deadline
        }
        #expect(late == 300)
    }

    @Test(arguments: shippedPolicies.map(\.name))
    func `jobs of no length end when they start`(name: String) throws {
        let policy = try shipped(name)
        for machine in ReplayMachines.all {
            let cores = machine.machine.coreCount
            var jobs = (0..<6).map { number in
                Self.job(
                    number, submitted: 1, 0, cores: cores,
                    number % 3 == 0 ? .rigid(cores: cores) : .malleable(limit: nil),
                    deadline: number % 2 == 0 ? 1 : nil)
            }
            jobs.append(Self.job(9, submitted: 1, 5, cores: 1, .rigid(cores: 1), deadline: 1))
            let result = try Self.run(jobs, on: machine, policy)
            for (job, outcome) in zip(jobs, result.jobs) where job.runTime == .zero {
                #expect(outcome.finished != nil && outcome.started == outcome.finished)
                #expect(outcome.energy == .zero, "\(machine.machine.name)")
            }
            #expect(result.jobs.last?.finished != nil)
        }
    }

    @Test(arguments: shippedPolicies.map(\.name))
    func `jobs of one number are jobs of their own, and too wide ones are refused`(name: String) throws {
        let policy = try shipped(name)
        let jobs = [
            Self.job(7, 5, cores: 1, .rigid(cores: 1)), Self.job(7, 6, cores: 2, .rigid(cores: 2)),
            Self.job(7, 7, cores: 5, .rigid(cores: 5), deadline: 90),
            Self.job(7, 8, cores: 5, .moldable(limit: 5)), Self.job(7, 8, cores: 9, .malleable(limit: nil)),
        ]
        let result = try Self.run(jobs, on: ReplayMachines.four, policy)
        #expect(result.jobs.map(\.refusal) == [nil, nil, .tooWide, nil, nil])
        #expect(result.jobs.map { $0.finished != nil } == [true, true, false, true, true])
        // A refused job's deadline is no part of the horizon.
        #expect(result.end == result.jobs.compactMap(\.finished).max())
    }

    @Test(arguments: shippedPolicies.map(\.name))
    func `deadlines in the past and far away do no harm beside none at all`(name: String) throws {
        let policy = try shipped(name)
        for shape in [JobShape.rigid(cores: 2), .moldable(limit: nil), .malleable(limit: nil)] {
            let jobs = [
                Self.job(1, submitted: 5, 5, cores: 2, shape, deadline: 1),
                Self.job(2, submitted: 5, 5, cores: 2, shape, deadline: 8e9),
                Self.job(3, submitted: 5, 5, cores: 2, shape),
                Self.job(4, submitted: 5, 5, cores: 2, shape, deadline: 5),
                Self.job(5, submitted: 6, 1e7, cores: 2, shape, deadline: 7),
                Self.job(6, submitted: 7, 3, cores: 2, shape),
            ]
            let result = try Self.run(jobs, on: ReplayMachines.four, policy)
            #expect(result.jobs.allSatisfy { $0.finished != nil }, "\(shape)")
            #expect(result.end >= Self.at(8e9))
        }
    }

    @Test(arguments: ["fcfs", "easy-backfill", "minimum-energy"])
    func `a long trace comes to its end`(name: String) throws {
        let isQueue = name != "minimum-energy"
        let sample = RandomWorkload(
            seed: 8, jobs: 20_000, cores: 4, shape: isQueue ? .rigid : .mixed, load: isQueue ? 0.9 : 0.4)
        let workload = sample.workload
        let result = try Replay(
            machine: ReplayMachines.four, workload: workload, policy: try shipped(name)
        ).run()
        #expect(result.jobs.allSatisfy { ($0.finished != nil) == ($0.refusal == nil) })
        let ofJobs = result.jobs.reduce(0) { $0 + $1.energy.value } + result.energy.idle.value
        #expect(abs(ofJobs / result.energy.total.value - 1) < 1e-9)
    }

    @Test(arguments: shippedPolicies.map(\.name))
    func `what would end after the clock is told by its number, and what ends before it is not`(
        name: String
    ) throws {
        let policy = try shipped(name)
        let machine = ReplayMachine(plainCores: 1)
        // Thirty years each, one after the other.
        let line = (1...12).map { Self.job($0, 9.5e8, cores: 1, .malleable(limit: 1)) }
        let last = try Self.run(Array(line.prefix(9)), on: machine, policy).jobs.compactMap(\.finished).max()
        #expect(last == Self.at(8.55e9))
        let long = #expect(throws: Replay.Problem.self) { try Self.run(line, on: machine, policy) }
        #expect(long?.description.contains("job 10 would end") == true, "\(long?.description ?? "")")
        // Alone it takes longer than any number of nanoseconds can say.
        let wide = Self.job(7, submitted: 4e9, 1e9, cores: 1000, .malleable(limit: nil))
        let endless = #expect(throws: Replay.Problem.self) { try Self.run([wide], on: machine, policy) }
        #expect(endless?.description.contains("job 7 would end") == true)
        #expect(endless?.description.contains("\n") == false)
    }
}
