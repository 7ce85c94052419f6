/// A stream of a job's output.
public enum OutputStream: String, Hashable, Sendable, CaseIterable {
    /// Standard output.
    case stdout
    /// Standard error.
    case stderr
}

/// One request of the API without its body: what clients build and the server takes apart.
public enum Route: Hashable, Sendable {
    /// Who answers: version, machine, what can be controlled.
    case info
    /// Submit a job.
    case submit
    /// Submit many jobs that differ in their commands.
    case submitEach
    /// The newest `limit` jobs that the user may see; all of them for `nil`.
    case jobs(limit: Int?)
    /// One job.
    case job(Int64)
    /// Tell a job to end.
    case cancel(Int64)
    /// One job, answered when it has finished or after `timeoutS` seconds; with `horizon`, when its energy up
    /// to the deadline is known as well.
    case wait(Int64, timeoutS: Double, horizon: Bool)
    /// Bytes of an output file from `offset` on, at most `limit` of them.
    case output(Int64, OutputStream, offset: UInt64, limit: Int)
    /// Why a job runs at what it does.
    case explanation(Int64)
    /// What would be done with a job.
    case plan
    /// Every policy.
    case policies
    /// The machine, its knobs and its counters.
    case machine
    /// The segments of the event journal.
    case journal
    /// Bytes of a segment of the event journal from `offset` on, at most `limit` of them.
    case journalSegment(Int, offset: UInt64, limit: Int)
    /// Events: lines of JSON.
    case events(EventQuery)
    /// What jobs that ended at `since` (Unix nanoseconds) or later took.
    case energy(since: Int64, by: EnergyGrouping)
    /// What is going on, with the first `waiting` jobs that wait.
    case overview(waiting: Int)
    /// Figures in the OpenMetrics text format. It has no version of ours in its path.
    case metrics
}

/// Which events are asked for.
public struct EventQuery: Hashable, Sendable {
    /// Those behind this number; 0 for all that are kept, `nil` for those that come from now on.
    public var since: Int64?
    /// Those that happened at this time or later, in Unix nanoseconds; instead of `since`.
    public var from: Int64?
    /// Of this job alone.
    public var job: Int64?
    /// Whether to wait until there is one, at most `timeoutS` seconds.
    public var follow: Bool
    /// How long to wait.
    public var timeoutS: Double
    /// At most so many in one answer.
    public var limit: Int

    /// What is asked for.
    public init(
        since: Int64?, from: Int64? = nil, job: Int64? = nil, follow: Bool = false, timeoutS: Double = 30,
        limit: Int = EventQuery.usualLimit
    ) {
        self.since = since
        self.from = from
        self.job = job
        self.follow = follow
        self.timeoutS = timeoutS
        self.limit = limit
    }

    /// The events that an answer carries when the request does not say how many.
    public static let usualLimit = 1000
    /// The most events that an answer carries.
    public static let largestLimit = 5000

    fileprivate var query: String {
        var parts: [String] = []
        if let since { parts.append("since=\(since)") }
        if let from { parts.append("from_unix_ns=\(from)") }
        if let job { parts.append("job=\(job)") }
        if follow { parts.append("follow=1") }
        return (parts + ["timeout_s=\(timeoutS)", "limit=\(limit)"]).joined(separator: "&")
    }
}

extension Route {
    /// The most waiting jobs that an overview carries.
    public static let mostWaiting = 1000

    /// The longest wait that one request may ask for, in seconds.
    public static let longestWaitS = 3600.0

    /// The most output that one response carries, in bytes.
    public static let largestOutput = 4 << 20

    /// The bytes that a response carries when the request does not say how many.
    public static let usualOutput = 1 << 20

    /// The HTTP method of the route.
    public var method: String {
        switch self {
        case .submit, .submitEach, .plan: "POST"
        case .cancel: "DELETE"
        case .info, .jobs, .job, .wait, .output, .explanation, .policies, .machine, .journal, .journalSegment,
            .events, .energy, .overview, .metrics:
            "GET"
        }
    }

    /// The path and the query of the route.
    public var uri: String {
        let jobs = "\(APIVersion.prefix)/jobs"
        switch self {
        case .info: return "\(APIVersion.prefix)/info"
        case .submit: return jobs
        case .jobs(let limit): return limit.map { "\(jobs)?limit=\($0)" } ?? jobs
        case .job(let id), .cancel(let id): return "\(jobs)/\(id)"
        case .wait(let id, let timeoutS, let horizon):
            return "\(jobs)/\(id)/wait?timeout_s=\(timeoutS)&horizon=\(horizon ? 1 : 0)"
        case .output(let id, let stream, let offset, let limit):
            let range = "offset=\(offset)&limit=\(limit)"
            return "\(jobs)/\(id)/output?stream=\(stream.rawValue)&\(range)"
        case .explanation(let id): return "\(jobs)/\(id)/explanation"
        case .submitEach: return "\(jobs)/each"
        case .plan: return "\(APIVersion.prefix)/plan"
        case .policies: return "\(APIVersion.prefix)/policies"
        case .machine: return "\(APIVersion.prefix)/machine"
        case .journal: return "\(APIVersion.prefix)/journal"
        case .journalSegment(let number, let offset, let limit):
            return "\(APIVersion.prefix)/journal/\(number)?offset=\(offset)&limit=\(limit)"
        case .events(let events): return "\(APIVersion.prefix)/events?\(events.query)"
        case .energy(let since, let by):
            return "\(APIVersion.prefix)/energy?since_unix_ns=\(since)&by=\(by.rawValue)"
        case .overview(let waiting): return "\(APIVersion.prefix)/overview?waiting=\(waiting)"
        case .metrics: return Self.metricsPath
        }
    }

