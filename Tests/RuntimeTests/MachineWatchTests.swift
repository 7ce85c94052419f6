import PacerPlatform
import PacerPorts
import PacerRuntime
import PacerScheduling
import PacerUnits
import Testing

/// The control loop on a machine that changes under it.
@Suite struct MachineWatchTests {
    /// What the machine is, as the test sets it.
    private final class Changing {
        var online: CPUSet = [CPUID(0), CPUID(1)]
        var suspended = Seconds.zero
        var rivals: [String] = []
        var lines: [String] = []
        let control = MemoryFrequency()
    }

    private let machine = Changing()

    private func bench(_ rivals: RivalChoice = .warn) -> Bench {
        let machine = machine
        return Bench(rivals: rivals) { ports in
            ports.frequency = machine.control
            ports.onlineCPUs = { machine.online }
            ports.asleep = { machine.suspended }
            ports.rivals = { machine.rivals }
            ports.log = { _, line in machine.lines.append(line) }
        }
    }

    private func decisions(_ job: JobID, _ bench: Bench) throws -> [String] {
        try bench.loop.job(job).record.decisions.map(\.reason)
    }

    @Test func `a CPU that goes offline is taken from its job, said, and used again when it is back`() throws
    {
        let bench = bench()
        let job = try bench.submit(deadline: 600)
        bench.pass(1)
        machine.online = [CPUID(0)]
        bench.loop.tick()
        #expect(try bench.loop.job(job).record.state.allocation?.cores == [CoreID(0)])
        let report = try bench.loop.machineReport()
        #expect(report.present == [CoreID(0)])
        #expect(report.notes.contains { $0.contains("Offline") && $0.contains("1") })
        #expect(machine.lines.contains("CPUs 1 went offline"))
        machine.online = [CPUID(0), CPUID(1)]
        bench.loop.tick()
        bench.pass(60)
        #expect(try bench.loop.machineReport().present.count == 2)
        #expect(machine.lines.contains("CPUs 1 came online"))
    }

    @Test func `a CPU that was not there at the start is said to be of no use`() throws {
        let bench = bench()
        bench.loop.tick()
        machine.online = [CPUID(0), CPUID(1), CPUID(7)]
        let notes = try bench.loop.machineReport().notes
        #expect(notes.contains { $0.contains("CPUs 7") && $0.contains("starts again") })
    }

    @Test func `after the machine slept every domain is held anew`() throws {
        let bench = bench()
        let job = try bench.submit(deadline: 600)
        bench.pass(1)
        machine.control.changes = 0
        machine.suspended += Seconds(40)
        bench.loop.tick()
        #expect(machine.control.changes == machine.control.held.count)
        #expect(try decisions(job, bench).contains { $0.contains("slept for 40") })
    }

    @Test func `with hold what somebody changes is set again, and the job is told`() throws {
        let bench = bench(.hold)
        machine.rivals = ["tuned is running: it sets governors"]
        let job = try bench.submit(deadline: 600)
        bench.pass(2)
        machine.control.seize(DomainID(0), Hertz(kilohertz: 800_000))
        bench.pass(10)
        #expect(machine.control.found[DomainID(0)] == machine.control.held[DomainID(0)])
        #expect(try decisions(job, bench).contains { $0.contains("tuned") && $0.contains("set again") })
    }

    @Test func `with warn what somebody changes stays until the next plan wants something else`() throws {
        let bench = bench()
        let job = try bench.submit(deadline: 600)
        bench.pass(2)
        let wanted = machine.control.held[DomainID(0)]
        machine.control.seize(DomainID(0), Hertz(kilohertz: 1_200_000))
        bench.pass(8)
        // It may be held at something else by now, but was not set to the same again.
        let isSameWish = machine.control.held[DomainID(0)] == wanted
        #expect(!isSameWish || machine.control.found[DomainID(0)] == Hertz(kilohertz: 1_200_000))
        #expect(try decisions(job, bench).contains { $0.contains("somebody else") })
    }

    @Test func `with refuse nothing is set while a rival runs, and the job is told why`() throws {
        let bench = bench(.refuse)
        machine.rivals = ["tuned is running: it sets governors"]
        let job = try bench.submit(deadline: 600)
        bench.pass(5)
        #expect(machine.control.held.isEmpty)
        #expect(machine.control.changes == 0)
        #expect(try decisions(job, bench).contains { $0.contains("tuned is running") })
        #expect(try bench.loop.machineReport().conflicts == machine.rivals)
    }

    @Test func `with refuse what is held is given back when a rival appears`() throws {
        let bench = bench(.refuse)
        _ = try bench.submit(deadline: 600)
        bench.pass(3)
        #expect(!machine.control.held.isEmpty)
        machine.rivals = ["tuned is running: it sets governors"]
        bench.pass(75)
        #expect(machine.control.held.isEmpty)
        #expect(machine.lines.contains("tuned is running: it sets governors"))
    }

    @Test func `what happened to the machine can be run again from the journal`() throws {
        let bench = bench()
        let job = try bench.submit(deadline: 600)
        bench.pass(2)
        machine.online = [CPUID(1)]
        bench.pass(2)
        machine.suspended += Seconds(5)
        bench.pass(2)
        machine.control.seize(DomainID(1), Hertz(kilohertz: 800_000))
        bench.pass(10)
        machine.online = [CPUID(0), CPUID(1)]
        bench.pass(10)
        bench.loop.exited(job, .exited(code: 0))
        let kinds = bench.journal.entries[0].map(\.event)
        #expect(kinds.contains { if case .present = $0 { true } else { false } })
        #expect(kinds.contains { if case .resumed = $0 { true } else { false } })
        #expect(kinds.contains { if case .disturbed = $0 { true } else { false } })
        try expectEqualWhenRunAgain(bench.journal)
    }
}

/// Holds domains in memory; somebody else may change them.
private final class MemoryFrequency: FrequencyControl {
    let summary = "in memory"
    var held: [DomainID: Hertz] = [:]
    var found: [DomainID: Hertz] = [:]
    var changes = 0

    func seize(_ domain: DomainID, _ frequency: Hertz) { found[domain] = frequency }

    func hold(_ frequency: Hertz, domain: DomainID, reason: KnobReason) throws(PortError) -> Hertz {
        changes += 1
        held[domain] = frequency
        found[domain] = frequency
        return frequency
    }

    func release(_ domain: DomainID, reason: KnobReason) throws(PortError) {
        held[domain] = nil
        found[domain] = nil
    }

    func knobs() throws(PortError) -> [Knob] { [] }

    func heldStates() throws(PortError) -> [HeldState] {
        held.sorted { $0.key < $1.key }.map { domain, wanted in
            let now = found[domain] ?? wanted
            var state = HeldState(domain: domain, wanted: wanted, lowest: now, highest: now)
            state.present = now
            return state
        }
    }
}
