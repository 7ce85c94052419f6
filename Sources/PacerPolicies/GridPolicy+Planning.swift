import PacerModels
import PacerOptimizer
import PacerPlatform
public import PacerScheduling
import PacerUnits

extension GridPolicy: Policy {
    /// Whether the rule leaves a choice; where it leaves none, probing teaches nothing that it could use.
    public var wantsProfile: Bool {
        switch (cores, frequency) {
        case (.widest, .highest), (.widest, .lowest), (.fixed, .highest), (.fixed, .lowest): false
        case (.widest, .governor), (.fixed, .governor): false
        default: true
        }
    }

    /// The cheapest plan that the rule allows and that keeps the deadline; the fastest when none keeps it.
    public func plan(_ view: PlanningView) -> Plan {
        let allowed = allowed(view)
        guard let work = view.remainingWork else { return planWithoutWork(allowed, view) }
        guard let time = view.remainingTime else { return planWithoutDeadline(allowed, work: work, view) }
        let rescue = (wantsProfile ? view.estimates : allowed).map(\.surestRate).max() ?? 0
        let feasible = allowed.filter {
            $0.keeps(work, within: time, nextLook: view.nextLook, rescue: rescue)
        }
        guard !feasible.isEmpty else { return planInfeasible(allowed, work: work, time: time, view) }
        let candidates = narrowed(feasible)
        let single = cheapest(candidates, work: work, time: time, view)
        if mix == .twoConfigurations, let mixed = mixedPlan(allowed, work: work, time: time, view),
            let energy = mixed.energy, let other = single.energy,
            energy < other * (1 - doubt(of: mixed, view))
        {
            return mixed
        }
        return single
    }
}

extension Estimate {
    /// The rate that can be relied on: one standard error below what is believed.
    var safeRate: Double { rate * max(0, 1 - min(rateError, 0.5)) }

    /// Whether `work` is done within `time` here, and can still be done at the rate `rescue` if this rate
    /// turns out to be the safe one by the next look; the surest one, where nothing was measured.
    ///
    /// A belief need not be certain to be acted on: it has to be right on average, and an error must be found
    /// while there is time to mend it.
    func keeps(_ work: Double, within time: Seconds, nextLook: Seconds, rescue: Double) -> Bool {
        rate * time.value >= work
            && isMendable(work, within: time, nextLook: nextLook, rescue: rescue)
    }

    /// Whether `work` can still be done in time at the rate `rescue` after running here until the next look.
    func isMendable(_ work: Double, within time: Seconds, nextLook: Seconds, rescue: Double) -> Bool {
        let unseen = min(nextLook.value, time.value)
        // Laws err more often by two of their errors than measurements do.
        let relied = origin == .measured ? safeRate : surestRate
        return work - relied * unseen <= rescue * (time.value - unseen)
    }
}

// MARK: - What the rule allows

extension GridPolicy {
    /// The estimates that the words of the policy allow, whatever the deadline.
    func allowed(_ view: PlanningView) -> [Estimate] {
        let widest = view.estimates.map(\.configuration.cores).max() ?? 1
        var allowed: [Estimate]
        switch cores {
        case .widest: allowed = view.estimates.filter { $0.configuration.cores == widest }
        case .narrowest, .any: allowed = view.estimates
        case .fixed(let count):
            // The nearest count the job may have: a rule cannot give cores that are not there.
            let nearest = view.estimates.map(\.configuration.cores).min {
                (abs($0 - count), $0) < (abs($1 - count), $1)
            }
            allowed = view.estimates.filter { $0.configuration.cores == nearest }
        }
        let highest = allowed.map(\.configuration.frequency).max() ?? .zero
        let lowest = allowed.map(\.configuration.frequency).min() ?? .zero
        switch frequency {
        case .highest: allowed = allowed.filter { $0.configuration.frequency == highest }
        case .lowest: allowed = allowed.filter { $0.configuration.frequency == lowest }
        case .lowestFeasible, .any: break
        case .governor(let governor):
            let target = governor.target(
                utilisation: view.utilisation, at: view.current?.frequency ?? highest, highest: highest,
                lowest: lowest)
            let chosen = allowed.map(\.configuration.frequency).filter { $0 >= target }.min() ?? highest
            allowed = allowed.filter { $0.configuration.frequency == chosen }
        }
        return allowed
    }

    /// Of the feasible estimates, those that "narrowest" and "lowest-feasible" leave.
    private func narrowed(_ feasible: [Estimate]) -> [Estimate] {
        var candidates = feasible
        if cores == .narrowest, let fewest = candidates.map(\.configuration.cores).min() {
            candidates = candidates.filter { $0.configuration.cores == fewest }
        }
        if frequency == .lowestFeasible {
            candidates = candidates.filter { candidate in
                !feasible.contains {
                    $0.configuration.cores == candidate.configuration.cores
                        && $0.configuration.frequency < candidate.configuration.frequency
                }
            }
        }
        return candidates
    }
}

