public import PacerUnits

/// A physical core and where it sits.
public struct Core: Hashable, Sendable {
    /// The core's number.
    public let id: CoreID
    /// The logical CPUs of the core; more than one under SMT. The first is the one that is used.
    public let cpus: CPUSet
    /// The processor package it sits in.
    public let package: PackageID
    /// The NUMA node, where the machine has more than one.
    public let numaNode: Int
    /// The kind of core on hybrid processors; equal numbers are equal cores, the highest is the fastest.
    public let kind: Int

    /// A core of the given logical CPUs; without a node or a kind where the machine has only one.
    public init(id: CoreID, cpus: CPUSet, package: PackageID, numaNode: Int = 0, kind: Int = 0) {
        self.id = id
        self.cpus = cpus
        self.package = package
        self.numaNode = numaNode
        self.kind = kind
    }
}

/// A voltage–frequency point of a frequency domain (OPP; ACPI calls it a P-state).
public struct OperatingPoint: Hashable, Comparable, Sendable {
    /// What the cores of the domain run at.
    public let frequency: Hertz
    /// Above base frequency: not sustainable on all cores, so never planned with for a deadline.
    public let isBoost: Bool

    /// A point at this frequency, sustainable unless said otherwise.
    public init(_ frequency: Hertz, isBoost: Bool = false) {
        self.frequency = frequency
        self.isBoost = isBoost
    }

    /// Orders by frequency.
    public static func < (left: OperatingPoint, right: OperatingPoint) -> Bool {
        left.frequency < right.frequency
    }
}

/// Cores that share one P-state control: cpufreq's `policyN`.
public struct FrequencyDomain: Hashable, Sendable {
    /// The domain's number.
    public let id: DomainID
    /// The cores that share the frequency, ascending.
    public let cores: [CoreID]
    /// Ascending by frequency; empty where frequency cannot be chosen.
    public let operatingPoints: [OperatingPoint]

    /// A domain of `cores` and its points, both in any order.
    public init(id: DomainID, cores: [CoreID], operatingPoints: [OperatingPoint]) {
        self.id = id
        self.cores = cores.sorted()
        self.operatingPoints = operatingPoints.sorted()
    }

    /// The points that can be sustained on every core.
    public var sustainablePoints: [OperatingPoint] { operatingPoints.filter { !$0.isBoost } }
}

/// What Pacer schedules on: cores, their frequency domains, and where joules come from.
public struct Machine: Hashable, Sendable {
    /// A name for people: the processor's model or the name of an emulated profile.
    public let name: String
    /// Ascending by id.
    public let cores: [Core]
    /// Ascending by id; every core is in exactly one.
    public let domains: [FrequencyDomain]
    /// How the machine's energy is known.
    public let energySource: EnergySource
    /// The frequencies that every domain offers and sustains, ascending; one nominal entry where there is no
    /// choice.
    public let frequencies: [Hertz]

    /// A machine of at least one core, each in exactly one domain; any order.
    public init(name: String, cores: [Core], domains: [FrequencyDomain], energySource: EnergySource) {
        precondition(!cores.isEmpty, "a machine has at least one core")
        let members = domains.flatMap(\.cores)
        precondition(
            Set(members).count == members.count && Set(members) == Set(cores.map(\.id)),
            "every core belongs to exactly one frequency domain")
        self.name = name
        self.cores = cores.sorted { $0.id < $1.id }
        self.domains = domains.sorted { $0.id < $1.id }
        self.energySource = energySource
        frequencies = Machine.shared(by: self.domains)
    }

    private static func shared(by domains: [FrequencyDomain]) -> [Hertz] {
        guard let first = domains.first else { return [nominalFrequency] }
        var shared = first.sustainablePoints.map(\.frequency)
        for domain in domains.dropFirst() where domain.operatingPoints != first.operatingPoints {
            let own = Set(domain.sustainablePoints.map(\.frequency))
            shared = shared.filter(own.contains)
        }
        return shared.isEmpty ? [nominalFrequency] : shared
    }

    /// The number of physical cores.
    public var coreCount: Int { cores.count }

    /// Whether any domain lets its frequency be chosen.
    public var hasFrequencyControl: Bool { domains.contains { $0.operatingPoints.count > 1 } }

    /// The highest sustainable frequency.
    public var topFrequency: Hertz { frequencies.last ?? Machine.nominalFrequency }

    /// Stands for "whatever the hardware does" where frequency cannot be read or chosen.
    public static let nominalFrequency = Hertz(kilohertz: 1_000_000)

    /// The domain that holds `core`.
    public func domain(of core: CoreID) -> FrequencyDomain? { domains.first { $0.cores.contains(core) } }

    /// The logical CPUs of `cores`, SMT siblings included.
    public func cpus(of coreIDs: [CoreID]) -> CPUSet {
        CPUSet(cores.filter { coreIDs.contains($0.id) }.flatMap(\.cpus.cpus))
    }
}
