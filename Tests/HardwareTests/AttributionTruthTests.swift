import Foundation
import Glibc
import PacerModels
import PacerPlatform
import PacerPorts
import PacerScheduling
import PacerUnits
import Testing

@testable import PacerHardware

/// What is attributed to jobs, against what the emulated machine spent on them.
@Suite struct AttributionTruthTests {
    private static let power = PowerModel(
        idle: Watts(8), uncore: Watts(6), cubic: 0.25, linear: 0.5, constant: 0.4)
    private static let frequencies = [1.0, 1.5, 2, 2.5, 3].map { Hertz($0 * 1e9) }

    private let loads = Box<[JobID: [CPUID: Seconds]]>([:])

    private func machine(
        cpus: [Int], activity: [JobID: Double], clock: @escaping () -> Instant
    ) -> EmulatedMachine {
        let description = MachineDescription(
            name: "test", summary: "", frequencies: Self.frequencies, boostFrequencies: [],
            coresPerDomain: 1, cores: cpus.count, power: Self.power, counterRangeMicrojoules: 50_000_000)
        let cores = cpus.enumerated().map { index, cpu in
            Core(id: CoreID(index), cpus: [CPUID(cpu)], package: PackageID(0))
        }
        let machine = EmulatedMachine(
            description: description, cores: cores, clock: clock, unixSeconds: { 42 })
        machine.activity = { activity[$0] ?? 1 }
        machine.loads = { [loads] in
            loads.value.keys.sorted().map { JobLoad(job: $0, perCPU: loads.value[$0] ?? [:]) }
        }
        return machine
    }

    /// An account that is fed like the engine's: a counter, and the samples of jobs.
    private struct Account {
        let machine: EmulatedMachine
        var ledger = EnergyLedger<JobID>(machine: power, doubt: .described(power))
        var counted: UInt64 = 0
        private var last: (reading: EnergyReading, busy: [JobID: Seconds])

        init(_ machine: EmulatedMachine, at now: Instant) {
            self.machine = machine
            last = (machine.read(at: now), [:])
        }

        mutating func look(
            at now: Instant, _ jobs: [(id: JobID, cores: Int, frequency: Hertz, processorTime: Seconds)]
        ) {
            let uses = jobs.map { job in
                var sample = JobSample(at: now)
                sample.busyTime = job.processorTime
                let busy = machine.rescale(sample, of: job.id).busyTime
                let before = last.busy[job.id] ?? .zero
                last.busy[job.id] = busy
                return EnergyLedger<JobID>.Use(
                    job: job.id, cores: job.cores, frequency: job.frequency, busyTime: busy - before)
            }
            let reading = machine.read(at: now)
            let microjoules = reading.microjoules - last.reading.microjoules
            ledger.add(microjoules, over: reading.at - last.reading.at, uses: uses)
            counted += microjoules
            last.reading = reading
        }

