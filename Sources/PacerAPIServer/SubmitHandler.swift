import NIOHTTP1
import PacerAPI
import PacerPorts
import PacerRuntime

/// `POST /v1/jobs`.
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
}