extension GridPolicy.Governor {
    /// The frequency that the governor would ask for, of cores that are busy for a share of their time at
    /// `current`. What schedutil calls utilisation does not change with frequency: it is the busy share times
    /// current over highest.
    func target(utilisation: Double, at current: Hertz, highest: Hertz, lowest: Hertz) -> Hertz {
        switch self {
        case .performance: highest
        case .powersave: lowest
        case .schedutil: min(highest, current * (1.25 * utilisation))
        case .ondemand: utilisation > 0.8 ? highest : lowest + (highest - lowest) * utilisation
        }
    }
}

// MARK: - Choosing

extension GridPolicy {
    /// What a mix must promise over a single configuration: as much as the surer rate of its two may be
    /// wrong, up to one per cent.
    private func doubt(of mixed: Plan, _ view: PlanningView) -> Double {
        let used = Set(mixed.segments.map(\.configuration))
        let errors = view.estimates.filter { used.contains($0.configuration) }.map(\.rateError)
        return min(0.01, errors.min() ?? 0)
    }

    /// Energy of doing `work` at one configuration, under the policy's accounting. Over a horizon the
    /// constant idle energy is included, so that figures of one view can be compared.
    private func energy(_ estimate: Estimate, work: Double, time: Seconds?, _ view: PlanningView) -> Joules {
        let running = Seconds(work / estimate.rate)
        let switching = estimate.power * view.switchCost.between(view.current, estimate.configuration)
        guard accounting == .horizon, let time else { return estimate.power * running + switching }
        let idle = Seconds(max(0, time.value - running.value))
        return estimate.power * running + view.idlePower * idle + switching
    }

    private func cost(_ estimate: Estimate, work: Double, time: Seconds?, _ view: PlanningView) -> Double {
        let running = work / estimate.rate
        let energy = energy(estimate, work: work, time: time, view).value
        switch objective {
        case .energy: return energy
        case .edp: return energy * running
        case .ed2p: return energy * running * running
        case .time: return running
        }
    }

    private func cheapest(_ candidates: [Estimate], work: Double, time: Seconds, _ view: PlanningView) -> Plan
    {
        let chosen = leastCostly(candidates) { cost($0, work: work, time: time, view) }
        let needed = Seconds(work / chosen.rate)
        return Plan(
            segments: [PlanSegment(configuration: chosen.configuration, duration: needed)],
            energy: energy(chosen, work: work, time: time, view), duration: needed, meetsDeadline: true,
            reason: reason(for: chosen, among: candidates.count))
    }

    /// The hull's answer: one or two configurations, the slow one first.
    ///
    /// Slow first costs nothing when the work is known and saves energy when it turns out to be less (PACE:
    /// Lorch and Smith, SIGMETRICS 2001); the engine keeps the point of no return.
    private func mixedPlan(
        _ allowed: [Estimate], work: Double, time: Seconds, _ view: PlanningView
    ) -> Plan? {
        let idle = accounting == .horizon ? view.idlePower : .zero
        let frontier = Frontier(estimates: mixable(allowed, work: work, time: time, view), idlePower: idle)
        guard let edge = frontier.edge(at: work / time.value), let fast = edge.fast.configuration else {
            return nil
        }
        let fastTime = time * edge.fastShare
        guard let slow = edge.slow.configuration else {
            return Plan(
                segments: [PlanSegment(configuration: fast, duration: fastTime)],
                energy: edge.fast.power * fastTime + idle * (time - fastTime), duration: fastTime,
                meetsDeadline: true, reason: "cheapest work per joule is \(fast), then idle")
        }
        // The slow stretch is what uncertainty eats first, so a tiny one is not worth the change.
        let slowTime = time - fastTime
        let change = view.switchCost.between(slow, fast)
        guard slowTime > change * 2, fastTime > change * 2 else { return nil }
        let isThere = view.current == slow
        // As much of the slow stretch as is possible before the job must hurry, then fast and idle: going
        // back for less than what the changes cost would be done again and again.
        let stretch =
            isThere ? slowTime : min(slowTime, unhurried(edge.slow, work: work, time: time, view))
        let rest =
            stretch < slowTime ? Seconds((work - edge.slow.rate * stretch.value) / edge.fast.rate) : fastTime
        let energy =
            edge.slow.power * stretch + edge.fast.power * rest + idle * max(.zero, time - stretch - rest)
            + edge.fast.power * (view.switchCost.between(view.current, slow) + change)
        return Plan(
            segments: [
                PlanSegment(configuration: slow, duration: slowTime),
                PlanSegment(configuration: fast, duration: fastTime),
            ],
            energy: energy, duration: time, meetsDeadline: true,
            reason: "the required rate lies between \(slow) and \(fast) on the hull")
    }

