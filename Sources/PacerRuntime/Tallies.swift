import PacerScheduling
public import PacerUnits

/// What has been counted since the daemon began to serve; everything only grows.
public struct Tallies: Hashable, Sendable {
    /// How jobs ended, in one word each.
    public enum End: String, Hashable, Sendable, CaseIterable {
        /// By itself, with exit code 0.
        case succeeded
        /// By itself, with another exit code.
        case failed
        /// By a signal that Pacer did not send.
        case signalled
        case cancelled
        case outputLimit
        case notStarted
        case lost

        init(_ outcome: Outcome) {
            switch outcome {
            case .ended(.exited(code: 0)): self = .succeeded
            case .ended(.exited): self = .failed
            case .ended(.signalled): self = .signalled
            case .ended(.lost), .lost: self = .lost
            case .stopped(.cancelled): self = .cancelled
            case .stopped(.outputLimit): self = .outputLimit
            case .notStarted: self = .notStarted
            }
        }
    }

    /// What one user's jobs came to.
    public struct User: Hashable, Sendable {
        /// Jobs that have ended.
        public var finished = 0
        /// Attributed to those whose account is closed.
        public var attributed = Joules.zero
    }

    /// Jobs that were accepted.
    public var submitted = 0
    /// Jobs that have ended, by how.
    public var finished: [End: Int] = [:]
    /// Jobs that ended by themselves before their deadline.
    public var deadlinesKept = 0
    /// Jobs that ended by themselves after it.
    public var deadlinesMissed = 0
    /// How long jobs waited between being accepted and being started.
    public var waits = WaitHistogram()
    /// Configurations that were tried to learn from them.
    public var probes = 0
    /// Changes of a running job's cores or frequency that a plan asked for.
    public var planSwitches = 0
    /// Attributed to jobs whose account is closed.
    public var attributed = Joules.zero
    /// Cores times time of jobs that have ended.
    public var coreTime = Seconds.zero
    /// Records, profiles and sentences that the database did not take.
    public var storeErrors = 0
    /// Other effects that did not happen: a signal, a move, a release.
    public var effectErrors = 0
    /// Times that a frequency domain did not obey.
    public var refusals = 0
    /// By user; of more than ``mostUsers`` only the first are told apart.
    public var users: [UInt32: User] = [:]
    /// Of all users who are not told apart.
    public var otherUsers = User()

    /// More users than this are not told apart: what is counted must stay bounded.
    public static let mostUsers = 256

    /// Nothing was counted yet.
    public init() {}

    /// Changes what is counted of one user.
    mutating func count(_ user: UInt32, _ change: (inout User) -> Void) {
        if users[user] != nil || users.count < Self.mostUsers {
            change(&users[user, default: User()])
        } else {
            change(&otherUsers)
        }
    }
}

/// Lengths of time in classes, as histograms of OpenMetrics have them.
public struct WaitHistogram: Hashable, Sendable {
    /// Upper bounds, ascending: from a tenth of a second to a day.
    public static let bounds = [0.1, 1, 10, 60, 600, 3600, 21600, 86400].map { Seconds($0) }

    /// One class each: above the bound before it, up to its own; the last is above all of them.
    public private(set) var counts = [Int](repeating: 0, count: bounds.count + 1)
    /// All lengths added.
    public private(set) var sum = Seconds.zero

    /// Nothing was counted yet.
    public init() {}

    /// Counts a length; one that is negative counts as none.
    public mutating func add(_ length: Seconds) {
        let length = max(.zero, length)
        let index = Self.bounds.firstIndex { length <= $0 } ?? Self.bounds.count
        counts[index] += 1
        sum += length
    }

    /// How many lengths were counted.
    public var count: Int { counts.reduce(0, +) }
}
