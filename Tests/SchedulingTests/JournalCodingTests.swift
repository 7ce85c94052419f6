import FoundationEssentials
import PacerModels
import PacerPlatform
@testable import PacerScheduling
import PacerTestSupport
import PacerUnits
import Testing

@Suite struct JournalCodingTests {
    private static let request = JobRequest(
        id: JobID(7), className: "make \"all\"", submitted: Instant(nanoseconds: 1_790_000_000_000_000_001),
        deadline: Instant(nanoseconds: 1_790_000_100_000_000_000), shape: .malleable(limit: 3),
        policy: "minimum-energy", estimate: Seconds(0.1), outputLimit: 1 << 30)

    private static let profile = ClassProfile(
        className: "make", machineName: "example", source: .declared,
        measurements: [
            Measurement(
                configuration: Configuration(cores: 2, frequency: Hertz(kilohertz: 1_200_000)),
                rate: 0.1 + 0.2,
                rateError: 0.01, power: Watts(1.0 / 3), powerError: .infinity, duration: Seconds(1e-9))
        ], signals: [ContentionSignals(cores: 2, onCPUShare: 0.97)], work: [1, 2.5], runs: 2)

    private static var snapshot: Snapshot {
        let at = Instant(nanoseconds: 1_790_000_000_123_456_789)
        var full = JobSample(at: Instant(nanoseconds: 1_790_000_000_123_000_000))
        full.busyTime = Seconds(0.1 + 0.7)
        full.userTime = Seconds(0.7)
        full.systemTime = Seconds(0.1)
        full.runQueueDelay = Seconds(1e-9)
        full.voluntarySwitches = .max
        full.involuntarySwitches = 3
        full.majorFaults = 1
        full.instructions = 0
        full.threads.processes = 2
        full.threads.threads = 5
        full.threads.runnable = 3
        full.threads.inFutex = 1
        full.threads.uninterruptible = 1
        full.outputBytes = 70
        full.progress = Progress(
            done: 12.25, total: 40, at: Instant(nanoseconds: 1_790_000_000_100_000_000), source: .output)
        var started = JobSample(at: at)
        started.progress = Progress(done: 0, total: nil, at: at, source: .declared)
        return Snapshot(
            energy: EnergyReading(at: at, microjoules: 9_007_199_254_740_991, unknown: Seconds(0.25)),
            samples: [JobID(7): full, JobID(2): started, JobID(3): JobSample(at: at)])
    }

    static let events: [Event] = [
        .submitted(request, prior: nil), .submitted(request, prior: profile), .launched(JobID(7)),
        .launchFailed(JobID(7), reason: "no \n such file"),
        .adopted(
            request, Allocation(cores: [CoreID(1), CoreID(0)], frequency: Hertz(kilohertz: 800_000)),
            started: Instant(nanoseconds: 5), prior: profile),
        .exited(JobID(7), .exited(code: 0)), .exited(JobID(7), .signalled(signal: 9)),
        .exited(JobID(7), .lost),
        .cancelRequested(JobID(7)), .held(DomainID(2), actual: Hertz(kilohertz: 1_234_567)),
        .holdFailed(DomainID(2), reason: "read-only"), .observed(snapshot),
        .present([CoreID(0), CoreID(3)]), .resumed(after: Seconds(12.5)),
        .disturbed(DomainID(2), actual: Hertz(kilohertz: 800_000), reason: "hot"),
        .disturbed(DomainID(2), actual: nil, reason: "changed"),
        .observed(Snapshot(energy: EnergyReading(at: .zero, microjoules: 0, unknown: .zero), samples: [:])),
        .observed(afterSleep),
    ]

    private static var afterSleep: Snapshot {
        var snapshot = snapshot
        snapshot.slept = true
        return snapshot
    }

