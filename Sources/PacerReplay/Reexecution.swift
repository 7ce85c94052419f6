import PacerModels
import PacerPlatform
public import PacerScheduling
import PacerUnits

/// Why a journal cannot be gone through, in one sentence.
public struct JournalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The sentence, without the line that it is about.
    public let description: String

    /// An error that reads `description`.
    public init(_ description: String) { self.description = description }
}

/// A segment of a journal given to this version's engine: whether it decides as it was recorded.
///
/// The engine is a value without a clock, so an equal start and equal events must give equal commands. Where
/// they do not, the engine of another version ran, or something is not as deterministic as it should be.
public struct Reexecution: Sendable {
    /// The first event for which the engine now orders something else.
    public struct Difference: Hashable, Sendable {
        /// The event's line in the journal.
        public var line: Int
        /// The event, when it happened, and what was recorded to have been ordered.
        public var entry: JournalEntry
        /// What is ordered now.
        public var now: [String]
    }

    /// The segment's header.
    public let header: JournalHeader
    /// The engine after the events so far.
    public private(set) var engine: Engine
    /// Events so far.
    public private(set) var events = 0
    /// Commands that were recorded.
    public private(set) var decisions = 0
    /// Of those, commands that are given now as well, by the same event and in the same place.
    public private(set) var equalDecisions = 0
    /// Where the first difference is; `nil` while all is equal.
    public private(set) var difference: Difference?
    /// Why the rest of the segment is not in the journal; `nil` when nothing is missing.
    public private(set) var cut: String?
    private let policies: Set<String>
    private var last: Instant

    /// The engine of `header`.
    ///
    /// - Parameter policies: those of the header, read.
    public init(_ header: JournalHeader, policies: [any Policy]) throws(JournalError) {
        guard !policies.isEmpty else { throw JournalError("the header has no policies") }
        try JournalChecks.check(header.start)
        self.header = header
        self.policies = Set(policies.map(\.name))
        engine = Engine(header.start, policies: policies)
        last = .zero
    }

    /// Gives the engine an event and returns its commands.
    ///
    /// - Parameter line: where the event is in the journal.
    public mutating func feed(_ entry: JournalEntry, line: Int) throws(JournalError) -> [Command] {
        guard cut == nil else { throw JournalError("events follow the end of a cut segment") }
        guard entry.at >= last, JournalChecks.isPossible(entry.at) else {
            throw JournalError("its time is before that of the line above")
        }
        if case .submitted(let request, _) = entry.event {
            guard policies.contains(request.policy) else {
                throw JournalError(
                    "job \(request.id) has the policy '\(request.policy)', unknown to the header")
            }
        }
        try JournalChecks.check(entry.event, on: header.start.machine)
        last = entry.at
        let commands = engine.handle(entry.event, at: entry.at)
        let now = commands.map(\.journalText)
        events += 1
        decisions += entry.commands.count
        equalDecisions += zip(entry.commands, now).count { $0 == $1 }
        if difference == nil, now != entry.commands {
            difference = Difference(line: line, entry: entry, now: now)
        }
        return commands
    }

    /// The segment ends here, although its engine went on.
    public mutating func end(cut reason: String) { cut = reason }

    /// Whether every decision was the recorded one.
    public var isEqual: Bool { difference == nil }
}
