import PacerAPI
import PacerOptimizer
import PacerScheduling
import PacerUnits

extension ExplanationView {
    init(_ explanation: Explanation, of job: JobView, ranAt: [PlanSegment], traits: MachineTraits) {
        self.init(
            job: job, scope: ExplanationScopeName(rawValue: explanation.scope.rawValue),
            accounting: explanation.accounting.rawValue, idleW: explanation.idlePower.value.finite ?? 0,
            restW: explanation.restPower.value.finite ?? 0)
        work = explanation.work?.finite
        spanS = explanation.span?.value.finite
        reserveS = explanation.span.flatMap { _ in explanation.reserve.value.finite }
        requiredRatePerS = explanation.requiredRate?.finite
        estimates = explanation.estimates.compactMap { EstimateView($0, traits: traits) }
        let frontier = Frontier(estimates: explanation.estimates, idlePower: explanation.restPower)
        hull = frontier.points.compactMap { point in
            point.configuration.map { ConfigurationView($0, traits: traits) }
        }
        let chosen = explanation.chosen?.plan.energy
        plans = explanation.plans.map { entry in
            PolicyPlan(
                policy: entry.policy, plan: PlanView(entry.plan, traits: traits),
                relativeToChosen: entry.plan.energy.flatMap { energy in chosen.map { energy / $0 } }?.finite,
                keepsReserve: entry.keepsReserve)
        }
        nextBest = explanation.nextBest.flatMap { single in
            guard let energy = single.energy.value.finite, let duration = single.duration.value.finite
            else { return nil }
            return EstimateView(single.estimate, traits: traits).map {
                Single(estimate: $0, modelledEnergyJ: energy, durationS: duration, isSure: single.isSure)
            }
        }
        self.ranAt = ranAt.map { PlanView.Segment($0, traits: traits) }
    }
}
