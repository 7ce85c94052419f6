/// Gives cores and frequencies to all jobs of a machine at once, by one policy.
///
/// Jobs that can keep their deadlines come first, the earliest deadline first; then those that cannot any
/// more, then those without one. Every job is given what its policy thinks cheapest for the speed that brings
/// it to its deadline in time, its average rate (Yao, Demers, Shenker, FOCS 1995). It is planned again
/// whenever something happens.
///
/// - Where there is room for all, a policy that mixes has all malleable jobs end within one *on-time*: the
///   time for which the power that is drawn once is drawn. The one with the least sum of that and of the
///   cores' energy is taken, so that no job keeps the package awake alone and slow.
/// - Where there is not, core-time gets a price, the lowest at which everybody's need fits: narrow and fast
///   is then cheaper than wide and slow. It is a multiplier of the area program of docs/models/bound.md.
/// - Speeds between two options are mixed in time where the policy allows it: the faster one first while
///   there is room, else some jobs at the faster and some at the slower one, so that together they have
///   the cores that they need and none is lost to rounding.
/// - Where no price makes room, and not even in turn all deadlines can be kept, a policy that mixes puts
///   back those that take the most core-time: fewest are late then (Moore, Management Science 15, 1968). It
///   takes those that racing would have lost too, as long as there are such.
/// - Whoever would be alone, and has the time, may wait for others to share what is drawn once.
/// - Who finds too little takes what is left and is given more later, as long as that keeps its deadline;
///   malleable jobs make room for more urgent ones, down to one core, or to none where they may be paused.
///   What is over makes some faster.
public struct JointPlanner: Sendable {
    /// Cores of the machine.
    public let cores: Int
    /// What jobs may be given.
    public var tables: [OptionTable]
    /// The prices of core-time.
    public let ladder: PriceLadder
    let policy: any Policy
    let haste: Double
    let choosesByCost: Bool
    let mixes: Bool
    let patience: Double?
    /// What would have become of the contenders if they had raced.
    public var racing: RacingShadow?
    /// What is expected of jobs that are not planned here.
    public var outlook = Outlook()

    /// Indices of contenders in the order in which they are served.
    private(set) var order: [Int] = []
    /// The first so many of `order` can keep their deadlines and are to.
    private(set) var hopeful = 0
    /// Steps on the ladder that hold for the present plan.
    private(set) var price = 0
    private var share = 0
    /// Seconds in which all should have ended; infinite where that is no aim.
    private var onTime = Double.infinity

    /// Share of its power that shortening the on-time is expected to save: others may come and need the
    /// package anyway.
    static let onTimeWeight = 0.4
    /// Each on-time that is tried is this much of the one before, down to a twelfth.
    static let onTimeStep = 0.88
    static let onTimeTrials = 20
    /// Share of the core-time up to a deadline that those who are here may fill: the rest is for who comes.
    static let fillShare = 0.65

    /// A planner for a machine of `cores` cores.
    public init(cores: Int, tables: [OptionTable], ladder: PriceLadder, policy: any Policy) {
        self.cores = cores
        self.tables = tables
        self.ladder = ladder
        self.policy = policy
        haste = policy.haste
        choosesByCost = policy.choosesByCost
        mixes = policy.mixesOptions
        patience = policy.patience
    }

