import Glibc
import PacerPlatform
import PacerReplay
@testable import PacerScheduling
import PacerTestSupport
import PacerUnits
import Testing

@Suite struct WorkForecastTests {
    private static func most(_ runs: [Double], _ source: ProgressSource = .instructions) throws -> Double {
        try #require(WorkForecast(of: runs, source: source)).most
    }

    private static func normal(_ random: inout SeededGenerator) -> Double {
        (-2 * log(Double.random(in: 1e-12..<1, using: &random))).squareRoot()
            * cos(2 * Double.pi * Double.random(in: 0..<1, using: &random))
    }

    @Test func `without a run of a class nothing is foretold`() {
        #expect(WorkForecast(of: [], source: .declared) == nil)
        #expect(WorkForecast(of: [0, 0], source: .declared) == nil)
    }

    @Test(arguments: ProgressSource.allCases)
    func `equal runs make it surer, in any unit`(_ source: ProgressSource) throws {
        var before = Double.infinity
        for count in 1...5 {
            let most = try Self.most(Array(repeating: 7, count: count), source)
            #expect(most > 7 && most < before)
            let scaled = try Self.most(Array(repeating: 7e9, count: count), source)
            #expect(abs(scaled / most - 1e9) < 1)
            before = most
        }
    }

    @Test(arguments: [([100.0], 108.98), ([100, 104], 112.71), ([100, 100, 100, 100, 100], 100.63)])
    func `docs: a large run of a class`(_ runs: [Double], _ most: Double) throws {
        #expect(abs(try Self.most(runs) - most) < 0.005)
    }

    @Test func `only the latest runs count`() throws {
        let latest = [10, 11, 10, 12, 11.0]
        #expect(try Self.most([500, 1] + latest) == Self.most(latest))
    }

    @Test func `it stays a number, whatever the runs were`() throws {
        #expect(try Self.most([1e-300, 1e300]) >= 1e300)
        #expect(try Self.most([1e-300, 1e300]).isFinite)
    }

    /// Draws from the law it assumes.
    @Test(arguments: [2, 3, 4, 5], [0.03, 0.1, 0.25])
    func `few runs exceed it`(_ runs: Int, _ spread: Double) throws {
        var random = SeededGenerator(seed: UInt64(runs) * 1000 + UInt64(spread * 100))
        let draws = 4000
        var (larger, largerThanAll) = (0, 0)
        for _ in 0..<draws {
            let work = (0...runs).map { _ in 300 * max(0.01, 1 + spread * Self.normal(&random)) }
            let forecast = try #require(WorkForecast(of: Array(work.dropLast()), source: .declared))
            #expect(forecast.most >= forecast.expected)
            if work[runs] > forecast.most { larger += 1 }
            if work[runs] > forecast.expected { largerThanAll += 1 }
        }
        #expect(Double(larger) / Double(draws) < 0.25 / Double(runs))
        #expect(Double(largerThanAll) / Double(draws) > 0.9 / Double(runs + 1))
    }

    // MARK: In the engine

    /// Runs of one class, one after the other; `amounts` are relative to what 16 cores do in 20 s.
    private static func kept(
        _ amounts: [Double], deadline: Double, declares: Bool, policy: String = "minimum-energy"
    ) -> [Bool?] {
        let law = Law(sigma: 0.05, sensitivity: 0.9)
        let fastest = Configuration(cores: 16, frequency: exampleMachine(cores: 16).topFrequency)
        let jobs = amounts.enumerated().map { index, amount in
            var job = simulated(
                Int64(index + 1), work: 20 * law.rate(fastest) * amount, deadline: deadline, law: law,
                policy: policy, submitted: Double(index) * deadline * 1.5, declares: declares, className: "a")
            job.declaresTotal = false
            return job
        }
        return run(jobs, cores: 16).records.sorted { $0.request.id < $1.request.id }.map(\.keptDeadline)
    }

    @Test(arguments: [24.0, 30, 40], [true, false])
    func `a run somewhat larger than the only one before it is not late`(_ deadline: Double, declares: Bool) {
        #expect(Self.kept([1, 1.07], deadline: deadline, declares: declares) == [true, true])
    }

    /// The second run has `amount` times the work of the first; whether its deadline, at 50 s, was kept.
    private static func keptWithEstimate(_ estimate: Seconds?, amount: Double) -> Bool? {
        let law = Law(sigma: 0.05, sensitivity: 0.9)
        let fastest = Configuration(cores: 16, frequency: exampleMachine(cores: 16).topFrequency)
        let jobs = [1, amount].enumerated().map { index, amount in
            var job = simulated(
                Int64(index + 1), work: 20 * law.rate(fastest) * amount, deadline: 50, law: law,
                submitted: Double(index) * 100, className: "a", estimate: index == 1 ? estimate : nil)
            job.declaresTotal = false
            return job
        }
        return run(jobs, cores: 16).records.first { $0.request.id == JobID(2) }?.keptDeadline
    }

    @Test func `a run that its submitter knows to be larger than those before it is in time`() {
        #expect(Self.keptWithEstimate(nil, amount: 2) == false)
        #expect(Self.keptWithEstimate(Seconds(40), amount: 2) == true)
    }

    /// What is believed of a job with a guess of the run time, after two runs of its class at 20 s.
    private static func most(_ estimate: Seconds?) throws -> (total: Double, most: Double) {
        let prior = ClassProfile(
            className: "a", machineName: "m", source: .declared, measurements: [], signals: [],
            work: [100, 100], runs: 2)
        let policy = try #require(examplePolicies.first)
        var job = ActiveJob(
            request: simulated(1, work: 1, deadline: 50, estimate: estimate).request, policy: policy,
            prior: prior)
        job.updateWork(fastestRate: 5)
        let (total, most) = (job.work.total, job.work.most)
        return (try #require(total), try #require(most))
    }

    @Test func `a guess counts only where it is more than runs of the class tell`() throws {
        let known = try Self.most(nil)
        #expect(try Self.most(Seconds(3)) == known)
        #expect(try Self.most(Seconds(40)) == (known.total, 200))
    }

    @Test(arguments: [30.0, 50])
    func `how much the runs of a class differ is kept in hand`(_ deadline: Double) {
        let amounts = [1, 0.9, 1.12, 0.95, 1.05, 1.2]
        #expect(Self.kept(amounts, deadline: deadline, declares: true).suffix(3) == [true, true, true])
    }
}
