public import PacerPlatform
public import PacerUnits

/// What somebody who watches the engine wants to know of a job that holds cores, without the cost of a
/// record.
public struct JobGlance: Hashable, Sendable {
    /// The cores and the frequency that it has.
    public var allocation: Allocation
    /// Probes made so far in this run.
    public var probes: Int
    /// The last choice that was made for it; `nil` before the first.
    public var decision: DecisionRecord?
}

extension Engine {
    /// A job that holds cores, at a glance; `nil` for any other.
    public func glance(at id: JobID) -> JobGlance? {
        guard let job = jobs[id], let allocation = job.state.allocation else { return nil }
        return JobGlance(allocation: allocation, probes: job.probes.count, decision: job.decisions.last)
    }

    /// The frequency that each domain was last read back at; domains that are not held are missing.
    public var readBack: [DomainID: Hertz] { actual }

    /// Numbers of jobs by state; those that ended are not yet at their deadline.
    public typealias StateCounts = (
        queued: Int, starting: Int, running: Int, paused: Int, stopping: Int, ended: Int
    )

    /// How many jobs are in which state.
    public var stateCounts: StateCounts {
        let others: StateCounts = (
            queued: jobs.waitingCount, starting: 0, running: 0, paused: jobs.paused.count, stopping: 0,
            ended: jobs.endedCount
        )
        return jobs.active.reduce(into: others) { sum, id in
            switch jobs[id]?.state {
            case .starting: sum.starting += 1
            case .running: sum.running += 1
            case .stopping: sum.stopping += 1
            case .queued, .paused, .finished, nil: break
            }
        }
    }

    /// How many cores jobs hold.
    public var coresHeld: Int {
        jobs.active.reduce(0) { $0 + (jobs[$1]?.state.allocation?.cores.count ?? 0) }
    }
}