    /// Plans `contenders`, who are in the order of their deadlines, those without one last in the order in
    /// which they came. Nobody is given more cores than there are.
    ///
    /// - Returns: seconds until it should be planned again though nothing has happened; infinite for never.
    public mutating func plan(_ contenders: inout [Contender]) -> Double {
        line(up: contenders)
        // All who run end the time in which shared power is drawn, so each bears an equal part.
        let running = contenders.count { $0.runs }
        share = PriceLadder.share(nearest: 1 / Double(max(1, running)))
        putOff(&contenders)
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
    /// Finds the lowest price at which everybody can be given what he needs at once, and where that is none,
    /// the on-time.
    private mutating func setPrice(_ contenders: [Contender]) {
        price = 0
        onTime = .infinity
        guard choosesByCost else { return }
        // What keeps its cores to its end had better not take many for a short while of room; whoever is
        // alone bears all of the shared power himself.
        let aims = mixes && contenders.count > 1 && !contenders.contains { $0.isFixed }
        if !aims, !isContended(contenders) { return }
        // Where cores are scarce somebody always runs, so what is shared is drawn whatever a job does.
        share = PriceLadder.shares.count - 1
        guard isContended(contenders) else {
            if aims { setOnTime(contenders) }
            return
        }
        findPrice(contenders)
        if mixes, price == ladder.prices.count - 1, isContended(contenders), putBack(contenders) {
            findPrice(contenders)
        }
    }

    /// The lowest price above zero at which everybody's need fits; the highest one where none is.
    private mutating func findPrice(_ contenders: [Contender]) {
        var low = 0
        var high = ladder.prices.count - 1
        while high - low > 1 {
            price = (low + high) / 2
            if isContended(contenders) { low = price } else { high = price }
        }
        price = high
    }

    /// Puts back jobs without which the others can keep their deadlines: whenever the core-time that is
    /// needed up to a deadline is more than may be filled, the one that needs the most of it of those that
    /// are lost anyway; and of the others where it is more than there is.
    ///
    /// - Returns: whether any was put back.
    private mutating func putBack(_ contenders: [Contender]) -> Bool {
        let lost = racing?.lateOnes() ?? []
        let isLost = contenders.map { $0.id.map(lost.contains) ?? false }
        var kept: [(index: Int, area: Double)] = []
        var back: [Int] = []
        var area = 0.0
        // What runs without being served first keeps cores all the same.
        var capacity = order[hopeful...].reduce(JointPlanner.fillShare * Double(cores)) {
            $0 - Double(contenders[$1].leastHeld)
        }
        for index in order[..<hopeful] {
            let contender = contenders[index]
            let needed = (averageNeed(contender) ?? Double(contender.cores.lowerBound)) * contender.time
            kept.append((index, needed))
            area += needed
            while area > capacity * contender.time, kept.count > 1,
                let largest = kept.indices.max(by: {
                    let (one, other) = (kept[$0], kept[$1])
                    guard isLost[one.index] == isLost[other.index] else { return isLost[other.index] }
                    return one.area < other.area
                }),
                isLost[kept[largest].index] || area > Double(cores) * contender.time
            {
                let taken = kept.remove(at: largest)
                area -= taken.area
                capacity -= Double(contenders[taken.index].leastHeld)
                back.append(taken.index)
            }
        }
        guard !back.isEmpty else { return false }
        order.replaceSubrange(..<hopeful, with: kept.map(\.index) + back.sorted())
        hopeful = kept.count
        return true
    }

    /// The cores that a job needs on average until its deadline; `nil` when none are enough. Where cores are
    /// few and jobs can be paused for each other, it needs them no longer than its work takes; among many
    /// that makes no difference that pays.
    private func averageNeed(_ contender: Contender) -> Double? {
        guard let need = need(contender) else { return nil }
        // A mix fills the time.
        guard cores < JointPlanner.fewCores, policy.preempts, need.isOne else { return need.cores }
        let length = contender.work / tables[contender.table].options[need.option].speed
        return need.cores * min(1, length / max(contender.time, 1e-9))
    }

    /// Whether the jobs that can keep their deadlines need more cores than the others leave them.
    private func isContended(_ contenders: [Contender]) -> Bool {
        var wanted = order[hopeful...].reduce(0.0) { $0 + Double(contenders[$1].leastHeld) }
        for index in order[..<hopeful] {
            // Whoever is about to be late is served first, for a while; no reason to hurry the others.
            wanted += averageNeed(contenders[index]) ?? 0
            if wanted > Double(cores) { return true }
        }
        return false
    }

    /// The cores that a job needs to end in time, those of a mix on average, and the option or the faster one
    /// of two, and whether it is one; `nil` when none is fast enough.
    private func need(_ contender: Contender) -> (cores: Double, option: Int, isOne: Bool)? {
        let table = tables[contender.table]
        let request = request(contender, contender.cores)
        if mixes, !contender.isFixed, let mix = table.mix(request) {
            return (table.cores(of: mix), mix.fast, mix.slow == nil)
        }
        return policy.option(request, of: table).map { (Double(table.options[$0].cores), $0, true) }
    }

    /// What a job needs to end in time.
    func request(_ contender: Contender, _ cores: ClosedRange<Int>) -> OptionRequest {
        var speed = contender.work > 0 ? contender.work / max(contender.time, 1e-9) * haste : 0
        if onTime < .infinity {
            // The fastest option still counts as fast enough when the last digits differ.
            let highest = tables[contender.table].highestSpeed * (1 - 1e-9)
            speed = max(speed, min(contender.work / onTime, highest))
        }
        return OptionRequest(
            speed: speed, cores: cores, priceStep: price, shareStep: share, ladder: ladder)
    }

    // MARK: The on-time

    /// Finds the on-time that costs least, among those in which all have the cores that they need.
    private mutating func setOnTime(_ contenders: [Contender]) {
        var time = 0.0
        for index in order {
            guard let need = need(contenders[index]) else { continue }
            let table = tables[contenders[index].table]
            time = max(time, contenders[index].work / table.options[need.option].speed)
        }
        guard time > 0 else { return }
        var least = Double.infinity
        var best = Double.infinity
        for _ in 0..<JointPlanner.onTimeTrials {
            onTime = time
            guard let cost = onTimeCost(contenders) else { break }
            if cost < least {
                least = cost
                best = time
            }
            time *= JointPlanner.onTimeStep
        }
        onTime = best
    }

    /// Joules of all jobs when they end within the present on-time; `nil` when they do not fit.
    private func onTimeCost(_ contenders: [Contender]) -> Double? {
        var wanted = 0
        var energy = 0.0
        var longest = 0.0
        for (place, index) in order.enumerated() {
            let contender = contenders[index]
            if place >= hopeful, contender.time < .infinity {
                wanted += contender.leastHeld
                continue
            }
            let table = tables[contender.table]
            guard let option = policy.option(request(contender, contender.cores), of: table) else { continue }
            let chosen = table.options[option]
            let length = contender.work / chosen.speed
            wanted += chosen.cores
            guard wanted <= cores else { return nil }
            energy += chosen.corePower * length
            longest = max(longest, length)
        }
        return energy + JointPlanner.onTimeWeight * ladder.sharedPower * longest
    }
}
