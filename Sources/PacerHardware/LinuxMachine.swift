public import PacerPlatform
public import PacerPorts
public import PacerUnits

/// What this machine offers, found part by part; what is absent is said and does without.
public struct LinuxMachine {
    /// Where to look.
    public struct Places: Hashable, Sendable {
        /// The path of `pacer-keeper`; `nil` to leave frequencies alone.
        public var keeper: String?
        /// Where the keeper remembers original values.
        public var keeperState: String
        /// The powercap class folder.
        public var powercap: String
        /// The folder of the PMU with the energy events.
        public var powerEvents: String
        /// Where procfs is mounted.
        public var processes: String
        /// Where services keep their runtime files.
        public var runtime: String

        /// The most that one package may draw; what implies more is not believed.
        public var peakPower: Watts

        /// The usual places of a Linux system.
        public init(keeper: String?, keeperState: String = "/run/pacer/keeper.state") {
            self.keeper = keeper
            self.keeperState = keeperState
            self.peakPower = RAPLMeter.defaultPeakPower
            self.powercap = "/sys/class/powercap"
            self.powerEvents = "/sys/bus/event_source/devices/power"
            self.processes = "/proc"
            self.runtime = "/run"
        }
    }

    /// The processor's model.
    public let name: String
    /// The cores that this process may use, ascending.
    public let cores: [Core]
    /// Every core is in exactly one; without operating points where frequency cannot be chosen.
    public let domains: [FrequencyDomain]
    /// `nil` where no frequency can be set.
    public let frequency: (any FrequencyControl)?
    /// `nil` where energy cannot be measured.
    public let meter: (any EnergyMeter)?
    /// One plain sentence for each thing that is absent or restricted, and what follows.
    public let notes: [String]
    /// Services that change the same knobs.
    public let conflicts: [Conflict]

    /// Looks at the machine, starts the keeper and opens the energy counters.
    public static func discover(_ places: Places, at now: Instant) -> LinuxMachine {
        let topology = Topology.discover()
        let frequency = discoverFrequency(places, cores: topology.cores)
        let energy = discoverEnergy(places, at: now)
        return LinuxMachine(
            name: topology.processor ?? "unknown processor", cores: topology.cores,
            domains: frequency.domains,
            frequency: frequency.control, meter: energy.meter,
            notes: topology.notes + frequency.notes + energy.notes,
            conflicts: Conflict.running(processRoot: places.processes, runtimeRoot: places.runtime))
    }
}

extension LinuxMachine {
    private struct FrequencyPart {
        var domains: [FrequencyDomain]
        var control: (any FrequencyControl)?
        var notes: [String]
    }

    private static func discoverFrequency(_ places: Places, cores: [Core]) -> FrequencyPart {
        let consequence = "Pacer chooses the number of cores only."
        var part = FrequencyPart(
            domains: FrequencyDomains(cores: cores, policies: []).domains, control: nil, notes: [])
        guard let program = places.keeper else {
            part.notes.append("Frequencies are left alone: no keeper program is configured. \(consequence)")
            return part
        }
        let start = { () throws(PortError) -> KeeperClient in
            try KeeperClient.start(program: program, statePath: places.keeperState)
        }
        do throws(PortError) {
            let keeper = try start()
            let policies = try keeper.domains()
            guard !policies.isEmpty else {
                part.notes.append(
                    "The kernel offers no frequency control (no cpufreq driver). \(consequence)")
                return part
            }
            let found = FrequencyDomains(cores: cores, policies: policies)
            part.domains = found.domains
            part.notes += found.notes
            guard !found.cpus.isEmpty else {
                part.notes.append("No core of this machine has frequencies to choose from. \(consequence)")
                return part
            }
            part.notes += remarks(on: policies, cores: cores, found: found)
            part.control = CpufreqControl(
                keeper: keeper, cpus: found.cpus, drivers: Set(policies.compactMap(\.driver)).sorted(),
                restart: start)
        } catch {
            part.notes.append("Frequencies cannot be set: \(error). \(consequence)")
        }
        return part
    }

    private static func remarks(
        on policies: [KeeperDomain], cores: [Core], found: FrequencyDomains
    ) -> [String] {
        var remarks: [String] = []
        let covered = cores.filter { core in
            found.domains.contains { $0.cores.contains(core.id) && !$0.operatingPoints.isEmpty }
        }
        if covered.count < cores.count {
            let others = CPUSet(cores.filter { !covered.contains($0) }.flatMap(\.cpus.cpus))
            remarks.append("The frequency of CPUs \(others) cannot be chosen.")
        }
        if policies.contains(where: { $0.frequencies.isEmpty && $0.base == nil }) {
            remarks.append(
                "The driver lists no frequencies and no base frequency: points up to the highest are used, "
                    + "of which the upper ones may not be sustained on all cores.")
        }
        return remarks
    }

    private static func discoverEnergy(
        _ places: Places, at now: Instant
    ) -> (meter: (any EnergyMeter)?, notes: [String]) {
        let powercap = RAPLMeter.open(
            root: places.powercap, at: now, peakPower: places.peakPower)
        if let meter = powercap.meter { return (meter, powercap.notes) }
        let events = PerfMeter.open(root: places.powerEvents, at: now)
        if let meter = events.meter { return (meter, powercap.notes + events.notes) }
        return (
            nil, powercap.notes + events.notes + ["Energy is computed from a power model, not measured."]
        )
    }
}
