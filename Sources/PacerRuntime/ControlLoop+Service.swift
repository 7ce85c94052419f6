import PacerModels
import PacerPlatform
public import PacerPorts
public import PacerScheduling
import PacerUnits

// MARK: - Serving

extension ControlLoop {
    /// Accepts a job: it is in the store before the engine hears of it.
    public func submit(
        _ submission: JobSubmission, ifLate: LateChoice
    ) throws(ServiceError) -> AcceptedJob {
        try validate(submission)
        try checkLimits(of: [submission])
        feed(.observed(snapshot()))
        let prior = try prior(of: submission)
        let admission = engine.admission(
            of: request(for: submission, id: JobID(0)), prior: prior, at: now)
        if ifLate == .reject { try refuse(admission) }
        let accepted = try accept([submission])
        guard let request = accepted.first else {
            throw ServiceError(.internalFailure, "the job was stored without a request")
        }
        feed(.submitted(request, prior: prior))
        return AcceptedJob(job: try job(request.id), admission: admission)
    }

    /// Accepts jobs that are durable together, or none of them.
    public func submit(_ submissions: [JobSubmission], ifLate: LateChoice) throws(ServiceError) -> [JobID] {
        for submission in submissions { try validate(submission) }
        try checkLimits(of: submissions)
        feed(.observed(snapshot()))
        for submission in submissions where ifLate == .reject {
            let prior = try prior(of: submission)
            try refuse(engine.admission(of: request(for: submission, id: JobID(0)), prior: prior, at: now))
        }
        // Once they are durable nothing may fail any more.
        let priors = try submissions.map { submission throws(ServiceError) in try prior(of: submission) }
        let accepted = try accept(submissions)
        for (request, prior) in zip(accepted, priors) { feed(.submitted(request, prior: prior)) }
        return accepted.map(\.id)
    }

    /// Makes jobs durable, before the engine hears of them.
    private func accept(_ submissions: [JobSubmission]) throws(ServiceError) -> [JobRequest] {
        var accepted: [JobRequest] = []
        do throws(PortError) {
            try ports.store.together { () throws(PortError) in
                for submission in submissions {
                    let request = self.request(for: submission, id: try ports.store.nextJobID())
                    try ports.store.save(
                        StoredJob(submission: submission, record: JobRecord(queued: request)))
                    try ports.store.append(
                        "job \(request.id) submitted by user \(submission.userID)", about: request.id,
                        at: request.submitted)
                    accepted.append(request)
                }
            }
        } catch {
            let what = submissions.count == 1 ? "the job was" : "the jobs were"
            throw ServiceError(.storage, "\(what) not accepted: \(error)")
        }
        let kept = Self.submissionsKept * min(10, submissions.count)
        for (request, submission) in zip(accepted, submissions) {
            if self.submissions.count < kept { self.submissions[request.id] = submission }
            owners[request.id] = submission.userID
            justStored.insert(request.id)
            newest.add(StoredJob(submission: submission, record: JobRecord(queued: request)))
        }
        log(accepted, submissions)
        return accepted
    }

    private func log(_ accepted: [JobRequest], _ submissions: [JobSubmission]) {
        guard let first = accepted.first, let last = accepted.last, let user = submissions.first?.userID
        else { return }
        let what = accepted.count == 1 ? "job \(first.id)" : "jobs \(first.id) to \(last.id)"
        ports.log(.info, "\(what) submitted by user \(user)")
    }

    /// Submissions of jobs that wait are kept in memory up to this many; the others are read again. Of those
    /// that come together many times as many: their environment, which is most of them, is there once.
    private static let submissionsKept = 1000

    /// Refuses what is known to be late, and tells which deadline would not be.
    private func refuse(_ admission: Admission) throws(ServiceError) {
        guard case .predicted(let prediction) = admission, prediction.keepsDeadline == false else { return }
        // Rounded up, with a little for the way to here, so that the deadline that is read is one that can be
        // kept.
        let left = (prediction.earliestDeadline - now).value + 0.05
        let rounded = Seconds(left < 60 ? (left * 10).rounded(.up) / 10 : left.rounded(.up))
        throw ServiceError(
            .deadlineUnkeepable,
            "the deadline cannot be kept, so the job was not accepted; "
                + "the earliest that can is in \(rounded)",
            details: [
                "earliestDeadlineUnixNs": "\(prediction.earliestDeadline.nanoseconds)",
                "finishUnixNs": "\(prediction.finish.nanoseconds)",
            ])
    }

