import NIOHTTP1
import PacerAPI
import PacerPorts
import PacerRuntime

/// `POST /v1/jobs`.
enum SubmitHandler {
    static func answer(_ request: Incoming, _ desk: Desk) throws(APIError) -> Reply {
        let submission = try JobSubmission(request, desk)
        let job = try desk.asking { () throws(ServiceError) in try desk.service.submit(submission) }
        return Reply(try desk.view(of: job), status: .created)
    }
}
