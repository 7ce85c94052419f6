import NIOCore
import PacerAPI
import PacerPorts
import PacerRuntime
import PacerScheduling

/// `GET /v1/jobs/{id}/wait`.
enum WaitHandler {
    static func answer(
        _ id: Int64, timeoutS: Double, horizon: Bool, _ peer: Peer, _ desk: Desk
    ) throws(APIError) -> Answer {
        _ = try desk.job(id, for: peer)
        let timeout = TimeAmount.nanoseconds(Int64(timeoutS * 1e9))
        let waiting = try desk.asking { () throws(ServiceError) in
            try desk.finishes.wait(for: JobID(id), horizon: horizon, timeout: timeout) { [unowned desk] in
                reply(id, peer, desk)
            }
        }
        return .later(waiting)
    }

    private static func reply(_ id: Int64, _ peer: Peer, _ desk: Desk) -> Reply {
        do throws(APIError) {
            return try JobsHandler.job(id, peer, desk)
        } catch {
            return Reply(error)
        }
    }
}
