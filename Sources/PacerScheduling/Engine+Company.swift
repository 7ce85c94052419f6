import PacerPlatform
import PacerUnits

/// A job that waits, or has waited, for others to share the machine's power, though there is room for it.
struct PutOff: Sendable {
    /// Since when.
    let since: Instant
    /// When it begins if nobody comes; `nil` once it waits no longer for that reason.
    var until: Instant?

    /// What is told of it.
    var note: DecisionRecord {
        DecisionRecord(
            at: since, kind: .note, configuration: nil,
            reason: "waits for others to share the machine's power, as long as its deadline allows")
    }
}

// MARK: - Waiting for company

extension Engine {
    /// Seconds for which jobs run that are not among `members`; infinite where nobody knows.
    func company(besides members: [JobID: ActiveJob], at now: Instant) -> Double {
        jobs.active.reduce(0) { longest, id in
            guard members[id] == nil, let job = jobs[id] else { return longest }
            return max(longest, expectedEnd(of: job, at: now).map { ($0 - now).value } ?? .infinity)
        }
    }

    /// Puts off the jobs that a joint plan has put off, and all others no longer.
    mutating func putOff(_ members: [ActiveJob], as planned: [Contender], at now: Instant) {
        forgetPutOffs()
        for (job, contender) in zip(members, planned) where contender.putOff > 0 {
            putOff[job.id, default: PutOff(since: now)].until = now + Seconds(contender.putOff)
        }
    }

    /// Nobody waits for company until it is planned again.
    mutating func forgetPutOffs() {
        // order does not matter
        for id in putOff.keys { putOff[id]?.until = nil }
    }

    /// What was decided for a job, with what is told of it while it waits.
    func decisions(of job: ActiveJob) -> [DecisionRecord] {
        guard job.isQueued, let wait = putOff[job.id] else { return job.decisions }
        return job.decisions + [wait.note]
    }
}
