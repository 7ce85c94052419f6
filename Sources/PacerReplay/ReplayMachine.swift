public import PacerModels
public import PacerPlatform
import PacerUnits

/// The machine that a replay runs on, and what it draws.
///
/// Its power is that of ``PowerModel`` and nothing else: idle power all the time, uncore power once while any
/// core is busy, and every busy core its core power at its frequency times the activity of its job.
public struct ReplayMachine: Hashable, Sendable {
    /// Cores and frequency domains.
    public var machine: Machine
    /// What it draws.
    public var power: PowerModel

    /// A machine with its power.
    public init(machine: Machine, power: PowerModel) {
        self.machine = machine
        self.power = power
    }

    /// A machine as `description` says, with `cores` cores if that is given.
    public init(_ description: MachineDescription, cores: Int? = nil) {
        let count = cores ?? description.cores
        let width = description.coresPerDomain ?? count
        let points =
            description.frequencies.map { OperatingPoint($0) }
            + description.boostFrequencies.map { OperatingPoint($0, isBoost: true) }
        self.init(
            machine: ReplayMachine.machine(name: description.name, cores: count, perDomain: width, points),
            power: description.power)
    }

    /// A plain machine of `cores` equal cores and one frequency. Its power is a convention, not that of any
    /// product: 1 W idle and 4 W busy a core, no uncore power.
    public init(plainCores cores: Int) {
        self.init(
            machine: ReplayMachine.machine(
                name: "plain-\(cores)", cores: cores, perDomain: 1,
                [OperatingPoint(Machine.nominalFrequency)]),
            power: PowerModel(
                idle: Watts(Double(cores)), uncore: .zero, cubic: 0, linear: 0, constant: 4))
    }

    private static func machine(
        name: String, cores count: Int, perDomain width: Int, _ points: [OperatingPoint]
    ) -> Machine {
        precondition(count > 0 && width > 0, "a machine has at least one core, and so has a domain")
        let cores = (0..<count).map { number in
            Core(id: CoreID(number), cpus: CPUSet([CPUID(number)]), package: PackageID(0))
        }
        let domains = stride(from: 0, to: count, by: width).enumerated().map { index, first in
            FrequencyDomain(
                id: DomainID(index), cores: cores[first..<min(count, first + width)].map(\.id),
                operatingPoints: points)
        }
        return Machine(name: name, cores: cores, domains: domains, energySource: .modelled)
    }
}
