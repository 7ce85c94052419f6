/// The body of `GET /v1/overview`: what is going on at one moment, as much of it as the user may see.
public struct OverviewView: Hashable, Sendable, Codable {
    /// One frequency domain.
    public struct Domain: Hashable, Sendable, Codable {
        /// The number of its lowest CPU.
        public var id: Int
        /// The numbers of its cores.
        public var cores: [Int]
        /// What it is held at by Pacer; absent when it is not held.
        public var heldKhz: Int?
        /// What was read back after that; absent when it is not held.
        public var readBackKhz: Int?

        /// A domain that is not held.
        public init(id: Int, cores: [Int]) {
            self.id = id
            self.cores = cores
        }
    }

    /// What one counter has counted.
    public struct Zone: Hashable, Sendable, Codable {
        /// The kernel's name.
        public var name: String
        /// Joules since the daemon started.
        public var totalJ: Double

        /// A counter with its joules.
        public init(name: String, totalJ: Double) {
            self.name = name
            self.totalJ = totalJ
        }
    }

    /// How many jobs of all users are in which state.
    public struct Counts: Hashable, Sendable, Codable {
        /// Wait for cores.
        public var queued = 0
        /// Hold cores; their program is being started.
        public var starting = 0
        /// Run.
        public var running = 0
        /// Are paused for the sake of more urgent ones; absent in answers of versions that pause none.
        public var paused: Int?
        /// Were told to end.
        public var stopping = 0

        /// None.
        public init() {}
    }

    /// The moment of `totalJ` and `zones`.
    public var energyAtUnixNs: Int64
    /// The present time of the daemon.
    public var nowUnixNs: Int64
    /// The machine's name.
    public var machineName: String
    /// How joules come to be here.
    public var energySource: EnergySourceName
    /// The machine's joules since the daemon started; at most once a second new, and rounded, for those who
    /// may not see everybody's jobs.
    public var totalJ: Double
    /// Time whose energy is not known, in seconds.
    public var unknownS: Double
    /// The counters of packages and memory; empty where they are not told apart, and for those who may not
    /// see everybody's jobs.
    public var zones: [Zone]
    /// Ascending.
    public var domains: [Domain]
    /// Cores of jobs that the user may not see, ascending.
    public var othersCores: [Int]
    /// Jobs that hold cores, ascending by number; without estimates and decisions.
    public var active: [JobView]
    /// Jobs that wait, in the order in which they will be served: the first of them.
    public var waiting: [JobView]
    /// Jobs of all users.
    public var counts: Counts

    /// An overview without jobs.
    public init(
        nowUnixNs: Int64, machineName: String, energySource: EnergySourceName, energyAtUnixNs: Int64,
        totalJ: Double, unknownS: Double
    ) {
        self.energyAtUnixNs = energyAtUnixNs
        self.nowUnixNs = nowUnixNs
        self.machineName = machineName
        self.energySource = energySource
        self.totalJ = totalJ
        self.unknownS = unknownS
        zones = []
        domains = []
        othersCores = []
        active = []
        waiting = []
        counts = Counts()
    }
}
