import PacerAPI
import PacerAPIClient
import PacerAPIServer
import PacerPlatform
import PacerScheduling
import PacerUnits
import Testing

@Suite(.timeLimit(.minutes(1))) struct AdmissionTests {
    private static let late = Admission.predicted(
        Admission.Prediction(
            basis: .history, start: Instant(nanoseconds: 1), finish: Instant(nanoseconds: 5),
            finishQuantile: Instant(nanoseconds: 6),
            configuration: Configuration(cores: 2, frequency: Hertz(kilohertz: 1_600_000)),
            energy: Joules(120), keepsDeadline: false, earliestDeadline: Instant(nanoseconds: 7)))

    private static func submission(_ ifLate: LateChoiceName?) -> SubmissionRequest {
        var request = ServerTests.submission()
        request.ifLate = ifLate
        return request
    }

    @Test func `a late job that is to be refused is refused with its code, and nothing is kept`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        try daemon.withService { $0.admission = Self.late }
        let refusal = #expect(throws: ClientError.self) {
            try daemon.client.submit(Self.submission(.reject))
        }
        guard case .refused(let error) = refusal else {
            Issue.record("not refused: \(String(describing: refusal))")
            return
        }
        #expect(error.code == .deadlineUnkeepable)
        #expect(error.details == ["earliestDeadlineUnixNs": "7"])
        #expect(try daemon.client.jobs().isEmpty)
    }

    @Test(arguments: [nil, LateChoiceName.accept])
    func `a late job is accepted unless said otherwise, and the answer alone tells the promise`(
        _ ifLate: LateChoiceName?
    ) throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        try daemon.withService { $0.admission = Self.late }
        let job = try daemon.client.submit(Self.submission(ifLate))
        var expected = AdmissionView(basis: "history")
        expected.startUnixNs = 1
        expected.finishUnixNs = 5
        expected.finishQuantileUnixNs = 6
        expected.finishQuantile = 0.9
        expected.configuration = ConfigurationView(cores: 2, frequencyKhz: 1_600_000)
        expected.modelledEnergyJ = 120
        expected.keepsDeadline = false
        expected.earliestDeadlineUnixNs = 7
        #expect(job.admission == expected)
        #expect(try daemon.client.job(job.id).admission == nil)
    }

    @Test func `where nothing can be promised the job is accepted and the answer says so`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        let job = try daemon.client.submit(Self.submission(.reject))
        #expect(job.admission == AdmissionView(basis: "none", missing: "work"))
    }

    @Test func `a word for late jobs that is none is refused`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        let refusal = #expect(throws: ClientError.self) {
            try daemon.client.submit(Self.submission(LateChoiceName(rawValue: "perhaps")))
        }
        guard case .refused(let error) = refusal else {
            Issue.record("not refused: \(String(describing: refusal))")
            return
        }
        #expect(error.code == .requestInvalid)
        #expect(error.message.contains("perhaps"))
    }
}
