public import PacerPlatform
public import PacerScheduling
public import PacerUnits
import Yams

/// What `pacerd.yaml` may set. Every key is optional; the defaults depend on who runs the daemon.
///
///     socket: /run/pacer/pacerd.sock      # where the API listens; at most 107 bytes
///     state-directory: /var/lib/pacer     # the database
///     policies: /usr/share/pacer/policies # the directory of policy files
///     default-policy: minimum-energy      # for jobs submitted without one
///     machine: auto                       # auto | linux | emulated
///     emulated-profile: desktop           # which machine to emulate
///     machine-description: /etc/pacer/machine.yaml    # what `pacer calibrate` measured of this machine
///     keeper: /usr/libexec/pacer/pacer-keeper
///     shepherd: /usr/libexec/pacer/pacer-shepherd
///     grace: 10 s                         # between the polite and the final signal of a cancelled job
///     output-limit: 1 GiB                 # output beyond this ends a job | unlimited
///     admin-group: wheel                  # sees all jobs, ends all but root's; default: nobody but root
///     user-queued-limit: 10000            # jobs of one user that wait | unlimited
///     user-running-limit: unlimited       # jobs of one user that hold cores: a number | unlimited
///     user-core-share: 100 %              # of the cores, for all jobs of one user
///     journal: 64 MiB                     # what the journal of events may take | off
///     finished-jobs: 100000               # jobs that have ended and are kept | unlimited
///     metrics-listen: 127.0.0.1:9464      # where GET /metrics is answered besides the socket | off
///     rivals: warn                        # where other programs set frequencies too: warn | refuse | hold
public struct DaemonConfiguration: Hashable, Sendable {
    /// Which machine the daemon runs jobs on.
    public enum MachineChoice: String, Hashable, Sendable, CaseIterable {
        /// The machine itself where its frequency or energy is accessible, otherwise the emulated one.
        case auto
        /// The machine itself, whatever it offers.
        case linux
        /// An emulated machine, driven by CPU time that is really used.
        case emulated
    }

    /// What is done where another program sets the same knobs.
    public enum Rivals: String, Hashable, Sendable, CaseIterable {
        /// Set what is planned, and say once for each change that somebody else set it.
        case warn
        /// Leave frequencies alone while such a program runs.
        case refuse
        /// Set again what somebody else changed, at most once in ten seconds.
        case hold
    }

    /// Where the API listens.
    public var socket: String
    /// Where the database is.
    public var stateDirectory: String
    /// The directory of policy files.
    public var policies: String
    /// The policy of jobs that are submitted without one.
    public var defaultPolicy: String
    /// Which machine jobs run on.
    public var machine: MachineChoice
    /// The description of the machine to emulate.
    public var emulatedProfile: String
    /// The description of this machine, which must be there; `nil` for ``usualMachineDescription``, if it is.
    public var machineDescription: String?
    /// The program that sets frequencies and restores them.
    public var keeper: String
    /// The program that is the parent of each job.
    public var shepherd: String
    /// Time between the polite and the final signal of a job that is cancelled.
    public var grace: Seconds
    /// Output beyond this many bytes ends a job; `nil` for no limit.
    public var outputLimit: UInt64?
    /// The group whose members see all jobs and end all but root's; `nil` for none but root.
    public var adminGroup: String?
    /// Bytes that the journal of events may take; `nil` for none.
    public var journalLimit: UInt64?
    /// How many jobs that have finished are kept; `nil` for all.
    public var finishedLimit: Int?
    /// What each user may have at once, where root's daemon serves many; root is not limited.
    public var userLimits: UserLimits
    /// Where metrics are given to anybody on this machine; `nil` for nowhere but the socket.
    public var metricsAddress: LoopbackAddress?
    /// What is done where another program sets the same knobs.
    public var rivals: Rivals
}

extension DaemonConfiguration {
    /// The configuration in the file at `path`; what it does not set is taken from `defaults`.
    public static func load(
        path: String, defaults: DaemonConfiguration
    ) throws(ConfigurationError) -> DaemonConfiguration {
        try parse(try TextFile.read(path), file: path, defaults: defaults)
    }

