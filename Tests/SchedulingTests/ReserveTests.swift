import PacerModels
import PacerPlatform
import PacerPolicies
import PacerTestSupport
import PacerUnits
import Testing

@testable import PacerScheduling

/// The worked numbers are those of "The margin" in docs/policies.md.
@Suite struct ReserveTests {
    private static let at = Configuration(cores: 4, frequency: Hertz(3.2e9))

    private func engine() -> Engine {
        Engine(machine: exampleMachine(cores: 4), power: examplePower, policies: examplePolicies)
    }

    /// A job that started at zero and has a deadline; its rate where it runs was measured if `error` says.
    private func job(deadline: Double, margin: Double, error: Double?) -> ActiveJob {
        let policy = GridPolicy(
            name: "test", summary: "test", cores: .any, frequency: .any, mix: .none, objective: .energy,
            accounting: .horizon, margin: margin, references: [])
        let request = JobRequest(
            id: JobID(1), className: "class", submitted: .zero, deadline: .zero + Seconds(deadline),
            shape: .malleable(limit: nil), policy: "test", estimate: nil)
        var job = ActiveJob(request: request, policy: policy, prior: nil)
        job.table = MeasurementTable(timeConstant: .infinity)
        job.started = .zero
        job.state = .running(
            Allocation(cores: (0..<4).map(CoreID.init), frequency: Self.at.frequency), since: .zero)
        if let error {
            job.table.add(
                Measurement(
                    configuration: Self.at, rate: 5, rateError: error, power: nil, powerError: 1,
                    duration: Seconds(1)), at: .zero)
        }
        return job
    }

    private func remaining(
        _ seconds: Double, deadline: Double = 100, margin: Double = 0.05, error: Double? = nil
    ) throws -> Double {
        let job = job(deadline: deadline, margin: margin, error: error)
        let now = Instant.zero + Seconds(seconds)
        let (remaining, reserve) = try #require(engine().planningTime(job, at: now))
        #expect(abs(remaining.value + reserve.value - (deadline - seconds)) < 1e-6)
        return remaining.value
    }

    @Test func `the worked example`() throws {
        #expect(abs(try remaining(0) - 94.525) < 1e-6)
        #expect(abs(try remaining(60, error: 0.01) - 38.71) < 1e-6)
    }

    @Test func `the margin shrinks as the rate becomes known, to a fifth`() throws {
        let left = 99.5
        let expected: [(error: Double, doubt: Double)] = [
            (0.5, 1), (0.025, 1), (0.02, 0.8), (0.01, 0.4), (0.005, 0.2), (0.002, 0.2),
        ]
        for (error, doubt) in expected {
            #expect(abs(try remaining(0, error: error) - left * (1 - 0.05 * doubt)) < 1e-6)
        }
    }

    @Test func `a measurement where the job does not run is no evidence`() throws {
        var job = job(deadline: 100, margin: 0.05, error: 0.005)
        job.state = .running(
            Allocation(cores: [CoreID(0)], frequency: Self.at.frequency), since: .zero)
        let remaining = try #require(engine().planningTime(job, at: .zero)).remaining
        #expect(abs(remaining.value - 94.525) < 1e-6)
    }

    @Test func `the last reserve does not melt away, and is never below the shortest`() throws {
        for error in [nil, 0.001] as [Double?] {
            #expect(try remaining(99.6, error: error) == 0)
            #expect(try remaining(101, error: error) == 0)
        }
        // Ten seconds: 0.5 % is 0.05 s, and 0.25 s are kept.
        #expect(abs(try remaining(0, deadline: 10) - 9.75 * 0.95) < 1e-6)
        // A smaller margin is a smaller last reserve; none leaves the shortest.
        #expect(abs(try remaining(0, deadline: 1000, margin: 0.002) - 998 * 0.998) < 1e-6)
        #expect(abs(try remaining(0, deadline: 1000, margin: 0) - 999.75) < 1e-6)
    }
}
