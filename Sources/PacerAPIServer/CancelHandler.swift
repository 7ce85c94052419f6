import NIOHTTP1
import PacerAPI
import PacerPorts
import PacerRuntime
import PacerScheduling

/// `DELETE /v1/jobs/{id}`.
enum CancelHandler {
    static func answer(_ id: Int64, _ peer: Peer, _ desk: Desk) throws(APIError) -> Reply {
        try desk.authorisation.check(peer, mayCancel: try desk.job(id, for: peer))
        let job = try desk.asking { () throws(ServiceError) in try desk.service.cancel(JobID(id)) }
        return Reply(try desk.view(of: job, for: peer), status: .accepted)
    }
}
