import Glibc
import PacerConfig
import PacerModels
import PacerPlatform
import PacerUnits

/// The power model that a real machine starts with: that of its description, or a guess.
struct StartingPower {
    var power: PowerModel
    /// Where the model comes from, for people.
    var name: String
    /// What was used or refused, one sentence each.
    var notes: [String]

    /// Where learning starts on a machine that nobody described: the order of magnitude of a desktop. What is
    /// measured bends it within the first windows.
    static let guess = StartingPower(
        power: .unmeasured(idle: Watts(10)),
        name: "guess", notes: [])

    /// Reads the description where there is one. One that is of another machine is noted and not used.
    ///
    /// - Throws: when a description cannot be read, or a file that was named is not there.
    static func find(
        _ configuration: DaemonConfiguration, machine: Machine
    ) throws(ConfigurationError) -> StartingPower {
        let path = configuration.machineDescription ?? DaemonConfiguration.usualMachineDescription
        if configuration.machineDescription == nil, access(path, F_OK) != 0 {
            return .guess
        }
        let description = try MachineDescriptionFile.load(path: path)
        if let reason = misfit(description, machine) {
            let note = "The machine description \(path) is not used: \(reason). Learning starts from a guess."
            return StartingPower(power: guess.power, name: guess.name, notes: [note])
        }
        let how =
            description.calibration.map { record in
                let error = record.medianError.map { share in
                    ", with a median error of \(decimal(share * 100, places: 1)) %"
                }
                return "calibrated on \(record.date)\(error ?? "")"
            } ?? "which was not calibrated"
        let note = "The power model starts from \(path), \(how)."
        guard !machine.hasFrequencyControl, description.frequencies.count > 1,
            let top = description.frequencies.last
        else {
            return StartingPower(power: description.power, name: path, notes: [note])
        }
        return StartingPower(
            power: uncontrolled(description.power, at: top), name: path,
            notes: [note + " Frequencies cannot be chosen here, so a busy core counts as one at \(top)."])
    }

    /// The model of a machine whose cores all run at `frequency`, whatever it is called.
    private static func uncontrolled(_ power: PowerModel, at frequency: Hertz) -> PowerModel {
        PowerModel(
            idle: power.idle, uncore: power.uncore, cubic: 0, linear: 0,
            constant: power.corePower(at: frequency).value)
    }

    /// Why `description` is not of `machine`; `nil` when it is.
    private static func misfit(_ description: MachineDescription, _ machine: Machine) -> String? {
        guard let processor = description.processor else { return "it does not say of which processor it is" }
        if processor != machine.name { return "it is of '\(processor)', and this is '\(machine.name)'" }
        if description.calibration?.source == .emulated { return "its joules are emulated" }
        if description.cores < machine.coreCount {
            return "it is of \(CoreCount(description.cores)), and this machine has \(machine.coreCount)"
        }
        guard machine.hasFrequencyControl else { return nil }
        guard let lowest = description.frequencies.first, let highest = description.frequencies.last,
            let first = machine.frequencies.first, first >= lowest, machine.topFrequency <= highest
        else {
            return "it knows no power at some of this machine's frequencies"
        }
        return nil
    }
}