    /// The configuration in `text`; what it does not set is taken from `defaults`.
    ///
    /// - Parameter file: The path that errors name.
    public static func parse(
        _ text: String, file: String, defaults: DaemonConfiguration
    ) throws(ConfigurationError) -> DaemonConfiguration {
        let root = try Section(try Document.compose(text, file: file), file: file, keys: keys)
        let socketPath = Format.absolutePath(limit: longestSocketPath)
        var result = defaults
        result.socket = try root.optional("socket", socketPath) ?? defaults.socket
        result.stateDirectory =
            try root.optional("state-directory", .absolutePath()) ?? defaults.stateDirectory
        result.policies = try root.optional("policies", .absolutePath()) ?? defaults.policies
        result.defaultPolicy = try root.optional("default-policy", .identifier) ?? defaults.defaultPolicy
        result.machine = try root.optional("machine", .word) ?? defaults.machine
        result.emulatedProfile =
            try root.optional("emulated-profile", .identifier) ?? defaults.emulatedProfile
        result.machineDescription =
            try root.optional("machine-description", .absolutePath()) ?? defaults.machineDescription
        result.keeper = try root.optional("keeper", .absolutePath()) ?? defaults.keeper
        result.shepherd = try root.optional("shepherd", .absolutePath()) ?? defaults.shepherd
        result.grace = try root.optional("grace", grace) ?? defaults.grace
        if let limit = try root.optional("output-limit", outputLimit) { result.outputLimit = limit }
        if let group = try root.optional("admin-group", .line) { result.adminGroup = group }
        if let limit = try root.optional("journal", journal) { result.journalLimit = limit }
        if let limit = try root.optional("finished-jobs", finishedJobs) { result.finishedLimit = limit }
        if let limit = try root.optional("user-queued-limit", jobCount) { result.userLimits.queued = limit }
        if let limit = try root.optional("user-running-limit", jobCount) { result.userLimits.running = limit }
        if let share = try root.optional("user-core-share", .percentage(in: 1...100)) {
            result.userLimits.coreShare = share == 1 ? nil : share
        }
        if let address = try root.optional("metrics-listen", metrics) { result.metricsAddress = address }
        result.rivals = try root.optional("rivals", .word) ?? defaults.rivals
        if result.machine == .linux, try root.optional("emulated-profile", .identifier) != nil {
            throw root.impossible("emulated-profile", "'machine: linux' emulates nothing")
        }
        return result
    }

    /// Every key that the file may have, in the order of the reference.
    public static let keys = [
        "socket", "state-directory", "policies", "default-policy", "machine", "emulated-profile",
        "machine-description", "keeper", "shepherd", "grace", "output-limit", "admin-group",
        "journal", "finished-jobs", "user-queued-limit", "user-running-limit", "user-core-share",
        "metrics-listen", "rivals",
    ]

    /// The kernel's `sun_path` has 108 bytes with the closing zero.
    private static let longestSocketPath = 107

    private static var grace: Format<Seconds> {
        .quantity(
            Seconds(0)...Seconds(3600), "a time from 0 s to 1 h with its unit, e.g. 10 s",
            parse: Seconds.init(parsing:))
    }

    /// `unlimited` is a value that is `nil`.
    private static var jobCount: Format<Int?> {
        Format("a whole number of jobs from 1, or unlimited") { text in
            if text == "unlimited" { return .some(nil) }
            guard let number = Int(text), number >= 1 else { return nil }
            return .some(number)
        }
    }

    /// `unlimited` is a value that is `nil`. With fewer, a job could be gone before anybody has looked at it.
    private static var finishedJobs: Format<Int?> {
        Format("a whole number of jobs from 100, or unlimited") { text in
            if text == "unlimited" { return .some(nil) }
            guard let number = Int(text), number >= 100 else { return nil }
            return .some(number)
        }
    }

    /// `off` is a value that is `nil`. Less than a mebibyte holds little more than headers.
    private static var journal: Format<UInt64?> {
        Format("a size of at least 1 MiB with its unit, e.g. 64 MiB, or off") { text in
            if text == "off" { return .some(nil) }
            let bytes = try byteCount(parsing: text)
            return bytes >= 1 << 20 ? .some(UInt64(bytes)) : nil
        }
    }

    /// `off` is a value that is `nil`. No other machine is to read what this one takes.
    private static var metrics: Format<LoopbackAddress?> {
        Format("a loopback address with a port, e.g. 127.0.0.1:9464 or [::1]:9464, or off") { text in
            if text == "off" { return .some(nil) }
            return LoopbackAddress(parsing: text).map { .some($0) }
        }
    }

    /// `unlimited` is a value that is `nil`.
    private static var outputLimit: Format<UInt64?> {
        Format("a size of at least 4 KiB with its unit, e.g. 1 GiB, or unlimited") { text in
            if text == "unlimited" { return .some(nil) }
            let bytes = try byteCount(parsing: text)
            return bytes >= 4096 ? .some(UInt64(bytes)) : nil
        }
    }
}
