import PacerAPI
import PacerPorts
import PacerRuntime

/// `POST /v1/plan`.
enum PlanHandler {
    static func answer(_ request: Incoming, _ desk: Desk) throws(APIError) -> Reply {
        let submission = try JobSubmission(request, desk)
        let forecast = try desk.asking { () throws(ServiceError) in try desk.service.forecast(submission) }
        return Reply(ForecastView(forecast, traits: try desk.traits()))
    }
}
