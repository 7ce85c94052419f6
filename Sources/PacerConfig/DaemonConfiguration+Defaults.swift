import PacerScheduling
import PacerUnits

extension DaemonConfiguration {
    /// Where the files are that come with Pacer.
    public struct Installation: Hashable, Sendable {
        /// The directory of policy files.
        public var policies: String
        /// The program that sets frequencies and restores them.
        public var keeper: String
        /// The program that is the parent of each job.
        public var shepherd: String

        /// An installation with its files at these paths.
        public init(policies: String, keeper: String, shepherd: String) {
            self.policies = policies
            self.keeper = keeper
            self.shepherd = shepherd
        }

        /// Where the package puts them.
        public static let packaged = Installation(
            policies: "/usr/share/pacer/policies",
            keeper: "/usr/libexec/pacer/pacer-keeper",
            shepherd: "/usr/libexec/pacer/pacer-shepherd")
    }

    /// Where `pacer calibrate` puts the description of the machine, and where daemons look for it, whoever
    /// runs them.
    public static let usualMachineDescription = "/etc/pacer/machine.yaml"

    /// What holds without a configuration file.
    ///
    /// Root's daemon serves the machine: `/run/pacer/pacerd.sock` and `/var/lib/pacer`. A user's own daemon
    /// keeps to the user's directories: the socket in `$XDG_RUNTIME_DIR/pacer` (or `/tmp/pacer-UID`), the
    /// database in `$XDG_STATE_HOME/pacer` (or `~/.local/state/pacer`). As the XDG specification asks,
    /// variables that are empty or not absolute paths count as not set.
    ///
    /// - Parameter environment: The process's environment.
    /// - Parameter userID: Whose daemon it is, when it is not root's.
    public static func defaults(
        forRoot isRoot: Bool, environment: [String: String], userID: UInt32,
        installation: Installation = .packaged
    ) -> DaemonConfiguration {
        func directory(_ variable: String) -> String? {
            guard let path = environment[variable], path.hasPrefix("/") else { return nil }
            return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        }
        let runtime = directory("XDG_RUNTIME_DIR").map { "\($0)/pacer" } ?? "/tmp/pacer-\(userID)"
        let state =
            directory("XDG_STATE_HOME").map { "\($0)/pacer" }
            ?? directory("HOME").map { "\($0)/.local/state/pacer" } ?? "\(runtime)/state"
        return DaemonConfiguration(
            socket: isRoot ? "/run/pacer/pacerd.sock" : "\(runtime)/pacerd.sock",
            stateDirectory: isRoot ? "/var/lib/pacer" : state,
            policies: installation.policies,
            defaultPolicy: "minimum-energy",
            machine: .auto,
            emulatedProfile: "desktop",
            machineDescription: nil,
            keeper: installation.keeper,
            shepherd: installation.shepherd,
            grace: Seconds(10),
            outputLimit: 1 << 30,
            adminGroup: nil,
            journalLimit: 64 << 20,
            finishedLimit: 100_000,
            // As many as are served in good time; a table of this many is some hundred megabytes at worst.
            userLimits: UserLimits(queued: 10_000),
            metricsAddress: nil,
            rivals: .warn)
    }
}
