import FoundationEssentials
import PacerAPI
import PacerConfig
import PacerReplay

/// The machine that `--machine` and `--cores` name.
enum ReplayMachineChoice {
    /// The machine that is replayed on when nothing is said of it.
    static let usual = "server"

    /// A machine that comes with Pacer or is described in a file, with `cores` cores if that is given; a
    /// plain machine of `cores` cores when nothing else is.
    static func load(machine: String?, cores: Int?) throws(CommandFailure) -> ReplayMachine {
        if machine == nil, let cores { return ReplayMachine(plainCores: cores) }
        let name = machine ?? usual
        let isPath = name.contains("/") || name.hasSuffix(".yaml")
        if !isPath, let known = InstalledFiles.machineNames, !known.contains(name) {
            throw CommandFailure(
                .usage,
                "there is no machine '\(name)'; the machines are \(known.joined(separator: ", ")), and a "
                    + "path has a slash in it or ends in .yaml")
        }
        do throws(ConfigurationError) {
            let path = isPath ? name : "\(InstalledFiles.machines)/\(name).yaml"
            return ReplayMachine(try MachineDescriptionFile.load(path: path), cores: cores)
        } catch {
            throw CommandFailure(.data, error.description)
        }
    }
}
