public import PacerPlatform
public import PacerUnits

/// Something the engine orders. The driver performs commands in order and reports what came of them.
public enum Command: Hashable, Sendable {
    /// Start the job's program on these cores.
    case launch(JobID, cores: [CoreID])
    /// Move every process of the job to these cores.
    case confine(JobID, cores: [CoreID])
    /// Hold a frequency domain at a frequency.
    case hold(DomainID, Hertz)
    /// Give a frequency domain back.
    case release(DomainID)
    case signal(JobID, StopSignal)
    /// Stop every process of the job until it is to proceed.
    case pause(JobID)
    /// Let the processes of a paused job go on.
    case proceed(JobID)
    /// Observe again at this time; replaces the time of every earlier wake. `nil`: nothing to wait for.
    case wake(at: Instant?)
    /// Make the record durable before the next command is performed.
    case record(JobRecord)
    /// Remember what was learnt of a class.
    case remember(ClassProfile)
    /// The job has ended and its record is complete; remove what is left of its processes.
    case retire(JobID)
}

/// A signal that ends a job.
public enum StopSignal: Hashable, Sendable {
    /// Ask it to end (SIGTERM).
    case terminate
    /// End it (SIGKILL).
    case kill
}
