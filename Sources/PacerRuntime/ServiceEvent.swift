public import PacerPlatform
public import PacerScheduling
public import PacerUnits

/// What happened, as it is told to people and programs outside.
public enum Happening: Hashable, Sendable {
    /// The daemon began to serve.
    case daemonStarted
    /// The daemon is about to end; jobs go on under their shepherds.
    case daemonStopping
    /// The database does not take what is to be kept; it is kept in memory. Told once, until it recovers.
    case storeFailed(String)
    /// The database takes everything again.
    case storeRecovered
    /// A job was accepted.
    case submitted(policy: String, deadline: Instant?)
    /// A job that an earlier daemon had accepted waits again.
    case resumed(policy: String, deadline: Instant?)
    /// A job that an earlier daemon had started was taken over.
    case adopted(Allocation)
    /// A job's program was started, after it had waited for so long.
    case started(Allocation, waited: Seconds)
    /// A job got other cores or another frequency, and why.
    case moved(Allocation, DecisionRecord?)
    /// A job was paused for the sake of more urgent ones.
    case paused
    /// A paused job goes on.
    case proceeded(Allocation)
    /// A job was told to end.
    case stopping(StopReason)
    /// A job ended.
    case finished(JobEnd)
    /// A frequency domain is to hold this frequency.
    case held(DomainID, Hertz)
    /// A frequency domain was given back.
    case released(DomainID)
    /// A frequency domain does not obey.
    case refused(DomainID, reason: String)
}

/// What is told of a job at its end.
public struct JobEnd: Hashable, Sendable {
    /// How it ended.
    public var outcome: Outcome
    /// How long its program ran; `nil` when it was never started.
    public var ran: Seconds?
    /// Whether its deadline was kept; `nil` without one, and for a job that did not end by itself.
    public var deadlineKept: Bool?
    /// Its joules at that moment; what is attributed may still be put right until its deadline.
    public var energy: JobEnergy
    /// How they came to be.
    public var source: EnergySource
}

/// Something that happened, with its place in the order of all that happened.
public struct ServiceEvent: Hashable, Sendable {
    /// Ascends by one from event to event of one daemon, and from daemon to daemon: the first is the time of
    /// the daemon's start, in microseconds.
    public var sequence: Int64
    /// When it happened.
    public var at: Instant
    /// What happened.
    public var happening: Happening
    /// The job that it happened to; `nil` when it is about the machine or the daemon.
    public var job: JobID?
    /// Whose job that is.
    public var userID: UInt32?
    /// The class of that job.
    public var className: String?

    /// An event.
    public init(
        sequence: Int64, at: Instant, happening: Happening, job: JobID? = nil, userID: UInt32? = nil,
        className: String? = nil
    ) {
        self.sequence = sequence
        self.at = at
        self.happening = happening
        self.job = job
        self.userID = userID
        self.className = className
    }
}

/// The newest events, as many as there is room for.
public struct EventRing: Sendable {
    /// How many are kept: some hundred bytes each.
    public let capacity: Int
    private var events: [ServiceEvent] = []
    /// Where the oldest is, once there are as many as there is room for.
    private var oldest = 0
    private var next: Int64
    private let first: Int64

    /// A ring of `capacity` events, numbered from `first` on.
    public init(capacity: Int, first: Int64) {
        precondition(capacity > 0, "a ring has room for an event")
        self.capacity = capacity
        self.first = first
        next = first
    }

    /// The number of the last event; one less than the first number while there is none.
    public var last: Int64 { next - 1 }

    /// Adds an event; where there is no room the oldest one leaves.
    @discardableResult
    public mutating func append(
        _ happening: Happening, at now: Instant, job: JobID? = nil, userID: UInt32? = nil,
        className: String? = nil
    ) -> ServiceEvent {
        let event = ServiceEvent(
            sequence: next, at: now, happening: happening, job: job, userID: userID, className: className)
        next += 1
        if events.count < capacity {
            events.append(event)
        } else {
            events[oldest] = event
            oldest = (oldest + 1) % capacity
        }
        return event
    }

    /// The first `limit` events behind `sequence` that `isMeant` takes.
    public func page(
        after sequence: Int64, limit: Int, where isMeant: (ServiceEvent) -> Bool
    ) -> EventPage {
        let kept = next - Int64(events.count)
        // A number that nobody gave yet is one of a daemon whose clock was ahead: begin anew.
        let start = sequence > last ? kept : max(sequence + 1, kept)
        var page = EventPage(events: [], next: last, missed: nil)
        if sequence >= first - 1, sequence < kept - 1 { page.missed = .some(kept - 1 - sequence) }
        if sequence < first - 1, sequence > 0 { page.missed = .unknown }
        for number in start..<max(start, next) {
            let event = events[(oldest + Int(number - kept)) % events.count]
            guard isMeant(event) else { continue }
            if page.events.count == limit {
                page.next = number - 1
                break
            }
            page.events.append(event)
        }
        return page
    }

    /// The number before the first event at `instant` or later, of those that are kept.
    public func sequence(before instant: Instant) -> Int64 {
        let kept = next - Int64(events.count)
        for number in kept..<next where events[(oldest + Int(number - kept)) % events.count].at >= instant {
            return number - 1
        }
        return last
    }
}

/// Some events in their order.
public struct EventPage: Hashable, Sendable {
    /// Events that are no longer kept, between what was asked for and what is there.
    public enum Missed: Hashable, Sendable {
        /// So many, of whatever job.
        case some(Int64)
        /// Those of an earlier daemon: nobody counted them.
        case unknown
    }

    /// In their order.
    public var events: [ServiceEvent]
    /// What the next page comes after.
    public var next: Int64
    /// What was missed; `nil` for nothing.
    public var missed: Missed?

    /// A page.
    public init(events: [ServiceEvent], next: Int64, missed: Missed?) {
        self.events = events
        self.next = next
        self.missed = missed
    }
}
