import NIOCore
import NIOHTTP1
import NIOPosix
public import PacerAPI

/// A part of a job's output.
public struct OutputPart: Hashable, Sendable {
    /// The bytes as the job wrote them.
    public var bytes: [UInt8]
    /// Where the next read goes on.
    public var nextOffset: UInt64
    /// Whether the job had finished before the bytes were read, so that nothing follows them once they are
    /// empty.
    public var jobFinished: Bool
}

/// Some events in their order.
public struct EventPart: Hashable, Sendable {
    /// In their order.
    public var events: [EventView]
    /// What the next request comes after.
    public var next: Int64
}

/// Asks the daemon, and waits for its answers: every method blocks the thread that calls it.
///
/// Not for several threads at once.
public final class APIClient {
    /// The daemon's socket.
    public let socketPath: String
    private var connection: Connection?

    /// The one thread of all clients. It is never shut down: that would wake up libdispatch, and the process
    /// ends soon anyway.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// How long an answer may take that the daemon gives at once, in seconds.
    private static let patienceS = 30.0

    /// A client of the daemon at `socketPath`; it connects when it is first asked something.
    public init(socketPath: String) {
        self.socketPath = socketPath
    }

    deinit {
        connection?.close()
    }

    /// Who answers.
    public func info() throws(ClientError) -> InfoView { try ask(.info) }

    /// Submits a job.
    public func submit(_ request: SubmissionRequest) throws(ClientError) -> JobView {
        try ask(.submit, try encoded(request))
    }

    /// Submits a job for each of `commands`, all of them or none; at most ``ManyJobsRequest/largest``.
    /// Returns their numbers.
    public func submit(
        _ request: SubmissionRequest, each commands: [[String]]
    ) throws(ClientError) -> [Int64] {
        let accepted: ManyJobsAccepted = try ask(
            .submitEach, try encoded(ManyJobsRequest(job: request, commands: commands)))
        return accepted.ids
    }

    /// The newest `limit` jobs, ascending by number; all of them for `nil`.
    public func jobs(limit: Int? = nil) throws(ClientError) -> [JobView] {
        let list: JobList = try ask(.jobs(limit: limit))
        return list.jobs
    }

    /// One job.
    public func job(_ id: Int64) throws(ClientError) -> JobView { try ask(.job(id)) }

    /// Tells a job to end.
    public func cancel(_ id: Int64) throws(ClientError) -> JobView { try ask(.cancel(id)) }

    /// One job, once it has finished or after `timeoutS` seconds; with `horizon`, once its energy up to the
    /// deadline is known as well.
    public func wait(_ id: Int64, timeoutS: Double, horizon: Bool = false) throws(ClientError) -> JobView {
        let timeoutS = min(max(timeoutS, 0), Route.longestWaitS)
        return try ask(.wait(id, timeoutS: timeoutS, horizon: horizon), patienceS: timeoutS + Self.patienceS)
    }

    /// Bytes of a job's output from `offset` on.
    public func output(
        _ id: Int64, _ stream: OutputStream, offset: UInt64, limit: Int = Route.usualOutput
    ) throws(ClientError) -> OutputPart {
        let response = try exchange(.output(id, stream, offset: offset, limit: limit), nil, Self.patienceS)
        let text = response.headers.first(name: APIHeader.nextOffset)
        guard let next = text.flatMap({ UInt64($0) }) else {
            throw .protocolError("the header \(APIHeader.nextOffset) is missing")
        }
        return OutputPart(
            bytes: Array(response.body.readableBytesView), nextOffset: next,
            jobFinished: response.headers.first(name: APIHeader.jobFinished) == "true")
    }

    /// What would be done with a job.
    public func plan(_ request: SubmissionRequest) throws(ClientError) -> ForecastView {
        try ask(.plan, try encoded(request))
    }

    /// Why a job runs, or ran, at what it does.
    public func explanation(of id: Int64) throws(ClientError) -> ExplanationView {
        try ask(.explanation(id))
    }