    /// The route that a request asks for.
    ///
    /// - Throws: ``APIError`` with `route.notFound`, `method.notAllowed` (the methods that are allowed are in
    ///   its details under `allow`) or `request.invalid`.
    public init(method: String, uri: String) throws(APIError) {
        let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let query = Query(parts.count > 1 ? parts[1] : "")
        let path = parts.first ?? ""
        let candidates = path == Self.metricsPath ? [.metrics] : try Self.candidates(query, path: path)
        guard let route = candidates.first(where: { $0.method == method }) else {
            let allowed = candidates.map(\.method).joined(separator: ", ")
            let sentence = "\(path) is not for \(method); use \(allowed)"
            throw APIError(.methodNotAllowed, sentence, details: ["allow": allowed])
        }
        self = route
    }

    /// Where those who collect metrics look for them.
    private static let metricsPath = "/metrics"

    /// The routes at one path, whatever their method.
    private static func candidates(_ query: Query, path: Substring) throws(APIError) -> [Route] {
        guard path.hasPrefix("\(APIVersion.prefix)/") else { throw Self.notFound(path) }
        let steps = path.dropFirst(APIVersion.prefix.count + 1)
            .split(separator: "/", omittingEmptySubsequences: false)
        switch steps {
        case ["info"]: return [.info]
        case ["jobs", "each"]: return [.submitEach]
        case ["plan"]: return [.plan]
        case ["policies"]: return [.policies]
        case ["machine"]: return [.machine]
        case ["journal"]: return [.journal]
        case ["jobs"]:
            return [.jobs(limit: try query.integer("limit", in: 0...1_000_000)), .submit]
        case ["events"]: return [.events(try query.events())]
        case ["energy"]:
            let since = try query.integer("since_unix_ns", in: 0...Int64.max) ?? 0
            return [.energy(since: since, by: try query.word("by", EnergyGrouping.self) ?? .user)]
        case ["overview"]:
            return [.overview(waiting: try query.integer("waiting", in: 0...mostWaiting) ?? 100)]
        default: break
        }
        if steps.count == 2, steps[0] == "journal", let number = Int(steps[1]), number > 0 {
            let range = try query.range()
            return [.journalSegment(number, offset: range.offset, limit: range.limit)]
        }
        guard steps.count >= 2, steps[0] == "jobs", let id = Int64(steps[1]), id >= 0 else {
            throw notFound(path)
        }
        switch steps.dropFirst(2) {
        case []: return [.job(id), .cancel(id)]
        case ["explanation"]: return [.explanation(id)]
        case ["wait"]:
            let timeoutS = try query.number("timeout_s", in: 0...longestWaitS) ?? 30
            return [.wait(id, timeoutS: timeoutS, horizon: try query.flag("horizon") ?? false)]
        case ["output"]:
            let stream = try query.word("stream", OutputStream.self) ?? .stdout
            let range = try query.range()
            return [.output(id, stream, offset: range.offset, limit: range.limit)]
        default: throw notFound(path)
        }
    }

    private static func notFound(_ path: Substring) -> APIError {
        APIError(.routeNotFound, "there is no route \(path) in version \(APIVersion.current) of the API")
    }
}

/// The part of a request target behind the question mark.
private struct Query {
    private let values: [Substring: Substring]

    init(_ text: Substring) {
        var values: [Substring: Substring] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            values[parts[0]] = parts.count > 1 ? parts[1] : ""
        }
        self.values = values
    }

    func integer<Number: FixedWidthInteger>(
        _ name: Substring, in range: ClosedRange<Number>
    ) throws(APIError) -> Number? {
        guard let text = values[name] else { return nil }
        guard let value = Number(text), range.contains(value) else {
            throw refusal(name, "a whole number from \(range.lowerBound) to \(range.upperBound)", text)
        }
        return value
    }

    /// The part of a file that is asked for.
    func range() throws(APIError) -> (offset: UInt64, limit: Int) {
        (
            try integer("offset", in: UInt64(0)...UInt64(Int64.max)) ?? 0,
            try integer("limit", in: 0...Route.largestOutput) ?? Route.usualOutput
        )
    }

    func events() throws(APIError) -> EventQuery {
        EventQuery(
            since: try integer("since", in: 0...Int64.max),
            from: try integer("from_unix_ns", in: 0...Int64.max), job: try integer("job", in: 0...Int64.max),
            follow: try flag("follow") ?? false,
            timeoutS: try number("timeout_s", in: 0...Route.longestWaitS) ?? 30,
            limit: try integer("limit", in: 1...EventQuery.largestLimit) ?? EventQuery.usualLimit)
    }

    func number(_ name: Substring, in range: ClosedRange<Double>) throws(APIError) -> Double? {
        guard let text = values[name] else { return nil }
        guard let value = Double(text), range.contains(value) else {
            throw refusal(name, "a number from \(range.lowerBound) to \(range.upperBound)", text)
        }
        return value
    }

    func flag(_ name: Substring) throws(APIError) -> Bool? {
        switch values[name] {
        case nil: return nil
        case "0": return false
        case "1": return true
        case let text?: throw refusal(name, "0 or 1", text)
        }
    }

    func word<Word: RawRepresentable & CaseIterable>(
        _ name: Substring, _ type: Word.Type
    ) throws(APIError) -> Word? where Word.RawValue == String {
        guard let text = values[name] else { return nil }
        guard let word = Word(rawValue: String(text)) else {
            throw refusal(name, Word.allCases.map(\.rawValue).joined(separator: " or "), text)
        }
        return word
    }

    private func refusal(_ name: Substring, _ accepted: String, _ text: Substring) -> APIError {
        APIError(.requestInvalid, "'\(name)' must be \(accepted), not '\(text)'")
    }
}
