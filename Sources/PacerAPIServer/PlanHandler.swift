import PacerAPI
import PacerPorts
import PacerRuntime

/// `POST /v1/plan`.
enum PlanHandler {
    static func answer(_ request: Incoming, _ desk: Desk) throws(APIError) -> Reply {
        let submission = try JobSubmission(request, desk)
        let forecast = try desk.asking { () throws(ServiceError) in try desk.service.forecast(submission) }
        let view = ForecastView(forecast, traits: try desk.traits())
        return Reply(desk.authorisation.seesEverything(request.peer) ? view : EnergyDisclosure.rounded(view))
    }
}
