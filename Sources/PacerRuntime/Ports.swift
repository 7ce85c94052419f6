public import PacerPlatform
public import PacerPorts
public import PacerUnits

/// The effects that a control loop works through, put together by whoever starts it.
public struct Ports {
    /// Runs the programs of jobs.
    public var executor: any JobExecutor
    /// Keeps jobs, profiles and the journal across restarts.
    public var store: any JobStore
    /// Reads the machine's energy.
    public var meter: any EnergyMeter
    /// `nil` where frequency cannot be chosen.
    public var frequency: (any FrequencyControl)?
    /// For machines that follow where jobs run; `nil` for a real one.
    public var follower: (any PlacementFollower)?
    /// Keeps every event and command, so that they can be gone through again; `nil` where nobody wants that.
    public var journal: (any EventJournal)?
    /// Keeps what jobs and the machine took; `nil` where nobody wants to add it up.
    public var accounts: (any AccountStore)?
    /// The logical CPUs that are online now; `nil` where that cannot be read.
    public var onlineCPUs: () -> CPUSet? = { nil }
    /// Other programs that set the same knobs and run now, one sentence each.
    public var rivals: () -> [String] = { [] }
    /// The present time; never goes back.
    public var clock: () -> Instant
    /// How long the machine has slept since it was started.
    public var asleep: () -> Seconds = { .zero }
    /// Replaces the time of the next call of ``ControlLoop/tick()``; `nil` for none.
    public var schedule: (Instant?) -> Void
    /// Makes a folder for the files of a job that is to run as somebody, `nil` for as the daemon: he can
    /// reach his files in it, and nobody but the daemon can make anything in it. Returns its path.
    public var makeFolder: (JobFolder, Identity?) throws(PortError) -> String
    /// Removes the folder of a job with all files in it; nothing happens when there is none.
    public var removeFolder: (JobFolder) throws(PortError) -> Void = { _ in }
    /// Whether jobs run as their submitters; otherwise as the daemon.
    public var runsAsSubmitter = false
    /// Writes a line to the daemon's log.
    public var log: (LogLevel, String) -> Void

    /// Ports with every effect given, but for a journal of events and accounts.
    public init(
        executor: any JobExecutor, store: any JobStore, meter: any EnergyMeter,
        frequency: (any FrequencyControl)?, follower: (any PlacementFollower)?,
        clock: @escaping () -> Instant,
        schedule: @escaping (Instant?) -> Void,
        makeFolder: @escaping (JobFolder, Identity?) throws(PortError) -> String,
        log: @escaping (LogLevel, String) -> Void
    ) {
        self.executor = executor
        self.store = store
        self.meter = meter
        self.frequency = frequency
        self.follower = follower
        self.clock = clock
        self.schedule = schedule
        self.makeFolder = makeFolder
        self.log = log
    }
}

/// How much a line of the log matters.
public enum LogLevel: Sendable {
    case info
    case warning
    case error
}
