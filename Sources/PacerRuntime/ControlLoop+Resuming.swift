import PacerPlatform
public import PacerPorts
import PacerScheduling

// MARK: - What an earlier daemon left

extension ControlLoop {
    /// Brings back the jobs that an earlier daemon left: queued ones wait again, running ones are taken over
    /// or reported lost. One whose program was not started before the daemon died waits again too.
    public func resume() throws(PortError) {
        feed(.observed(snapshot()))
        var waiting: [StoredJob] = []
        // Those that run come first: nobody who waits may be given their cores.
        for job in try ports.store.unfinished() {
            let id = job.record.request.id
            submissions[id] = job.submission
            let adoption = ports.executor.adopt(id, folder: folder(of: id))
            if adoption == .notStarted { waiting.append(job) } else { try takeOver(job, adoption) }
        }
        for job in waiting { try queueAgain(job) }
    }

    private func queueAgain(_ job: StoredJob) throws(PortError) {
        let request = job.record.request
        if job.record.state.allocation != nil {
            note(
                "job \(request.id) was not started before the last daemon ended, and waits again",
                about: request.id)
        }
        let prior = try ports.store.profile(
            className: request.className, machineName: facts.machine.name, user: request.user)
        feed(.submitted(known(request), prior: prior))
        if case .stopping = job.record.state { feed(.cancelRequested(request.id)) }
    }

    private func takeOver(_ job: StoredJob, _ adoption: Adoption) throws(PortError) {
        let request = job.record.request
        let id = request.id
        let prior = try ports.store.profile(
            className: request.className, machineName: facts.machine.name, user: request.user)
        // A record that is older than the job's start, from before a disk failed, names no cores.
        let allocation = present(
            job.record.state.allocation ?? Allocation(cores: [], frequency: facts.machine.topFrequency))
        // The clock may have been set back since.
        let started = min(job.record.started ?? request.submitted, now)
        feed(.adopted(known(request), allocation, started: started, prior: prior))
        if adoption == .running {
            attempt("follow job \(id)") { () throws(PortError) in
                try ports.follower?.jobAdopted(id, cores: allocation.cores)
            }
        }
        if case .stopping = job.record.state { feed(.cancelRequested(id)) }
        switch adoption {
        case .running: note("job \(id) still runs and was taken over", about: id)
        case .ended(let report):
            note("job \(id) ended while no daemon ran: \(report.status)", about: id)
            feed(.exited(id, report.status))
        case .lost:
            note("job \(id) was lost: nobody saw how it ended; what was left of it was ended", about: id)
            feed(.exited(id, .lost))
        case .notStarted: preconditionFailure("a job that was not started is not taken over")
        }
    }

    /// The request with a policy that exists: files in `policies/` may have gone since.
    private func known(_ request: JobRequest) -> JobRequest {
        guard !engine.knows(policy: request.policy) else { return request }
        note(
            "job \(request.id) asked for policy '\(request.policy)', which is gone: \(defaultPolicy) it is",
            about: request.id)
        var request = request
        request.policy = defaultPolicy
        return request
    }

    /// The allocation on cores that this machine has.
    private func present(_ allocation: Allocation) -> Allocation {
        let all = facts.machine.cores.map(\.id)
        let cores = allocation.cores.filter(all.contains)
        return Allocation(cores: cores.isEmpty ? all : cores, frequency: allocation.frequency)
    }
}