    /// Tells a job to end and returns at once; refused when it has finished already.
    public func cancel(_ id: JobID) throws(ServiceError) -> StoredJob {
        let stored = try job(id)
        guard stored.record.finished == nil else {
            throw ServiceError(.jobFinished, "job \(id) has finished already")
        }
        feed(.cancelRequested(id))
        // Whoever is told that it will not run must not see it run after a crash.
        save(at: now)
        return try job(id)
    }

    /// The job as it is now: the engine's record while it has one, then the stored one.
    public func job(_ id: JobID) throws(ServiceError) -> StoredJob {
        let record = engine.record(id, at: now) ?? unsaved[id]
        if let submission = submissions[id], let record {
            return StoredJob(submission: submission, record: record)
        }
        let stored = try reading { () throws(PortError) in try ports.store.job(id) }
        guard var stored else { throw ServiceError(.jobNotFound, "there is no job \(id)") }
        if let record { stored.record = record }
        return stored
    }

    /// The newest `limit` jobs as they are now, ascending by number; all of them for `nil`.
    public func jobs(limit: Int?) throws(ServiceError) -> [StoredJob] {
        present(try newestJobs(limit: limit))
    }

    /// The newest `limit` jobs of one user as they are now, ascending by number; all of them for `nil`.
    public func jobs(limit: Int?, of user: UInt32) throws(ServiceError) -> [StoredJob] {
        present(try reading { () throws(PortError) in try ports.store.shownJobs(limit: limit, of: user) })
    }

    /// Stored jobs with what the engine knows of them by now.
    private func present(_ jobs: [StoredJob]) -> [StoredJob] {
        let now = now
        return jobs.map { stored in
            let id = stored.record.request.id
            guard let record = engine.record(id, at: now) ?? unsaved[id] else { return stored }
            return StoredJob(submission: stored.submission, record: record)
        }
    }

    private func newestJobs(limit: Int?) throws(ServiceError) -> [StoredJob] {
        if let limit, let known = newest.newest(limit) { return Array(known) }
        guard let limit, limit <= NewestJobs.least else {
            return try reading { () throws(PortError) in try ports.store.shownJobs(limit: limit) }
        }
        let stored = try reading { () throws(PortError) in
            try ports.store.shownJobs(limit: NewestJobs.least)
        }
        newest.fill(stored)
        return stored.suffix(limit)
    }

    /// Jobs that hold cores, ascending.
    public var running: [JobID] { engine.activeJobs }

    /// The path of the folder with the job's files.
    public func folder(of id: JobID) -> String { JobFolder(root: folders, job: id).path }

    /// Calls `action` once the job has finished, with `horizon` once its energy up to the deadline is known.
    public func whenFinished(
        _ id: JobID, horizon: Bool, _ action: @escaping @Sendable () -> Void
    ) throws(ServiceError) {
        // Whoever is told of an end is told what is durable.
        if unsaved[id] != nil { save(at: now) }
        let stored = try job(id)
        let inEngine = engine.record(id, at: now) != nil
        guard stored.record.finished == nil || (horizon && inEngine) else {
            action()
            return
        }
        waiters[id, default: []].append(Waiter(horizon: horizon, action: action))
    }

    /// What every policy would do with the job if it were submitted now; nothing is done.
    public func forecast(_ submission: JobSubmission) throws(ServiceError) -> Forecast {
        try validate(submission)
        let prior = try prior(of: submission)
        let request = request(for: submission, id: JobID(0))
        let forecast = engine.forecast(request, prior: prior, at: now)
        let names = forecast.plans.keys.sorted {
            ($0 != submission.policy ? 1 : 0, $0) < ($1 != submission.policy ? 1 : 0, $1)
        }
        return Forecast(
            policy: submission.policy, className: submission.className, knownRuns: forecast.knownRuns,
            startsWith: forecast.startsWith, probes: forecast.probes, estimates: forecast.estimates,
            work: forecast.work,
            forecasts: names.compactMap { name in
                forecast.plans[name].map { PolicyForecast(policy: name, plan: $0) }
            }, idlePower: engine.power.idle)
    }

    /// Why the job runs, or ran, at what it does.
    public func explanation(of job: StoredJob) -> Explanation {
        engine.explanation(of: job.record, at: now)
    }

