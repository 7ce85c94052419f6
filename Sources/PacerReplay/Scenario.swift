import PacerUnits

/// The rules that make a workload of traces: what a trace does not tell of a job, and how it is fitted to a
/// machine. The same rules and traces give the same workload on every system.
public struct Scenario: Hashable, Sendable {
    /// Which kind each job is of.
    public enum Kinds: Hashable, Sendable {
        /// One of ``ShippedKinds``, drawn for each job by the seed.
        case drawn
        /// The same for all.
        case named(String)
    }

    /// How jobs may use cores.
    public enum Shape: String, Hashable, Sendable, CaseIterable {
        /// As many as the trace says.
        case rigid
        /// Any number up to the machine's, chosen at the start.
        case moldable
        /// Any number up to the machine's at any time.
        case malleable
    }

    /// When jobs have to be done.
    public enum Deadline: Hashable, Sendable {
        /// No job has a deadline.
        case none
        /// This many run times after submission.
        case factor(Double)
        /// The requested time after submission; none for jobs that requested none.
        case requested
    }

    /// What is done about the number of cores of jobs.
    public enum Width: String, Hashable, Sendable, CaseIterable {
        /// Nothing; a job that is wider than the machine is refused by the replay.
        case keep
        /// A job that is wider than the machine becomes as wide as it.
        case clip
        /// Every job is as much of this machine as it was of the recorded one.
        case scale
    }

    /// Why the rules cannot be applied.
    public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// One sentence without a full stop.
        public let description: String
    }

    /// Which kind each job is of.
    public var kinds: Kinds
    /// How jobs may use cores.
    public var shape: Shape
    /// When jobs have to be done.
    public var deadline: Deadline
    /// What the kinds are drawn by.
    public var seed: UInt64
    /// What is done about the number of cores of jobs.
    public var width: Width
    /// Offered load to which submission is stretched; see ``offeredLoad(_:cores:)``. `nil` for as it is.
    public var utilisation: Double?
    /// Jobs that are left out at the beginning, all traces together.
    public var skip: Int
    /// How many jobs there are behind those; `nil` for all.
    public var first: Int?

    /// Rules that change nothing, but for what is said: drawn kinds, rigid jobs without deadlines.
    public init(
        kinds: Kinds = .drawn, shape: Shape = .rigid, deadline: Deadline = .none, seed: UInt64 = 1,
        width: Width = .keep, utilisation: Double? = nil, skip: Int = 0, first: Int? = nil
    ) {
        self.kinds = kinds
        self.shape = shape
        self.deadline = deadline
        self.seed = seed
        self.width = width
        self.utilisation = utilisation
        self.skip = skip
        self.first = first
    }

    /// Utilisations that can be asked for.
    public static let utilisations = 0.001...100.0
    /// Factors of a deadline that can be asked for.
    public static let factors = 0.01...1000.0
}

extension Scenario.Kinds {
    /// `drawn` or the name of a kind; `nil` for other words.
    public init?(word: String) {
        if word == "drawn" {
            self = .drawn
        } else if ShippedKinds.named(word) != nil {
            self = .named(word)
        } else {
            return nil
        }
    }

    /// Completes "must be …".
    public static var accepted: String {
        "drawn, plain or one of the kinds \(ShippedKinds.all.map(\.name).joined(separator: ", "))"
    }
}

extension Scenario.Deadline {
    /// `none`, `requested`, or a factor such as `1.5x`; `nil` for other words.
    public init?(word: String) {
        switch word {
        case "none": self = .none
        case "requested": self = .requested
        default:
            guard word.hasSuffix("x"), let factor = Double(word.dropLast()),
                Scenario.factors.contains(factor)
            else { return nil }
            self = .factor(factor)
        }
    }

    /// Completes "must be …".
    public static let accepted =
        "none, requested, or a multiple of the run time from 0.01x to 1000x, such as 1.5x"
}

extension Scenario {
    /// The share in `word`, as `0.6` or as `60 %`; `nil` when it is not one of ``utilisations``.
    public static func utilisation(word: String) -> Double? {
        let share = Double(word) ?? (try? fraction(parsing: word))
        return share.flatMap { utilisations.contains($0) ? $0 : nil }
    }

    /// Completes "must be …".
    public static let acceptedUtilisation = "a share from 0.1 % to 10000 %, such as 0.6 or 60 %"
}
