import Foundation
import PacerModels
import PacerPlatform
import PacerReplay
import PacerScheduling
import PacerUnits
import Testing

/// A journal of three jobs on a simulated machine: one alone, two together.
struct ExampleJournal {
    static let machine = Machine(
        name: "example",
        cores: (0..<4).map { Core(id: CoreID($0), cpus: [CPUID($0)], package: PackageID(0)) },
        domains: (0..<4).map { core in
            FrequencyDomain(
                id: DomainID(core), cores: [CoreID(core)],
                operatingPoints: [800, 1600, 2400, 3200].map { OperatingPoint(Hertz(kilohertz: $0 * 1000)) })
        }, energySource: .emulated)
    static let power = PowerModel(idle: Watts(8), uncore: Watts(6), cubic: 0.35, linear: 0.4, constant: 0.6)

    let header: JournalHeader
    let result: SimulationResult

    init(policy: String = "minimum-energy") {
        func job(_ number: Int64, _ className: String, at start: Double, deadline: Double, serial: Double)
            -> SimulatedJob
        {
            let submitted = Instant.zero + Seconds(start)
            return SimulatedJob(
                request: JobRequest(
                    id: JobID(number), className: className, submitted: submitted,
                    deadline: submitted + Seconds(deadline), shape: .malleable(limit: 2), policy: policy),
                work: 100,
                rate: { configuration in
                    let cores = Double(configuration.cores)
                    return 5 / (serial + (1 - serial) / cores) * (configuration.frequency.value / 3.2e9)
                })
        }
        var simulation = Simulation(
            machine: Self.machine, truth: Self.power, policies: shippedPolicies,
            jobs: [
                job(1, "a", at: 0, deadline: 30, serial: 0.1), job(2, "a", at: 40, deadline: 40, serial: 0.1),
                job(3, "b", at: 45, deadline: 60, serial: 0.4),
            ])
        simulation.keepsJournal = true
        result = simulation.run()
        header = JournalHeader(
            pacer: "test", started: .zero, start: EngineStart(machine: Self.machine, power: Self.power),
            policies: [])
    }

    var entries: [JournalEntry] { result.journal }

    /// The entries run again, and what was collected from them.
    func run(_ entries: [JournalEntry]) throws(JournalError) -> (
        check: Reexecution, workload: JournalWorkload
    ) {
        var check = try Reexecution(header, policies: shippedPolicies)
        var collector = JournalCollector(header)
        for (index, entry) in entries.enumerated() {
            collector.willFeed(entry, to: check.engine)
            collector.ordered(try check.feed(entry, line: index + 2))
        }
        return (check, collector.workload)
    }
}

@Suite struct ReexecutionTests {
    @Test func `the same events give the same commands`() throws {
        let journal = ExampleJournal()
        let check = try journal.run(journal.entries).check
        #expect(check.isEqual)
        #expect(check.events == journal.entries.count)
        #expect(check.events > 100)
        #expect(check.decisions == journal.entries.map(\.commands.count).reduce(0, +))
        #expect(check.equalDecisions == check.decisions)
    }

