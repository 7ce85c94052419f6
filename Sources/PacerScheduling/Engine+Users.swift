import PacerPlatform
import PacerUnits

// MARK: - Several users on one machine

extension Engine {
    /// How many jobs of a user wait.
    public func queuedCount(of user: UserID) -> Int {
        jobs.values.count { $0.isQueued && $0.request.user == user }
    }

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
        for job in jobs.values {  // order does not matter: whole numbers are added
            guard let user = job.request.user, let allocation = job.state.allocation else { continue }
            result[user, default: Holding()].jobs += 1
            result[user, default: Holding()].cores += allocation.cores.count + job.reserved.count
        }
        return result
    }

    /// The most cores that a job may ever have.
    func coreLimit(of job: ActiveJob) -> Int {
        let limit = job.coreLimit(available: machine.coreCount)
        guard isLimited(job.request.user), userLimits.coreShare != nil else { return limit }
        if case .rigid = job.request.shape { return limit }
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
    func isHeldBack(_ job: ActiveJob, by holdings: @autoclosure () -> [UserID: Holding]) -> Bool {
        guard let user = job.request.user, isLimited(user) else { return false }
        guard userLimits.running != nil || userLimits.coreShare != nil else { return false }
        let own = holdings()[user] ?? Holding()
        if let most = userLimits.running, own.jobs >= most { return true }
        var needed = 1
        if case .rigid(let cores) = job.request.shape { needed = cores }
        return userLimits.coreShare != nil && own.cores + needed > userLimits.cores(of: machine.coreCount)
    }

    /// The same, asked about one job.
    func isHeldBack(_ job: ActiveJob) -> Bool { isHeldBack(job, by: holdings) }

    /// Whether somebody waits for cores that are free, or will be.
    var isWanted: Bool {
        let holdings = holdings
        return jobs.values.contains { $0.isQueued && !isHeldBack($0, by: holdings) }
    }

    private func isLimited(_ user: UserID?) -> Bool { user != nil && user != .root }

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
    func fairly(_ waiting: [ActiveJob]) -> [ActiveJob] {
        let sorted = waiting.sorted { $0.urgency < $1.urgency }
        guard let first = sorted.first, sorted.contains(where: { $0.request.user != first.request.user })
        else {
            return sorted
        }
        let holdings = holdings
        var result: [ActiveJob] = []
        result.reserveCapacity(sorted.count)
        var rest = sorted[...]
        while let first = rest.first {
            let equal = rest.prefix { $0.request.deadline == first.request.deadline }
            result += takingTurns(equal, holdings)
            rest = rest.dropFirst(equal.count)
        }
        return result
    }

    private struct Turn {
        /// In seconds, each times its cores.
        var coreTime: Double
        var jobs: [ActiveJob]
        var next = 0

        /// What a core counts that is held, or about to be.
        static let held = 60.0

        /// The number of the next job decides last, so that there are no ties.
        var key: (Double, JobID) { (coreTime, jobs[next].id) }
    }

    private func takingTurns(
        _ equal: ArraySlice<ActiveJob>, _ holdings: [UserID: Holding]
    ) -> [ActiveJob] {
        var turns: [Turn] = []
        var indices: [UserID?: Int] = [:]
        for job in equal {
            let user = job.request.user
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
        var result: [ActiveJob] = []
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
