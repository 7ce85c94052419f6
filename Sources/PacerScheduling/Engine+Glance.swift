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

    /// How many jobs are in which state: queued, starting, running, stopping, and ended but not yet at their
    /// deadline.
    public var stateCounts: (queued: Int, starting: Int, running: Int, stopping: Int, ended: Int) {
        let others = (
            queued: jobs.waitingCount, starting: 0, running: 0, stopping: 0, ended: jobs.endedCount
        )
        return jobs.active.reduce(into: others) { sum, id in
            switch jobs[id]?.state {
            case .starting: sum.starting += 1
            case .running: sum.running += 1
            case .stopping: sum.stopping += 1
            case .queued, .finished, nil: break
            }
        }
    }

    /// How many cores jobs hold.
    public var coresHeld: Int {
        jobs.active.reduce(0) { $0 + (jobs[$1]?.state.allocation?.cores.count ?? 0) }
    }
}
