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
        let submission = try JobSubmission(wire, request.peer, desk)
        let ifLate = try LateChoice(wire)
        let accepted = try desk.asking { () throws(ServiceError) in
            try desk.service.submit(submission, ifLate: ifLate)
        }
        var view = try desk.view(of: accepted.job)
        view.admission = AdmissionView(accepted.admission, traits: try desk.traits())
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
                "'commands' must have from 1 to \(ManyJobsRequest.largest) commands, not \(wire.commands.count)"
            )
        }
        let ifLate = try LateChoice(wire.job)
        var submissions: [JobSubmission] = []
        for command in wire.commands {
            var job = wire.job
            job.arguments += command
            submissions.append(try JobSubmission(job, request.peer, desk))
        }
        let accepted = try desk.asking { () throws(ServiceError) in
            try desk.service.submit(submissions, ifLate: ifLate)
        }
        return Reply(ManyJobsAccepted(ids: accepted.map(\.number)), status: .created)
    }
}
