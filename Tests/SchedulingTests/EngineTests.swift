import PacerModels
import PacerOptimizer
import PacerPlatform
import PacerPolicies
import PacerReplay
import PacerScheduling
import PacerTestSupport
import PacerUnits
import Testing

/// The policies that the tests below compare, as in the files of the same names.
let examplePolicies: [GridPolicy] = [
    policy("race-to-idle", .widest, .highest),
    policy("wide-and-slow", .widest, .lowestFeasible),
    policy("narrow-and-fast", .narrowest, .highest),
    policy("pace-to-idle", .any, .any),
    policy("minimum-energy", .any, .any, mix: .twoConfigurations),
]

func policy(
    _ name: String, _ cores: GridPolicy.Cores, _ frequency: GridPolicy.Frequency, mix: GridPolicy.Mix = .none
) -> GridPolicy {
    GridPolicy(
        name: name, summary: name, cores: cores, frequency: frequency, mix: mix, objective: .energy,
        accounting: .horizon, margin: 0.05, references: [])
}

/// The law T(n, f) of a job: USL along cores, a share of its time that scales with 1/f.
struct Law: Sendable {
    var sigma = 0.0
    var kappa = 0.0
    var sensitivity = 1.0
    var scale = 1.0

    func rate(_ configuration: Configuration) -> Double {
        let n = Double(configuration.cores)
        let speedup = n / (1 + sigma * (n - 1) + kappa * n * (n - 1))
        let clock = 3.2e9 / configuration.frequency.value
        return scale * speedup / (sensitivity * clock + 1 - sensitivity)
    }
}

func simulated(
    _ number: Int64, work: Double, deadline: Double?, law: Law = Law(), policy: String = "minimum-energy",
    shape: JobShape = .malleable(limit: nil), submitted: Double = 0, declares: Bool = true,
    className: String? = nil, estimate: Seconds? = nil
) -> SimulatedJob {
    let start = Instant.zero + Seconds(submitted)
    return SimulatedJob(
        request: JobRequest(
            id: JobID(number), className: className ?? "class-\(number)", submitted: start,
            deadline: deadline.map { start + Seconds($0) }, shape: shape, policy: policy, estimate: estimate),
        work: work, declaresProgress: declares, rate: { law.rate($0) })
}

func run(
    _ jobs: [SimulatedJob], cores: Int = 4, perDomain: Int = 1, profiles: [String: ClassProfile] = [:]
) -> SimulationResult {
    var simulation = Simulation(
        machine: exampleMachine(cores: cores, perDomain: perDomain), truth: examplePower,
        policies: examplePolicies, jobs: jobs, profiles: profiles)
    return simulation.run()
}

/// Energy over the horizon with perfect knowledge: the hull at the required rate.
func optimum(_ law: Law, cores: Int, work: Double, deadline: Double) -> Double? {
    let machine = exampleMachine(cores: cores)
    let estimates = (1...cores).flatMap { count in
        machine.frequencies.map { frequency -> Estimate in
            let configuration = Configuration(cores: count, frequency: frequency)
            return Estimate(
                configuration: configuration, rate: law.rate(configuration), rateError: 0,
                power: examplePower.power(cores: count, at: frequency), origin: .measured)
        }
    }
    return Frontier(estimates: estimates, idlePower: examplePower.idle).power(at: work / deadline)
        .map { ($0 * Seconds(deadline)).value }
}

@Suite struct EngineTests {
    @Test func `a scalable job is learnt and paced close to the optimum`() throws {
        let result = run([simulated(1, work: 120, deadline: 90)])
        let record = try #require(result.records.first)
        #expect(record.keptDeadline == true)
        let best = try #require(optimum(Law(), cores: 4, work: 120, deadline: 90))
        let spent = try #require(record.energy.horizon).value
        #expect(spent < best * 1.05)
        #expect(spent >= best * 0.999)
        #expect(!record.probes.isEmpty)
    }

    @Test func `what was learnt of a class spares its second run most of the probes`() throws {
        let law = Law(sigma: 0.1, kappa: 0.01)
        let first = run([simulated(1, work: 60, deadline: 60, law: law, className: "render")])
        let second = run(
            [simulated(2, work: 60, deadline: 60, law: law, className: "render")], profiles: first.profiles)
        let record = try #require(second.records.first)
        let probes = try #require(first.records.first?.probes.count)
        #expect(record.probes.count <= probes / 2)
        #expect(record.keptDeadline == true)
        let cold = try #require(first.records.first?.energy.horizon)
        #expect(try #require(record.energy.horizon) <= cold)
    }

