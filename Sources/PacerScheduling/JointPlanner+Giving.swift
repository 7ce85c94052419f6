// Who gets what of the cores, once the price of core-time and the on-time are known.

extension JointPlanner {
    /// A configuration is kept while no other saves more than this share of what the work takes.
    static let inertia = 0.02
    /// The last third of the cores is for jobs that are short or urgent, where a running job keeps a core to
    /// its end: what comes next may not be able to wait for one.
    static let openShare = 0.65
    /// Below so many cores none is kept free.
    static let fewCores = 8
    /// Short: less than this share of what the running jobs have left on average.
    static let shortShare = 0.25
    /// Urgent: less than this many times what the job takes at its fastest is left of its time.
    static let urgency = 2.0
    /// A late job runs at least at this share of the highest speed that it could have: the last of it costs
    /// most of the cores, and others would be late for it.
    static let lateShare = 0.35
    /// A job of which less than this share of its time is left until it would have to be at the faster option
    /// of a mix is put there at once; nothing is planned again earlier than that for a mix's sake, either.
    static let leastTurn = 0.05
    /// … or less than this many seconds, in which a change would cost more than it saves.
    static let leastSeconds = 0.5

    /// What is left to give, and whom it has to be left for.
    private struct Remainder {
        /// Cores that nobody has been given.
        var left: Int
        /// Cores of jobs that may be paused, but only for urgent ones.
        var lent: Int
        /// Cores that running jobs keep to their end.
        var held: Int
        /// Set once somebody has to wait: when it will start, and how many cores it leaves over then.
        var shadow: (time: Double, extra: Int)?
        /// When the first of the more urgent jobs will be over.
        var release = Double.infinity
        /// Seconds below which a job is short.
        var shortRun: Double
        /// Seconds until somebody who waits for a core that is kept free becomes urgent, or it is the turn of
        /// another option of a mix.
        var wake = Double.infinity
        /// Cores that jobs with mixes need on average but have not been given.
        var owed = 0.0

        /// Gives away `count` cores: what an urgent job takes beyond what is left is lent.
        mutating func take(_ count: Int) {
            lent += min(0, left - count)
            left = max(0, left - count)
        }
    }

    /// Gives out the cores. Returns when it should be planned again at the latest, in seconds.
    func give(_ contenders: inout [Contender]) -> Double {
        let held = order.indices.reduce(0) { $0 + kept(by: contenders[order[$1]], place: $1) }
        let lent = order.indices.reduce(0) { $0 + self.lent(by: contenders[order[$1]], place: $1) }
        var remainder = Remainder(
            left: cores - held - lent, lent: lent, held: held, shortRun: shortRun(contenders))
        for (place, index) in order.enumerated() {
            let contender = contenders[index]
            let isHopeful = place < hopeful
            let back = min(remainder.lent, self.lent(by: contender, place: place))
            remainder.lent -= back
            let kept = self.kept(by: contender, place: place)
            remainder.left += kept + back
            var available = remainder.left
            if isHopeful {
                let rest = timeUntilUrgent(contender)
                if rest <= 0 { available += remainder.lent }
                if available == 0, rest > 0, policy.preempts { remainder.wake = min(remainder.wake, rest) }
            }
            contenders[index].given = -1
            guard contender.putOff == 0 else {
                remainder.wake = min(remainder.wake, contender.putOff)
                continue
            }
            guard available > 0,
                let option = turn(contender, available, isHopeful, &remainder)
                    ?? choice(contender, available, release: remainder.release, isHopeful)
            else {
                if remainder.shadow == nil, available > 0 || contender.isFixed {
                    remainder.shadow = reservation(contender, place, contenders, free: remainder.left)
                }
                remainder.left -= kept
                continue
            }
            let chosen = tables[contender.table].options[option]
            let length = contender.work / chosen.speed
            if !contender.runs {
                guard mayBegin(contender, chosen, isHopeful, &remainder) else { continue }
                if !contender.isPausable { remainder.held += contender.cores.lowerBound }
            }
            contenders[index].given = option
            remainder.take(chosen.cores)
            if isHopeful { remainder.release = min(remainder.release, length) }
        }
        if choosesByCost, price > 0 { handOut(remainder.left, &contenders) }
        return remainder.wake
    }

