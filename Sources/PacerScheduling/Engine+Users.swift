import PacerPlatform
import PacerUnits

// MARK: - Several users on one machine

extension Engine {
    /// How many jobs of a user wait.
    public func queuedCount(of user: UserID) -> Int { jobs.waitingCount(of: user) }

    /// What a user's jobs hold.
    struct Holding {
        /// Jobs that hold cores.
        var jobs = 0
        /// Cores that they hold or have reserved.
        var cores = 0
    }

    /// What the users' jobs hold; users of whom none does are missing.
    var holdings: [UserID: Holding] {
        var result: [UserID: Holding] = [:]
        for job in jobs.active.compactMap({ jobs[$0] }) {
            guard let user = job.request.user, let allocation = job.state.allocation else { continue }
            result[user, default: Holding()].jobs += 1
            result[user, default: Holding()].cores += allocation.cores.count + job.reserved.count
        }
        return result
    }

    /// The most cores that a job may ever have.
    func coreLimit(of job: ActiveJob) -> Int { coreLimit(of: job.request) }

    /// The same, of a job that was asked for.
    func coreLimit(of request: JobRequest) -> Int {
        let limit = request.coreLimit(available: presentCount)
        guard isLimited(request.user), userLimits.coreShare != nil else { return limit }
        if case .rigid = request.shape { return limit }
        return min(limit, userLimits.cores(of: machine.coreCount))
    }

    /// Cores that a job may have beyond those that its user's jobs, this one included, hold.
    func allowance(of job: ActiveJob) -> Int {
        guard let user = job.request.user, isLimited(user), userLimits.coreShare != nil else {
            return machine.coreCount
        }
        return max(0, userLimits.cores(of: machine.coreCount) - (holdings[user]?.cores ?? 0))
    }

    /// Whether a waiting job waits for its own user's jobs, and not for those of others.
    ///
    /// - Parameter holdings: ``holdings``, for who asks about many jobs at one moment.
    func isHeldBack(_ job: JobRequest, by holdings: @autoclosure () -> [UserID: Holding]) -> Bool {
        guard let user = job.user, isLimited(user) else { return false }
        guard userLimits.running != nil || userLimits.coreShare != nil else { return false }
        let own = holdings()[user] ?? Holding()
        if let most = userLimits.running, own.jobs >= most { return true }
        var needed = 1
        if case .rigid(let cores) = job.shape { needed = cores }
        return userLimits.coreShare != nil && own.cores + needed > userLimits.cores(of: machine.coreCount)
    }

    /// The same, asked about one job.
    func isHeldBack(_ job: JobRequest) -> Bool { isHeldBack(job, by: holdings) }

    /// Whether somebody waits for cores that are free, or will be.
    var isWanted: Bool {
        guard jobs.paused.isEmpty else { return true }
        guard jobs.waitingCount > 0 else { return false }
        let holdings = holdings
        if jobs.firstOfEach(1).contains(where: { !isHeldBack($0, by: holdings) }) { return true }
        // Behind a job that is too wide for its user's share there may be a narrower one.
        return userLimits.coreShare != nil
            && jobs.firstOfEach(Self.depthOfView).contains { !isHeldBack($0, by: holdings) }
    }

    private func isLimited(_ user: UserID?) -> Bool { user != nil && user != .root }

    // MARK: The line

    /// The first `limit` jobs that wait, in the order in which they are served.
    ///
    /// Whoever is among them is among the first `limit` of a user, since a user's own jobs keep their order:
    /// of each user no more than that are looked at.
    func lineUp(_ limit: Int) -> [JobRequest] {
        Array(inOrder(jobs.firstOfEach(limit)).prefix(max(0, limit)))
    }

