import PacerPlatform
import PacerScheduling
import PacerTestSupport
import PacerUnits
import Testing

/// What the engine does when cores go and come, the machine sleeps, or a domain does not run what was asked.
@Suite struct MachineChangeTests {
    private var engine = Engine(
        machine: exampleMachine(cores: 4), power: examplePower, policies: examplePolicies)
    private var now = Instant.zero
    private var commands: [Command] = []

    private mutating func feed(_ event: Event) { commands = engine.handle(event, at: now) }

    private mutating func submit(_ number: Int64, _ shape: JobShape = .malleable(limit: nil)) {
        let request = JobRequest(
            id: JobID(number), className: "class-\(number)", submitted: now, deadline: now + Seconds(1000),
            shape: shape, policy: "race-to-idle", estimate: Seconds(100))
        feed(.submitted(request, prior: nil))
        for case .launch(let id, _) in commands { _ = engine.handle(.launched(id), at: now) }
    }

    private func cores(_ number: Int64) -> [Int] {
        (engine.allocation(of: JobID(number))?.cores ?? []).map(\.number)
    }

    private func notes(_ number: Int64) -> [String] {
        engine.record(JobID(number), at: now)?.decisions.map(\.reason) ?? []
    }

    private func holds(_ commands: [Command]) -> [Int] {
        commands.compactMap { if case .hold(let domain, _) = $0 { domain.number } else { nil } }
    }

    private func releases(_ commands: [Command]) -> [Int] {
        commands.compactMap { if case .release(let domain) = $0 { domain.number } else { nil } }
    }

    @Test mutating func `a job goes on with the cores that are left, and is told why`() {
        submit(1)
        #expect(cores(1) == [0, 1, 2, 3])
        feed(.present([0, 1, 3].map { CoreID($0) }))
        #expect(cores(1) == [0, 1, 3])
        #expect(commands.contains(.confine(JobID(1), cores: [0, 1, 3].map { CoreID($0) })))
        #expect(releases(commands) == [2])
        #expect(notes(1).contains { $0.contains("offline") })
    }

    @Test mutating func `no job is given a core that is offline, and one that needs more waits`() {
        feed(.present([0, 1].map { CoreID($0) }))
        submit(1, .rigid(cores: 3))
        #expect(cores(1) == [])
        feed(.present([0, 1, 2, 3].map { CoreID($0) }))
        #expect(cores(1) == [0, 1, 2])
        feed(.cancelRequested(JobID(1)))
        feed(.exited(JobID(1), .signalled(signal: 15)))
        feed(.present([1, 3].map { CoreID($0) }))
        submit(2)
        #expect(cores(2) == [1, 3])
    }

    @Test mutating func `a job that cannot change its width gets back what it lost`() {
        submit(1, .rigid(cores: 4))
        feed(.present([0, 1].map { CoreID($0) }))
        #expect(cores(1) == [0, 1])
        feed(.present([0, 1, 3].map { CoreID($0) }))
        #expect(cores(1) == [0, 1, 3])
        feed(.present([0, 1, 2, 3].map { CoreID($0) }))
        #expect(cores(1) == [0, 1, 2, 3])
    }

    @Test mutating func `a job all of whose cores went moves to a free one`() {
        submit(1, .rigid(cores: 1))
        #expect(cores(1) == [0])
        submit(2, .rigid(cores: 2))
        feed(.present([1, 2, 3].map { CoreID($0) }))
        #expect(cores(1) == [3])
        #expect(cores(2) == [1, 2])
        // With nothing free it shares one rather than having none.
        feed(.present([1, 2].map { CoreID($0) }))
        #expect(cores(1) == [1])
        #expect(cores(2) == [1, 2])
    }

    @Test mutating func `a domain that comes back is held for its job, or given back once more`() {
        submit(1, .rigid(cores: 4))
        feed(.present([0, 1, 2].map { CoreID($0) }))
        feed(.present([0, 1, 2, 3].map { CoreID($0) }))
        #expect(holds(commands) == [3])
        feed(.present([0, 1, 2].map { CoreID($0) }))
        feed(.cancelRequested(JobID(1)))
        feed(.exited(JobID(1), .signalled(signal: 15)))
        #expect(releases(commands) == [0, 1, 2])
        // The kernel remembers what it was held at; nobody wants that any longer.
        feed(.present([0, 1, 2, 3].map { CoreID($0) }))
        #expect(releases(commands) == [3])
        #expect(engine.held.isEmpty)
    }

    @Test mutating func `what is held is held anew after the machine slept, and the job is told`() {
        submit(1)
        feed(.resumed(after: Seconds(30)))
        #expect(holds(commands) == [0, 1, 2, 3])
        #expect(notes(1).contains { $0.contains("slept for 30") })
    }

    @Test mutating func `a domain that does not run what it was asked for is noted once, for jobs on it`() {
        submit(1, .rigid(cores: 2))
        submit(2, .rigid(cores: 2))
        let event = Event.disturbed(
            DomainID(0), actual: Hertz(kilohertz: 800_000), reason: "domain 0 is held back")
        feed(event)
        feed(event)
        #expect(notes(1).count { $0 == "domain 0 is held back" } == 1)
        #expect(!notes(2).contains("domain 0 is held back"))
        // It is still held at what was wanted: asking for less would make it slower yet.
        #expect(engine.held[DomainID(0)] == Hertz(kilohertz: 3_200_000))
    }

    @Test mutating func `an event about a domain that is not held changes nothing`() {
        feed(.disturbed(DomainID(0), actual: Hertz(kilohertz: 800_000), reason: "changed"))
        feed(.resumed(after: Seconds(1)))
        #expect(commands == [.wake(at: nil)])
        #expect(engine.held.isEmpty)
    }
}
