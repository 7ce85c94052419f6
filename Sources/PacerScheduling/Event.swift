public import PacerPlatform
public import PacerUnits

/// What the machine and its jobs did until one moment.
public struct Snapshot: Hashable, Sendable {
    /// The machine's energy at that moment.
    public var energy: EnergyReading
    /// One sample per job that has processes; ascending by job.
    public var samples: [JobID: JobSample]
    /// Whether the machine slept since the last one: that time counts for deadlines, but says nothing of
    /// rates and of energy.
    public var slept = false

    /// A snapshot of the machine's energy and the jobs' samples.
    public init(energy: EnergyReading, samples: [JobID: JobSample]) {
        self.energy = energy
        self.samples = samples
    }
}

/// Something that happened. The driver feeds a snapshot before every event that ends or starts something.
public enum Event: Hashable, Sendable {
    /// A job was accepted; `prior` is what is remembered of its class.
    case submitted(JobRequest, prior: ClassProfile?)
    /// The program runs.
    case launched(JobID)
    /// The program could not be started.
    case launchFailed(JobID, reason: String)
    /// A job of an earlier daemon still runs with this allocation.
    case adopted(JobRequest, Allocation, started: Instant, prior: ClassProfile?)
    /// The program and all its descendants ended: just now, unless it was while nobody looked.
    case exited(JobID, ExitStatus, ended: Instant? = nil)
    case cancelRequested(JobID)
    /// A frequency domain was asked to hold a frequency and holds `actual`.
    case held(DomainID, actual: Hertz)
    /// A frequency domain does not obey.
    case holdFailed(DomainID, reason: String)
    /// The time asked for by ``Command/wake(at:)`` has come, or something else was observed.
    case observed(Snapshot)
    /// These of the machine's cores are there now, ascending; the CPUs of the others are offline.
    case present([CoreID])
    /// A domain that is held runs at `actual` (`nil`: nobody knows at what) and not as it was asked to, or it
    /// does so again. The reason is one sentence for people.
    case disturbed(DomainID, actual: Hertz?, reason: String)
    /// The machine was suspended for this long.
    case resumed(after: Seconds)
}
