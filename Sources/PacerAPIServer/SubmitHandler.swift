import NIOHTTP1
import PacerAPI
import PacerPorts
import PacerRuntime

/// `POST /v1/jobs`.
enum SubmitHandler {
    static func answer(_ request: Incoming, _ desk: Desk) throws(APIError) -> Reply {
        let wire = try SubmissionRequest(request)
        var submission = try JobSubmission(wire, request.peer, desk)
        if desk.settings.runsAsSubmitter {
            guard let process = request.peer.process else {
                throw APIError(
                    .notPermitted,
                    "the process that connected cannot be seen from here, so its limits are not known")
            }
            submission.limits = try process.limits()
        }
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
}
