import PacerAPI
import PacerModels
import PacerPlatform
import PacerRuntime
import PacerScheduling
import PacerUnits

extension ConfigurationView {
    init(_ configuration: Configuration, traits: MachineTraits) {
        self.init(
            cores: configuration.cores,
            frequencyKhz: traits.choosesFrequency ? configuration.frequency.kilohertz : nil)
    }
}

extension AllocationView {
    init(_ allocation: Allocation, traits: MachineTraits) {
        self.init(
            coreIDs: allocation.cores.map(\.number),
            frequencyKhz: traits.choosesFrequency ? allocation.frequency.kilohertz : nil)
    }
}

extension EstimateView {
    /// `nil` when the estimate is no number.
    init?(_ estimate: Estimate, traits: MachineTraits) {
        guard let rate = estimate.rate.finite, let power = estimate.power.value.finite else { return nil }
        self.init(
            configuration: ConfigurationView(estimate.configuration, traits: traits), ratePerS: rate,
            rateErrorRatio: estimate.rateError.finite, powerW: power,
            origin: OriginName(rawValue: estimate.origin.rawValue))
    }
}

extension PlanView.Segment {
    init(_ segment: PlanSegment, traits: MachineTraits) {
        self.init(
            configuration: ConfigurationView(segment.configuration, traits: traits),
            durationS: segment.duration.value.finite)
    }
}

extension PlanView {
    init(_ plan: Plan, traits: MachineTraits) {
        self.init(
            segments: plan.segments.map { Segment($0, traits: traits) },
            modelledEnergyJ: plan.energy?.value.finite, durationS: plan.duration?.value.finite,
            meetsDeadline: plan.meetsDeadline, reason: plan.reason)
    }
}

extension ForecastView {
    init(_ forecast: Forecast, traits: MachineTraits) {
        self.init(
            policy: forecast.policy, className: forecast.className, knownRuns: forecast.knownRuns,
            work: WorkView(forecast.work, rate: nil), idleW: forecast.idlePower.value.finite ?? 0)
        startsWith = forecast.startsWith.map { AllocationView($0, traits: traits) }
        probes = forecast.probes.map { ConfigurationView($0, traits: traits) }
        estimates = forecast.estimates.compactMap { EstimateView($0, traits: traits) }
        plans = forecast.forecasts.map {
            PolicyPlan(policy: $0.policy, plan: PlanView($0.plan, traits: traits))
        }
    }
}
