public import PacerPlatform
public import PacerPorts
public import PacerUnits

/// One frequency domain at one moment.
public struct DomainFigure: Hashable, Sendable {
    /// The domain.
    public var id: DomainID
    /// What Pacer holds it at; `nil` while it does not.
    public var held: Hertz?
    /// What was read back after it was last held; `nil` while it is not held.
    public var readBack: Hertz?
}

/// The machine's energy since the daemon started, and where it went.
public struct EnergyFigure: Hashable, Sendable {
    /// How these joules came to be.
    public var source: EnergySource
    /// What the meter has counted.
    public var counted: Joules
    /// Time whose energy is not known, in none of the joules.
    public var unknown: Seconds
    /// What belongs to jobs, as far as they are known now.
    public var attributed: Joules
    /// Drawn by the idle machine, or while no job was busy.
    public var idle: Joules
    /// Counted in intervals of which a part is unknown.
    public var unattributed: Joules
    /// What each counter has counted; empty where the parts are not told apart.
    public var zones: [CountedZone]
}

/// How many jobs are in which state.
public struct JobCounts: Hashable, Sendable {
    /// Wait for cores.
    public var queued = 0
    /// Hold cores; their program is being started.
    public var starting = 0
    /// Run.
    public var running = 0
    /// Are paused for the sake of more urgent ones.
    public var paused = 0
    /// Were told to end.
    public var stopping = 0
    /// Have ended; the machine's energy is still theirs until their deadline.
    public var lingering = 0

    /// No jobs.
    public init() {}
}

/// Everything that can be counted of a daemon at one moment.
public struct ServiceFigures: Sendable {
    /// The moment.
    public var at: Instant
    /// Jobs by state.
    public var jobs: JobCounts
    /// The machine's cores, and how many of them jobs hold.
    public var cores: Int
    /// Cores that jobs hold.
    public var coresHeld: Int
    /// Ascending.
    public var domains: [DomainFigure]
    /// The machine's energy.
    public var energy: EnergyFigure
    /// What has been counted since the daemon started.
    public var tallies: Tallies
    /// Records that wait in memory for the database to take them.
    public var unsavedRecords: Int
    /// Times that recording of the event journal stopped; `nil` where none is kept.
    public var journalErrors: Int?
    /// How the keeper is doing; `nil` where there is none.
    public var keeper: KeeperState?
}

/// What is going on at one moment.
public struct ServiceOverview: Sendable {
    /// The moment.
    public var at: Instant
    /// The machine.
    public var machine: Machine
    /// Ascending.
    public var domains: [DomainFigure]
    /// The machine's energy.
    public var energy: EnergyFigure
    /// Jobs that hold cores, ascending.
    public var active: [StoredJob]
    /// Jobs that wait, in the order in which they will be served: the first of them.
    public var waiting: [StoredJob]
    /// Jobs by state, all of them.
    public var jobs: JobCounts
}

/// What jobs and the machine took since some moment.
public struct EnergyReport: Hashable, Sendable {
    /// Ascending by source, then key.
    public var sums: [AccountSum]
    /// The machine's account, one for each source of joules.
    public var machine: [MachineAccount]
}
