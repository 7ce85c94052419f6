/// What kind of event it is. More kinds may come: readers skip those that they do not know.
public struct EventKindName: OpenName {
    /// The word as it is on the wire.
    public let rawValue: String

    /// A kind with this name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The daemon began to serve.
    public static let daemonStarted = Self(rawValue: "daemon.started")
    /// The daemon is about to end; its jobs go on.
    public static let daemonStopping = Self(rawValue: "daemon.stopping")
    /// The database takes nothing; what is to be kept is kept in memory.
    public static let storeFailed = Self(rawValue: "store.failed")
    /// The database takes everything again.
    public static let storeRecovered = Self(rawValue: "store.recovered")
    /// A job was accepted.
    public static let jobSubmitted = Self(rawValue: "job.submitted")
    /// A job that an earlier daemon had accepted waits again.
    public static let jobResumed = Self(rawValue: "job.resumed")
    /// A job that an earlier daemon had started was taken over.
    public static let jobAdopted = Self(rawValue: "job.adopted")
    /// A job's program was started.
    public static let jobStarted = Self(rawValue: "job.started")
    /// A job got other cores or another frequency.
    public static let jobMoved = Self(rawValue: "job.moved")
    /// A job was paused for the sake of more urgent ones.
    public static let jobPaused = Self(rawValue: "job.paused")
    /// A paused job goes on.
    public static let jobProceeded = Self(rawValue: "job.proceeded")
    /// A job was told to end.
    public static let jobStopping = Self(rawValue: "job.stopping")
    /// A job ended.
    public static let jobFinished = Self(rawValue: "job.finished")
    /// A frequency domain is to hold a frequency.
    public static let domainHeld = Self(rawValue: "domain.held")
    /// A frequency domain was given back.
    public static let domainReleased = Self(rawValue: "domain.released")
    /// A frequency domain does not obey.
    public static let domainRefused = Self(rawValue: "domain.refused")
    /// Events that are no longer kept would have been here.
    public static let missed = Self(rawValue: "events.missed")
}

/// A line of `GET /v1/events`.
public struct EventView: Hashable, Sendable, Codable {
    /// What belongs to the kind of the event; what does not is absent.
    public struct Details: Hashable, Sendable, Codable {
        /// The cores that the job has now, ascending.
        public var coreIDs: [Int]?
        /// Their frequency, or that of the domain; absent where it cannot be chosen.
        public var frequencyKhz: Int?
        /// The number of the frequency domain.
        public var domain: Int?
        /// The policy of the job.
        public var policy: String?
        /// The deadline of the job.
        public var deadlineUnixNs: Int64?
        /// How long the job waited before it was started.
        public var waitedS: Double?
        /// How long its program ran.
        public var ranS: Double?
        /// How it ended.
        public var outcome: OutcomeView?
        /// Whether it kept its deadline; absent without one, and where it did not end by itself.
        public var deadlineKept: Bool?
        /// Its part of the machine's energy; may still be put right until its deadline.
        public var attributedJ: Double?
        /// One standard error of it; absent where unknown.
        public var attributedErrorJ: Double?
        /// How these joules came to be.
        public var energySource: EnergySourceName?
        /// Time of the run whose energy is not known, in seconds.
        public var unknownS: Double?
        /// What kind of choice moved the job: `start`, `probe`, `plan`, `sprint` or `note`.
        public var choice: String?
        /// Why, in words for people.
        public var reason: String?
        /// How many events were missed; absent where nobody knows.
        public var count: Int64?

        /// Nothing belongs to the kind.
        public init() {}
    }

    /// The version of the format, 1. It changes when an old reader could misread a line.
    public var version: Int
    /// Ascends from event to event, restarts of the daemon included; what another user's jobs did is left
    /// out, so numbers may be missing.
    public var sequence: Int64
    /// When it happened, on the daemon's clock.
    public var atUnixNs: Int64
    /// What happened.
    public var kind: EventKindName
    /// The job that it happened to; absent when it is about the machine or the daemon.
    public var job: Int64?
    /// Whose job that is.
    public var userID: UInt32?
    /// The class of that job.
    public var className: String?
    /// What belongs to the kind.
    public var data: Details

    /// An event; what belongs to it is set afterwards.
    public init(sequence: Int64, atUnixNs: Int64, kind: EventKindName) {
        version = 1
        self.sequence = sequence
        self.atUnixNs = atUnixNs
        self.kind = kind
        data = Details()
    }
}