    /// The first `limit` jobs that wait and `isMeant` takes, of the first `limit` of each user; behind those
    /// whose deadlines have passed as many again, since they are not to keep the others from theirs.
    func foremost(
        _ limit: Int, at now: Instant, where isMeant: (JobRequest) -> Bool = { _ in true }
    ) -> [JobID] {
        let first = inOrder(jobs.firstOfEach(limit).filter(isMeant)).prefix(limit).map { $0 }
        guard queue == .edf, let deadline = first.last?.deadline, deadline < now else {
            return first.map(\.id)
        }
        let start = OrderedLine.Place(rank: now, id: JobID(0))
        let rest = inOrder(jobs.firstOfEach(limit, from: start).filter(isMeant)).prefix(limit)
        return first.map(\.id) + rest.map(\.id)
    }

    private func inOrder(_ requests: [JobRequest]) -> [JobRequest] {
        // A single user's jobs are in order already.
        guard jobs.isOfSeveralUsers else { return requests }
        return queue == .edf ? fairly(requests) : requests.sorted { $0.id < $1.id }
    }

    // MARK: Fairness

    /// Keeps account of the cores that users hold; to be called before anything changes.
    mutating func accountShares(at now: Instant) {
        let holdings = holdings
        guard !holdings.isEmpty || !shares.isEmpty else { return }
        for user in holdings.keys.sorted() where !shares.contains(where: { $0.user == user }) {
            shares.append(UserShare(user: user, at: sharesCounted ?? now))
        }
        for index in shares.indices {
            let cores = holdings[shares[index].user]?.cores ?? 0
            shares[index].add(cores: cores, from: sharesCounted ?? now, to: now)
        }
        shares.removeAll { $0.coreTime == 0 && holdings[$0.user] == nil }
        shares.sort { $0.user < $1.user }
        sharesCounted = shares.isEmpty ? nil : now
    }

    /// Jobs in the order of their urgency; among those of equal deadlines, or of none, users take turns: next
    /// is the one who has had the least core-time lately, with a minute of every core that their jobs hold,
    /// or would by then; among equals the one with the oldest job. A user's own jobs keep their order.
    func fairly(_ waiting: [JobRequest]) -> [JobRequest] {
        let sorted = waiting.sorted { $0.urgency < $1.urgency }
        guard let first = sorted.first, sorted.contains(where: { $0.user != first.user }) else {
            return sorted
        }
        let holdings = holdings
        var result: [JobRequest] = []
        result.reserveCapacity(sorted.count)
        var rest = sorted[...]
        while let first = rest.first {
            let equal = rest.prefix { $0.deadline == first.deadline }
            result += takingTurns(equal, holdings)
            rest = rest.dropFirst(equal.count)
        }
        return result
    }

    private struct Turn {
        /// In seconds, each times its cores.
        var coreTime: Double
        var jobs: [JobRequest]
        var next = 0

        /// What a core counts that is held, or about to be.
        static let held = 60.0

        /// The number of the next job decides last, so that there are no ties.
        var key: (Double, JobID) { (coreTime, jobs[next].id) }
    }

    private func takingTurns(
        _ equal: ArraySlice<JobRequest>, _ holdings: [UserID: Holding]
    ) -> [JobRequest] {
        var turns: [Turn] = []
        var indices: [UserID?: Int] = [:]
        for job in equal {
            let user = job.user
            if let index = indices[user] {
                turns[index].jobs.append(job)
            } else {
                indices[user] = turns.count
                let past = shares.first { $0.user == user }?.coreTime ?? 0
                let present = Double(user.flatMap { holdings[$0]?.cores } ?? 0)
                turns.append(Turn(coreTime: past + Turn.held * present, jobs: [job]))
            }
        }
        guard turns.count > 1 else { return Array(equal) }
        var result: [JobRequest] = []
        while let index = turns.indices.min(by: { turns[$0].key < turns[$1].key }) {
            let job = turns[index].jobs[turns[index].next]
            result.append(job)
            turns[index].next += 1
            turns[index].coreTime += Turn.held * Double(coreLimit(of: job))
            if turns[index].next == turns[index].jobs.count { turns.remove(at: index) }
        }
        return result
    }
}
