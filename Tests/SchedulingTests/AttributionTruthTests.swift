import PacerModels
import PacerPlatform
import PacerReplay
import PacerScheduling
import PacerTestSupport
import PacerUnits
import Testing

/// What is attributed to jobs, against what the simulated machine really spent on them.
@Suite struct AttributionTruthTests {
    /// A kind of job: how active it is, how it scales, and how much of its cores' time it uses.
    private struct Kind {
        var activity = 1.0
        var law = Law()
        var busyShare = 1.0
    }

    private static let compute = Kind(activity: 1.5)
    private static let memory = Kind(activity: 0.45, law: Law(sigma: 0.15, kappa: 0.01, sensitivity: 0.4))
    private static let locked = Kind(activity: 0.9, law: Law(sigma: 0.3, kappa: 0.02), busyShare: 0.55)

    private static func job(
        _ number: Int64, _ kind: Kind, work: Double, shape: JobShape = .malleable(limit: nil),
        policy: String = "minimum-energy", submitted: Double = 0, deadline: Double? = 200
    ) -> SimulatedJob {
        var job = simulated(
            number, work: work, deadline: deadline, law: kind.law, policy: policy, shape: shape,
            submitted: submitted)
        job.activity = kind.activity
        let share = kind.busyShare
        job.busyShare = { _ in share }
        return job
    }

    /// What the machine spent on each job: its cores, and the uncore in proportion to the cores at each
    /// moment. From the timeline and the jobs' laws alone.
    private static func truth(_ result: SimulationResult, _ jobs: [SimulatedJob]) -> [JobID: Double] {
        let kinds = Dictionary(uniqueKeysWithValues: jobs.map { ($0.request.id, $0) })
        let times = Set(result.timeline.flatMap { [$0.start, $0.end] }).sorted()
        var spent: [JobID: Double] = [:]
        for (start, end) in zip(times, times.dropFirst()) {
            let here = result.timeline.filter { $0.start <= start && $0.end >= end }
            var powers: [(job: JobID, watts: Double)] = []
            var uncore = 0.0
            for segment in here {
                guard let job = kinds[segment.job] else { continue }
                let share = job.busyShare(
                    Configuration(cores: segment.cores.count, frequency: segment.frequency))
                let core = examplePower.corePower(at: segment.frequency, activity: job.activity)
                powers.append((segment.job, core.value * Double(segment.cores.count) * share))
                uncore = max(uncore, share * examplePower.uncore.value)
            }
            let cores = powers.reduce(0) { $0 + $1.watts }
            for power in powers {
                let watts = power.watts * (1 + uncore / cores)
                spent[power.job, default: 0] += watts * (end - start).value
            }
        }
        return spent
    }

    /// Each job's attributed energy over its true energy, less one, and its error bar over the same.
    private func deviations(
        _ jobs: [SimulatedJob], cores: Int = 4, perDomain: Int = 1, belief: PowerModel? = nil,
        source: EnergySource = .emulated
    ) throws -> [(deviation: Double, error: Double)] {
        let example = exampleMachine(cores: cores, perDomain: perDomain)
        let machine = Machine(
            name: example.name, cores: example.cores, domains: example.domains, energySource: source)
        var simulation = Simulation(
            machine: machine, truth: examplePower, belief: belief,
            policies: examplePolicies, jobs: jobs)
        let result = simulation.run(limit: .zero + Seconds(100_000))
        let truth = Self.truth(result, jobs)
        let start = result.records.compactMap(\.started).max() ?? .zero
        let end = result.records.compactMap(\.finished).min() ?? .zero
        #expect(start < end, "the jobs did not run at once")
        return try result.records.map { record in
            let spent = try #require(truth[record.request.id])
            let error = try #require(record.energy.attributedError)
            return (record.energy.attributed.value / spent - 1, error.value / spent)
        }
    }

