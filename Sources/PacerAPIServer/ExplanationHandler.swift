import PacerAPI
import PacerPorts
import PacerRuntime
import PacerScheduling

/// `GET /v1/jobs/{id}/explanation`.
enum ExplanationHandler {
    static func answer(_ id: Int64, _ peer: Peer, _ desk: Desk) throws(APIError) -> Reply {
        let job = try desk.job(id, for: peer)
        return Reply(
            ExplanationView(
                desk.service.explanation(of: job), of: try desk.view(of: job),
                ranAt: job.record.stays(until: desk.service.now), traits: try desk.traits()))
    }
}
