import PacerPorts
@testable import PacerStore
import Testing

@Suite struct SubmissionTextTests {
    /// Whatever was submitted before, and whatever the texts in it are.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `the text of a submission is what the format makes of all of it`(_ seed: UInt64) throws {
        var samples = Samples(seed: seed)
        let format = StoredFormat()
        var text = SubmissionText()
        var environment: [String: String] = [:]
        for _ in 0..<50 {
            var submission = samples.submission()
            if samples.maybe({ _ in true }) == nil {
                submission.environment = environment
                submission.arguments.append("\"environment\":{}")
                submission.className = "environment\":{}"
            }
            environment = submission.environment
            #expect(try text.of(submission, format) == format.text(submission))
        }
    }
}
