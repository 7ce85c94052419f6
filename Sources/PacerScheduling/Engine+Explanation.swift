import PacerModels
import PacerPlatform
public import PacerUnits

// MARK: - Why

extension Engine {
    /// Why a job runs, or ran, at what it does, by what is known of it at `now` or was at its end.
    public func explanation(of record: JobRecord, at now: Instant) -> Explanation {
        let isOver = record.finished != nil
        return Explanation(
            scope: isOver ? .whole : .rest, policy: record.request.policy,
            policies: policies.values.sorted { $0.name < $1.name },
            idlePower: isOver ? record.idlePower ?? power.idle : power.idle,
            view: isOver ? wholeView(record) : restView(record.request.id, at: now))
    }

    /// What a policy sees of the rest of a job, as when it is planned.
    private func restView(_ id: JobID, at now: Instant) -> PlanningView? {
        guard let job = jobs[id], job.knowsSomething else { return nil }
        return view(of: job, cores: reachableCounts(job), at: now)
    }

    /// What a policy would have seen of a job at its start, had it known what was known at its end.
    private func wholeView(_ record: JobRecord) -> PlanningView? {
        guard !record.estimates.isEmpty,
            let policy = policies[record.request.policy] ?? policies.values.min(by: { $0.name < $1.name })
        else { return nil }
        let start = record.started ?? record.request.submitted
        var job = ActiveJob(request: record.request, policy: policy, prior: nil)
        job.started = start
        let time = planningTime(job, sharing: false, at: start)
        return PlanningView(
            estimates: record.estimates, remainingWork: record.wholeWork, remainingTime: time?.remaining,
            idlePower: record.idlePower ?? power.idle, switchCost: constants.changes, current: nil,
            reserve: time?.reserve ?? .zero, nextLook: nextLook(of: job, at: start))
    }
}

extension JobRecord {
    /// All the work of a job that has ended: what it did when it succeeded, else what it is believed to have.
    fileprivate var wholeWork: Double? {
        guard case .finished(let outcome, _) = state, outcome.isSuccess, work.done > 0 else {
            return work.total
        }
        return work.basis == .declared ? work.total ?? work.done : work.done
    }

    /// How long the job ran at each configuration until `now`, the longest first. Of a job with very many
    /// decisions, whose middle is not kept, it is a guess.
    public func stays(until now: Instant) -> [PlanSegment] {
        guard let started else { return [] }
        let end = finished ?? now
        let changes = decisions.filter { $0.configuration != nil && $0.at < end }
        var total: [Configuration: Seconds] = [:]
        for (index, change) in changes.enumerated() {
            guard let configuration = change.configuration else { continue }
            let next = index + 1 < changes.count ? changes[index + 1].at : end
            total[configuration, default: .zero] += max(.zero, next - max(change.at, started))
        }
        return total.map { PlanSegment(configuration: $0.key, duration: $0.value) }
            .filter { $0.duration > .zero }
            .sorted { ($1.duration, $0.configuration) < ($0.duration, $1.configuration) }
    }
}