    @Test func `a class that was measured in its start does not keep its deadlines from being kept`() throws {
        let law = Law(sigma: 0.1, kappa: 0.01)
        let first = run([simulated(1, work: 60, deadline: 60, law: law, className: "render")])
        var profile = try #require(first.profiles["render"])
        // What was seen at the top was the program reading its input: a tenth of its rate.
        let top = profile.measurements.map(\.configuration.frequency).max()
        for index in profile.measurements.indices
        where profile.measurements[index].configuration.frequency == top {
            profile.measurements[index].rate /= 10
        }
        let second = run(
            [simulated(2, work: 60, deadline: 30, law: law, className: "render")],
            profiles: ["render": profile])
        #expect(try #require(second.records.first).keptDeadline == true)
    }

    @Test func `a job that slows down with every core is given one`() throws {
        let law = Law(sigma: 2.5, kappa: 0.2)
        let result = run([simulated(1, work: 30, deadline: 90, law: law)])
        let record = try #require(result.records.first)
        #expect(record.keptDeadline == true)
        let last = try #require(result.timeline.last)
        #expect(last.cores.count == 1)
    }

    @Test(arguments: examplePolicies.map(\.name))
    func `a deadline with a quarter to spare is kept under every policy that can`(_ name: String) {
        for seed in UInt64(1)...40 {
            var generator = SeededGenerator(seed: seed)
            let law = Law(
                sigma: Double.random(in: 0...0.6, using: &generator),
                kappa: Double.random(in: 0...0.05, using: &generator),
                sensitivity: Double.random(in: 0.3...1, using: &generator),
                scale: Double.random(in: 0.2...5, using: &generator))
            let cores = Int.random(in: 1...8, using: &generator)
            let rates = (1...cores).map { law.rate(Configuration(cores: $0, frequency: Hertz(3.2e9))) }
            let widest = law.rate(Configuration(cores: cores, frequency: Hertz(3.2e9)))
            // Race-to-idle keeps what its own configuration can keep, not more.
            let fastest = name == "race-to-idle" ? widest : rates.max() ?? 1
            let time = Double.random(in: 8...200, using: &generator)
            let factor = Double.random(in: 1.25...4, using: &generator)
            // The first windows run at the widest configuration, which may be far from the fastest.
            let learning = max(0, 1 - widest / fastest) * 2
            let job = simulated(
                1, work: fastest * time, deadline: time * factor + learning, law: law, policy: name)
            let result = run([job], cores: cores)
            #expect(
                result.records.first?.keptDeadline == true, "seed \(seed), factor \(factor), \(cores) cores")
        }
    }

    @Test func `minimum energy needs no more than any other policy on average`() {
        var spent: [String: Double] = [:]
        for seed in UInt64(1)...30 {
            for policy in examplePolicies {
                var generator = SeededGenerator(seed: seed)
                let law = Law(
                    sigma: Double.random(in: 0...0.5, using: &generator),
                    kappa: Double.random(in: 0...0.05, using: &generator),
                    sensitivity: Double.random(in: 0.4...1, using: &generator))
                let deadline = Double.random(in: 1.3...4, using: &generator) * 60
                let fastest = (1...4).map { law.rate(Configuration(cores: $0, frequency: Hertz(3.2e9))) }
                    .max()
                let result = run([
                    simulated(1, work: (fastest ?? 1) * 60, deadline: deadline, law: law, policy: policy.name)
                ])
                spent[policy.name, default: 0] += result.records.first?.energy.horizon?.value ?? .infinity
            }
        }
        let minimum = spent["minimum-energy"] ?? .infinity
        for (name, energy) in spent { #expect(minimum <= energy * 1.005, "\(name)") }
    }

    @Test func `rigid and moldable jobs keep the cores that they started with`() {
        for shape in [JobShape.rigid(cores: 3), .moldable(limit: nil)] {
            let result = run([simulated(1, work: 60, deadline: 80, shape: shape)])
            let widths = Set(result.timeline.map(\.cores.count))
            #expect(widths == (shape == .rigid(cores: 3) ? [3] : [4]))
            #expect(result.records.first?.keptDeadline == true)
        }
    }

    @Test func `a job whose work nobody knows runs flat out when it has a deadline`() throws {
        let result = run([simulated(1, work: 40, deadline: 600, declares: false)])
        let record = try #require(result.records.first)
        #expect(record.work.basis == .unknown)
        #expect(record.keptDeadline == true)
        #expect(result.timeline.allSatisfy { $0.frequency == Hertz(3.2e9) && $0.cores.count == 4 })
    }

    @Test func `an estimate of the run time stands in for declared progress`() throws {
        let result = run([simulated(1, work: 80, deadline: 60, declares: false, estimate: Seconds(20))])
        let record = try #require(result.records.first)
        #expect(record.work.basis == .estimate)
        #expect(record.keptDeadline == true)
        let race =
            examplePower.power(cores: 4, at: Hertz(3.2e9)) * Seconds(20) + examplePower.idle * Seconds(40)
        #expect(try #require(record.energy.horizon) < race * 0.95)
    }

    @Test func `an impossible deadline is said at once and the job runs as fast as it can`() throws {
        let result = run([simulated(1, work: 120, deadline: 10)])
        let record = try #require(result.records.first)
        #expect(record.keptDeadline == false)
        #expect(record.plan?.meetsDeadline == false)
        let sprint = try #require(record.decisions.first { $0.kind == .sprint })
        #expect(sprint.at < Instant.zero + Seconds(3))
        let finished = try #require(record.finished)
        #expect(finished - .zero < Seconds(31))
    }

    @Test func `jobs are started in order of their deadlines and never share a core`() throws {
        var jobs = [simulated(1, work: 40, deadline: nil, policy: "race-to-idle")]
        for number in Int64(2)...6 {
            jobs.append(
                simulated(
                    number, work: 8, deadline: Double(100 - number * 10), policy: "race-to-idle",
                    shape: .rigid(cores: 2), submitted: 1))
        }
        let result = run(jobs)
        #expect(result.records.count == 6)
        #expect(result.records.allSatisfy { $0.finished != nil })
        let starts = result.records.dropFirst().compactMap(\.started)
        #expect(starts.reversed() == starts.sorted())
        expectDisjoint(result.timeline)
    }

    @Test func `a waiting deadline hurries the job that holds the cores`() {
        let alone = run([simulated(1, work: 60, deadline: 200)])
        let pressed = run([
            simulated(1, work: 60, deadline: 200),
            simulated(
                2, work: 40, deadline: 32, policy: "race-to-idle", shape: .rigid(cores: 4), submitted: 2,
                estimate: Seconds(10)),
        ])
        #expect(pressed.records.allSatisfy { $0.keptDeadline == true })
        #expect(alone.records.first?.finished ?? .zero > pressed.records.first?.finished ?? .distantFuture)
    }

    @Test func `the parts of the energy add up to the whole`() {
        let result = run([
            simulated(1, work: 40, deadline: 60, shape: .rigid(cores: 2)),
            simulated(2, work: 30, deadline: 60, shape: .rigid(cores: 2)),
        ])
        let parts = result.records.map(\.energy.attributed.value).reduce(0, +)
        #expect(parts < result.energy.value)
        #expect(parts > result.energy.value * 0.3)
        expectDisjoint(result.timeline)
    }

    @Test func `the same jobs give the same result`() {
        let jobs = (Int64(1)...8).map {
            simulated($0, work: Double($0) * 7, deadline: 90 + Double($0), submitted: Double($0) * 3)
        }
        let first = run(jobs, cores: 6, perDomain: 2)
        let second = run(jobs, cores: 6, perDomain: 2)
        #expect(first.timeline == second.timeline)
        for (one, other) in zip(first.records, second.records) {
            #expect(one.decisions == other.decisions)
            #expect(one.energy == other.energy)
            #expect(one.estimates == other.estimates)
            #expect(one.verdict == other.verdict)
            #expect(one.plan == other.plan)
            #expect(one.work == other.work)
        }
        #expect(first.records == second.records)
        #expect(first.energy == second.energy)
        expectDisjoint(first.timeline)
    }

    @Test func `a queued job can be cancelled and a running one is asked first and killed later`() {
        var engine = Engine(
            machine: exampleMachine(cores: 1), power: examplePower, policies: examplePolicies)
        let now = Instant.zero
        var commands = engine.handle(
            .submitted(simulated(1, work: 1, deadline: nil).request, prior: nil), at: now)
        #expect(commands.contains(.launch(JobID(1), cores: [CoreID(0)])))
        _ = engine.handle(.launched(JobID(1)), at: now)
        _ = engine.handle(.submitted(simulated(2, work: 1, deadline: nil).request, prior: nil), at: now)
        commands = engine.handle(.cancelRequested(JobID(2)), at: now)
        #expect(engine.queuedJobs.isEmpty)
        commands = engine.handle(.cancelRequested(JobID(1)), at: now)
        #expect(commands.contains(.signal(JobID(1), .terminate)))
        let later = now + engine.constants.grace
        let reading = EnergyReading(at: later, total: .zero, unknown: .zero)
        commands = engine.handle(.observed(Snapshot(energy: reading, samples: [:])), at: later)
        #expect(commands.contains(.signal(JobID(1), .kill)))
        commands = engine.handle(.exited(JobID(1), .signalled(signal: 9)), at: later)
        #expect(engine.activeJobs.isEmpty)
        #expect(commands.contains(.retire(JobID(1))))
        #expect(commands.contains(.release(DomainID(0))))
    }
}

/// No core is used by two jobs at once.
func expectDisjoint(_ timeline: [TimelineSegment], sourceLocation: SourceLocation = #_sourceLocation) {
    for (index, segment) in timeline.enumerated() {
        for other in timeline[(index + 1)...] where other.job != segment.job {
            guard other.start < segment.end, segment.start < other.end else { continue }
            #expect(Set(segment.cores).isDisjoint(with: other.cores), sourceLocation: sourceLocation)
        }
    }
}
