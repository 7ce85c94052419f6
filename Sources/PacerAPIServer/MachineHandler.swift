import PacerAPI
import PacerRuntime

/// `GET /v1/machine`.
enum MachineHandler {
    static func answer(_ peer: Peer, _ desk: Desk) throws(APIError) -> Reply {
        let report = try desk.asking { () throws(ServiceError) in try desk.service.machineReport() }
        let view = MachineView(report)
        return Reply(desk.authorisation.seesEverything(peer) ? view : EnergyDisclosure.restricted(view))
    }
}
