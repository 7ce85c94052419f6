import FoundationEssentials
import PacerAPI
import PacerConfig
import PacerModels
import PacerPlatform
import PacerReplay
import PacerScheduling
import PacerUnits
import Testing

@testable import PacerCommands

@Suite struct ScheduleFileTests {
    /// The file as somebody else's program would read it.
    private struct Schedule: Decodable {
        struct Machine: Decodable {
            let name: String
            let cores: Int
            let domains: [[Int]]
            let frequencies_khz: [Double]
            let power: [String: Double]
        }

        struct Job: Decodable {
            struct Kind: Decodable {
                let name: String
                let contention: Double
                let coherency: Double
                let clock_share: Double
            }

            let job: Int
            let number: Int
            let submit_s: Double
            let deadline_s: Double?
            let run_time_s: Double
            let cores: Int
            let activity: Double
            let kind: Kind
        }

        struct Segment: Decodable {
            let job: Int
            let start_s: Double
            let end_s: Double
            let cores: [Int]
            let freq_khz: Double
            let work: Double
        }

        let format: String
        let version: Int
        let policy: String
        let machine: Machine
        let horizon: [String: Double]
        let jobs: [Job]
        let segments: [Segment]
        let energy_j: [String: Double]

        func coefficient(_ name: String) throws -> Double { try #require(machine.power[name]) }

        /// Joules of idle, uncore and cores, by going through the moments at which something changes.
        func recomputed() throws -> (idle: Double, uncore: Double, cores: Double) {
            let start = try #require(horizon["start_s"])
            let end = try #require(horizon["end_s"])
            var changes: [(time: Double, running: Int, watts: Double)] = []
            for segment in segments {
                let gigahertz = segment.freq_khz / 1e6
                let core =
                    try coefficient("cubic_w_per_ghz3") * gigahertz * gigahertz * gigahertz
                    + coefficient("linear_w_per_ghz") * gigahertz + coefficient("constant_w")
                let watts = core * Double(segment.cores.count) * jobs[segment.job].activity
                changes.append((segment.start_s, 1, watts))
                changes.append((segment.end_s, -1, -watts))
            }
            // What begins at a moment comes before what ends there.
            changes.sort { ($0.time, -$0.running) < ($1.time, -$1.running) }
            var running = 0
            var watts = 0.0
            var busy = 0.0
            var cores = 0.0
            var last = start
            for change in changes {
                if running > 0 { busy += change.time - last }
                cores += watts * (change.time - last)
                last = change.time
                running += change.running
                watts = running == 0 ? 0 : watts + change.watts
            }
            return (try coefficient("idle_w") * (end - start), try coefficient("uncore_w") * busy, cores)
        }
    }

    private static func close(_ left: Double, _ right: Double?) -> Bool {
        right.map { abs(left - $0) <= 1e-9 * max(abs(left), abs($0), 1e-300) } ?? false
    }

    private func schedule(
        _ scenario: Scenario, _ machine: ReplayMachine, _ policy: any Policy
    ) throws -> (Schedule, ReplayResult, Workload, [UInt8]) {
        let folder = try ReplayFolder()
        let workload = try ReplaySamples.workload(scenario, cores: machine.machine.coreCount)
        let result = try Replay(
            machine: machine, workload: workload, policy: policy, keepsSegments: true
        ).run()
        let file = try OutputFile("\(folder.path)/schedule.json")
        try ScheduleFile(machine: machine, workload: workload).write(result, to: file)
        try file.close()
        let bytes = try folder.read("schedule.json")
        return (try JSONDecoder().decode(Schedule.self, from: Data(bytes)), result, workload, bytes)
    }

