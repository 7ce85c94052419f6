import Glibc
import PacerAPI
import PacerUnits

/// What users are told of energy: the one place that decides. Root and administrators are told everything.
///
/// An energy counter that is read often tells what other programs compute (PLATYPUS, CVE-2020-8694), so no
/// two figures that a user can get of a job differ by the energy of less than a second, and none is finer
/// than ``joules(_:)``. Figures of running jobs are taken of all of them at once, at most once a second, and
/// told when the next ones are taken: a job that ends a moment later has then run for at least a second
/// since.
final class EnergyDisclosure {
    /// The shortest interval whose energy is told.
    static let shortest = Seconds(1)
    /// Figures older than this are not told as those of now: nobody has asked for a while.
    static let freshest = Seconds(10)

    /// What was taken of a running job.
    private struct Figures {
        var energy: EnergyView
        var learnt: LearntView
        var plan: PlanView?
    }

    private struct Taking {
        var at: Instant
        var figures: [Int64: Figures] = [:]
    }

    private var newest: Taking?
    /// The one that is told.
    private var told: Taking?
    private var explanations: [Int64: (at: Instant, view: ExplanationView)] = [:]

    /// What a user is told of a job that `view` shows everything of.
    ///
    /// - Parameter running: what there is to show of every job that runs, this one included.
    func restricted(_ view: JobView, running: () throws(APIError) -> [JobView]) throws(APIError) -> JobView {
        guard let started = view.startedUnixNs else { return view }
        var view = view
        if view.isFinished {
            view.energy = Self.finished(view, started: started)
        } else {
            let now = Instant(nanoseconds: view.nowUnixNs)
            try take(at: now, running)
            guard let told, now - told.at <= Self.freshest, let figures = told.figures[view.id],
                told.at - Instant(nanoseconds: started) >= Self.shortest
            else {
                view.energy = Self.nothing(of: view.energy, .notYet)
                view.learnt = Self.withoutPower(view.learnt)
                view.plan?.modelledEnergyJ = nil
                return view
            }
            view.energy = Self.rounded(figures.energy)
            view.learnt = figures.learnt
            view.plan = figures.plan
        }
        view.learnt.estimates = view.learnt.estimates.map(Self.rounded)
        view.plan = view.plan.map(Self.rounded)
        return view
    }

    /// What a user is told of why a job runs at what it does: made anew at most once a second.
    func restricted(
        _ id: Int64, at now: Instant, _ make: () throws(APIError) -> ExplanationView
    ) throws(APIError) -> ExplanationView {
        explanations = explanations.filter { now - $0.value.at < Self.shortest }
        if let known = explanations[id] { return known.view }
        var view = try make()
        view.idleW = Self.watts(view.idleW)
        view.restW = Self.watts(view.restW)
        view.estimates = view.estimates.map(Self.rounded)
        view.plans = view.plans.map { entry in
            var entry = entry
            entry.plan = Self.rounded(entry.plan)
            entry.relativeToChosen = entry.relativeToChosen.map { Self.significant($0, digits: 3) }
            return entry
        }
        if let next = view.nextBest {
            view.nextBest?.estimate = Self.rounded(next.estimate)
            view.nextBest?.modelledEnergyJ = Self.joules(next.modelledEnergyJ)
        }
        explanations[id] = (now, view)
        return view
    }

    private func take(at now: Instant, _ running: () throws(APIError) -> [JobView]) throws(APIError) {
        if let newest, now - newest.at < Self.shortest { return }
        var taking = Taking(at: now)
        for view in try running() {
            taking.figures[view.id] = Figures(energy: view.energy, learnt: view.learnt, plan: view.plan)
        }
        told = newest
        newest = taking
    }

    // MARK: - Finished jobs