    /// The cores that a job keeps in any case: one that may not be paused, or is urgent itself where there is
    /// room for all.
    private func kept(by contender: Contender, place: Int) -> Int {
        guard contender.mayBePaused else { return contender.held }
        return place < hopeful && price == 0 && timeUntilUrgent(contender) <= 0 ? contender.held : 0
    }

    /// The cores that a job keeps unless one that can be in time is urgent: one that is late, or that has
    /// time where there is room for all.
    private func lent(by contender: Contender, place: Int) -> Int {
        guard contender.mayBePaused, contender.time < .infinity, place >= hopeful || price == 0
        else { return 0 }
        return contender.held - kept(by: contender, place: place)
    }

    /// Seconds until a job can no longer wait at ease; less than zero once it cannot.
    private func timeUntilUrgent(_ contender: Contender) -> Double {
        contender.time - JointPlanner.urgency * contender.work / tables[contender.table].highestSpeed
    }

    /// Makes jobs faster by a step where cores are scarce and nevertheless some are left.
    private func handOut(_ count: Int, _ contenders: inout [Contender]) {
        var left = count
        for index in order[..<hopeful] where left > 0 {
            let contender = contenders[index]
            guard contender.given >= 0, !contender.isFixed else { continue }
            let table = tables[contender.table]
            let given = table.options[contender.given]
            let most = min(contender.cores.upperBound, given.cores + left)
            var request = request(contender, contender.cores.lowerBound...most)
            request.speed = given.speed * (1 + 1e-4)
            guard let option = policy.option(request, of: table) else { continue }
            let more = table.options[option].cores - given.cores
            guard more > 0 else { continue }
            contenders[index].given = option
            left -= more
        }
    }

    /// The option of a job's mix whose turn it is; `nil` when it has no mix or finds too little for one.
    ///
    /// Alone or with room for all that is the faster one until the slower one will do. Where cores are scarce
    /// it is the one that brings what all have been given nearest to what they need, and the slower one no
    /// longer than until the faster one is needed to the end.
    private func turn(
        _ contender: Contender, _ available: Int, _ isHopeful: Bool, _ remainder: inout Remainder
    ) -> Int? {
        guard mixes, isHopeful, !contender.isFixed else { return nil }
        let table = tables[contender.table]
        guard let mix = table.mix(request(contender, contender.cores)) else { return nil }
        let fast = table.options[mix.fast]
        guard let slowIndex = mix.slow else { return fast.cores <= available ? mix.fast : nil }
        let slow = table.options[slowIndex]
        let wanted = table.cores(of: mix)
        let time = contender.time
        let least = max(JointPlanner.leastTurn * time, JointPlanner.leastSeconds)
        // By these times it must be at the faster one, or may be at the slower one, to its end.
        let difference = fast.speed - slow.speed
        let untilFast = (fast.speed * time - contender.work) / difference
        let untilSlow = (contender.work - slow.speed * time) / difference
        let owed = remainder.owed + wanted - Double(slow.cores)
        let isSlow =
            untilFast >= least
            && (fast.cores > available || (price > 0 && owed < Double(fast.cores - slow.cores) / 2))
        let chosen = isSlow ? slow : fast
        guard chosen.cores <= available else { return nil }
        remainder.owed += wanted - Double(chosen.cores)
        let rest = isSlow ? untilFast : untilSlow
        // What is faster than its deadline asks may stay so.
        if rest > 0 { remainder.wake = min(remainder.wake, max(rest, least)) }
        return isSlow ? slowIndex : mix.fast
    }

    private func shortRun(_ contenders: [Contender]) -> Double {
        var total = 0.0
        var count = 0
        for contender in contenders where contender.current >= 0 {
            total += contender.work / tables[contender.table].options[contender.current].speed
            count += 1
        }
        return count > 0 ? total / Double(count) * JointPlanner.shortShare : 0
    }