    @Test func `jobs of known classes that share the machine are decided the same by a journal that is read`()
        throws
    {
        func jobs(_ count: Int) -> [SimulatedJob] {
            (0..<count).map { number in
                let submitted = Instant.zero + Seconds(Double(number) * 20)
                return SimulatedJob(
                    request: JobRequest(
                        id: JobID(Int64(number + 1)), className: "a", submitted: submitted,
                        deadline: submitted + Seconds(number.isMultiple(of: 2) ? 200 : 60),
                        shape: .malleable(limit: nil), policy: "minimum-energy"),
                    work: 60,
                    rate: { 5 / (0.3 + 0.7 / Double($0.cores)) * ($0.frequency.value / 3.2e9) })
            }
        }
        func simulate(_ jobs: [SimulatedJob], _ profiles: [String: ClassProfile]) -> SimulationResult {
            var simulation = Simulation(
                machine: ExampleJournal.machine, truth: ExampleJournal.power, policies: shippedPolicies,
                jobs: jobs, profiles: profiles, queuePolicy: "minimum-energy")
            simulation.keepsJournal = true
            return simulation.run()
        }
        let result = simulate(jobs(12), simulate(jobs(1), [:]).profiles)
        var start = EngineStart(machine: ExampleJournal.machine, power: ExampleJournal.power)
        start.queuePolicy = "minimum-energy"
        let written = JournalHeader(pacer: "test", started: .zero, start: start, policies: [])
        let header = try JSONDecoder().decode(JournalHeader.self, from: JSONEncoder().encode(written))
        var check = try Reexecution(header, policies: shippedPolicies)
        for (index, entry) in result.journal.enumerated() { _ = try check.feed(entry, line: index + 2) }
        #expect(check.isEqual)
        let notes = result.records.flatMap(\.decisions).filter { $0.kind == .note }
        #expect(notes.contains { $0.reason.contains("others") }, "some waited, or nothing was tried")
    }

    @Test func `the energy of the recorded decisions follows from what was learnt of the jobs`() throws {
        let journal = ExampleJournal()
        let workload = try journal.run(journal.entries).workload
        let counted = workload.energy.value
        #expect(counted > 0)
        #expect(abs(workload.modelled.value / counted - 1) < 0.01)
        // An idle machine after the last end is counted too, and so is a job that has not ended.
        let middle = journal.entries[..<(journal.entries.count * 2 / 3)]
        let part = try journal.run(Array(middle)).workload
        #expect(part.jobs.count < workload.jobs.count)
        #expect(abs(part.modelled.value / part.energy.value - 1) < 0.01)
    }

    @Test func `one changed command is found, wherever it is`() throws {
        let journal = ExampleJournal()
        for index in stride(from: 0, to: journal.entries.count, by: journal.entries.count / 5) {
            var entries = journal.entries
            entries[index].commands[0] += "0"
            let check = try journal.run(entries).check
            let difference = try #require(check.difference)
            #expect(difference.line == index + 2)
            #expect(difference.entry == entries[index])
            #expect(difference.now == journal.entries[index].commands)
            #expect(check.equalDecisions == check.decisions - 1)
        }
    }

    @Test func `an event that was changed or is missing leads to other commands`() throws {
        let journal = ExampleJournal()
        let launched = try #require(journal.entries.firstIndex { $0.event == .launched(JobID(1)) })
        var entries = journal.entries
        entries.remove(at: launched)
        #expect(try journal.run(entries).check.difference != nil)

        let observed = journal.entries.indices.filter {
            guard case .observed(let snapshot) = journal.entries[$0].event else { return false }
            return snapshot.samples[JobID(1)] != nil
        }
        let late = observed[observed.count / 2]
        entries = journal.entries
        guard case .observed(var snapshot) = entries[late].event else { return }
        let progress = try #require(snapshot.samples[JobID(1)]?.progress)
        snapshot.samples[JobID(1)]?.progress = Progress(
            done: progress.done * 1.01, total: progress.total, at: progress.at, source: progress.source)
        entries[late].event = .observed(snapshot)
        #expect(try journal.run(entries).check.difference != nil)
    }

    @Test func `another engine is another engine`() throws {
        let journal = ExampleJournal()
        var constants = ControlConstants()
        constants.probeTick = Seconds(0.07)
        let header = JournalHeader(
            pacer: "test", started: .zero,
            start: EngineStart(
                machine: ExampleJournal.machine, power: ExampleJournal.power, constants: constants),
            policies: [])
        var check = try Reexecution(header, policies: shippedPolicies)
        for entry in journal.entries { _ = try check.feed(entry, line: 1) }
        #expect(!check.isEqual)
    }