    /// Every policy, by name.
    public func policies() throws(ClientError) -> [PolicyView] {
        let list: PolicyList = try ask(.policies)
        return list.policies
    }

    /// The machine.
    public func machine() throws(ClientError) -> MachineView { try ask(.machine) }

    /// The segments of the event journal, oldest first.
    public func journal() throws(ClientError) -> [JournalSegmentView] {
        let view: JournalView = try ask(.journal)
        return view.segments
    }

    /// Bytes of a segment of the event journal from `offset` on.
    public func journal(
        segment: Int, offset: UInt64, limit: Int = Route.largestOutput
    ) throws(ClientError) -> [UInt8] {
        let route = Route.journalSegment(segment, offset: offset, limit: limit)
        return Array(try exchange(route, nil, Self.patienceS).body.readableBytesView)
    }

    /// Events, and what the next request comes after.
    public func events(_ query: EventQuery) throws(ClientError) -> EventPart {
        let patienceS = (query.follow ? query.timeoutS : 0) + Self.patienceS
        let response = try exchange(.events(query), nil, patienceS)
        let text = response.headers.first(name: APIHeader.nextEvent)
        guard let next = text.flatMap({ Int64($0) }) else {
            throw .protocolError("the header \(APIHeader.nextEvent) is missing")
        }
        var events: [EventView] = []
        for line in response.body.readableBytesView.split(separator: UInt8(ascii: "\n")) {
            do {
                events.append(try WireJSON.decode(EventView.self, from: line))
            } catch {
                throw .protocolError(error.description)
            }
        }
        return EventPart(events: events, next: next)
    }

    /// What jobs that ended at `since` (Unix nanoseconds) or later took.
    public func energy(since: Int64, by grouping: EnergyGrouping) throws(ClientError) -> EnergyReportView {
        try ask(.energy(since: since, by: grouping))
    }

    /// What is going on, with the first `waiting` jobs that wait. Who looks every second does not wait long.
    public func overview(waiting: Int, patienceS: Double = 5) throws(ClientError) -> OverviewView {
        try ask(.overview(waiting: waiting), patienceS: patienceS)
    }

    private func encoded(_ request: some Encodable) throws(ClientError) -> [UInt8] {
        do {
            return try WireJSON.encode(request)
        } catch {
            throw .protocolError(error.description)
        }
    }

    private func ask<Value: Decodable>(
        _ route: Route, _ body: [UInt8]? = nil, patienceS: Double = APIClient.patienceS
    ) throws(ClientError) -> Value {
        let response = try exchange(route, body, patienceS)
        do {
            return try WireJSON.decode(Value.self, from: response.body.readableBytesView)
        } catch {
            throw .protocolError(error.description)
        }
    }

    /// A response that is a success.
    private func exchange(
        _ route: Route, _ body: [UInt8]?, _ patienceS: Double
    ) throws(ClientError) -> Response {
        let response = try send(route, body, patienceS)
        guard !(200..<300).contains(response.status) else { return response }
        let refusal: ErrorBody
        do {
            refusal = try WireJSON.decode(ErrorBody.self, from: response.body.readableBytesView)
        } catch {
            throw .protocolError("HTTP status \(response.status) without a reason")
        }
        throw .refused(refusal.error)
    }

    /// Sends over the open connection, or over a new one. The daemon may close a connection that it deems
    /// idle at the moment a request is sent; what only reads is then asked again.
    private func send(_ route: Route, _ body: [UInt8]?, _ patienceS: Double) throws(ClientError) -> Response {
        if let connection, connection.isOpen {
            do {
                return try connection.send(route, body: body, timeoutS: patienceS)
            } catch {
                guard case .interrupted = error, route.method == "GET", !connection.isOpen else {
                    throw error
                }
            }
        }
        let fresh = try Connection(path: socketPath, group: Self.group)
        connection = fresh
        return try fresh.send(route, body: body, timeoutS: patienceS)
    }
}
