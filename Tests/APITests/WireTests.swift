import PacerAPI
import Testing

@Suite struct WireTests {
    static func text(_ value: some Encodable) throws -> String {
        String(decoding: try WireJSON.encode(value), as: UTF8.self)
    }

    static func value<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        try WireJSON.decode(type, from: Array(text.utf8))
    }

    static var job: JobView {
        var job = JobView(
            id: 12, className: "xz", command: ["/usr/bin/xz", "-9", "a b"], workingDirectory: "/data",
            userID: 1000, shape: ShapeView(.moldable, cores: 4), policy: "minimum-energy", state: .running,
            submittedUnixNs: 1_790_000_000_000_000_001, nowUnixNs: 1_790_000_010_000_000_000,
            work: WorkView(done: 3, total: 10, basis: "declared", source: "declared", ratePerS: 0.5),
            learnt: LearntView(knownRuns: 2),
            energy: EnergyView(
                source: .emulated, machineDuringRunJ: 120.5, attributedJ: 80.25, attributedErrorJ: 2.5,
                horizonJ: nil, unknownS: 0))
        job.startedUnixNs = 1_790_000_001_000_000_000
        job.deadlineUnixNs = 1_790_001_000_000_000_000
        job.slackS = 976.5
        job.allocation = AllocationView(coreIDs: [0, 1], frequencyKhz: 1_600_000)
        let configuration = ConfigurationView(cores: 2, frequencyKhz: 1_600_000)
        job.plan = PlanView(
            segments: [PlanView.Segment(configuration: configuration, durationS: 14)], modelledEnergyJ: 300,
            durationS: 14, meetsDeadline: true, reason: "the cheapest that keeps the deadline")
        job.learnt.speedups = [SpeedupView(cores: 2, speedup: 1.9, origin: .measured)]
        job.probes = [ConfigurationView(cores: 1, frequencyKhz: nil)]
        job.decisions = [
            DecisionView(atUnixNs: 5, kind: "start", configuration: configuration, reason: "free")
        ]
        return job
    }

    @Test func `a job survives the wire unchanged, nanoseconds included`() throws {
        #expect(try Self.value(JobView.self, try Self.text(Self.job)) == Self.job)
    }

    @Test func `the promise of a job survives the wire, and a job without one has no such key`() throws {
        var job = Self.job
        #expect(try !Self.text(job).contains("admission"))
        var admission = AdmissionView(basis: "history")
        admission.startUnixNs = 1_790_000_000_000_000_001
        admission.finishUnixNs = 1_790_000_020_000_000_003
        admission.finishQuantileUnixNs = 1_790_000_021_000_000_005
        admission.finishQuantile = 0.9
        admission.configuration = ConfigurationView(cores: 2, frequencyKhz: 1_600_000)
        admission.modelledEnergyJ = 300.5
        admission.keepsDeadline = false
        admission.earliestDeadlineUnixNs = 1_790_000_022_000_000_007
        for promise in [admission, AdmissionView(basis: "none", missing: "work")] {
            job.admission = promise
            #expect(try Self.value(JobView.self, try Self.text(job)) == job)
        }
    }

    @Test func `what is to be done with a late job is one word of the submission`() throws {
        var request = SubmissionRequest(arguments: ["a"], environment: [:], workingDirectory: "/")
        #expect(try !Self.text(request).contains("ifLate"))
        request.ifLate = .reject
        #expect(try Self.text(request).contains(#""ifLate":"reject""#))
        #expect(try Self.value(SubmissionRequest.self, try Self.text(request)) == request)
    }

    @Test func `the energy of a job names its source and says null for what is not known`() throws {
        let text = try Self.text(Self.job.energy)
        let expected =
            #"{"attributedErrorJ":2.5,"attributedJ":80.25,"horizonJ":null,"machineDuringRunJ":120.5,"source":"emulated","unknownS":0}"#
        #expect(text == expected)
    }

    @Test func `a submission is written with its units in its keys`() throws {
        var request = SubmissionRequest(
            arguments: ["make", "-j{cores}"], environment: [:], workingDirectory: "/src")
        request.deadlineUnixNs = 1_790_000_000_000_000_000
        request.shape = ShapeView(.rigid, cores: 4)
        request.estimateS = 90
        request.outputLimitBytes = 1024
        let expected =
            #"{"arguments":["make","-j{cores}"],"deadlineUnixNs":1790000000000000000,"environment":{},"#
            + #""estimateS":90,"outputLimitBytes":1024,"shape":{"cores":4,"kind":"rigid"},"workingDirectory":"/src"}"#
        #expect(try Self.text(request) == expected)
        #expect(try Self.value(SubmissionRequest.self, expected) == request)
    }

    @Test func `a refusal has the form that the documentation gives`() throws {
        let error = APIError(.jobNotFound, "there is no job 7", details: ["job": "7"])
        let expected =
            #"{"error":{"code":"job.notFound","details":{"job":"7"},"message":"there is no job 7"}}"#
        #expect(try Self.text(ErrorBody(error)) == expected)
        #expect(try Self.value(ErrorBody.self, expected) == ErrorBody(error))
    }

    @Test func `a code of a newer daemon is kept`() throws {
        let text = #"{"error":{"code":"moon.phase","message":"no","hint":"later"}}"#
        let error = try Self.value(ErrorBody.self, text).error
        #expect(error.code == .unknown("moon.phase"))
        #expect(error.code.name == "moon.phase")
        #expect(error.code.httpStatus == 500)
        #expect(error.code.exitCode == .internalFailure)
    }

    @Test func `words and keys of a newer daemon are tolerated`() throws {
        let text = try Self.text(Self.job)
            .replacing(#""state":"running""#, with: #""state":"hibernating","moon":{"phase":[1,2]}"#)
            .replacing(#""source":"emulated""#, with: #""source":"guessed""#)
        let job = try Self.value(JobView.self, text)
        #expect(job.state.rawValue == "hibernating")
        #expect(!job.isFinished)
        #expect(job.energy.source.rawValue == "guessed")
    }

    @Test(arguments: [
        (#"{"arguments":["a"],"environment":{}}"#, "'workingDirectory' is missing"),
        (#"{"arguments":"a","environment":{},"workingDirectory":"/"}"#, "'arguments' must be a list"),
        (#"{"arguments":[1],"environment":{},"workingDirectory":"/"}"#, "'arguments[0]' must be a text"),
        (
            #"{"arguments":["a"],"environment":{},"workingDirectory":"/","umask":"x"}"#,
            "'umask' must be a whole number"
        ),
        ("{", "the text is not JSON"), ("", "the text is not JSON"),
    ])
    func `what is wrong with a text is said in one sentence`(_ text: String, _ sentence: String) {
        let error = #expect(throws: WireError.self) { try Self.value(SubmissionRequest.self, text) }
        #expect(error?.description == sentence)
    }

    @Test func `a number that JSON does not have is refused, not written`() {
        #expect(throws: WireError.self) { try WireJSON.encode(["powerW": Double.infinity]) }
    }
}
