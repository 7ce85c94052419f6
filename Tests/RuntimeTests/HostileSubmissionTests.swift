import PacerPolicies
import PacerPorts
import PacerRuntime
import PacerScheduling
import PacerUnits
import Testing

@Suite struct HostileSubmissionTests {
    private func submission(_ change: (inout JobSubmission) -> Void) -> JobSubmission {
        var submission = JobSubmission(
            arguments: ["work"], environment: [:], workingDirectory: "/", umask: 0o22, userID: 1, groupID: 1,
            className: "work", shape: .malleable(limit: nil), policy: Bench.policy.name)
        change(&submission)
        return submission
    }

    @Test func `a deadline before all time is refused, one after all time accepted`() throws {
        let bench = Bench()
        for nanoseconds in [Int64.min, -1, 0, 1] {
            let past = submission { $0.deadline = Instant(nanoseconds: nanoseconds) }
            let error = #expect(throws: ServiceError.self) { try bench.loop.submit(past, ifLate: .accept) }
            #expect(error?.code == .deadlinePast)
            #expect(throws: ServiceError.self) { try bench.loop.forecast(past) }
        }
        for estimate in [1e-300, 1e-9, 1, 999_999_999] {
            let endless = submission {
                $0.deadline = Instant(nanoseconds: .max)
                $0.estimate = Seconds(estimate)
            }
            _ = try bench.loop.forecast(endless)
            _ = try bench.loop.submit(endless, ifLate: .reject)
        }
        bench.pass(10)
        #expect(try bench.loop.jobs(limit: nil).count == 4)
    }

    @Test func `a progress pattern that cannot be read is refused, and with it all of many jobs`() throws {
        let bench = Bench()
        bench.executor.unreadablePatterns = ["("]
        let good = submission { $0.progressPattern = "([0-9]+)%" }
        let bad = submission { $0.progressPattern = "(" }
        let alone = #expect(throws: ServiceError.self) { try bench.loop.submit(bad, ifLate: .accept) }
        let together = #expect(throws: ServiceError.self) {
            try bench.loop.submit([good, bad], ifLate: .accept)
        }
        let planned = #expect(throws: ServiceError.self) { try bench.loop.forecast(bad) }
        for refusal in [alone, together, planned] {
            #expect(refusal?.code == .invalid)
            #expect(refusal?.description.contains("the test wants it") == true)
        }
        #expect(try bench.loop.jobs(limit: nil).isEmpty)
        _ = try bench.loop.submit([good, good], ifLate: .accept)
        #expect(try bench.loop.jobs(limit: nil).count == 2)
    }
}
