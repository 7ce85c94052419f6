import NIOCore
import NIOHTTP1
import PacerAPI
import PacerPorts
import PacerRuntime
import PacerScheduling

/// `POST /v1/jobs` and `POST /v1/jobs/each`.
enum SubmitHandler {
    static func answer(_ request: Incoming, _ desk: Desk) throws(APIError) -> Reply {
        let wire = try SubmissionRequest(request)
        var submission = try JobSubmission(wire, request.peer, desk)
        submission.limits = try limits(of: request.peer, desk)
        let ifLate = try LateChoice(wire)
        let accepted = try desk.asking { () throws(ServiceError) in
            try desk.service.submit(submission, ifLate: ifLate)
        }
        var view = try desk.view(of: accepted.job, for: request.peer)
        let admission = AdmissionView(accepted.admission, traits: try desk.traits())
        view.admission =
            desk.authorisation.seesEverything(request.peer) ? admission : EnergyDisclosure.rounded(admission)
        return Reply(view, status: .created)
    }

    static func answerEach(_ request: Incoming, _ desk: Desk) throws(APIError) -> Reply {
        let wire: ManyJobsRequest
        do throws(WireError) {
            wire = try WireJSON.decode(ManyJobsRequest.self, from: request.body.readableBytesView)
        } catch {
            throw APIError(.requestMalformed, "the body is not a list of jobs: \(error)")
        }
        guard (1...ManyJobsRequest.largest).contains(wire.commands.count) else {
            throw APIError(
                .requestInvalid,
                "'commands' must have from 1 to \(ManyJobsRequest.largest) commands, not "
                    + "\(wire.commands.count)")
        }
        let ifLate = try LateChoice(wire.job)
        let limits = try limits(of: request.peer, desk)
        var submissions: [JobSubmission] = []
        for command in wire.commands {
            var job = wire.job
            job.arguments += command
            var submission = try JobSubmission(job, request.peer, desk)
            submission.limits = limits
            submissions.append(submission)
        }
        let accepted = try desk.asking { () throws(ServiceError) in
            try desk.service.submit(submissions, ifLate: ifLate)
        }
        return Reply(ManyJobsAccepted(ids: accepted.map(\.number)), status: .created)
    }

    /// What the process that submits may use, and so its jobs; `nil` where jobs run as the daemon.
    private static func limits(of peer: Peer, _ desk: Desk) throws(APIError) -> [ResourceLimit]? {
        guard desk.settings.runsAsSubmitter else { return nil }
        guard let process = peer.process else {
            throw APIError(
                .notPermitted,
                "the process that connected cannot be seen from here, so its limits are not known")
        }
        return try process.limits()
    }
}
