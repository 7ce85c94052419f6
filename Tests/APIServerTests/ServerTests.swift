import Glibc
import NIOCore
import PacerAPI
import PacerAPIClient
import PacerAPIServer
import PacerPorts
import PacerScheduling
import PacerUnits
import Testing

@Suite(.timeLimit(.minutes(1))) struct ServerTests {
    static func submission(_ arguments: [String] = ["/usr/bin/xz", "-9"]) -> SubmissionRequest {
        SubmissionRequest(arguments: arguments, environment: ["TOKEN": "hunter2"], workingDirectory: "/tmp")
    }

    @Test func `a submitted job carries who submitted it, and what was left out has its default`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        let job = try daemon.client.submit(Self.submission())
        let stored = try daemon.withService { try $0.job(JobID(1)).submission }
        #expect(job.id == 1)
        #expect(stored.userID == getuid())
        #expect(stored.groupID == getgid())
        #expect(stored.className == "xz")
        #expect(stored.policy == "minimum-energy")
        #expect(stored.shape == .malleable(limit: nil))
        #expect(stored.outputLimit == 1 << 30)
        #expect(stored.environment == ["TOKEN": "hunter2"])
    }

    @Test func `what was asked for arrives at the service`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        var request = Self.submission()
        request.className = "nightly"
        request.deadlineUnixNs = 1_790_000_000_000_000_001
        request.shape = ShapeView(.rigid, cores: 2)
        request.policy = "race-to-idle"
        request.estimateS = 90
        request.progressPattern = "(\\d+)%"
        request.outputUnlimited = true
        request.beginsAtOnce = true
        request.umask = 0o077
        _ = try daemon.client.submit(request)
        let stored = try daemon.withService { try $0.job(JobID(1)).submission }
        #expect(stored.className == "nightly")
        #expect(stored.deadline == Instant(nanoseconds: 1_790_000_000_000_000_001))
        #expect(stored.shape == .rigid(cores: 2))
        #expect(stored.policy == "race-to-idle")
        #expect(stored.estimate == Seconds(90))
        #expect(stored.progressPattern == "(\\d+)%")
        #expect(stored.beginsAtOnce == true)
        #expect(stored.outputLimit == nil)
        #expect(stored.umask == 0o077)
    }

    @Test func `many jobs are numbered in the order of their commands, behind what they have in common`()
        throws
    {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        let commands = (1...ManyJobsRequest.largest).map { ["\($0)"] }
        let ids = try daemon.client.submit(Self.submission(["seq"]), each: commands)
        #expect(ids == Array(1...Int64(commands.count)))
        let stored = try daemon.withService { try $0.job(JobID(7)).submission }
        #expect(stored.arguments == ["seq", "7"])
        #expect(stored.environment == ["TOKEN": "hunter2"])
        // Too many, none, and one without a program.
        for commands in [commands + [["x"]], [], [["x"], []]] {
            let error = #expect(throws: ClientError.self) {
                try daemon.client.submit(Self.submission([]), each: commands)
            }
            guard case .refused(let reason) = error else {
                Issue.record("\(error.map { "\($0)" } ?? "accepted")")
                continue
            }
            #expect(reason.code == .requestInvalid)
        }
        #expect(try daemon.client.jobs().count == commands.count)
    }

    @Test func `the environment of a job is in no answer`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        _ = try daemon.client.submit(Self.submission())
        let answer = try rawExchange(
            daemon.socketPath, Array("GET /v1/jobs/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".utf8))
        #expect(answer.hasPrefix("HTTP/1.1 200 OK"))
        #expect(!answer.contains("hunter2"))
    }

    @Test func `numbers that are none do not reach the wire`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        let job = try daemon.client.submit(Self.submission())
        #expect(job.work.ratePerS == nil)
        #expect(job.learnt.kappa == nil)
        #expect(job.energy.source == .emulated)
        #expect(job.allocation == AllocationView(coreIDs: [0], frequencyKhz: 800_000))
    }

    @Test func `info, policies, machine and plan are answered`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        let client = daemon.client
        let info = try client.info()
        #expect(info.apiVersion == 1)
        #expect(info.coreCount == 2)
        #expect(
            info.summary.contains("frequency is emulated by a bandwidth quota; jobs are held together by"))
        #expect(info.summary.hasSuffix("joules are emulated, not measured"))
        #expect(try client.policies().map(\.name) == ["minimum-energy", "race-to-idle"])
        #expect(try client.policies().map(\.isDefault) == [true, false])
        let machine = try client.machine()
        #expect(machine.domains.first?.heldKhz == 800_000)
        #expect(machine.knobs.first?.owner == "pacer")
        #expect(machine.energy.totalJ == 42)
        let forecast = try client.plan(Self.submission())
        #expect(forecast.knownRuns == 3)
        #expect(forecast.estimates.first?.powerW == 15)
    }

    @Test func `why a job runs as it does is told with the job, the hull and every policy`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        _ = try daemon.client.submit(Self.submission())
        let told = try daemon.client.explanation(of: 1)
        #expect(told.job.id == 1)
        #expect(told.scope == .rest)
        #expect(told.accounting == "horizon")
        #expect(told.spanS == 25)
        #expect(told.reserveS == 5)
        #expect(told.requiredRatePerS == 0.4)
        #expect(told.hull == [ConfigurationView(cores: 1, frequencyKhz: 800_000)])
        #expect(told.estimates.map(\.powerW) == [15])
        #expect(told.plans.map(\.policy) == ["minimum-energy", "race-to-idle"])
        #expect(told.chosen?.policy == "minimum-energy")
        // 10 units at 2 a second are 5 s; they and the policy's plan are the same configuration.
        #expect(told.nextBest == nil)
        try daemon.withService { $0.store[1]?.record.estimates = [] }
        let nothing = try daemon.client.explanation(of: 1)
        #expect(nothing.estimates.isEmpty && nothing.plans.isEmpty && nothing.chosen == nil)
        let error = #expect(throws: ClientError.self) { try daemon.client.explanation(of: 9) }
        #expect(error?.exitCode == .data)
    }

    @Test func `a refusal of the service keeps its code and its sentence`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        let client = daemon.client
        var request = Self.submission()
        request.policy = "unknown"
        let refused = ClientError.refused(APIError(.policyNotFound, "there is no policy 'unknown'"))
        #expect(throws: refused) { try client.submit(request) }
        #expect(throws: ClientError.refused(APIError(.jobNotFound, "there is no job 7"))) {
            try client.job(7)
        }
    }

    @Test func `a progress pattern that cannot be read is a wrong value, of one job and of many`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        let client = daemon.client
        var request = Self.submission()
        request.progressPattern = "("
        let refused = ClientError.refused(
            APIError(.requestInvalid, "could not read the progress pattern '('"))
        #expect(throws: refused) { try client.submit(request) }
        #expect(throws: refused) { try client.submit(request, each: [["a"], ["b"]]) }
        #expect(refused.exitCode == .usage)
        #expect(try client.jobs().isEmpty)
    }

    @Test(arguments: [
        ([], "the command is empty"), ([""], "the command is empty"), (["a\0b"], "zero byte"),
    ])
    func `a command that cannot be started is refused`(_ arguments: [String], _ part: String) throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        let client = daemon.client
        let error = #expect(throws: ClientError.self) { try client.submit(Self.submission(arguments)) }
        #expect(error?.description.contains(part) == true)
        #expect(error?.exitCode == .usage)
    }

    @Test func `cancelling ends a job once`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        let client = daemon.client
        _ = try client.submit(Self.submission())
        #expect(try client.cancel(1).outcome?.kind == .cancelled)
        let error = #expect(throws: ClientError.self) { try client.cancel(1) }
        #expect(error?.exitCode == .data)
    }

    @Test func `output is read in pieces, and its end is known`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        let client = daemon.client
        _ = try client.submit(Self.submission())
        #expect(try client.output(1, .stdout, offset: 0).bytes.isEmpty)
        let binary: [UInt8] = [0, 255, 10, 13, 200]
        try write(binary, to: "\(daemon.folder.path)/stdout")
        let first = try client.output(1, .stdout, offset: 0, limit: 3)
        #expect(first.bytes == [0, 255, 10])
        #expect(first.nextOffset == 3)
        #expect(!first.jobFinished)
        try daemon.withService { $0.finish(JobID(1), .ended(.exited(code: 0))) }
        let rest = try client.output(1, .stdout, offset: first.nextOffset)
        #expect(rest.bytes == [13, 200])
        #expect(rest.jobFinished)
        #expect(try client.output(1, .stdout, offset: 99).nextOffset == 99)
    }

    @Test func `the list of jobs is the newest ones in order`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        let client = daemon.client
        for _ in 0..<3 { _ = try client.submit(Self.submission()) }
        #expect(try client.jobs().map(\.id) == [1, 2, 3])
        #expect(try client.jobs(limit: 2).map(\.id) == [2, 3])
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT, 0o600)
        try #require(file >= 0)
        try #require(Glibc.write(file, bytes, bytes.count) == bytes.count)
        Glibc.close(file)
    }

    @Test(arguments: [
        (Outcome.ended(.exited(code: 7)), OutcomeView(.exited, exitCode: 7)),
        (.ended(.signalled(signal: 9)), OutcomeView(.signalled, signal: 9)),
        (.ended(.lost), OutcomeView(OutcomeName.lost)), (.lost, OutcomeView(OutcomeName.lost)),
        (.stopped(.cancelled), OutcomeView(.cancelled)), (.stopped(.outputLimit), OutcomeView(.outputLimit)),
        (.notStarted("no such file"), OutcomeView(.notStarted, reason: "no such file")),
    ])
    func `every way in which a job can end is told`(_ outcome: Outcome, _ view: OutcomeView) throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        _ = try daemon.client.submit(ServerTests.submission())
        try daemon.withService { $0.finish(JobID(1), outcome) }
        #expect(try daemon.client.job(1).outcome == view)
    }

    @Test func `segments of the journal are listed and read piece by piece`() throws {
        let daemon = try Daemon()
        defer { #expect(throws: Never.self) { try daemon.close() } }
        let path = "\(daemon.folder.path)/events"
        try write([1, 2, 3, 4, 5], to: path)
        try daemon.withService {
            $0.journal = [
                JournalSegment(number: 3, path: path, byteCount: 5, changed: Instant(nanoseconds: 7))
            ]
        }
        let client = daemon.client
        #expect(try client.journal() == [JournalSegmentView(number: 3, bytes: 5, changedUnixNs: 7)])
        #expect(try client.journal(segment: 3, offset: 0, limit: 2) == [1, 2])
        #expect(try client.journal(segment: 3, offset: 2) == [3, 4, 5])
        #expect(try client.journal(segment: 3, offset: 9).isEmpty)
        let missing = #expect(throws: ClientError.self) { try client.journal(segment: 2, offset: 0) }
        #expect(missing?.exitCode == .data)
        try daemon.withService { $0.journal = nil }
        let off = #expect(throws: ClientError.self) { try client.journal() }
        #expect(off?.exitCode == .data)
        #expect(off?.description.contains("journal: off") == true)
    }
}