        /// Expects that every job is within 5 % of the truth, and that the sum is exact.
        func expectTruth(sourceLocation: SourceLocation = #_sourceLocation) {
            for line in ledger.lines {
                let truth = machine.trueShare(of: line.job)
                let found = Joules(microjoules: line.microjoules)
                let text = "job \(line.job): \(found) ± \(line.error), in truth \(truth)"
                #expect(
                    abs(found / truth - 1) < 0.05, Comment(rawValue: text), sourceLocation: sourceLocation)
                #expect(
                    abs((found - truth).value) < 2 * line.error.value, Comment(rawValue: text),
                    sourceLocation: sourceLocation)
            }
            let jobs = ledger.lines.reduce(0) { $0 + $1.microjoules }
            #expect(jobs + ledger.idleMicrojoules == counted, sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: [21, 22, 23] as [UInt64])
    func `three jobs of different kinds on shared silicon`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let clock = TestClock()
        let kinds: [(id: JobID, cores: [Int], activity: Double, share: ClosedRange<Double>, start: Int)] = [
            (JobID(1), [0, 1], 1.6, 1...1, 0),  // computes
            (JobID(2), [2], 0.45, 0.95...1, 60),  // waits for memory
            (JobID(3), [3], 0.9, 0.3...0.7, 120),  // waits for locks half of the time
        ]
        let machine = machine(
            cpus: [0, 1, 2, 3],
            activity: Dictionary(uniqueKeysWithValues: kinds.map { ($0.id, $0.activity) }),
            clock: { clock.now })
        var account = Account(machine, at: clock.now)
        var held = [Hertz](repeating: Self.frequencies[4], count: 4)
        for step in 0..<1200 {
            for kind in kinds where kind.start == step {
                try machine.jobStarted(kind.id, cores: kind.cores.map(CoreID.init))
            }
            let running = kinds.filter { $0.start <= step }
            if step.isMultiple(of: 40), let kind = running.randomElement(using: &random) {
                let frequency = Self.frequencies.randomElement(using: &random) ?? held[0]
                for core in kind.cores {
                    held[core] = try machine.hold(frequency, domain: DomainID(core), reason: .policy)
                }
            }
            clock.advance(0.05)
            for kind in running {
                for core in kind.cores {
                    let share = Double.random(in: kind.share, using: &random)
                    // A core at f gets f/f_max of the host's time.
                    let used = Seconds(0.05 * share * (held[core] / Self.frequencies[4]))
                    loads.value[kind.id, default: [:]][CPUID(core), default: .zero] += used
                }
            }
            account.look(
                at: clock.now,
                running.map { kind in
                    (
                        kind.id, kind.cores.count, held[kind.cores[0]],
                        (loads.value[kind.id] ?? [:]).sorted { $0.key < $1.key }.map(\.value).total()
                    )
                })
        }
        account.expectTruth()
    }

    private static let ownCPUs: [Int] = {
        let status = FileManager.default.contents(atPath: "/proc/self/status") ?? Data()
        let line = String(decoding: status, as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix("Cpus_allowed_list:") }
        let list = line?.split(whereSeparator: \.isWhitespace).last.map(String.init) ?? ""
        return CPUSet(parsing: list)?.cpus.map(\.number) ?? []
    }()

    /// A shell that counts on one CPU.
    private static func counter(to count: Int, cpu: Int) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/taskset")
        process.arguments = [
            "-c", "\(cpu)", "sh", "-c", "i=0; while [ $i -lt \(count) ]; do i=$((i+1)); done",
        ]
        try process.run()
        return process
    }

    /// Processor time of a process's one thread; `nil` when it has ended.
    private static func processorTime(_ process: Process) throws -> Seconds? {
        guard let text = FileManager.default.contents(atPath: "/proc/\(process.processIdentifier)/schedstat"),
            let first = String(decoding: text, as: UTF8.self).split(separator: " ").first
        else { return nil }
        return Seconds(Double(try #require(UInt64(first))) / 1e9)
    }

    @Test(
        .enabled(if: ownCPUs.count >= 2, "this machine gives us one CPU"),
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/taskset"), "no taskset"))
    func `two real processes of different activity, alone and together`() throws {
        let start = ContinuousClock.now
        let clock = { Instant(nanoseconds: Int64((ContinuousClock.now - start) / .nanoseconds(1))) }
        let cpus = Array(Self.ownCPUs.prefix(2))
        let machine = machine(cpus: cpus, activity: [JobID(1): 1.6, JobID(2): 0.45], clock: clock)
        var account = Account(machine, at: clock())
        var used: [JobID: Seconds] = [:]
        var processes: [JobID: Process] = [:]
        defer {
            // order does not matter
            for process in processes.values where process.isRunning { process.terminate() }
        }
        func begin(_ job: JobID, count: Int, cpu: Int) throws {
            processes[job] = try Self.counter(to: count, cpu: cpus[cpu])
            used[job] = .zero
            try machine.jobStarted(job, cores: [CoreID(cpu)])
        }
        try begin(JobID(1), count: 2_000_000, cpu: 0)
        // The second begins while the first runs, and outlives it.
        while processes.values.contains(where: \.isRunning) {
            usleep(20_000)
            let running = processes.filter { $0.value.isRunning }.keys.sorted()
            for job in running {
                guard let process = processes[job], let time = try Self.processorTime(process) else {
                    continue
                }
                used[job] = max(used[job] ?? .zero, time)
                loads.value[job] = [CPUID(cpus[job == JobID(1) ? 0 : 1]): time]
            }
            account.look(
                at: clock(),
                running.map { ($0, 1, Self.frequencies[4], used[$0] ?? .zero) })
            if processes.count == 1, used[JobID(1)] ?? .zero > Seconds(0.8) {
                try begin(JobID(2), count: 3_000_000, cpu: 1)
            }
        }
        #expect(processes.count == 2)
        account.expectTruth()
    }
}
