import Foundation
import Glibc
import Testing

extension EndToEnd {
    @Suite struct CalibrateTests {
        struct Finding: Decodable {
            struct Coefficient: Decodable {
                var name: String
                var value: Double
            }

            struct Quality: Decodable {
                var crossValidatedPoints: Int
                var highErrorRatio: Double?
            }

            struct Boost: Decodable {
                var cores: Int
            }

            struct Window: Decodable {
                var load: String
            }

            var energySource: String
            var coefficients: [Coefficient]
            var quality: Quality
            var memoryActivity: Double?
            var boost: [Boost]
            var transitionLatencyS: Double?
            var declaredLatencyS: Double?
            var notes: [String]
            var windows: [Window]
            var output: String?

            subscript(name: String) -> Double? { coefficients.first { $0.name == name }?.value }
        }

        /// The power model in a description that came with Pacer.
        private static func truth(_ profile: String) throws -> [String: Double] {
            let path = "\(Programs.repository)/Sources/pacerd/Support/machines/\(profile).yaml"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("power:") }) else {
                throw Impasse("no power in \(path)")
            }
            let pairs = line.matches(of: #/([a-z]+): ([0-9.]+) W/#).map { (String($0.1), Double($0.2) ?? -1) }
            return Dictionary(uniqueKeysWithValues: pairs)
        }

        @Test(
            .enabled(if: Processes.ownCPUs.count >= 2, "one core cannot tell uncore power"),
            arguments: ["desktop", "small-board"])
        func `an emulated machine is recovered from what its counter shows`(profile: String) throws {
            try Daemon.with(isStarted: false) { daemon in
                let file = daemon.path("bench.yaml")
                let result = try daemon.pacer(
                    "calibrate", "--machine", "emulated", "--profile", profile, "--quick", "--json",
                    "--output", file)
                #expect(result.status == 0, "\(result.errors)")
                let finding = try result.decoded(Finding.self)
                #expect(finding.energySource == "emulated")
                let truth = try Self.truth(profile)
                #expect(truth.count == 5)
                for (name, value) in truth.sorted(by: { $0.key < $1.key }) {
                    let found = try #require(finding[name])
                    let share = name == "idle" ? 0.01 : 0.03
                    #expect(abs(found - value) <= share * value, "\(name): \(found), and it is \(value)")
                }
                #expect(finding.quality.crossValidatedPoints == 8)
                #expect((finding.quality.highErrorRatio ?? 1) < 0.03)
                // An emulated quota slows waiting for memory like everything else.
                #expect(abs((finding.memoryActivity ?? 0) - 1) < 0.03)
                #expect(finding.boost.map(\.cores) == (profile == "desktop" ? [1, 2] : []))
                #expect(finding.notes.contains { $0.contains("no transition latency") })
                #expect(Set(finding.windows.map(\.load)) == ["idle", "compute", "memory"])
                #expect(result.errors.contains("left"))
                Self.expectNothingLeft(in: daemon)

                // What was written can be emulated, and is not replaced unasked.
                #expect(finding.output == file)
                let written = try String(contentsOfFile: file, encoding: .utf8)
                let again = try daemon.pacer(
                    "calibrate", "--machine", "emulated", "--profile", file, "--output", file)
                expectRefusal(again, exit: 73, naming: file)
                #expect(try String(contentsOfFile: file, encoding: .utf8) == written)
            }
        }

        @Test func `Ctrl-C ends it, and nothing is written`() throws {
            try Daemon.with(isStarted: false) { daemon in
                let file = daemon.path("bench.yaml")
                let child = try daemon.begin(["calibrate", "--machine", "emulated", "--output", file])
                try poll("it measures") { child.errors.contains("left") }
                child.send(SIGINT)
                let result = try child.finish()
                #expect(result.status == 130)
                #expect(result.text == "")
                #expect(result.errors.contains("interrupted"))
                #expect(!daemon.exists("bench.yaml"))
                Self.expectNothingLeft(in: daemon)
            }
        }