    @Test(arguments: [
        #"{"gaps":-1,"meanGapS":1,"meanSquareGapS2":1}"#,
        #"{"gaps":9223372036854775807,"last":{"nanoseconds":1},"meanGapS":1,"meanSquareGapS2":1}"#,
        #"{"gaps":4,"meanGapS":1,"meanSquareGapS2":1}"#,
        #"{"gaps":4,"last":{"nanoseconds":1},"meanGapS":0,"meanSquareGapS2":1}"#,
        #"{"gaps":4,"last":{"nanoseconds":1},"meanGapS":1,"meanSquareGapS2":-1}"#,
    ])
    func `arrivals that cannot have been are refused`(_ text: String) throws {
        var start = ExampleJournal().header.start
        start.arrivals = try JSONDecoder().decode(Arrivals.self, from: Data(text.utf8))
        let header = JournalHeader(pacer: "test", started: .zero, start: start, policies: [])
        #expect(throws: JournalError.self) { try Reexecution(header, policies: shippedPolicies) }
    }

    @Test func `a class that cannot have been is refused`() throws {
        var start = ExampleJournal().header.start
        let possible = ClassProfile(
            className: "x", machineName: "y", source: .cpuTime, measurements: [], signals: [], work: [],
            runs: 1)
        for adjust in [
            { $0.work = [-1] }, { $0.runs = -1 }, { $0.inflation = MeasurementTable.Inflation(rate: -2) },
            { $0.activity = ActivityEstimate(value: .infinity, error: 1) },
        ] as [(inout ClassProfile) -> Void] {
            var profile = possible
            adjust(&profile)
            start.classes = [possible, profile]
            let header = JournalHeader(pacer: "test", started: .zero, start: start, policies: [])
            #expect(throws: JournalError.self) { try Reexecution(header, policies: shippedPolicies) }
        }
        start.classes = [possible]
        let header = JournalHeader(pacer: "test", started: .zero, start: start, policies: [])
        #expect(throws: Never.self) { try Reexecution(header, policies: shippedPolicies) }
    }

    @Test func `what no engine can be given is refused, not crashed on`() throws {
        let journal = ExampleJournal()
        let request = JobRequest(
            id: JobID(1), className: "x", submitted: .zero, deadline: nil, shape: .rigid(cores: 1),
            policy: "minimum-energy")
        var unknown = request
        unknown.policy = "nonesuch"
        var coreless = request
        coreless.shape = .rigid(cores: 0)
        var unborn = request
        unborn.deadline = Instant(nanoseconds: -1)
        let energy = EnergyReading(at: .distantFuture, microjoules: 1, unknown: .zero)
        let huge = EnergyReading(at: .zero, microjoules: .max, unknown: .zero)
        let elsewhere = Allocation(cores: [CoreID(99)], frequency: Hertz(kilohertz: 800_000))
        let events: [Event] = [
            .submitted(unknown, prior: nil), .submitted(coreless, prior: nil),
            .submitted(unborn, prior: nil),
            .observed(Snapshot(energy: energy, samples: [:])),
            .observed(Snapshot(energy: huge, samples: [:])),
            .adopted(request, elsewhere, started: .zero, prior: nil),
            .adopted(request, Allocation(cores: [], frequency: .zero), started: .zero, prior: nil),
            .held(DomainID(0), actual: .zero),
        ]
        for event in events {
            var check = try Reexecution(journal.header, policies: shippedPolicies)
            #expect(throws: JournalError.self, "\(event)") {
                try check.feed(JournalEntry(at: .zero, event: event, commands: []), line: 2)
            }
        }
        var check = try Reexecution(journal.header, policies: shippedPolicies)
        _ = try check.feed(journal.entries[20], line: 2)
        #expect(throws: JournalError.self) { try check.feed(journal.entries[0], line: 3) }
        check.end(cut: "full")
        #expect(throws: JournalError.self) { try check.feed(journal.entries[21], line: 4) }
        #expect(throws: JournalError.self) { try Reexecution(journal.header, policies: []) }
    }

    @Test func `an engine that goes on between jobs decides like a new one from the same start`() throws {
        let journal = ExampleJournal()
        var check = try Reexecution(journal.header, policies: shippedPolicies)
        #expect(check.engine.restart != nil)
        var restarts = 0
        var engine: Engine?
        for entry in journal.entries {
            let commands = try check.feed(entry, line: 1)
            if var fresh = engine {
                #expect(fresh.handle(entry.event, at: entry.at) == commands)
                engine = fresh
            } else if let start = check.engine.restart, check.engine.queuedJobs.isEmpty, entry.at > .zero {
                // As the control loop does: a new engine, and a look at the machine.
                var fresh = Engine(start, policies: shippedPolicies)
                _ = fresh.handle(entry.event, at: entry.at)
                engine = fresh
                restarts += 1
            }
        }
        #expect(restarts == 1)
    }
}

