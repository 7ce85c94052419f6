import PacerModels
import PacerPlatform
import PacerPolicies
import PacerReplay
import PacerScheduling
import PacerTestSupport
import PacerUnits
import Testing

/// What every policy promises once the engine runs jobs under it.
@Suite struct PolicyLawsTests {
    private static let top = Hertz(3.2e9)

    /// A job that scales perfectly and slows down with the clock: rate 1 on one core at the top frequency.
    private static func ideal(_ configuration: Configuration) -> Double {
        Double(configuration.cores) * (configuration.frequency / top)
    }

    private static func job(
        _ number: Int64, work: Double, deadline: Double?, policy: String, submitted: Double = 0,
        shape: JobShape = .malleable(limit: nil)
    ) -> SimulatedJob {
        let start = Instant.zero + Seconds(submitted)
        return SimulatedJob(
            request: JobRequest(
                id: JobID(number), className: "class-\(number)", submitted: start,
                deadline: deadline.map { start + Seconds($0) }, shape: shape, policy: policy),
            work: work, rate: ideal)
    }

    private static func run(_ jobs: [SimulatedJob], cores: Int, perDomain: Int = 1) -> SimulationResult {
        var simulation = Simulation(
            machine: exampleMachine(cores: cores, perDomain: perDomain), truth: examplePower,
            policies: shippedPolicies, jobs: jobs)
        return simulation.run()
    }

    @Test(arguments: shippedPolicies)
    func `an ideal job keeps a deadline with half to spare where the words allow`(policy: GridPolicy) {
        var bound = 0
        for seed in UInt64(1)...8 {
            var generator = SeededGenerator(seed: seed)
            let cores = Int.random(in: 1...8, using: &generator)
            let time = Double.random(in: 8...120, using: &generator)
            let factor = Double.random(in: 1.5...6, using: &generator)
            // The lowest of the example's frequencies is a quarter of the highest.
            let slowest = policy.frequency == .governor(.powersave) || policy.frequency == .lowest ? 4.0 : 1
            if abs(factor - slowest) < 0.2 { continue }
            let result = Self.run(
                [Self.job(1, work: time * Double(cores), deadline: time * factor, policy: policy.name)],
                cores: cores)
            let kept = result.records.first?.keptDeadline
            #expect(kept == (factor > slowest), "seed \(seed), factor \(factor), \(cores) cores")
            if factor < slowest { bound += 1 }
        }
        #expect((bound > 0) == (policy.name == "governor-powersave"))
    }

    @Test(arguments: shippedPolicies)
    func `many jobs never share a core, never hold more than there is, and all end`(policy: GridPolicy) {
        for seed in UInt64(1)...2 {
            let (jobs, cores, perDomain) = Self.crowd(seed: seed, policy: policy.name)
            let result = Self.run(jobs, cores: cores, perDomain: perDomain)
            #expect(result.records.count == jobs.count)
            #expect(result.records.allSatisfy { $0.finished != nil }, "seed \(seed)")
            for (index, segment) in result.timeline.enumerated() {
                #expect(Set(segment.cores).count == segment.cores.count)
                #expect(segment.cores.allSatisfy { (0..<cores).contains($0.number) })
                for other in result.timeline[(index + 1)...] where other.job != segment.job {
                    guard other.start < segment.end, segment.start < other.end else { continue }
                    #expect(Set(segment.cores).isDisjoint(with: other.cores), "seed \(seed)")
                }
            }
            // All the work was done, and none twice.
            for job in jobs {
                let done = result.timeline.filter { $0.job == job.request.id }.reduce(0) { $0 + $1.work }
                #expect(abs(done - job.work) <= 1e-6 * job.work, "seed \(seed), job \(job.request.id)")
            }
        }
    }

    @Test(arguments: shippedPolicies)
    func `the same jobs twice give the same decisions, times and joules`(policy: GridPolicy) {
        let (jobs, cores, perDomain) = Self.crowd(seed: 11, policy: policy.name)
        let first = Self.run(jobs, cores: cores, perDomain: perDomain)
        let second = Self.run(jobs, cores: cores, perDomain: perDomain)
        #expect(first.timeline == second.timeline)
        #expect(first.records == second.records)
        #expect(first.energy == second.energy)
        #expect(first.end == second.end)
    }

    /// A handful of jobs of every shape that arrive while others run.
    private static func crowd(
        seed: UInt64, policy: String
    ) -> (jobs: [SimulatedJob], cores: Int, perDomain: Int) {
        var generator = SeededGenerator(seed: seed)
        let cores = Int.random(in: 2...8, using: &generator)
        let jobs = (Int64(1)...5).map { number in
            let work = Double.random(in: 2...25, using: &generator)
            let width = Int.random(in: 1...cores, using: &generator)
            let shape = [JobShape.rigid(cores: width), .moldable(limit: width), .malleable(limit: nil)][
                Int(number) % 3]
            return job(
                number, work: work,
                deadline: number.isMultiple(of: 4) ? nil : Double.random(in: 20...90, using: &generator),
                policy: policy, submitted: Double.random(in: 0...15, using: &generator), shape: shape)
        }
        return (jobs, cores, Int.random(in: 1...2, using: &generator))
    }
}
