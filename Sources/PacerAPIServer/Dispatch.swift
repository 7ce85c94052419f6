import PacerAPI
import PacerPlatform

extension Desk {
    /// Answers somebody of whom the kernel does not say who it is, on the loopback listener: metrics only,
    /// and of these what anybody may see.
    ///
    /// - Parameter host: What the request calls this machine. A page of a browser that has been made to take
    /// a   name of its own for this machine calls it by that name.
    func answerAnybody(_ route: Route, host: String?) -> Answer {
        guard case .metrics = route else {
            return .now(Reply(APIError(.notPermitted, "only GET /metrics is answered here")))
        }
        guard let host, LoopbackAddress.isName(host) else {
            return .now(
                Reply(APIError(.notPermitted, "the request must name a loopback address as its host")))
        }
        return .now(MetricsHandler.answer(nil, self))
    }

    /// Hands a request to the handler of its route.
    func answer(_ request: Incoming) -> Answer {
        do throws(APIError) {
            switch request.route {
            case .info: return .now(try InfoHandler.answer(self))
            case .submit: return .now(try SubmitHandler.answer(request, self))
            case .submitEach: return .now(try SubmitHandler.answerEach(request, self))
            case .jobs(let limit): return .now(try JobsHandler.list(request.peer, limit: limit, self))
            case .job(let id): return .now(try JobsHandler.job(id, request.peer, self))
            case .cancel(let id): return .now(try CancelHandler.answer(id, request.peer, self))
            case .wait(let id, let timeoutS, let horizon):
                return try WaitHandler.answer(id, timeoutS: timeoutS, horizon: horizon, request.peer, self)
            case .output(let id, let stream, let offset, let limit):
                let range = FileRange(offset: offset, limit: limit)
                return .now(try OutputHandler.answer(id, stream, range, request.peer, self))
            case .explanation(let id):
                return .now(try ExplanationHandler.answer(id, request.peer, self))
            case .plan: return .now(try PlanHandler.answer(request, self))
            case .policies: return .now(PoliciesHandler.answer(self))
            case .machine: return .now(try MachineHandler.answer(request.peer, self))
            case .journal: return .now(try JournalHandler.segments(request.peer, self))
            case .journalSegment(let number, let offset, let limit):
                let range = FileRange(offset: offset, limit: limit)
                return .now(try JournalHandler.bytes(of: number, range, request.peer, self))
            case .events(let query): return try EventsHandler.answer(query, request.peer, self)
            case .energy(let since, let by):
                return .now(try EnergyHandler.answer(since: since, by: by, request.peer, self))
            case .overview(let waiting):
                return .now(try OverviewHandler.answer(waiting: waiting, request.peer, self))
            case .metrics: return .now(MetricsHandler.answer(request.peer, self))
            }
        } catch {
            return .now(Reply(error))
        }
    }
}
