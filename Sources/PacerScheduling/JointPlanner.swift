/// Gives cores and frequencies to all jobs of a machine at once, by one policy.
///
/// Jobs that can keep their deadlines come first, the earliest deadline first; then those that cannot any
/// more, then those without one. Core-time has a price: the lowest at which an EDF list schedule of the known
/// jobs keeps every deadline that can be kept. At that price every job takes what its policy thinks cheapest
/// among what is fast enough; who finds no cores left waits. This is the area relaxation of
/// docs/models/bound.md with one price instead of one for every interval, planned again whenever something
/// happens (Optimal Available; Yao, Demers, Shenker, FOCS 1995).
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

    private var order: [Int] = []
    /// The first so many of `order` can keep their deadlines.
    private var hopeful = 0
    private var timeline = CoreTimeline()
    private var price = 0
    private var share = 0
    /// Cores that nobody has been given yet, now.
    private var left = 0
    /// Set once somebody has to wait: when it will start, and how many cores it leaves over then.
    private var shadow: (time: Double, extra: Int)?

    /// Deadlines beyond this many jobs are too far ahead to tell the price of cores now.
    static let depth = 256
    /// A configuration is kept while no other saves more than this share of what the work takes.
    static let inertia = 0.02

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
    public mutating func plan(_ contenders: inout [Contender]) {
        line(up: contenders)
        share = ladder.share(amongst: contenders.count { $0.held > 0 })
        price = 0
        if attempt(&contenders) || !choosesByCost { return }
        var low = 0
        var high = ladder.prices.count - 1
        while high - low > 1 {
            price = (low + high) / 2
            if attempt(&contenders) { high = price } else { low = price }
        }
        price = high
        _ = attempt(&contenders)
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

    // MARK: One price

    /// Gives out the cores at the present price; returns whether every deadline that can be kept is kept.
    private mutating func attempt(_ contenders: inout [Contender]) -> Bool {
        left = cores
        for contender in contenders { left -= contender.held }
        timeline.reset(free: left)
        shadow = nil
        var keepsAll = true
        for (place, index) in order.enumerated() {
            let contender = contenders[index]
            let isHopeful = place < hopeful
            if contender.held > 0 {
                let given = goOn(contender, isHopeful)
                contenders[index].given = given.option
                keepsAll = keepsAll && (given.isInTime || !isHopeful)
            } else if left > 0 || (isHopeful && place < JointPlanner.depth && choosesByCost) {
                let given = begin(contender, isHopeful)
                contenders[index].given = given.option
                keepsAll = keepsAll && (given.isInTime || !isHopeful)
            } else {
                contenders[index].given = -1
            }
        }
        return keepsAll
    }

    private typealias Choice = (option: Int, isInTime: Bool)

    /// A job that runs: it keeps at least what it holds.
    private mutating func goOn(_ contender: Contender, _ isHopeful: Bool) -> Choice {
        let available = left + contender.held
        let range = contender.cores.lowerBound...min(contender.cores.upperBound, available)
        let (option, isInTime) = choose(contender, range, within: contender.time, isHopeful)
        guard let option else { return (contender.current, isInTime) }
        let chosen = tables[contender.table].options[option]
        timeline.take(chosen.cores - contender.held)
        timeline.release(chosen.cores, at: contender.work / chosen.speed)
        left = available - chosen.cores
        return (option, isInTime)
    }

    /// A job that waits: it begins now if it can be given what it needs, or gains by beginning with less.
    private mutating func begin(_ contender: Contender, _ isHopeful: Bool) -> Choice {
        let table = tables[contender.table]
        let least = contender.cores.lowerBound
        if left >= least {
            let range = least...min(contender.cores.upperBound, left)
            let (option, isInTime) = choose(contender, range, within: contender.time, isHopeful)
            // What keeps its cores does not begin with too few, unless it will never get more.
            let isEnough =
                isInTime || !isHopeful || !contender.isFixed || range.upperBound == contender.cores.upperBound
            if let option, isEnough {
                let chosen = table.options[option]
                if mayOvertake(contender, chosen) {
                    if isInTime || !isHopeful {
                        timeline.take(chosen.cores)
                        timeline.release(chosen.cores, at: contender.work / chosen.speed)
                        left -= chosen.cores
                        return (option, isInTime)
                    }
                    // More cores are needed than there are: it takes these and gets the others later.
                    let isInTimeLater = wait(contender)
                    left -= chosen.cores
                    return (option, isInTimeLater)
                }
            }
        }
        return (-1, isHopeful ? wait(contender) : false)
    }

    /// Whether beginning now with `option` leaves whoever waits already its cores.
    private mutating func mayOvertake(_ contender: Contender, _ option: Option) -> Bool {
        guard let waiting = shadow else { return true }
        if contender.work <= waiting.time * option.speed { return true }
        // A malleable job can be shrunk to one core then.
        let needed = contender.isFixed ? option.cores : contender.cores.lowerBound
        guard needed <= waiting.extra else { return false }
        shadow?.extra -= needed
        return true
    }

    /// Books the cores that a job will get as soon as they are free; returns whether it then is in time.
    private mutating func wait(_ contender: Contender) -> Bool {
        let table = tables[contender.table]
        var start = 0.0
        for _ in 0..<3 {
            let time = contender.time - start
            let (option, isInTime) = choose(contender, contender.cores, within: time, true)
            guard let option, isInTime else { break }
            let chosen = table.options[option]
            guard let (earliest, extra) = timeline.earliest(chosen.cores) else { break }
            if earliest + contender.work / chosen.speed <= contender.time {
                block(until: earliest, extra)
                timeline.take(chosen.cores)
                timeline.release(chosen.cores, at: earliest + contender.work / chosen.speed)
                return true
            }
            guard earliest > start else { break }
            start = earliest
        }
        let least = contender.cores.lowerBound
        if let (earliest, extra) = timeline.earliest(least) { block(until: earliest, extra) }
        return false
    }

    private mutating func block(until time: Double, _ extra: Int) {
        if shadow == nil, time > 0 { shadow = (time, extra) }
    }

    // MARK: One job

    /// What a job takes of `range`: the cheapest that ends within `time`, else the fastest.
    private func choose(
        _ contender: Contender, _ range: ClosedRange<Int>, within time: Double, _ isHopeful: Bool
    ) -> (option: Int?, isInTime: Bool) {
        let table = tables[contender.table]
        let hasDeadline = contender.time < .infinity
        guard isHopeful || !hasDeadline else {
            return (policy.sprint(range, in: table), false)
        }
        let needed = hasDeadline && contender.work > 0 ? contender.work / max(time, 1e-9) : 0
        var request = OptionRequest(
            speed: needed * haste, cores: range, priceStep: price, shareStep: share, ladder: ladder)
        var best = policy.option(request, of: table)
        if best == nil, haste > 1 {
            request.speed = needed
            best = policy.option(request, of: table)
        }
        guard let best else { return (policy.sprint(range, in: table), false) }
        let isInTime = table.options[best].speed >= needed
        guard choosesByCost, isInTime, contender.current >= 0, best != contender.current else {
            return (best, isInTime)
        }
        let current = table.options[contender.current]
        if range.contains(current.cores), current.speed >= request.speed,
            request.cost(of: current) <= request.cost(of: table.options[best]) * (1 + JointPlanner.inertia)
        {
            return (contender.current, true)
        }
        return (best, isInTime)
    }
}