@Suite struct JournalReplayTests {
    @Test(arguments: ["minimum-energy", "race-to-idle", "pace-to-idle"])
    func `the policy that ran takes the energy that was counted`(_ policy: String) throws {
        let journal = ExampleJournal(policy: policy)
        let workload = try journal.run(journal.entries).workload
        #expect(workload.jobs.count == 3)
        #expect(workload.notes.isEmpty)
        #expect(abs(workload.energy / journal.result.energy - 1) < 1e-6)
        let rows = JournalReplay.run([workload], policies: shippedPolicies, names: [policy])
        #expect(rows.count == 2)
        for row in rows {
            #expect(row.jobs == 3)
            #expect(row.misses == 0)
            #expect(abs(row.energy / workload.energy - 1) < 0.03, "\(row.energy) for \(workload.energy)")
        }
    }

    @Test func `deadlines after the end of the journal add nothing`() throws {
        let journal = ExampleJournal(policy: "race-to-idle")
        let last = try #require(
            journal.entries.lastIndex { if case .exited = $0.event { true } else { false } })
        let workload = try journal.run(Array(journal.entries[...last])).workload
        #expect(workload.jobs.count == 3)
        let row = try #require(JournalReplay.run([workload], policies: shippedPolicies, names: []).first)
        #expect(abs(row.energy / workload.energy - 1) < 0.03, "\(row.energy) for \(workload.energy)")
    }

    @Test func `other policies can be tried on the same jobs`() throws {
        let journal = ExampleJournal(policy: "race-to-idle")
        let workload = try journal.run(journal.entries).workload
        let names = ["minimum-energy", "race-to-idle"]
        let rows = JournalReplay.run([workload, workload], policies: shippedPolicies, names: names)
        #expect(rows.map(\.policy) == [nil, "minimum-energy", "race-to-idle"])
        #expect(rows.map(\.jobs) == [6, 6, 6])
        #expect(rows[1].energy < rows[2].energy)
        #expect(rows[0] == JournalReplayRow(rows[2], policy: nil))
        #expect(rows[1].runTime > rows[2].runTime)
    }

    @Test func `jobs that are not whole are left out, and named`() throws {
        let journal = ExampleJournal()
        let ended = try #require(
            journal.entries.firstIndex { $0.event == .exited(JobID(1), .exited(code: 0)) })
        let workload = try journal.run(Array(journal.entries[..<ended])).workload
        #expect(workload.jobs.isEmpty)
        #expect(workload.notes.count == 1)
        #expect(workload.notes.first?.contains("job 1") == true)
    }

    @Test func `a journal without jobs is the idle machine`() throws {
        let journal = ExampleJournal()
        let entries = [0.0, 10].map { second -> JournalEntry in
            let at = Instant.zero + Seconds(second)
            let energy = EnergyReading(at: at, total: Watts(8) * Seconds(second), unknown: .zero)
            return JournalEntry(
                at: at, event: .observed(Snapshot(energy: energy, samples: [:])), commands: ["wake never"])
        }
        let workload = try journal.run(entries).workload
        let rows = JournalReplay.run([workload], policies: shippedPolicies, names: [])
        #expect(rows.first?.energy == Joules(80))
        #expect(workload.energy == Joules(80))
    }
}

extension JournalReplayRow {
    init(_ row: JournalReplayRow, policy: String?) {
        self = row
        self.policy = policy
    }
}