    private static func encoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return encoder
    }

    private static func decoded<Value: Decodable>(_ type: Value.Type, _ data: Data) throws -> Value {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try decoder.decode(type, from: data)
    }

    private static func returned<Value: Codable>(_ value: Value) throws -> Value {
        try decoded(Value.self, try encoder().encode(value))
    }

    private static func text(_ value: some Encodable) throws -> String {
        String(decoding: try encoder().encode(value), as: UTF8.self)
    }

    @Test(arguments: events) func `an event that is written is read as it was, to the last bit`(
        _ event: Event
    ) throws {
        let entry = JournalItem.entry(
            JournalEntry(
                at: Instant(nanoseconds: 1_790_000_000_000_000_007), event: event, commands: ["wake never"]))
        #expect(try Self.returned(entry) == entry)
    }

    @Test func `snapshots of random counts come back as they were`() throws {
        for seed in UInt64(1)...200 {
            var generator = SeededGenerator(seed: seed)
            var sample = JobSample(at: Instant(nanoseconds: Int64.random(in: 0...1 << 60, using: &generator)))
            sample.busyTime = Seconds(Double.random(in: 0...1e6, using: &generator))
            sample.userTime = Seconds(Double.random(in: 0...1, using: &generator).nextUp)
            sample.voluntarySwitches = UInt64.random(in: 0...3, using: &generator)
            sample.threads.threads = Int.random(in: 0...2, using: &generator)
            if Bool.random(using: &generator) {
                sample.progress = Progress(
                    done: Double.random(in: 0...1e12, using: &generator), total: nil, at: sample.at,
                    source: .declared)
            }
            let energy = EnergyReading(
                at: Bool.random(using: &generator) ? sample.at : .zero,
                microjoules: UInt64.random(in: 0...1 << 53, using: &generator), unknown: .zero)
            let event = Event.observed(Snapshot(energy: energy, samples: [JobID(1): sample]))
            #expect(try Self.returned(event) == event, "seed \(seed)")
        }
    }

    @Test func `what is zero, and a time that is that of the whole, takes no room`() throws {
        let at = Instant(nanoseconds: 5)
        let event = Event.observed(
            Snapshot(
                energy: EnergyReading(at: at, microjoules: 3, unknown: .zero),
                samples: [JobID(1): JobSample(at: at)]))
        #expect(try Self.text(event) == #"{"observed":{"atNs":5,"jobs":[{"job":1}],"uj":3}}"#)
    }

    @Test(arguments: [
        "{}", #"{"exploded":3}"#, #"{"launched":1,"exited":{"job":1}}"#, #"{"launched":"x"}"#,
        #"{"adopted":{"request":{}}}"#, #"{"observed":{"uj":-1,"atNs":0}}"#, #"{"held":{"domain":1}}"#,
        #"{"launchFailed":{"reason":"x"}}"#,
    ])
    func `what is no event is refused`(_ text: String) {
        #expect(throws: DecodingError.self) { try Self.decoded(Event.self, Data(text.utf8)) }
    }

    @Test func `a header holds all that an engine starts from`() throws {
        var constants = ControlConstants()
        constants.grace = Seconds(3)
        var start = EngineStart(
            machine: exampleMachine(cores: 6, perDomain: 2), power: examplePower, constants: constants)
        start.idleError = Watts(0.1 + 0.2)
        start.userLimits.running = 7
        start.shares = [UserShare(user: UserID(5), at: Instant(nanoseconds: 3))]
        start.queuePolicy = "x"
        var arrivals = Arrivals()
        for number in 0..<7 { arrivals.note(at: .zero + Seconds(Double(number * number) * 1.1)) }
        start.arrivals = arrivals
        start.classes = [Self.profile]
        let header = JournalHeader(
            pacer: "9.9", started: Instant(nanoseconds: 11), start: start,
            policies: [RecordedPolicy(name: "x", text: "name: x\n")])
        // Every property has a value of its own, so that none can be forgotten.
        let other = PowerModel(idle: .zero, uncore: .zero, cubic: 1, linear: 1, constant: 1)
        let plain = EngineStart(machine: exampleMachine(cores: 1), power: other)
        for (own, usual) in zip(Mirror(reflecting: start).children, Mirror(reflecting: plain).children) {
            #expect("\(own.value)" != "\(usual.value)", "\(own.label ?? "")")
        }
        #expect(try Self.returned(JournalItem.header(header)) == .header(header))
        #expect(
            try Self.returned(JournalItem.cut(at: .zero, reason: "full")) == .cut(at: .zero, reason: "full"))
    }

    @Test func `another version and another format are refused by their names`() throws {
        let header = JournalHeader(
            pacer: "9.9", started: .zero,
            start: EngineStart(machine: exampleMachine(cores: 1), power: examplePower), policies: [])
        let text = try Self.text(header)
        for (old, new, named) in [
            (#""version":1"#, #""version":2"#, "version 2"), ("pacer-journal", "swf", "'swf'"),
        ] {
            let other = text.replacing(old, with: new)
            let error = #expect(throws: DecodingError.self) {
                try Self.decoded(JournalItem.self, Data(other.utf8))
            }
            #expect("\(String(describing: error))".contains(named))
        }
    }

    @Test func `a constant that an older version did not have is standard, or what stood for it`() throws {
        let read = try Self.decoded(ControlConstants.self, Data(#"{"grace":3,"later":1}"#.utf8))
        var expected = ControlConstants()
        expected.grace = Seconds(3)
        expected.unsteadyWindow = expected.shortestWindow
        #expect(read == expected)
    }

    @Test func `where one cost of all changes was known it is that of both kinds`() throws {
        let read = try Self.decoded(ControlConstants.self, Data(#"{"switchCost":0.03}"#.utf8))
        #expect(read.changes == SwitchCost(cores: Seconds(0.03), frequency: Seconds(0.03)))
        var constants = ControlConstants()
        constants.frequencySwitchCost = Seconds(0.007)
        constants.speedupCost = 0.02
        constants.unsteadyWindow = Seconds(0.3)
        let again = try Self.decoded(ControlConstants.self, JSONEncoder().encode(constants))
        #expect(again == constants)
    }

    @Test(arguments: [
        #""cores":[]"#, #""cores":[{"core":0,"cpus":"0","package":0},{"core":0,"cpus":"1","package":0}]"#,
        #""cores":[{"core":5,"cpus":"0","package":0}]"#, #""cores":[{"core":0,"cpus":"x","package":0}]"#,
    ])
    func `a machine that cannot be is refused`(_ cores: String) {
        let text = """
            {"name":"m","energySource":"emulated",\(cores),
             "domains":[{"domain":0,"cores":[0],"frequenciesKhz":[800000]}]}
            """
        #expect(throws: DecodingError.self) { try Self.decoded(Machine.self, Data(text.utf8)) }
    }

    // MARK: Commands

    @Test func `a command's text is what a person would want to read`() {
        let cores = [CoreID(0), CoreID(3)]
        let texts: [(Command, String)] = [
            (.launch(JobID(3), cores: cores), "launch 3 cores 0,3"),
            (.confine(JobID(3), cores: cores), "confine 3 cores 0,3"),
            (.hold(DomainID(1), Hertz(kilohertz: 2_400_000)), "hold 1 at 2400000"),
            (.release(DomainID(1)), "release 1"), (.signal(JobID(3), .terminate), "signal 3 terminate"),
            (.signal(JobID(3), .kill), "signal 3 kill"), (.wake(at: nil), "wake never"),
            (.wake(at: Instant(nanoseconds: 5)), "wake 5"), (.retire(JobID(3)), "retire 3"),
        ]
        for (command, text) in texts { #expect(command.journalText == text) }
    }

    @Test func `records that differ in the last bit of one number have different texts`() {
        var record = JobRecord(queued: Self.request)
        record.rate = 0.3
        let before = Command.record(record).journalText
        record.rate = 0.1 + 0.2
        #expect(Command.record(record).journalText != before)
        record.rate = 0.3
        record.decisions = [DecisionRecord(at: .zero, kind: .note, configuration: nil, reason: "a")]
        let worded = Command.record(record).journalText
        #expect(worded != before)
        record.decisions[0].reason = "the same in other words"
        #expect(Command.record(record).journalText == worded)
    }

    @Test func `profiles that differ anywhere have different texts`() {
        let changes: [(inout ClassProfile) -> Void] = [
            { $0.runs += 1 }, { $0.work = [2.5, 1] }, { $0.measurements[0].powerError = 0.5 },
            { $0.measurements[0].power = nil }, { $0.signals = [] }, { $0.source = .output },
        ]
        let texts = changes.map { change in
            var profile = Self.profile
            change(&profile)
            return Command.remember(profile).journalText
        }
        #expect(Set(texts + [Command.remember(Self.profile).journalText]).count == changes.count + 1)
    }
}
