import Foundation
import Testing

extension EndToEnd {
    /// The Linux backend and the real libcpupower, on a machine with cpufreq and powercap that stands in
    /// private namespaces. See Tests/Fixtures/end-to-end.
    @Suite(.enabled(if: FakeMachine.obstacle == nil, "no fake machine: \(FakeMachine.obstacle ?? "")"))
    struct KnobTests {
        @Test func `frequency is clamped while a job runs, and put back whatever happens`() throws {
            try Daemon.with(isStarted: false) { daemon in
                let seen = try FakeMachine.drive(daemon)
                let original = try seen("original")
                #expect(Self.clampedPolicies(original).isEmpty)

                // Known: what the machine has.
                let idle: MachineView = try seen.json("idle")
                #expect(!idle.isEmulated)
                #expect(idle.energy.source == "measured")
                #expect(Set(idle.knobs.map(\.owner)) == ["system"])

                // A program with a deadline: learnt, paced, its joules measured.
                let worked: Job = try seen.json("worked")
                #expect(worked.isSuccess)
                #expect(worked.deadlineKept == true)
                #expect(!worked.probes.isEmpty)
                #expect(worked.plan != nil)
                #expect(worked.energy.source == "measured")
                #expect(worked.energy.machineDuringRunJ > 0)
                #expect(worked.energy.attributedJ > 0)
                #expect(try seen("released") == original)

                // Clamped: the files say so, and `inspect` names each knob and its owner.
                let clamped = try seen("clamped")
                #expect(Self.clampedPolicies(clamped).count == 1)
                let inspected: MachineView = try seen.json("inspected")
                Self.expect(inspected.knobs, toBeThose: clamped, before: original)

                // kill -9: every knob is back, the job is not forgotten.
                #expect(try seen("restored") == original)
                #expect(try seen("survived") == "yes")
                let adopted: Job = try seen.json("adopted")
                #expect(adopted.state == "running")
                // Nobody counted before: that is said, not taken for nothing.
                #expect(adopted.energy.unknownS > 0)
                let ended: Job = try seen.json("ended")
                #expect(ended.outcome == Job.Outcome(kind: "exited", exitCode: 6))

                #expect(try seen("stopped") == "0")

                // The keeper killed as well: what it changed stays, until somebody restores it.
                #expect(try seen("left") == "yes")
                struct Restored: Decodable { var exitCode: Int }
                let restored: Restored = try seen.json("restore")
                #expect(restored.exitCode == 0)
                #expect(try seen("restored-by-hand") == original)
                #expect(try seen("restored-twice") == "0")
                #expect(try seen("done") == "yes")
            }
        }

        /// The policies whose minimum is their maximum, in a list of `policyN/FILE=VALUE`.
        private static func clampedPolicies(_ knobs: String) -> [String] {
            let values = values(knobs)
            return Set(values.keys.compactMap { $0.split(separator: "/").first.map(String.init) }).sorted()
                .filter { values["\($0)/scaling_min_freq"] == values["\($0)/scaling_max_freq"] }
        }

        private static func values(_ knobs: String) -> [String: String] {
            let pairs = knobs.split(separator: " ").map { $0.split(separator: "=").map(String.init) }
            return Dictionary(uniqueKeysWithValues: pairs.filter { $0.count == 2 }.map { ($0[0], $0[1]) })
        }

        private static func expect(
            _ knobs: [MachineView.Knob], toBeThose seen: String, before original: String
        ) {
            let now = values(seen)
            let before = values(original)
            let held = clampedPolicies(seen)
            let names = now.keys.filter { !$0.hasSuffix("governor") }
            #expect(knobs.count == names.count)
            for name in names.sorted() {
                guard let knob = knobs.first(where: { $0.path.hasSuffix("/\(name)") }) else {
                    Issue.record("inspect does not name \(name)")
                    continue
                }
                #expect(knob.now == now[name])
                let isOurs = held.contains { name.hasPrefix("\($0)/") }
                #expect(knob.owner == (isOurs ? "pacer" : "system"))
                #expect(knob.wanted == (isOurs ? now[name] : nil))
                #expect(knob.original == (isOurs ? before[name] : nil))
                #expect((knob.reason != nil) == isOurs)
                #expect((knob.sinceUnixS != nil) == isOurs)
            }
        }
    }
}

/// The machine of Tests/Fixtures/fake-cpufreq, and what happened on it.
enum FakeMachine {
    private static let entrance = Programs.fixture("fake-cpufreq/in-fake-cpufreq")

    /// Why there can be no fake machine here, or `nil`.
    static let obstacle: String? = {
        do {
            let result = try ChildProcess(
                [entrance, "true"], environment: ProcessInfo.processInfo.environment,
                folder: FileManager.default.temporaryDirectory.path
            ).finish()
            if result.status == 0 { return nil }
            return result.errors.trimmingCharacters(in: .whitespacesAndNewlines)
        } catch {
            return "\(error)"
        }
    }()

    /// What the driver said, by name.
    struct Seen {
        let values: [String: String]

        func callAsFunction(_ name: String) throws -> String {
            guard let value = values[name] else {
                throw Impasse("the driver did not say '\(name)': \(values["impasse"] ?? "no reason given")")
            }
            return value
        }

        func json<Value: Decodable>(_ name: String) throws -> Value {
            try JSONDecoder().decode(Value.self, from: Data(self(name).utf8))
        }
    }

    /// Runs a driver of Tests/Fixtures/end-to-end in the folder of a test.
    static func drive(_ daemon: Daemon, by driver: String = "drive-on-fake-machine") throws -> Seen {
        var environment = daemon.environment
        environment["PACER_FAKES_DIR"] = ProcessInfo.processInfo.environment["PACER_FAKES_DIR"]
        let result = try ChildProcess(
            [
                entrance, Programs.fixture("end-to-end/\(driver)"), Programs.folder ?? "",
                daemon.path("").dropLast().description,
            ], environment: environment, folder: "\(daemon.folder)/run"
        ).finish(patience: .seconds(300))
        var values: [String: String] = [:]
        for line in result.text.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1)
            guard let name = parts.first else { continue }
            values[String(name)] = (parts.dropFirst().first ?? "").trimmingCharacters(in: .whitespaces)
        }
        if result.status != 0, values["impasse"] == nil {
            values["impasse"] = "exit status \(result.status), \(result.errors)"
        }
        return Seen(values: values)
    }
}
