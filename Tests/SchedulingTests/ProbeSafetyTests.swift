import PacerPlatform
import PacerReplay
import PacerScheduling
import PacerTestSupport
import PacerUnits
import Testing

/// What a probe may do to a deadline.
@Suite struct ProbeSafetyTests {
    private static let all = Configuration(cores: 8, frequency: Hertz(3.2e9))

    /// 30 s on all cores at the top; anywhere else only `share` of what scaling promises.
    private static func trapped(share: Double, deadline: Double) -> SimulatedJob {
        var job = simulated(1, work: 240, deadline: deadline)
        job.rate = { Law().rate($0) * ($0 == all ? 1 : share) }
        return job
    }

    @Test(arguments: [1.055, 1.065, 1.08, 1.1, 1.15, 1.25, 1.6], [0, 0.001, 0.1, 0.4, 0.7])
    func `a probe that does less than promised is broken off in time`(factor: Double, share: Double) throws {
        let result = run([Self.trapped(share: share, deadline: 30 * factor)], cores: 8)
        let record = try #require(result.records.first)
        #expect(record.keptDeadline == true, "\(result.timeline)")
        #expect(!record.probes.isEmpty)
    }
}
