import CPacerShims
import Glibc
import PacerAPI
import PacerConfig
import PacerHardware
import PacerModels
import PacerPlatform
import PacerPorts
import PacerProcess
import PacerRuntime
import PacerUnits

/// What `pacerd calibrate` was asked for.
struct CalibrationOrder {
    /// `nil` for this machine.
    var emulatedProfile: String?
    /// Where the description is to be written; `nil` for the usual place.
    var output: String?
    var isQuick: Bool
    /// Whether to go on beside programs that set the same knobs, and to replace a file.
    var isForced: Bool
    /// For the files of the load.
    var folder: String
}

/// The machine that is to be calibrated, once nothing stands against it.
struct CalibrationSite {
    let hardware: Hardware
    let executor: ProcessExecutor
    let workload: String
    /// Where the description goes; `nil` when nobody would read it.
    let output: String?

    /// Opens the machine, and refuses what cannot be calibrated before anything is touched.
    init(
        _ order: CalibrationOrder, configuration: DaemonConfiguration, installation: Installation,
        time: SystemTime
    ) throws(CalibrationFailure) {
        output = try Self.output(order, configuration)
        guard let workload = installation.workload else {
            throw CalibrationFailure(
                .cannotCreate, "'pacer-workload', which is to keep the cores busy, is not beside 'pacerd'")
        }
        self.workload = workload
        if order.emulatedProfile == nil { try Self.claimMachine() }
        var configuration = configuration
        configuration.machine = order.emulatedProfile == nil ? .linux : .emulated
        configuration.emulatedProfile = order.emulatedProfile ?? configuration.emulatedProfile
        let executor = ProcessExecutor(shepherd: configuration.shepherd, clock: { time.now })
        self.executor = executor
        do throws(ConfigurationError) {
            hardware = try Hardware.open(
                configuration, installation: installation, keeperState: "/run/pacer/keeper.state",
                executor: executor, clock: { time.now }, isDescribed: false)
        } catch {
            throw CalibrationFailure(.data, error.description)
        }
        let facts = hardware.facts
        guard hardware.meter.source != .modelled else {
            let notes = facts.notes.joined(separator: " ")
            throw CalibrationFailure(
                .unreachable,
                "this machine has no energy counter to calibrate with, only a power model. \(notes)")
        }
        if !facts.conflicts.isEmpty, !order.isForced {
            let conflicts = facts.conflicts.joined(separator: "; ")
            throw CalibrationFailure(
                .temporary, "\(conflicts); stop it for the calibration, or go on with --force")
        }
    }

    /// Refuses while somebody else's hands are, or may be, on the machine's knobs.
    private static func claimMachine() throws(CalibrationFailure) {
        guard geteuid() == 0 else {
            throw CalibrationFailure(
                .notPermitted,
                "calibrating this machine needs root, who alone may set frequencies and read energy")
        }
        if let other = SystemLoad.processes(named: "pacerd").first {
            throw CalibrationFailure(
                .temporary,
                "pacerd is running (process \(other)); stop it, since its jobs would be measured too")
        }
        for folder in ["/run", "/run/pacer"] where mkdir(folder, 0o755) != 0 && errno != EEXIST {
            let reason = String(cString: strerror(errno))
            throw CalibrationFailure(.cannotCreate, "could not make the folder \(folder): \(reason)")
        }
    }

    private static func output(
        _ order: CalibrationOrder, _ configuration: DaemonConfiguration
    ) throws(CalibrationFailure) -> String? {
        let usual = configuration.machineDescription ?? DaemonConfiguration.usualMachineDescription
        guard let path = order.output ?? (order.emulatedProfile == nil ? usual : nil) else { return nil }
        guard path.hasSuffix(".yaml"), MachineDescriptionFile.isName(DescriptionFile.name(of: path)) else {
            throw CalibrationFailure(
                .usage,
                "--output: '\(path)' must be a name of lower-case letters, digits and dashes with .yaml, "
                    + "since a description bears the name of its file")
        }
        if access(path, F_OK) == 0, !order.isForced {
            throw CalibrationFailure(.cannotCreate, "\(path) is there already; --force replaces it")
        }
        if order.output != nil { try DescriptionFile.checkFolder(of: path) }
        return path
    }
}

/// Writes a description so that whoever reads it finds the old one or the new one, whole.
enum DescriptionFile {
    /// The last component of a path without `.yaml`.
    static func name(of path: String) -> String {
        let last = path.split(separator: "/").last.map(String.init) ?? path
        return last.hasSuffix(".yaml") ? String(last.dropLast(".yaml".count)) : last
    }

    /// Refuses a path in whose folder no file can be made: what was measured for minutes would be lost.
    static func checkFolder(of path: String) throws(CalibrationFailure) {
        let folder = path.lastIndex(of: "/").map { "\(path[..<$0])/." } ?? "."
        guard access(folder, W_OK | X_OK) == 0 else { throw failure("write \(path)") }
    }

    /// - Parameter makesFolder: Whether the folder of `path` is made where it is missing. In a path that a
    ///   user gave it is rather a slip.
    static func write(
        _ description: MachineDescription, to path: String, makesFolder: Bool
    ) throws(CalibrationFailure) {
        if makesFolder, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            let folder = String(path[..<slash])
            if mkdir(folder, 0o755) != 0, errno != EEXIST { throw failure("make the folder \(folder)") }
        }
        let text =
            "# What 'pacer calibrate' measured. Format: docs/models/calibration.md\n\n"
            + MachineDescriptionFile.text(description)
        let draft = "\(path).new"
        let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard file >= 0 else { throw failure("write \(draft)") }
        let bytes = Array(text.utf8)
        let isWhole = Glibc.write(file, bytes, bytes.count) == bytes.count && fsync(file) == 0
        let isWritten = isWhole && rename(draft, path) == 0
        let error = errno
        close(file)
        guard isWritten else {
            unlink(draft)
            errno = error
            throw failure("write \(path)")
        }
    }

    private static func failure(_ operation: String) -> CalibrationFailure {
        CalibrationFailure(.cannotCreate, "could not \(operation): \(String(cString: strerror(errno)))")
    }
}
