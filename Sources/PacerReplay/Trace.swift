public import PacerUnits

/// What a trace tells of one job.
public struct TraceJob: Hashable, Sendable {
    /// The trace's own number of the job; several jobs may have the same.
    public var number: Int
    /// Since the start of the trace.
    public var submitted: Seconds
    /// From its start to its end; may be zero.
    public var runTime: Seconds
    /// What it was given, or what it asked for where that is not known; at least one.
    public var processors: Int
    /// What its user said that it would take; `nil` for nothing.
    public var requestedTime: Seconds?

    /// A job of a trace.
    public init(
        number: Int, submitted: Seconds, runTime: Seconds, processors: Int, requestedTime: Seconds? = nil
    ) {
        self.number = number
        self.submitted = submitted
        self.runTime = runTime
        self.processors = processors
        self.requestedTime = requestedTime
    }
}

/// The jobs that a computer was given, as somebody recorded them.
public struct Trace: Sendable {
    /// A line `; Key: value` of the file.
    public struct HeaderField: Hashable, Sendable {
        /// As it is written.
        public var key: String
        /// What stands behind the colon, without the spaces around it.
        public var value: String

        /// The field `key` with its value.
        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    /// Why a text is no trace.
    public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// One-based; `nil` when the file as a whole is meant.
        public let line: Int?
        /// One sentence without a full stop.
        public let reason: String

        /// The line and what is wrong with it.
        public var description: String { line.map { "line \($0): \(reason)" } ?? reason }
    }

    /// What it is called in reports: the file's name.
    public var name: String
    /// In the order of the file; a key may be there more than once.
    public var header: [HeaderField]
    /// By time of submission; at equal times in the order of the file. All of them can be replayed.
    public var jobs: [TraceJob]
    /// What was left out or put in order, one sentence each.
    public var notes: [String]

    /// A trace of `jobs`, in any order.
    public init(name: String, header: [HeaderField] = [], jobs: [TraceJob], notes: [String] = []) {
        self.name = name
        self.header = header
        // The sort is stable, so equal times keep the order of the file.
        self.jobs = jobs.sorted { $0.submitted < $1.submitted }
        self.notes = notes
    }

    /// The first value of `key` in the header, whatever the case of its letters.
    public func value(of key: String) -> String? {
        header.first { $0.key.lowercased() == key.lowercased() }?.value
    }

    /// Processors of the machine that was recorded: `MaxProcs`, else `MaxNodes`; `nil` where the header has
    /// neither as a number above zero.
    public var machineProcessors: Int? {
        for key in ["MaxProcs", "MaxNodes"] {
            // A remark may follow the number.
            let digits = value(of: key)?.prefix { $0.isASCII && $0.isNumber }
            if let number = digits.flatMap({ Int($0) }), number > 0 { return number }
        }
        return nil
    }
}
