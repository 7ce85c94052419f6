import PacerPlatform
public import PacerPorts
import PacerScheduling

// MARK: - What an earlier daemon left

extension ControlLoop {
    /// Brings back the jobs that an earlier daemon left: queued ones wait again, running ones are taken over
    /// or reported lost. One whose program was not started before the daemon died waits again too, unless it
    /// was told to end.
    public func resume() throws(PortError) {
        chronicle.append(.daemonStarted, at: now)
        noticeMachine()
        feed(.observed(snapshot()))
        chronicle.isResuming = true
        defer { chronicle.isResuming = false }
        owners = try ports.store.unfinishedOwners()
        var takenOver: Set<JobID> = []
        var paused: [(record: JobRecord, adoption: Adoption)] = []
        // Those that run come first: nobody who waits may be given their cores.
        for id in try ports.store.unfinishedIDs() {
            let adoption = ports.executor.adopt(id, folder: folder(of: id))
            guard adoption != .notStarted, let job = try ports.store.job(id) else { continue }
            takenOver.insert(id)
            submissions[id] = job.submission
            if case .paused = job.record.state {
                paused.append((job.record, adoption))
            } else {
                try takeOver(job.record, adoption)
            }
        }
        // Others have their cores.
        for job in paused { try takeOver(job.record, job.adoption) }
        var last = JobID(0)
        while true {
            // In pages: there may be very many.
            let page = try ports.store.unfinished(after: last, limit: Self.resumedAtOnce)
            for record in page where !takenOver.contains(record.request.id) { try queueAgain(record) }
            guard let end = page.last else { break }
            last = end.request.id
        }
        save(at: now)
    }

    private static let resumedAtOnce = 500

    private func queueAgain(_ record: JobRecord) throws(PortError) {
        if case .stopping(_, _, let reason, _) = record.state { return endUnstarted(record, reason) }
        let stored = record.request
        if record.state.allocation != nil {
            note(
                "job \(stored.id) was not started before the last daemon ended, and waits again",
                about: stored.id)
        }
        let request = known(stored)
        if request == stored, record.state == .queued { justStored.insert(stored.id) }
        feed(.submitted(request, prior: try profile(of: ClassKey(request))))
    }

    /// Ends a job that was told to end while its program was being started, which never happened. The engine
    /// does not hear of it: it might start the program before it hears the rest.
    private func endUnstarted(_ record: JobRecord, _ reason: StopReason) {
        let id = record.request.id
        let now = now
        note("job \(id) was told to end before its program was started, and never is", about: id)
        var record = record
        record.state = .finished(.stopped(reason), at: now)
        (record.rate, record.predictedFinish) = (nil, nil)
        chronicle.note(record, user: owners[id] ?? 0, at: now)
        keep(record, at: now)
    }

    private func takeOver(_ record: JobRecord, _ adoption: Adoption) throws(PortError) {
        let request = record.request
        let id = request.id
        let prior = try profile(of: ClassKey(request))
        // A record that is older than the job's start, from before a disk failed, names no cores.
        let allocation = present(
            record.state.latestAllocation ?? Allocation(cores: [], frequency: facts.machine.topFrequency))
        // The clock may have been set back since.
        let started = min(record.started ?? request.submitted, now)
        feed(.adopted(known(request), allocation, started: started, prior: prior))
        if adoption == .running {
            attempt("follow job \(id)") { () throws(PortError) in
                try ports.follower?.jobAdopted(id, cores: allocation.cores)
            }
        }
        if case .stopping = record.state { feed(.cancelRequested(id)) }
        switch adoption {
        case .running: note("job \(id) still runs and was taken over", about: id)
        case .ended(let report):
            note("job \(id) ended while no daemon ran: \(report.status)", about: id)
            feed(.exited(id, report.status, ended: report.at))
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
        let all = watched.present
        let cores = allocation.cores.filter(all.contains)
        return Allocation(cores: cores.isEmpty ? all : cores, frequency: allocation.frequency)
    }
}
