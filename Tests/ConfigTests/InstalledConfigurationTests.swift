import FoundationEssentials
import PacerConfig
import PacerPlatform
import PacerUnits
import Testing

/// The configuration file that is installed: all of it commented out.
@Suite struct InstalledConfigurationTests {
    private let root = DaemonConfiguration.defaults(forRoot: true, environment: [:], userID: 0)

    private static let path = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Sources/pacerd/Support/packaging/pacerd.yaml")

    private func text() throws -> String { try String(contentsOf: Self.path, encoding: .utf8) }

    /// The lines that are keys and what belongs to them, without the `#`.
    private func settings() throws -> [String] {
        try text().split(separator: "\n").filter { $0.hasPrefix("#") && !$0.contains(/^#( [^ ]|$)/) }
            .map { String($0.dropFirst()) }
    }

    @Test func `as it is installed it says nothing`() throws {
        #expect(try text().split(separator: "\n").allSatisfy { $0.hasPrefix("#") })
        #expect(try DaemonConfiguration.parse(try text(), file: "f", defaults: root) == root)
    }

    @Test func `it has every key once, in the order of the reference, and no other`() throws {
        let keys = try settings().filter { !$0.hasPrefix(" ") }.map { $0.prefix { $0 != ":" } }
        #expect(keys.map(String.init) == DaemonConfiguration.keys)
    }

    @Test func `the values that it shows are those that hold without it`() throws {
        let lines = try settings().filter { !$0.hasPrefix("emulated-profile") }
        var shown = try DaemonConfiguration.parse(
            lines.joined(separator: "\n"), file: "f", defaults: try other())
        // These are examples: they are not set unless somebody sets them.
        #expect(shown.metricsAddress?.port == 9464)
        shown.metricsAddress = root.metricsAddress
        #expect(shown.adminGroup == "pacer")
        #expect(shown.machineDescription == DaemonConfiguration.usualMachineDescription)
        shown.adminGroup = root.adminGroup
        shown.machineDescription = root.machineDescription
        shown.emulatedProfile = root.emulatedProfile
        #expect(shown == root)
    }

    @Test func `whether a key waits for a restart is said of it`() throws {
        let blocks = try text().split(separator: "\n", omittingEmptySubsequences: false).split { $0.isEmpty }
        let other = try other()
        let (reloaded, awaiting) = other.reloaded(from: root)
        for block in blocks.dropFirst() {
            let key = try #require(block.first { $0.contains(/^#[a-z]/) }).dropFirst().prefix { $0 != ":" }
            let prose = block.joined(separator: " ").replacing("# ", with: "")
            #expect(prose.contains("waits for a restart") == awaiting.contains(String(key)), "\(key)")
        }
        // What does not wait has changed.
        var expected = root
        expected.socket = other.socket
        expected.stateDirectory = other.stateDirectory
        expected.machine = other.machine
        expected.emulatedProfile = other.emulatedProfile
        expected.machineDescription = other.machineDescription
        expected.keeper = other.keeper
        expected.shepherd = other.shepherd
        expected.journalLimit = other.journalLimit
        expected.metricsAddress = other.metricsAddress
        expected.rivals = other.rivals
        #expect(reloaded == expected)
    }

    @Test func `a configuration that says the same waits for nothing`() {
        let (reloaded, awaiting) = root.reloaded(from: root)
        #expect(reloaded == root && awaiting.isEmpty)
    }

    /// Differs from root's defaults in everything.
    private func other() throws -> DaemonConfiguration {
        try DaemonConfiguration.parse(
            """
            socket: /o/s
            state-directory: /o/d
            policies: /o/p
            default-policy: other
            machine: emulated
            emulated-profile: other
            machine-description: /o/m
            keeper: /o/k
            shepherd: /o/h
            grace: 1 s
            output-limit: unlimited
            admin-group: other
            journal: off
            finished-jobs: unlimited
            user-queued-limit: 3
            user-running-limit: 4
            user-core-share: 50 %
            metrics-listen: "127.0.0.1:9464"
            rivals: hold
            """, file: "f", defaults: root)
    }
}