    private static func finished(_ view: JobView, started: Int64) -> EnergyView {
        guard let end = view.finishedUnixNs,
            Instant(nanoseconds: end) - Instant(nanoseconds: started) >= shortest
        else { return nothing(of: view.energy, .tooShort) }
        var energy = rounded(view.energy)
        // Less the energy of the run it is that of the time from the end to the deadline.
        if let deadline = view.deadlineUnixNs, energy.horizonJ != nil,
            Instant(nanoseconds: deadline) - Instant(nanoseconds: end) < shortest
        {
            energy.horizonJ = nil
            energy.withheld = .tooShort
        }
        return energy
    }

    // MARK: - Rounding

    /// To a joule, or to three digits where that is coarser: some 10⁴ times coarser than the counter's own
    /// unit (61 µJ as a rule), and never finer than 0.5 % of what is told.
    static func joules(_ value: Double) -> Double {
        guard value.isFinite, abs(value) >= 1000 else { return value.isFinite ? value.rounded() : value }
        return significant(value, digits: 3)
    }

    /// To two digits: what is believed of a configuration rests on windows that may be shorter than a second.
    static func watts(_ value: Double) -> Double { significant(value, digits: 2) }

    private static func significant(_ value: Double, digits: Int) -> Double {
        guard value.isFinite, value != 0 else { return value }
        let places = Double(digits - 1) - floor(log10(abs(value)))
        // Powers of ten above one are exact, those below are not: multiply or divide by the former.
        let scale = pow(10, abs(places))
        return places > 0 ? (value * scale).rounded() / scale : (value / scale).rounded() * scale
    }

    private static func rounded(_ energy: EnergyView) -> EnergyView {
        var energy = energy
        energy.machineDuringRunJ = energy.machineDuringRunJ.map(joules)
        energy.attributedJ = energy.attributedJ.map(joules)
        energy.attributedErrorJ = energy.attributedErrorJ.map { $0.rounded(.up) }
        energy.horizonJ = energy.horizonJ.map(joules)
        return energy
    }

    private static func rounded(_ estimate: EstimateView) -> EstimateView {
        var estimate = estimate
        estimate.powerW = watts(estimate.powerW)
        return estimate
    }

    private static func rounded(_ plan: PlanView) -> PlanView {
        var plan = plan
        plan.modelledEnergyJ = plan.modelledEnergyJ.map(joules)
        return plan
    }

    private static func nothing(of energy: EnergyView, _ reason: WithheldName) -> EnergyView {
        EnergyView(
            source: energy.source, machineDuringRunJ: nil, attributedJ: nil, attributedErrorJ: nil,
            horizonJ: nil, unknownS: energy.unknownS, withheld: reason)
    }

    private static func withoutPower(_ learnt: LearntView) -> LearntView {
        var learnt = learnt
        learnt.estimates = []
        return learnt
    }

    // MARK: - What is foretold

    static func rounded(_ forecast: ForecastView) -> ForecastView {
        var forecast = forecast
        forecast.idleW = watts(forecast.idleW)
        forecast.estimates = forecast.estimates.map(rounded)
        forecast.plans = forecast.plans.map { entry in
            var entry = entry
            entry.plan = rounded(entry.plan)
            return entry
        }
        return forecast
    }

    static func rounded(_ admission: AdmissionView) -> AdmissionView {
        var admission = admission
        admission.modelledEnergyJ = admission.modelledEnergyJ.map(joules)
        return admission
    }

    /// Without the machine's energy, which is everybody's.
    static func restricted(_ machine: MachineView) -> MachineView {
        var machine = machine
        machine.energy.totalJ = nil
        machine.powerModel.idleW = watts(machine.powerModel.idleW)
        machine.powerModel.uncoreW = watts(machine.powerModel.uncoreW)
        machine.powerModel.cubicWPerGhz3 = watts(machine.powerModel.cubicWPerGhz3)
        machine.powerModel.linearWPerGhz = watts(machine.powerModel.linearWPerGhz)
        machine.powerModel.constantW = watts(machine.powerModel.constantW)
        return machine
    }
}
