import PacerAPI
import PacerPorts
import PacerRuntime

/// `GET /v1/jobs` and `GET /v1/jobs/{id}`.
enum JobsHandler {
    static func list(_ peer: Peer, limit: Int?, _ desk: Desk) throws(APIError) -> Reply {
        let seesAll = desk.authorisation.seesEverything(peer)
        let jobs = try desk.asking { () throws(ServiceError) in
            try seesAll
                ? desk.service.jobs(limit: limit) : desk.service.jobs(limit: limit, of: peer.userID)
        }
        var views: [JobView] = []
        for job in jobs where desk.authorisation.may(peer, see: job) {
            views.append(try desk.view(of: job, for: peer))
        }
        return Reply(JobList(jobs: views))
    }

    static func job(_ id: Int64, _ peer: Peer, _ desk: Desk) throws(APIError) -> Reply {
        Reply(try desk.view(of: try desk.job(id, for: peer), for: peer))
    }
}