    /// What is known of the machine, after a fresh look at it.
    public func machineReport() throws(ServiceError) -> MachineReport {
        noticeMachine()
        let knobs = try reading { () throws(PortError) in try ports.frequency?.knobs() ?? [] }
        feed(.observed(snapshot()))
        return MachineReport(
            machine: facts.machine, isEmulated: facts.isEmulated,
            frequencySummary: ports.frequency?.summary
                ?? "frequency cannot be chosen on this machine: Pacer chooses cores only",
            containment: ports.executor.containment, energyDomains: ports.meter.domains,
            notes: facts.notes + coreNotes,
            conflicts: lookForRivals(), knobs: knobs, held: engine.held, powerModel: engine.power,
            energy: ports.meter.read(at: now), present: watched.present)
    }

    /// The segments of the event journal, oldest first; `nil` where none is kept.
    public func journalSegments() throws(ServiceError) -> [JournalSegment]? {
        try reading { () throws(PortError) in try ports.journal?.segments() }
    }

    private func request(for submission: JobSubmission, id: JobID) -> JobRequest {
        JobRequest(
            id: id, className: submission.className, submitted: now, deadline: submission.deadline,
            shape: submission.shape, policy: submission.policy, estimate: submission.estimate,
            outputLimit: submission.outputLimit, user: user(of: submission),
            beginsAtOnce: submission.beginsAtOnce, isNeverPaused: submission.isNeverPaused)
    }

    /// Whose a job is where several share the machine.
    private func user(of submission: JobSubmission) -> UserID? {
        ports.runsAsSubmitter ? UserID(Int64(submission.userID)) : nil
    }

    /// What is remembered of a job's class.
    private func prior(of submission: JobSubmission) throws(ServiceError) -> ClassProfile? {
        let key = ClassKey(user: user(of: submission), name: submission.className)
        return try reading { () throws(PortError) in try profile(of: key) }
    }

    /// Refuses what a user would have too many of if all of these were accepted, and what could never run.
    private func checkLimits(of submissions: [JobSubmission]) throws(ServiceError) {
        for (index, submission) in submissions.enumerated() {
            guard let user = user(of: submission), user != .root else { continue }
            try checkWidth(of: submission)
            guard let most = userLimits.queued else { continue }
            let before = submissions[..<index].count { $0.userID == submission.userID }
            let waiting = engine.queuedCount(of: user)
            guard waiting + before >= most else { continue }
            let sentence =
                submissions.count == 1 || waiting >= most
                ? "you have \(waiting) jobs that wait, and may not have more; try again later"
                : "you have \(waiting) jobs that wait, and may have \(most); submit fewer at once"
            throw ServiceError(.quotaExceeded, sentence, details: ["userQueuedLimit": "\(most)"])
        }
    }

    private func checkWidth(of submission: JobSubmission) throws(ServiceError) {
        if case .rigid(let cores) = submission.shape {
            let most = userLimits.cores(of: facts.machine.coreCount)
            guard cores <= most else {
                throw ServiceError(
                    .tooWide, "the job needs \(cores) cores and a user may have \(most) at once")
            }
        }
    }

    private func validate(_ submission: JobSubmission) throws(ServiceError) {
        guard let program = submission.arguments.first, !program.isEmpty else {
            throw ServiceError(.invalid, "there is no command to run; write it after --")
        }
        guard engine.knows(policy: submission.policy) else {
            let names = policies.map(\.name).joined(separator: ", ")
            throw ServiceError(
                .policyNotFound, "there is no policy '\(submission.policy)'; known are \(names)")
        }
        if let deadline = submission.deadline, deadline <= now {
            throw ServiceError(.deadlinePast, "the deadline has passed \(now - deadline) ago")
        }
        if let pattern = submission.progressPattern { try check(progressPattern: pattern) }
        if case .rigid(let cores) = submission.shape {
            guard cores >= 1 else { throw ServiceError(.invalid, "a rigid job needs at least one core") }
            guard cores <= facts.machine.coreCount else {
                throw ServiceError(
                    .tooWide,
                    "the job needs \(cores) cores and the machine has \(facts.machine.coreCount)")
            }
        }
    }

    /// Whoever wrote the pattern is told of a slip in it now, not by a job that cannot be started.
    private func check(progressPattern: String) throws(ServiceError) {
        do throws(PortError) {
            try ports.executor.check(progressPattern: progressPattern)
        } catch {
            throw ServiceError(.invalid, error.description)
        }
    }

    func reading<Value>(_ body: () throws(PortError) -> Value) throws(ServiceError) -> Value {
        do throws(PortError) { return try body() } catch { throw ServiceError(.storage, error.description) }
    }
}
