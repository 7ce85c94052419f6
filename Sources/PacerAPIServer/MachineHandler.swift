import PacerAPI
import PacerRuntime

/// `GET /v1/machine`.
enum MachineHandler {
    static func answer(_ desk: Desk) throws(APIError) -> Reply {
        Reply(MachineView(try desk.asking { () throws(ServiceError) in try desk.service.machineReport() }))
    }
}
