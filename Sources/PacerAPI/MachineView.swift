/// The body of `GET /v1/machine`: what jobs are scheduled on, and what can be controlled and known of it.
public struct MachineView: Hashable, Sendable, Codable {
    /// A physical core.
    public struct Core: Hashable, Sendable, Codable {
        /// The core's number.
        public var id: Int
        /// Its logical CPUs.
        public var cpus: [Int]
        /// The number of its package.
        public var package: Int
        /// The number of its NUMA node.
        public var numaNode: Int
        /// The kind of core on hybrid processors; the highest is the fastest.
        public var kind: Int

        /// A core and where it sits.
        public init(id: Int, cpus: [Int], package: Int, numaNode: Int, kind: Int) {
            self.id = id
            self.cpus = cpus
            self.package = package
            self.numaNode = numaNode
            self.kind = kind
        }
    }

    /// A voltage–frequency point.
    public struct OperatingPoint: Hashable, Sendable, Codable {
        /// Its frequency.
        public var frequencyKhz: Int
        /// Above base frequency, so never planned with.
        public var isBoost: Bool

        /// A point at this frequency.
        public init(frequencyKhz: Int, isBoost: Bool) {
            self.frequencyKhz = frequencyKhz
            self.isBoost = isBoost
        }
    }

    /// Cores that share one frequency.
    public struct Domain: Hashable, Sendable, Codable {
        /// The number of its lowest CPU.
        public var id: Int
        /// The numbers of its cores.
        public var cores: [Int]
        /// Ascending; empty where frequency cannot be chosen.
        public var operatingPoints: [OperatingPoint]
        /// The frequency it is held at by Pacer; `nil` when it is not held.
        public var heldKhz: Int?

        /// A domain of these cores.
        public init(id: Int, cores: [Int], operatingPoints: [OperatingPoint], heldKhz: Int?) {
            self.id = id
            self.cores = cores
            self.operatingPoints = operatingPoints
            self.heldKhz = heldKhz
        }
    }

    /// What one energy counter covers.
    public struct EnergyZone: Hashable, Sendable, Codable {
        /// The kernel's name.
        public var name: String
        /// Where it is read.
        public var origin: String
        /// The counter's largest value.
        public var rangeMicrojoules: UInt64
        /// Whether it is part of the machine's total.
        public var countsTowardsTotal: Bool

        /// A zone with its counter.
        public init(name: String, origin: String, rangeMicrojoules: UInt64, countsTowardsTotal: Bool) {
            self.name = name
            self.origin = origin
            self.rangeMicrojoules = rangeMicrojoules
            self.countsTowardsTotal = countsTowardsTotal
        }
    }

    /// The machine's energy since the daemon started.
    public struct Energy: Hashable, Sendable, Codable {
        /// How these joules came to be.
        public var source: EnergySourceName
        /// Joules of everything that counts towards the total; `nil` for users, who are told of their jobs.
        public var totalJ: Double?
        /// Time whose energy is not known, in seconds.
        public var unknownS: Double
        /// What is counted.
        public var zones: [EnergyZone]

        /// Joules from this source.
        public init(source: EnergySourceName, totalJ: Double?, unknownS: Double, zones: [EnergyZone]) {
            self.source = source
            self.totalJ = totalJ
            self.unknownS = unknownS
            self.zones = zones
        }
    }

    /// The fitted power of the machine: idle + uncore + n·(cubic·f³ + linear·f + constant), f in GHz.
    public struct PowerModel: Hashable, Sendable, Codable {
        /// With nothing running, in watts.
        public var idleW: Double
        /// Once while any core is busy, in watts.
        public var uncoreW: Double
        /// Watts per GHz³ and core.
        public var cubicWPerGhz3: Double
        /// Watts per GHz and core.
        public var linearWPerGhz: Double
        /// Watts per core.
        public var constantW: Double

        /// A power model with these coefficients.
        public init(
            idleW: Double, uncoreW: Double, cubicWPerGhz3: Double, linearWPerGhz: Double, constantW: Double
        ) {
            self.idleW = idleW
            self.uncoreW = uncoreW
            self.cubicWPerGhz3 = cubicWPerGhz3
            self.linearWPerGhz = linearWPerGhz
            self.constantW = constantW
        }
    }

    /// One control of the machine.
    public struct Knob: Hashable, Sendable, Codable {
        /// Which control.
        public var path: String
        /// What it holds.
        public var now: String
        /// What it held before Pacer changed it.
        public var original: String?
        /// What Pacer wants it to hold.
        public var wanted: String?
        /// Who the present value comes from: `pacer`, `system` or `other`.
        public var owner: String
        /// Why Pacer changed it: `policy`, `userRequest`, `restore` or `resume`.
        public var reason: String?
        /// When Pacer set it, in seconds since the Unix epoch.
        public var sinceUnixS: Int64?

        /// A control and what it holds.
        public init(
            path: String, now: String, original: String?, wanted: String?, owner: String, reason: String?,
            sinceUnixS: Int64?
        ) {
            self.path = path
            self.now = now
            self.original = original
            self.wanted = wanted
            self.owner = owner
            self.reason = reason
            self.sinceUnixS = sinceUnixS
        }
    }

    /// A name for people.
    public var name: String
    /// Whether frequency and energy are those of an emulated machine.
    public var isEmulated: Bool
    /// Ascending by number.
    public var cores: [Core]
    /// Ascending by number.
    public var domains: [Domain]
    /// How frequency is controlled, in one sentence.
    public var frequencySummary: String
    /// How the processes of a job are held together.
    public var containmentMethod: String
    /// What follows from it, in one sentence.
    public var containmentNote: String
    /// What its energy counters say.
    public var energy: Energy
    /// What it is believed to draw.
    public var powerModel: PowerModel
    /// Every knob that is or could be changed.
    public var knobs: [Knob]
    /// Other programs that set the same knobs.
    public var conflicts: [String]
    /// What is absent or restricted, and what follows.
    public var notes: [String]

    /// A machine with its energy; the rest is set afterwards.
    public init(name: String, isEmulated: Bool, energy: Energy, powerModel: PowerModel) {
        self.name = name
        self.isEmulated = isEmulated
        self.energy = energy
        self.powerModel = powerModel
        cores = []
        domains = []
        frequencySummary = ""
        containmentMethod = ""
        containmentNote = ""
        knobs = []
        conflicts = []
        notes = []
    }
}
