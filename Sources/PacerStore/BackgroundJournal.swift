import Glibc
public import PacerPorts
public import PacerScheduling
public import PacerUnits
import Synchronization

/// An event journal that is written by a thread of its own, a few milliseconds after what it is about: to put
/// events into words takes a tenth of the time that the daemon needs for a short job.
///
/// The thread sleeps while little happens: what comes alone is written by the caller, which is awake anyway.
/// A daemon that is killed loses the last lines, of which nobody has to know for a job's sake; one that stops
/// calls ``flush()``. Everything but the writing happens on the caller's thread.
public final class BackgroundJournal: EventJournal {
    /// What comes within this time is written at once, and what comes after it is alone.
    private static let delay = Duration.milliseconds(10)
    /// With more than this waiting, the caller writes it.
    private static let mostWaiting = 1000

    private let shared: Shared

    /// A journal that writes with what `make` returns.
    ///
    /// - Parameter run: runs a function on a new thread.
    public init(
        run: (@escaping @Sendable () -> Void) -> Void, _ make: @Sendable () -> EventJournalFiles
    ) {
        shared = Shared(make)
        run { [shared] in shared.writeWhenWoken() }
    }

    deinit { shared.end() }

    /// Begins a segment, once what belongs to the one before is written.
    public func begin(_ start: EngineStart, at now: Instant) { shared.write { $0.begin(start, at: now) } }

    /// Adds a line soon.
    public func record(_ event: Event, _ commands: [Command], at now: Instant) {
        shared.add(Entry(event: event, commands: commands, at: now), most: Self.mostWaiting)
    }

    /// Cuts the segment, once what belongs to it is written.
    public func reconfigure(_ policies: [RecordedPolicy], at now: Instant) {
        shared.write { $0.reconfigure(policies, at: now) }
    }

    /// Whether a new segment should begin, as far as is known: what waits may be what is too much.
    public var wantsNewSegment: Bool { shared.status.wantsNewSegment }

    /// How often something could not be recorded, of what is written.
    public var failures: Int { shared.status.failures }

    /// The segments with all that was recorded.
    public func segments() throws(PortError) -> [JournalSegment] {
        flush()
        return try shared.files.withLock { files throws(PortError) in try files.segments() }
    }

    /// Writes what waits.
    public func flush() { shared.write { _ in } }

    private struct Entry: Sendable {
        var event: Event
        var commands: [Command]
        var at: Instant
    }

    /// What has come of what was written.
    private struct Status {
        var wantsNewSegment = false
        var failures = 0
    }

    private struct Queue {
        var entries: [Entry] = []
        var isWatched = false
        var last: Instant?
        var hasEnded = false
        var status = Status()
    }

    /// What both threads use. Whoever holds `files` may take entries, so they are written in order.
    private final class Shared: Sendable {
        let files: Mutex<EventJournalFiles>
        private let queue = Mutex(Queue())
        // A semaphore is made for several threads, and its place never changes.
        private nonisolated(unsafe) let bell = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

        init(_ make: @Sendable () -> EventJournalFiles) {
            files = Mutex(make())
            sem_init(bell, 0, 0)  // fails for other arguments only
        }

        deinit {
            sem_destroy(bell)
            bell.deallocate()
        }

        var status: Status { queue.withLock { $0.status } }

        func add(_ entry: Entry, most: Int) {
            let (mustWrite, mustWake) = queue.withLock { queue in
                queue.entries.append(entry)
                let isAlone = queue.last.map { $0.duration(to: entry.at) > BackgroundJournal.delay } ?? true
                queue.last = entry.at
                if queue.isWatched { return (queue.entries.count > most, false) }
                queue.isWatched = !isAlone
                return (isAlone, !isAlone)
            }
            if mustWake { sem_post(bell) }
            if mustWrite { write { _ in } }
        }

        func end() {
            queue.withLock { $0.hasEnded = true }
            sem_post(bell)
        }

        /// Writes what waits, then does `body`.
        func write(_ body: (EventJournalFiles) -> Void) {
            files.withLock { files in
                let entries = queue.withLock { queue in
                    defer { queue.entries.removeAll(keepingCapacity: true) }
                    return queue.entries
                }
                for entry in entries { files.record(entry.event, entry.commands, at: entry.at) }
                body(files)
                let status = Status(wantsNewSegment: files.wantsNewSegment, failures: files.failures)
                queue.withLock { $0.status = status }
            }
        }

        /// The thread: sleeps until something waits, lets more of it come, and goes on while it does.
        func writeWhenWoken() {
            while true {
                while sem_wait(bell) != 0 {}  // a signal came between
                var goesOn = true
                while goesOn {
                    usleep(useconds_t(BackgroundJournal.delay / .microseconds(1)))
                    write { _ in }
                    goesOn = queue.withLock { queue in
                        queue.isWatched = !queue.entries.isEmpty
                        return queue.isWatched
                    }
                }
                if queue.withLock({ $0.hasEnded }) { return write { _ in } }
            }
        }
    }
}
