/// Gives cores and frequencies to all jobs of a machine at once, by one policy.
///
/// Jobs that can keep their deadlines come first, the earliest deadline first; then those that cannot any
/// more, then those without one. Every job is given what its policy thinks cheapest among what ends in time.
/// Where that is more than there is, core-time gets a price, the lowest at which everybody's need fits: narrow
/// and fast is then cheaper than wide and slow. Who still finds too little takes what is left and is given
/// more later, as long as that keeps its deadline; malleable jobs make room for more urgent ones, down to one
/// core. It is planned again whenever something happens (Yao, Demers, Shenker, FOCS 1995: average rate, and
/// optimal available). The price is a multiplier of the area program of docs/models/bound.md.
public struct JointPlanner: Sendable {
    /// Cores of the machine.
    public let cores: Int
    /// What jobs may be given.
    public var tables: [OptionTable]
    /// The prices of core-time.
    public let ladder: PriceLadder
    private let policy: any Policy
    private let haste: Double
    private let choosesByCost: Bool

    /// Indices of contenders in the order in which they are served.
    private var order: [Int] = []
    /// The first so many of `order` can keep their deadlines.
    private var hopeful = 0
    /// Steps on the ladder that hold for the present plan.
    private var price = 0
    private var share = 0

    /// A configuration is kept while no other saves more than this share of what the work takes.
    static let inertia = 0.02
    /// The last quarter of the cores is for jobs that are short or urgent: a running job keeps a core to its
    /// end, and what comes next may not be able to wait for one.
    static let openShare = 0.75
    /// Below so many cores none is kept free.
    static let fewCores = 8
    /// Short: less than this share of what the running jobs have left on average.
    static let shortShare = 0.25
    /// Urgent: less than this many times what the job takes at its fastest is left of its time.
    static let urgency = 2.0

    /// A planner for a machine of `cores` cores.
    public init(cores: Int, tables: [OptionTable], ladder: PriceLadder, policy: any Policy) {
        self.cores = cores
        self.tables = tables
        self.ladder = ladder
        self.policy = policy
        haste = policy.haste
        choosesByCost = policy.choosesByCost
    }

    /// Plans `contenders`, who are in the order of their deadlines, those without one last in the order in
    /// which they came. Nobody is given more cores than there are.
    ///
    /// - Returns: seconds until somebody who waits for a core that is kept free becomes urgent; infinite when
    ///   nobody does.
    public mutating func plan(_ contenders: inout [Contender]) -> Double {
        line(up: contenders)
        // All who run end the time in which shared power is drawn, so each bears an equal part.
        let running = contenders.count { $0.held > 0 }
        share = PriceLadder.share(nearest: 1 / Double(max(1, running)))
        setPrice(contenders)
        return give(&contenders)
    }

    /// Who can still keep a deadline, then who cannot, then who has none.
    private mutating func line(up contenders: [Contender]) {
        order.removeAll(keepingCapacity: true)
        var late: [Int] = []
        var free: [Int] = []
        for (index, contender) in contenders.enumerated() {
            if contender.time == .infinity {
                free.append(index)
            } else if contender.work > contender.limit * tables[contender.table].highestSpeed {
                late.append(index)
            } else {
                order.append(index)
            }
        }
        hopeful = order.count
        order += late
        order += free
    }
}

// MARK: - The price of core-time

extension JointPlanner {
    /// Finds the lowest price at which everybody can be given what he needs at once.
    private mutating func setPrice(_ contenders: [Contender]) {
        price = 0
        guard choosesByCost, isContended(contenders) else { return }
        // Where cores are scarce somebody always runs, so what is shared is drawn whatever a job does.
        share = PriceLadder.shares.count - 1
        guard isContended(contenders) else { return }
        var low = 0
        var high = ladder.prices.count - 1
        while high - low > 1 {
            price = (low + high) / 2
            if isContended(contenders) { low = price } else { high = price }
        }
        price = high
    }

    /// Whether the jobs that can keep their deadlines need more cores than the others leave them.
    private func isContended(_ contenders: [Contender]) -> Bool {
        var wanted = order[hopeful...].reduce(0) { $0 + contenders[$1].held }
        for index in order[..<hopeful] {
            let contender = contenders[index]
            let table = tables[contender.table]
            // Whoever is about to be late is served first, for a while; that is no reason to hurry the others.
            guard let option = policy.option(request(contender, contender.cores), of: table) else { continue }
            wanted += table.options[option].cores
            if wanted > cores { return true }
        }
        return false
    }

    /// What a job needs to end in time.
    private func request(_ contender: Contender, _ cores: ClosedRange<Int>) -> OptionRequest {
        let needed = contender.work > 0 ? contender.work / max(contender.time, 1e-9) : 0
        return OptionRequest(
            speed: needed * haste, cores: cores, priceStep: price, shareStep: share, ladder: ladder)
    }
}

// MARK: - Who gets what

extension JointPlanner {
    /// What is left to give, and whom it has to be left for.
    private struct Remainder {
        /// Cores that nobody has been given.
        var left: Int
        /// Cores that running jobs keep to their end.
        var held: Int
        /// Set once somebody has to wait: when it will start, and how many cores it leaves over then.
        var shadow: (time: Double, extra: Int)?
        /// When the first of the more urgent jobs will be over.
        var release = Double.infinity
        /// Seconds below which a job is short.
        var shortRun: Double
        /// Seconds until somebody who waits for a core that is kept free becomes urgent.
        var wake = Double.infinity
    }

    private mutating func give(_ contenders: inout [Contender]) -> Double {
        let held = contenders.reduce(0) { $0 + $1.held }
        var remainder = Remainder(left: cores - held, held: held, shortRun: shortRun(contenders))
        for (place, index) in order.enumerated() {
            let contender = contenders[index]
            let isHopeful = place < hopeful
            let available = remainder.left + contender.held
            contenders[index].given = -1
            guard available > 0,
                let option = choice(contender, available, release: remainder.release, isHopeful)
            else {
                if remainder.shadow == nil, available > 0 || contender.isFixed {
                    remainder.shadow = reservation(contender, place, contenders, free: remainder.left)
                }
                continue
            }
            let chosen = tables[contender.table].options[option]
            let length = contender.work / chosen.speed
            if contender.held == 0 {
                guard mayBegin(contender, chosen, isHopeful, &remainder) else { continue }
                remainder.held += contender.cores.lowerBound
            }
            contenders[index].given = option
            remainder.left = available - chosen.cores
            if isHopeful { remainder.release = min(remainder.release, length) }
        }
        return remainder.wake
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
        if cores >= JointPlanner.fewCores, choosesByCost, isHopeful, !contender.isFixed,
            length > remainder.shortRun,
            Double(remainder.held + contender.cores.lowerBound) > JointPlanner.openShare * Double(cores)
        {
            let shortest = contender.work / tables[contender.table].highestSpeed
            let rest = contender.time - JointPlanner.urgency * shortest
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
        guard !isLate else { return policy.sprint(range, in: table) }
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
