public import PacerScheduling
public import PacerUnits

/// Keeps every event that the engine was given and every command that it gave, in segments that can each be
/// run again from their beginning. Called from one thread.
///
/// No method fails: a journal that cannot be written is no reason to fail a job. It says so in the log, and
/// marks the segment as cut where it can.
public protocol EventJournal: AnyObject {
    /// Begins a segment whose engine starts from `start`.
    func begin(_ start: EngineStart, at now: Instant)

    /// Adds an event that happened at `now`, and what the engine ordered.
    func record(_ event: Event, _ commands: [Command], at now: Instant)

    /// The engine goes on with other policies: the segment ends here, since what follows could not be run
    /// again from its beginning, and a new one is wanted.
    func reconfigure(_ policies: [RecordedPolicy], at now: Instant)

    /// Whether a new segment should begin as soon as the engine holds no job.
    var wantsNewSegment: Bool { get }

    /// Writes what was recorded and is not written yet.
    func flush()

    /// The segments that are there, oldest first; the last one may still grow.
    func segments() throws(PortError) -> [JournalSegment]

    /// How often something could not be recorded, so that recording stopped or did not begin.
    var failures: Int { get }
}

extension EventJournal {
    /// Never.
    public var failures: Int { 0 }

    /// All is written at once.
    public func flush() {}
}

/// A file of the event journal.
public struct JournalSegment: Hashable, Sendable {
    /// Ascends from segment to segment.
    public var number: Int
    /// Where it is.
    public var path: String
    /// Its length now.
    public var byteCount: UInt64
    /// When it was last added to.
    public var changed: Instant

    /// A segment of `byteCount` bytes at `path`.
    public init(number: Int, path: String, byteCount: UInt64, changed: Instant) {
        self.number = number
        self.path = path
        self.byteCount = byteCount
        self.changed = changed
    }
}
