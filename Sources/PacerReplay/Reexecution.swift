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
        guard entry.at >= last, entry.at <= Self.latest else {
            throw JournalError("its time is before that of the line above")
        }
        try check(entry.event)
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

    // MARK: What an engine can be given

    /// Instants up to here have differences that an instant can hold.
    private static let latest = Instant(nanoseconds: 1 << 62)

    private func check(_ event: Event) throws(JournalError) {
        switch event {
        case .submitted(let request, let prior):
            guard policies.contains(request.policy) else {
                throw JournalError(
                    "job \(request.id) has the policy '\(request.policy)', unknown to the header")
            }
            try check(request)
            try check(prior)
        case .adopted(let request, let allocation, let started, let prior):
            try check(request)
            try check(prior)
            let cores = header.start.machine.cores.map(\.id)
            guard !allocation.cores.isEmpty, allocation.cores.allSatisfy(cores.contains),
                allocation.frequency > .zero, isPossible(started)
            else { throw JournalError("job \(request.id) has cores that the machine does not have") }
        case .observed(let snapshot):
            guard isPossible(snapshot.energy.at), snapshot.samples.values.allSatisfy({ isPossible($0.at) })
            else { throw JournalError("a time is not between 1970 and 2116") }
            guard snapshot.energy.microjoules <= 1 << 53 else {
                throw JournalError("the energy is beyond what a counter can have counted")
            }
        case .held(_, let actual), .disturbed(_, actual: .some(let actual), reason: _):
            guard actual > .zero else { throw JournalError("a frequency is above zero") }
        case .present(let cores):
            let all = header.start.machine.cores.map(\.id)
            guard !cores.isEmpty, cores.allSatisfy(all.contains) else {
                throw JournalError("cores are there that the machine does not have")
            }
        case .resumed(let length):
            guard length >= .zero, length <= Seconds(1e10) else {
                throw JournalError("a machine sleeps for a time from 0 s to 1e10 s")
            }
        case .launched, .launchFailed, .exited, .cancelRequested, .holdFailed, .disturbed: break
        }
    }

    private func check(_ request: JobRequest) throws(JournalError) {
        let cores =
            switch request.shape {
            case .rigid(let cores): cores
            case .moldable(let limit), .malleable(let limit): limit ?? 1
            }
        guard cores >= 1, cores <= 1 << 20 else { throw JournalError("job \(request.id) has no cores") }
        guard isPossible(request.submitted), request.deadline.map(isPossible) ?? true else {
            throw JournalError("a time is not between 1970 and 2116")
        }
    }

    private func check(_ prior: ClassProfile?) throws(JournalError) {
        guard prior?.measurements.allSatisfy({ $0.configuration.cores >= 1 }) ?? true else {
            throw JournalError("a measurement has no cores")
        }
    }

    private func isPossible(_ instant: Instant) -> Bool { instant >= .zero && instant <= Self.latest }
}
