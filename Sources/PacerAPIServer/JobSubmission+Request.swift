import NIOCore
import PacerAPI
import PacerPorts
import PacerRuntime
import PacerScheduling
import PacerUnits

extension SubmissionRequest {
    /// What the body of a request asks for.
    init(_ request: Incoming) throws(APIError) {
        do throws(WireError) {
            self = try WireJSON.decode(SubmissionRequest.self, from: request.body.readableBytesView)
        } catch {
            throw APIError(.requestMalformed, "the body is not a job: \(error)")
        }
    }
}

extension LateChoice {
    /// What a request wants to be done with a job that would be late.
    init(_ wire: SubmissionRequest) throws(APIError) {
        let name = wire.ifLate ?? .accept
        guard let choice = LateChoice(rawValue: name.rawValue) else {
            throw APIError(.requestInvalid, "'ifLate' must be accept or reject, not '\(name)'")
        }
        self = choice
    }
}

extension JobSubmission {
    /// The job that a request describes; whose it is, the kernel says, not the request.
    init(_ request: Incoming, _ desk: Desk) throws(APIError) {
        try self.init(SubmissionRequest(request), request.peer, desk)
    }

    /// The job that `wire` describes, submitted by `peer`.
    init(_ wire: SubmissionRequest, _ peer: Peer, _ desk: Desk) throws(APIError) {
        try Self.check(wire)
        self.init(
            arguments: wire.arguments, environment: wire.environment, workingDirectory: wire.workingDirectory,
            umask: (wire.umask ?? 0o022) & 0o777, userID: peer.userID, groupID: peer.groupID,
            className: wire.className
                ?? defaultClass(
                    of: wire.arguments,
                    workingDirectory: desk.authorisation.role(of: peer) == .root
                        ? wire.workingDirectory : nil),
            shape: try Self.shape(wire.shape),
            policy: wire.policy ?? desk.service.defaultPolicy)
        groups = peer.groups
        progressPattern = wire.progressPattern
        deadline = wire.deadlineUnixNs.map(Instant.init(nanoseconds:))
        estimate = wire.estimateS.map(Seconds.init)
        let limit = wire.outputLimitBytes ?? desk.settings.defaultOutputLimit
        beginsAtOnce = wire.beginsAtOnce == true ? true : nil
        isNeverPaused = wire.isNeverPaused == true ? true : nil
        outputLimit = wire.outputUnlimited == true ? nil : limit
    }

    /// Refuses what no program can be started with.
    private static func check(_ wire: SubmissionRequest) throws(APIError) {
        guard let program = wire.arguments.first, !program.isEmpty else {
            throw APIError(.requestInvalid, "the command is empty; 'arguments' begins with the program")
        }
        guard wire.workingDirectory.hasPrefix("/") else {
            throw APIError(.requestInvalid, "'workingDirectory' must be an absolute path")
        }
        let variables = wire.environment
        let texts = wire.arguments + [wire.workingDirectory] + variables.keys + variables.values
        guard !texts.contains(where: { $0.utf8.contains(0) }) else {
            throw APIError(
                .requestInvalid, "a text for the program has a zero byte; no program can be given one")
        }
        guard !variables.keys.contains(where: { $0.isEmpty || $0.contains("=") }) else {
            throw APIError(.requestInvalid, "the name of a variable in 'environment' is empty or has a '='")
        }
        if let className = wire.className, className.isEmpty || className.utf8.count > 200 {
            throw APIError(.requestInvalid, "'className' must have from 1 to 200 bytes")
        }
        if let estimate = wire.estimateS, !(estimate > 0 && estimate < 1e9) {
            throw APIError(.requestInvalid, "'estimateS' must be a number of seconds above 0")
        }
    }

    private static func shape(_ wire: ShapeView?) throws(APIError) -> JobShape {
        guard let wire else { return .malleable(limit: nil) }
        if let cores = wire.cores, !(1...65536).contains(cores) {
            throw APIError(.requestInvalid, "'shape.cores' must be at least 1, not \(cores)")
        }
        switch (wire.kind, wire.cores) {
        case (.rigid, let cores?): return .rigid(cores: cores)
        case (.rigid, nil): throw APIError(.requestInvalid, "a rigid job needs 'shape.cores'")
        case (.moldable, let cores): return .moldable(limit: cores)
        case (.malleable, let cores): return .malleable(limit: cores)
        default:
            let accepted = "rigid, moldable or malleable"
            throw APIError(.requestInvalid, "'shape.kind' must be \(accepted), not '\(wire.kind)'")
        }
    }
}