        @Test func `what cannot be is refused before anything is measured`() throws {
            try Daemon.with(isStarted: false) { daemon in
                let refusals: [(arguments: [String], exit: Int32, culprit: String)] = [
                    (["--profile", "desktop"], 64, "--machine emulated"),
                    (["--machine", "emulated", "--profile", "nonesuch"], 65, "nonesuch.yaml"),
                    (["--machine", "emulated", "--output", "My Machine.yaml"], 64, "My Machine.yaml"),
                    (["--machine", "emulated", "--output", "machine"], 64, ".yaml"),
                    (["--machine", "emulated", "--config", "none.yaml"], 65, "none.yaml"),
                    (["--machine", "emulated", "--output", "nowhere/bench.yaml"], 73, "nowhere/bench.yaml"),
                    (["--output", "nowhere/bench.yaml", "--force"], 73, "nowhere/bench.yaml"),
                ]
                for (arguments, exit, culprit) in refusals {
                    let result = try daemon.begin(["calibrate", "--quick"] + arguments).finish()
                    expectRefusal(result, exit: exit, naming: culprit)
                }
                #expect(!daemon.exists("nowhere"))
            }
        }

        @Test(.enabled(if: FirstProcess.obstacle == nil, "\(FirstProcess.obstacle ?? "")"))
        func `a command that is process 1, as in a container, has its measuring done`() throws {
            try Daemon.with(isStarted: false) { daemon in
                let output = ["--output", "nowhere/bench.yaml"]
                // Refused for its output, and not for a parent that is taken for gone: 130.
                let result = try FirstProcess.pacer(["calibrate", "--machine", "emulated"] + output, daemon)
                expectRefusal(result, exit: 73, naming: "nowhere/bench.yaml")
            }
        }

        @Test(.enabled(if: FakeMachine.obstacle == nil, "no fake machine: \(FakeMachine.obstacle ?? "")"))
        func `a real machine is measured, left as it was, and its description is believed there alone`()
            throws
        {
            try Daemon.with(isStarted: false) { daemon in
                let seen = try FakeMachine.drive(daemon, by: "calibrate-on-fake-machine")
                let original = try seen("original")
                #expect(try seen("interrupted") == "130")
                #expect(try seen("load-after-interrupt") == "0")
                for moment in ["after-interrupt", "after-kill", "after-calibration", "at-the-end"] {
                    #expect(try seen(moment) == original, "\(moment)")
                }
                #expect(try seen("part") == "no")
                #expect(try seen("left") == "0")
                let finding: Finding = try seen.json("calibrated")
                Self.expectFakeMachine(finding)
                #expect(try seen("again").hasPrefix("73 "))

                let used: MachineView = try seen.json("used")
                #expect(used.notes.contains { $0.contains("starts from") && $0.contains("fake.yaml") })
                #expect(try seen("beside").hasPrefix("75 pacer: pacerd is running"))
                let foreign: MachineView = try seen.json("foreign")
                #expect(
                    foreign.notes.contains { $0.contains("foreign.yaml is not used: it is of 'Another One'") }
                )
                #expect(try seen("without-counter").hasPrefix("69 "))
                #expect(try seen("without-counter").contains("no energy counter"))
                #expect(try seen("done") == "yes")
            }
        }

        /// The fake machine draws 9 W, and 1.5 W + 0.9 W/GHz³ for each busy core, by ticks of 10 ms of
        /// whatever runs on the host: its figures are worth something only while nothing else does.
        private static func expectFakeMachine(_ finding: Finding) {
            #expect(finding.energySource == "measured")
            #expect(finding.coefficients.map(\.name) == ["idle", "uncore", "cubic", "linear", "constant"])
            #expect(finding.declaredLatencyS != nil)
            #expect((finding["idle"] ?? 0) > 4)
            guard !finding.notes.contains(where: { $0.contains("Other programs ran") }) else { return }
            #expect(abs((finding["idle"] ?? 0) - 9) < 0.9)
            #expect(abs((finding["cubic"] ?? 0) - 0.9) < 0.2)
            #expect((finding.quality.highErrorRatio ?? 1) < 0.2)
        }

        private static func expectNothingLeft(in daemon: Daemon) {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(daemon.folder)/tmp")) ?? []
            #expect(names.filter { $0.hasPrefix("pacer-") }.isEmpty, "\(names)")
        }
    }
}