    @Test func `two jobs of different kinds are within 5 % of the truth`() throws {
        let half = JobShape.malleable(limit: 2)
        let pairs: [[SimulatedJob]] = [
            [
                Self.job(1, Self.compute, work: 60, shape: half),
                Self.job(2, Self.memory, work: 60, shape: half, submitted: 5),
            ],
            [
                Self.job(1, Self.memory, work: 60, shape: half),
                Self.job(2, Self.locked, work: 40, shape: half),
            ],
            [
                Self.job(1, Self.compute, work: 90, shape: half),
                Self.job(2, Self.locked, work: 40, shape: half, submitted: 3),
            ],
            [
                Self.job(1, Self.compute, work: 60, shape: .rigid(cores: 1)),
                Self.job(2, Self.memory, work: 90, shape: .rigid(cores: 3)),
            ],
            [
                Self.job(1, Self.compute, work: 60, shape: .rigid(cores: 1), policy: "race-to-idle"),
                Self.job(2, Self.memory, work: 30, shape: .rigid(cores: 1), policy: "race-to-idle"),
            ],
        ]
        for jobs in pairs {
            for found in try deviations(jobs) {
                #expect(abs(found.deviation) < 0.05, "\(found)")
            }
        }
    }

    @Test func `three jobs of different kinds are within 5 % of the truth`() throws {
        let jobs = [
            Self.job(1, Self.compute, work: 80, shape: .rigid(cores: 2)),
            Self.job(2, Self.memory, work: 60, shape: .malleable(limit: 3), submitted: 4),
            Self.job(3, Self.locked, work: 40, shape: .malleable(limit: 3), submitted: 8),
        ]
        for found in try deviations(jobs, cores: 8, perDomain: 2) {
            #expect(abs(found.deviation) < 0.05, "\(found)")
        }
    }

    /// Deviations and bars, relative to the truth, over random jobs that run at once.
    private func randomJobs(
        _ count: Int, source: EnergySource, belief: (inout SeededGenerator) -> PowerModel
    ) throws -> [(deviation: Double, error: Double)] {
        var random = SeededGenerator(seed: 7)
        func number(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &random) }
        var found: [(deviation: Double, error: Double)] = []
        for _ in 0..<count {
            let jobs = (0..<Int.random(in: 2...3, using: &random)).map { index in
                let most = Int.random(in: 1...2, using: &random)
                let kind = Kind(
                    activity: number(0.4...1.7),
                    law: Law(sigma: number(0...0.3), kappa: number(0...0.02), sensitivity: number(0.3...1)),
                    busyShare: number(0.4...1))
                return Self.job(
                    Int64(index + 1), kind, work: number(20...90), shape: .malleable(limit: most),
                    submitted: number(0...10), deadline: number(100...200))
            }
            found += try deviations(jobs, cores: 6, belief: belief(&random), source: source)
        }
        return found
    }

    private func expectHonest(
        _ found: [(deviation: Double, error: Double)], bar: Double,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let within = found.filter { abs($0.deviation) <= 2 * $0.error }.count
        let bars = found.map(\.error).sorted()
        #expect(
            within * 20 >= found.count * 18, "\(within) of \(found.count)", sourceLocation: sourceLocation)
        #expect(bars[bars.count / 2] < bar, "\(bars)", sourceLocation: sourceLocation)
    }

    @Test func `on a known machine the truth lies within two standard errors, which are small`() throws {
        let found = try randomJobs(24, source: .emulated) { _ in examplePower }
        expectHonest(found, bar: 0.06)
        #expect(found.allSatisfy { abs($0.deviation) < 0.05 }, "\(found)")
    }

    @Test func `on a guessed machine the truth lies within two standard errors`() throws {
        let found = try randomJobs(24, source: .measured) { random in
            let core = Double.random(in: 0.6...1.6, using: &random)
            return PowerModel(
                idle: examplePower.idle * Double.random(in: 0.8...1.2, using: &random),
                uncore: examplePower.uncore * Double.random(in: 0.7...1.3, using: &random),
                cubic: examplePower.cubic * core, linear: examplePower.linear * core,
                constant: examplePower.constant * core)
        }
        expectHonest(found, bar: 0.3)
    }
}

