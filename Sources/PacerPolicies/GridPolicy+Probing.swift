import PacerModels
import PacerOptimizer
public import PacerPlatform
public import PacerScheduling
import PacerUnits

extension GridPolicy {
    /// What pays by ``ProbeQuestion`` among the configurations that the policy's words allow.
    public func worthwhileProbes(_ view: PlanningView, _ terms: ProbeTerms) -> [Configuration] {
        question(view, terms).worthwhile().map(\.configuration)
    }

    /// The cost by ``ProbeQuestion``; `nil` also for what the policy's words rule out.
    public func probeCost(
        of configuration: Configuration, _ view: PlanningView, _ terms: ProbeTerms
    ) -> Double? {
        let question = question(view, terms)
        return question.estimates.first { $0.configuration == configuration }
            .flatMap { question.relativeCost(of: $0) }
    }

    private func question(_ view: PlanningView, _ terms: ProbeTerms) -> ProbeQuestion {
        ProbeQuestion(
            estimates: allowed(view), excluded: terms.excluded, work: view.remainingWork,
            time: view.remainingTime, idlePower: accounting == .horizon ? view.idlePower : .zero,
            window: terms.window, rateError: terms.rateError, powerError: terms.powerError,
            switchCost: view.switchCost, current: view.current, next: terms.next)
    }
}
