public import PacerScheduling
public import PacerUnits

/// What happened, in one sentence, about which job.
public struct JournalLine: Hashable, Sendable {
    /// Ascends by one from line to line, restarts included.
    public var number: Int64
    /// When it happened.
    public var at: Instant
    /// The job it is about; `nil` when it is about the daemon.
    public var job: JobID?
    /// What happened.
    public var sentence: String
}