/// The account of energy that the engine keeps.
@Suite struct EnergyAccountTests {
    @Test func `jobs, idle and unknown sum to the counter in every interval`() throws {
        var random = SeededGenerator(seed: 3)
        var engine = Engine(
            machine: exampleMachine(cores: 2), power: examplePower, policies: examplePolicies)
        var now = Instant.zero
        var reading = EnergyReading(at: now, microjoules: 17, unknown: .zero)
        var busy: [JobID: Seconds] = [JobID(1): .zero, JobID(2): .zero]
        func look() -> Event {
            var samples: [JobID: JobSample] = [:]
            for id in engine.activeJobs {
                var sample = JobSample(at: now)
                sample.busyTime = busy[id] ?? .zero
                samples[id] = sample
            }
            return .observed(Snapshot(energy: reading, samples: samples))
        }
        _ = engine.handle(look(), at: now)
        for number in Int64(1)...2 {
            let request = simulated(
                number, work: 1, deadline: nil, policy: "race-to-idle", shape: .rigid(cores: 1)
            ).request
            _ = engine.handle(.submitted(request, prior: nil), at: now)
            _ = engine.handle(.launched(JobID(number)), at: now)
        }
        var unknown = Seconds.zero
        var ended = Joules.zero
        for step in 0..<400 {
            let length = Seconds(Double.random(in: 0.01...1, using: &random))
            now = now + length
            reading.at = now
            if Int.random(in: 0..<20, using: &random) == 0 {
                reading.unknown += length
                if step < 300 { unknown += length }
                // What one zone counted before another failed.
                reading.microjoules += UInt64.random(in: 0...1_000_000, using: &random)
            } else {
                reading.microjoules += UInt64.random(in: 0...60_000_000, using: &random)
            }
            for id in engine.activeJobs {
                busy[id]? += length * Double.random(in: 0...1, using: &random)
            }
            _ = engine.handle(look(), at: now)
            if step == 299 {
                let commands = engine.handle(.exited(JobID(1), .exited(code: 0)), at: now)
                let records = commands.compactMap { if case .record(let record) = $0 { record } else { nil } }
                let last = try #require(records.last)
                ended = last.energy.attributed
                #expect(last.energy.unknown.value.isNearly(unknown.value))
                #expect(try #require(last.energy.attributedError) > .zero)
            }
            let open = engine.activeJobs.compactMap { engine.record($0, at: now)?.energy.attributed }
            let jobs = (open + [ended]).reduce(0) { $0 + UInt64(($1.value * 1e6).rounded()) }
            #expect(jobs == engine.ledger.attributedMicrojoules, "step \(step)")
            let lines = jobs + engine.ledger.idleMicrojoules + engine.ledger.unknownMicrojoules
            #expect(lines == reading.microjoules - 17, "step \(step)")
        }
        #expect(engine.ledger.unknownTime.value.isNearly(reading.unknown.value))
        #expect(engine.ledger.unknownMicrojoules > 0 && engine.ledger.idleMicrojoules > 0)
    }

    @Test func `what a job used before it was taken over is not in the interval`() throws {
        var engine = Engine(
            machine: exampleMachine(cores: 2), power: examplePower, policies: examplePolicies)
        func look(_ seconds: Double, _ joules: Double, _ busy: [Int64: Double]) {
            let now = Instant.zero + Seconds(seconds)
            var samples: [JobID: JobSample] = [:]
            for (id, time) in busy.sorted(by: { $0.key < $1.key }) {
                var sample = JobSample(at: now)
                sample.busyTime = Seconds(time)
                samples[JobID(id)] = sample
            }
            let reading = EnergyReading(at: now, total: Joules(joules), unknown: .zero)
            _ = engine.handle(.observed(Snapshot(energy: reading, samples: samples)), at: now)
        }
        let start = Instant.zero + Seconds(1000)
        look(1000, 0, [:])
        let allocation = Allocation(cores: [CoreID(0)], frequency: Hertz(3.2e9))
        let request = simulated(1, work: 1, deadline: nil, shape: .rigid(cores: 1)).request
        _ = engine.handle(
            .adopted(request, allocation, started: .zero, prior: nil), at: start)
        let other = simulated(2, work: 1, deadline: nil, policy: "race-to-idle", shape: .rigid(cores: 1))
        _ = engine.handle(.submitted(other.request, prior: nil), at: start)
        _ = engine.handle(.launched(JobID(2)), at: start)
        look(1001, 40, [1: 900, 2: 1])
        look(1002, 80, [1: 901, 2: 2])
        let first = try #require(engine.record(JobID(1), at: start)).energy.attributed
        let second = try #require(engine.record(JobID(2), at: start)).energy.attributed
        #expect(first < second, "\(first) \(second)")
        #expect(first > .zero)
    }
}

extension Double {
    fileprivate func isNearly(_ other: Double) -> Bool { abs(self - other) < 1e-6 }
}