    @Test(
        arguments: ["race-to-idle", "minimum-energy", "wide-and-slow", "narrow-and-fast"],
        [Scenario.Shape.rigid, .malleable])
    func `every joule can be computed again from the file alone`(
        _ name: String, _ shape: Scenario.Shape
    ) throws {
        let policy = try #require(try EvaluatedPolicies.load([name], accounting: .horizon).first)
        for machine in [
            try ReplayMachineChoice.load(machine: "server", cores: nil),
            try ReplayMachineChoice.load(machine: "small-board", cores: 13), ReplayMachine(plainCores: 16),
        ] {
            let scenario = Scenario(shape: shape, deadline: .factor(2))
            let (schedule, result, workload, _) = try schedule(scenario, machine, policy)
            #expect(schedule.format == "pacer-schedule" && schedule.version == 1)
            #expect(schedule.policy == name)
            #expect(schedule.jobs.count == workload.jobs.count)
            #expect(schedule.segments.count == result.segments.count)
            let again = try schedule.recomputed()
            #expect(Self.close(again.idle, schedule.energy_j["idle"]))
            #expect(Self.close(again.uncore, schedule.energy_j["uncore"]))
            #expect(Self.close(again.cores, schedule.energy_j["cores"]))
            #expect(Self.close(again.idle + again.uncore + again.cores, schedule.energy_j["total"]))
            #expect(schedule.energy_j["total"] == result.energy.total.value)
        }
    }

    @Test func `the file says all that is known of machine, jobs and segments, to the last bit`() throws {
        let machine = try ReplayMachineChoice.load(machine: "small-board", cores: 6)
        let policy = try #require(try EvaluatedPolicies.load(["race-to-idle"], accounting: .horizon).first)
        let scenario = Scenario(deadline: .factor(1.7), utilisation: 0.77)
        let (schedule, result, workload, _) = try schedule(scenario, machine, policy)
        #expect(schedule.machine.cores == 6)
        #expect(schedule.machine.domains == [[0, 1, 2, 3], [4, 5]])
        #expect(schedule.machine.frequencies_khz == machine.machine.frequencies.map { $0.value / 1000 })
        for (written, job) in zip(schedule.jobs, workload.jobs) {
            let kind = workload.kinds[job.kind]
            #expect(written.number == job.number && written.cores == job.cores)
            #expect(written.run_time_s == job.runTime.value && written.activity == kind.activity)
            #expect(written.submit_s == Double(job.submitted.nanoseconds) / 1e9)
            #expect(written.deadline_s == job.deadline.map { Double($0.nanoseconds) / 1e9 })
            #expect(written.kind.clock_share == kind.clockShare && written.kind.name == kind.name)
        }
        for (written, segment) in zip(schedule.segments, result.segments) {
            #expect(written.start_s == Double(segment.start.nanoseconds) / 1e9)
            #expect(written.cores == segment.cores.map(\.number) && written.work == segment.work)
            #expect(written.freq_khz * 1000 == segment.frequency.value)
        }
    }

    @Test func `the same scenario gives the same bytes`() throws {
        let machine = ReplayMachine(plainCores: 16)
        let policy = try #require(try EvaluatedPolicies.load(["race-to-idle"], accounting: .horizon).first)
        let scenario = Scenario(shape: .moldable, deadline: .requested, utilisation: 0.5)
        let first = try schedule(scenario, machine, policy).3
        #expect(try schedule(scenario, machine, policy).3 == first)
    }

    @Test(arguments: [
        ("out.json", "out.p.json"), ("a.b/out", "a.b/out.p"), ("a/out.tar.json", "a/out.tar.p.json"),
        (".hidden", ".hidden.p"), ("x/.hidden.json", "x/.hidden.p.json"),
    ])
    func `with several policies each has a file of its own`(_ path: String, _ expected: String) {
        #expect(ScheduleFile.path(path, policy: "p", ofSeveral: true) == expected)
        #expect(ScheduleFile.path(path, policy: "p", ofSeveral: false) == path)
    }

    @Test(arguments: [
        (0, "0"), (1, "0.000000001"), (1_500_000_000, "1.5"), (-2_000_000_001, "-2.000000001"),
        (123_456_789_012_345_678, "123456789.012345678"),
    ])
    func `instants are written with all their nanoseconds`(_ nanoseconds: Int64, _ text: String) {
        #expect(ScheduleFile.seconds(Instant(nanoseconds: nanoseconds)) == text)
    }

    @Test func `a file that cannot be made, or not be written, is told apart`() throws {
        let absent = #expect(throws: CommandFailure.self) { try OutputFile("/nowhere/out.json") }
        #expect(absent?.exit == .cannotCreate)
        let full = try OutputFile("/dev/full")
        try full.write("x")
        let failure = #expect(throws: CommandFailure.self) { try full.close() }
        #expect(failure?.exit == .inputOutput)
    }
}