    /// How long a job may stay at `slow` until nothing but the surest rate keeps its deadline.
    private func unhurried(
        _ slow: FrontierPoint, work: Double, time: Seconds, _ view: PlanningView
    ) -> Seconds {
        let rescue = view.estimates.map(\.surestRate).max() ?? 0
        let safe = view.estimates.first { $0.configuration == slow.configuration }?.safeRate ?? slow.rate
        guard rescue > safe else { return time }
        return Seconds(max(0, (rescue * time.value - work) / (rescue - safe)))
    }

    /// The estimates that a mix may use: at the rates believed in where an error can be mended in time,
    /// else all of them at their safe rates.
    private func mixable(
        _ allowed: [Estimate], work: Double, time: Seconds, _ view: PlanningView
    ) -> [Estimate] {
        guard view.nextLook < time else {
            return allowed.map { estimate in
                var safe = estimate
                safe.rate = estimate.safeRate
                return safe
            }
        }
        let rescue = view.estimates.map(\.surestRate).max() ?? 0
        return allowed.filter { $0.isMendable(work, within: time, nextLook: view.nextLook, rescue: rescue) }
    }

    private func planInfeasible(
        _ allowed: [Estimate], work: Double, time: Seconds, _ view: PlanningView
    ) -> Plan {
        // A policy whose words leave a choice runs as fast as it can; one that leaves none keeps to them.
        let pool = wantsProfile ? view.estimates : allowed
        let fastest = leastCostly(pool) { -$0.rate }
        let needed = Seconds(work / fastest.rate)
        let kept = needed <= time + view.reserve
        let late = needed - time - view.reserve
        return Plan(
            segments: [PlanSegment(configuration: fastest.configuration, duration: needed)],
            energy: energy(fastest, work: work, time: time, view), duration: needed, meetsDeadline: kept,
            reason: kept
                ? "nothing slower is sure to keep the deadline"
                : "the deadline cannot be kept: fastest configuration, predicted \(late) late")
    }

    private func planWithoutWork(_ allowed: [Estimate], _ view: PlanningView) -> Plan {
        let hasDeadline = view.remainingTime != nil
        let chosen =
            hasDeadline
            ? leastCostly(wantsProfile ? view.estimates : allowed) { -$0.rate }
            : leastCostly(narrowed(allowed)) { cost($0, work: 1, time: nil, view) }
        return Plan(
            segments: [PlanSegment(configuration: chosen.configuration, duration: .infinity)],
            energy: nil, duration: nil, meetsDeadline: true,
            reason: hasDeadline
                ? "the amount of work is unknown, so nothing slower is safe for the deadline"
                : reason(for: chosen, among: allowed.count))
    }

    private func planWithoutDeadline(_ allowed: [Estimate], work: Double, _ view: PlanningView) -> Plan {
        let candidates = narrowed(allowed)
        let chosen = leastCostly(candidates) { cost($0, work: work, time: nil, view) }
        let needed = Seconds(work / chosen.rate)
        return Plan(
            segments: [PlanSegment(configuration: chosen.configuration, duration: needed)],
            energy: energy(chosen, work: work, time: nil, view), duration: needed, meetsDeadline: true,
            reason: reason(for: chosen, among: candidates.count) + ", without a deadline")
    }

    /// The first estimate of least cost, in the order of configurations.
    private func leastCostly(_ estimates: [Estimate], _ cost: (Estimate) -> Double) -> Estimate {
        precondition(!estimates.isEmpty, "a policy plans over at least one configuration")
        var best = estimates[0]
        var bestCost = cost(best)
        for estimate in estimates.dropFirst() {
            let other = cost(estimate)
            if other < bestCost || bestCost.isNaN {
                best = estimate
                bestCost = other
            }
        }
        return best
    }

    private func reason(for estimate: Estimate, among count: Int) -> String {
        let basis = "\(estimate.configuration), \(estimate.origin.rawValue)"
        guard count > 1 else { return "\(name) leaves one choice: \(basis)" }
        switch objective {
        case .energy: return "least energy of \(count) that keep the deadline: \(basis)"
        case .edp: return "least energy-delay product of \(count): \(basis)"
        case .ed2p: return "least energy-delay-squared product of \(count): \(basis)"
        case .time: return "fastest of \(count): \(basis)"
        }
    }
}
