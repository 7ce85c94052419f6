/// What went wrong, in one word that programs can rely on.
public enum ErrorCode: Hashable, Sendable {
    /// No job has this number.
    case jobNotFound
    /// The job has finished already.
    case jobFinished
    /// The job asks for more cores than the machine has.
    case jobTooWide
    /// A value of the request is not possible.
    case requestInvalid
    /// The request is not well-formed HTTP or JSON.
    case requestMalformed
    /// The request did not arrive in time.
    case requestTimeout
    /// The request is larger than the daemon reads.
    case bodyTooLarge
    /// No policy has this name.
    case policyNotFound
    /// The deadline is not ahead of now.
    case deadlinePast
    /// The deadline is known to be too early, and the job was to be refused then.
    case deadlineUnkeepable
    /// The user may not do this.
    case notPermitted
    /// The user has as many jobs as a user may have.
    case quotaExceeded
    /// There is no such route.
    case routeNotFound
    /// The route exists, but not with this method.
    case methodNotAllowed
    /// No segment of the journal has this number, or none is kept.
    case journalNotFound
    /// The daemon is shutting down.
    case unavailable
    /// The daemon could not keep what it has to keep.
    case storageFailed
    /// The daemon failed in a way it should not.
    case internalFailure
    /// A code of a newer daemon.
    case unknown(String)
}

extension ErrorCode {
    private struct Row {
        let code: ErrorCode
        let name: String
        let httpStatus: Int
        let exitCode: CommandExit
    }

    /// The one table from code to HTTP status and exit code of the command line.
    private static let table: [Row] = [
        Row(code: .jobNotFound, name: "job.notFound", httpStatus: 404, exitCode: .data),
        Row(code: .jobFinished, name: "job.finished", httpStatus: 409, exitCode: .data),
        Row(code: .jobTooWide, name: "job.tooWide", httpStatus: 422, exitCode: .usage),
        Row(code: .requestInvalid, name: "request.invalid", httpStatus: 422, exitCode: .usage),
        Row(code: .requestMalformed, name: "request.malformed", httpStatus: 400, exitCode: .protocolError),
        Row(code: .requestTimeout, name: "request.timeout", httpStatus: 408, exitCode: .temporary),
        Row(code: .bodyTooLarge, name: "body.tooLarge", httpStatus: 413, exitCode: .usage),
        Row(code: .policyNotFound, name: "policy.notFound", httpStatus: 422, exitCode: .usage),
        Row(code: .deadlinePast, name: "deadline.past", httpStatus: 422, exitCode: .usage),
        Row(
            code: .deadlineUnkeepable, name: "deadline.unkeepable", httpStatus: 409,
            exitCode: .deadlineUnkeepable),
        Row(code: .notPermitted, name: "notPermitted", httpStatus: 403, exitCode: .notPermitted),
        Row(code: .quotaExceeded, name: "quota.exceeded", httpStatus: 429, exitCode: .temporary),
        Row(code: .routeNotFound, name: "route.notFound", httpStatus: 404, exitCode: .protocolError),
        Row(code: .methodNotAllowed, name: "method.notAllowed", httpStatus: 405, exitCode: .protocolError),
        Row(code: .journalNotFound, name: "journal.notFound", httpStatus: 404, exitCode: .data),
        Row(code: .unavailable, name: "unavailable", httpStatus: 503, exitCode: .temporary),
        Row(code: .storageFailed, name: "storage.failed", httpStatus: 500, exitCode: .inputOutput),
        Row(code: .internalFailure, name: "internal", httpStatus: 500, exitCode: .internalFailure),
    ]

    /// Every code of this version, in the order of the documentation.
    public static let known: [ErrorCode] = table.map(\.code)

    /// The code that is spelled `name`.
    public init(name: String) {
        self = Self.table.first { $0.name == name }?.code ?? .unknown(name)
    }

    /// The code as it is on the wire.
    public var name: String {
        if case .unknown(let name) = self { return name }
        return row?.name ?? "internal"
    }

    /// The status of the HTTP response that carries the code.
    public var httpStatus: Int { row?.httpStatus ?? 500 }

    /// How a command of the command line ends when it was refused with this code.
    public var exitCode: CommandExit { row?.exitCode ?? .internalFailure }

    private var row: Row? { Self.table.first { $0.code == self } }
}

extension ErrorCode: Codable {
    /// Reads any code.
    public init(from decoder: any Decoder) throws {
        self.init(name: try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the code's name.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}
