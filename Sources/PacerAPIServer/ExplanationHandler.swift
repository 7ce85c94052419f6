import PacerAPI
import PacerPorts
import PacerRuntime
import PacerScheduling

/// `GET /v1/jobs/{id}/explanation`.
enum ExplanationHandler {
    static func answer(_ id: Int64, _ peer: Peer, _ desk: Desk) throws(APIError) -> Reply {
        let job = try desk.job(id, for: peer)
        let make = { () throws(APIError) -> ExplanationView in
            ExplanationView(
                desk.service.explanation(of: job), of: try desk.view(of: job, for: peer),
                ranAt: job.record.stays(until: desk.service.now), traits: try desk.traits())
        }
        guard !desk.authorisation.seesEverything(peer) else { return Reply(try make()) }
        return Reply(try desk.disclosure.restricted(id, at: desk.service.now, make))
    }
}