    /// Whether a job that waits may begin with `option`: not on what is kept for others.
    private func mayBegin(
        _ contender: Contender, _ option: JobOption, _ isHopeful: Bool, _ remainder: inout Remainder
    ) -> Bool {
        let length = contender.work / option.speed
        if cores >= JointPlanner.fewCores, choosesByCost, isHopeful,
            !contender.isFixed, !contender.isPausable, length > remainder.shortRun,
            Double(remainder.held + contender.cores.lowerBound) > JointPlanner.openShare * Double(cores)
        {
            let rest = timeUntilUrgent(contender)
            if rest > 0 {
                remainder.wake = min(remainder.wake, rest)
                return false
            }
        }
        guard let waiting = remainder.shadow, length > waiting.time else { return true }
        // A malleable job can be shrunk to one core when the cores are needed.
        let needed = contender.isFixed ? option.cores : contender.cores.lowerBound
        guard needed <= waiting.extra else { return false }
        remainder.shadow?.extra -= needed
        return true
    }

    /// What a job is given of `available` cores; `nil` when it had better wait.
    private func choice(
        _ contender: Contender, _ available: Int, release: Double, _ isHopeful: Bool
    ) -> Int? {
        let table = tables[contender.table]
        let least = contender.cores.lowerBound
        guard available >= least else { return nil }
        let range = least...min(contender.cores.upperBound, available)
        let isLate = !isHopeful && contender.time < .infinity
        guard !isLate else { return hurry(contender, range) }
        var request = request(contender, range)
        if let option = policy.option(request, of: table) { return keeping(contender, option, request) }
        if haste > 1 {
            request.speed /= haste
            if let option = policy.option(request, of: table) { return keeping(contender, option, request) }
        }
        // It cannot have what it needs now.
        let couldHaveMore = range.upperBound < contender.cores.upperBound && choosesByCost
        guard couldHaveMore else { return policy.sprint(range, in: table) }
        // What keeps its cores does not begin with too few.
        guard !contender.isFixed else { return contender.held > 0 ? policy.sprint(range, in: table) : nil }
        // It is given more when the next one ends, if that is early enough.
        request.speed = 0
        guard let cheap = policy.option(request, of: table) else { return policy.sprint(range, in: table) }
        let wait = min(release, contender.time)
        let rest = contender.work - table.options[cheap].speed * wait
        return rest <= table.highestSpeed * (contender.time - wait)
            ? keeping(contender, cheap, request) : policy.sprint(range, in: table)
    }

    /// What a job that is late is given.
    private func hurry(_ contender: Contender, _ range: ClosedRange<Int>) -> Int? {
        let table = tables[contender.table]
        guard let fastest = policy.sprint(range, in: table) else { return nil }
        // Whoever is alone takes nothing from anybody.
        guard choosesByCost, !contender.isFixed, order.count > 1 else { return fastest }
        var request = request(contender, range)
        request.speed = table.options[fastest].speed * JointPlanner.lateShare
        return policy.option(request, of: table) ?? fastest
    }

    /// The present option where `best` saves too little to change.
    private func keeping(_ contender: Contender, _ best: Int, _ request: OptionRequest) -> Int {
        guard choosesByCost, contender.current >= 0, best != contender.current else { return best }
        let options = tables[contender.table].options
        let current = options[contender.current]
        let isEnough = request.cores.contains(current.cores) && current.speed >= request.speed
        let saved = request.cost(of: current) - request.cost(of: options[best])
        return isEnough && saved <= request.cost(of: current) * JointPlanner.inertia
            ? contender.current : best
    }

    /// When the cores that a waiting job needs will be free, as far as is known, and what is left over then.
    private func reservation(
        _ contender: Contender, _ place: Int, _ contenders: [Contender], free: Int
    ) -> (time: Double, extra: Int)? {
        let needed = contender.cores.lowerBound
        var available = free
        let ends = order[..<place].compactMap { index -> (time: Double, cores: Int)? in
            let other = contenders[index]
            guard other.given >= 0 else { return nil }
            let option = tables[other.table].options[other.given]
            return (other.work / option.speed, option.cores)
        }.sorted { $0.time < $1.time }
        for end in ends {
            available += end.cores
            if available >= needed { return (end.time, available - needed) }
        }
        return nil
    }
}

extension OptionTable {
    /// Cores that a mix takes on average.
    func cores(of mix: OptionMix) -> Double {
        let fast = Double(options[mix.fast].cores)
        guard let slow = mix.slow else { return fast }
        return fast - (1 - mix.part) * (fast - Double(options[slow].cores))
    }
}
