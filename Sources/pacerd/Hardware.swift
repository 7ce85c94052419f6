import PacerConfig
import PacerHardware
import PacerModels
import PacerPlatform
import PacerPorts
import PacerRuntime
import PacerScheduling
import PacerUnits

/// The machine that jobs run on, with everything that reads or sets it.
struct Hardware {
    var facts: MachineFacts
    var power: PowerModel
    var meter: any EnergyMeter
    var frequency: (any FrequencyControl)?
    var follower: (any PlacementFollower)?
    /// Who puts the frequencies back at the end; `nil` where they cannot be chosen.
    var keeper: CpufreqControl?

    /// Finds the machine; falls back to the emulated one where neither frequency nor energy is accessible.
    static func open(
        _ configuration: DaemonConfiguration, installation: Installation, keeperState: String,
        executor: any JobExecutor, clock: @escaping () -> Instant, isDescribed: Bool = true
    ) throws(ConfigurationError) -> Hardware {
        if configuration.machine == .emulated {
            return try emulated(configuration, installation, notes: [], executor, clock)
        }
        let linux = LinuxMachine.discover(
            LinuxMachine.Places(keeper: configuration.keeper, keeperState: keeperState), at: clock())
        if configuration.machine == .auto, linux.frequency == nil, linux.meter == nil {
            return try emulated(configuration, installation, notes: linux.notes, executor, clock)
        }
        return try real(linux, isDescribed ? configuration : nil, executor, clock)
    }

    private static func real(
        _ linux: LinuxMachine, _ configuration: DaemonConfiguration?, _ executor: any JobExecutor,
        _ clock: @escaping () -> Instant
    ) throws(ConfigurationError) -> Hardware {
        var facts = MachineFacts(
            machine: Machine(
                name: linux.name, cores: linux.cores, domains: linux.domains,
                energySource: linux.meter?.source ?? .modelled),
            isEmulated: false, notes: linux.notes, conflicts: linux.conflicts.map(\.description))
        let start =
            try configuration.map { configuration throws(ConfigurationError) in
                try StartingPower.find(configuration, machine: facts.machine)
            } ?? .guess
        facts.notes += start.notes
        if let meter = linux.meter {
            return Hardware(
                facts: facts, power: start.power, meter: meter, frequency: linux.frequency, follower: nil,
                keeper: linux.frequency as? CpufreqControl)
        }
        let control = linux.frequency.map { ModelledFrequency($0, clock: clock) }
        let machine = facts.machine
        let meter = ModelMeter(
            model: start.power, name: start.name, cores: linux.cores,
            frequency: { core in
                let domain = machine.domain(of: core)
                return domain.flatMap { control?.frequency(of: $0.id) } ?? machine.topFrequency
            }, at: clock())
        control?.meter = meter
        return Hardware(
            facts: facts, power: start.power, meter: meter, frequency: control,
            follower: ModelledPlacement(meter: meter, executor: executor, clock: clock),
            keeper: linux.frequency as? CpufreqControl)
    }

    private static func emulated(
        _ configuration: DaemonConfiguration, _ installation: Installation, notes: [String],
        _ executor: any JobExecutor, _ clock: @escaping () -> Instant
    ) throws(ConfigurationError) -> Hardware {
        let description = try MachineDescriptionFile.load(
            path: installation.machine(configuration.emulatedProfile))
        let topology = Topology.discover()
        let machine = EmulatedMachine(description: description, cores: topology.cores, clock: clock)
        let facts = MachineFacts(
            machine: Machine(
                name: "emulated \(description.name)", cores: topology.cores,
                domains: machine.frequencyDomains, energySource: .emulated),
            isEmulated: true, notes: notes + topology.notes, conflicts: [])
        return Hardware(
            facts: facts, power: description.power, meter: machine, frequency: machine,
            follower: EmulatedPlacement(machine: machine, executor: executor))
    }
}
