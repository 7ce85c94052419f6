/// Gives cores and frequencies to all jobs of a machine at once, by one policy.
///
/// Jobs that can keep their deadlines come first, the earliest deadline first; then those that cannot any
/// more, then those without one. Core-time has a price, and at that price every job takes what its policy
/// thinks cheapest among what is fast enough; who finds no cores left waits. Malleable jobs make room for more
/// urgent ones, down to one core, and get cores back later.
///
/// Prices are found as the critical intervals of Yao, Demers and Shenker (FOCS 1995) are: the lowest price at
/// which, for every deadline, the core-seconds of the jobs due by then fit before it. The jobs up to the
/// deadline for which they only just fit pay that price; what comes after them starts where they end, at a
/// lower one. It is planned again whenever something happens (Optimal Available). The prices are multipliers
/// of the area program of docs/models/bound.md.
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
    private var history = ArrivalHistory()
    private var market = CoreMarket()
    /// Step of the price of core-time now.
    private var price = 0
    private var steps: [Int] = []
    private var worth: [Double] = []
    /// By place: cores held by whoever comes later.
    private var heldLater: [Int] = []
    private var share = 0

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
    public mutating func plan(_ contenders: inout [Contender], at now: Double) {
        line(up: contenders)
        let running = contenders.count { $0.held > 0 }
        share = PriceLadder.share(
            nearest: labMix(history.chanceOfBeingAlone(at: now), max(1, running)))
        setPrices(contenders)
        give(&contenders)
    }

    /// Tells that a job has come, which had better be told before the plan that it is in.
    public mutating func arrived(_ contender: Contender, at now: Double) {
        let table = tables[contender.table]
        let needed = contender.time == .infinity ? 0 : contender.work / max(contender.time, 1e-9)
        let request = OptionRequest(
            speed: needed, cores: contender.cores, priceStep: 0, shareStep: PriceLadder.shares.count - 1,
            ladder: ladder)
        let option = policy.option(request, of: table) ?? policy.sprint(contender.cores, in: table)
        guard let option else { return }
        history.add(at: now, length: contender.work / table.options[option].speed)
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
        heldLater.removeAll(keepingCapacity: true)
        var held = 0
        for index in order.reversed() {
            heldLater.append(held)
            held += contenders[index].held
        }
        heldLater.reverse()
    }
}

// MARK: - The price of core-time

extension JointPlanner {
    /// Finds the lowest price at which everybody can be given what he needs at once.
    private mutating func setPrices(_ contenders: [Contender]) {
        steps.removeAll(keepingCapacity: true)
        price = 0
        guard choosesByCost, hopeful > 0, isContended(contenders) else {
            steps = Array(repeating: 0, count: order.count)
            return
        }
        // Where cores are scarce somebody always runs, so what is shared is drawn whatever a job does.
        share = PriceLadder.shares.count - 1
        if labMode2 == "avr" {
            if isContended(contenders) {
                var low = 0
                var high = ladder.prices.count - 1
                while high - low > 1 {
                    price = (low + high) / 2
                    if isContended(contenders) { low = price } else { high = price }
                }
                price = high
            }
            steps = Array(repeating: price, count: order.count)
            return
        }
        let count = min(hopeful, JointPlanner.depth)
        var highest = ladder.prices.count - 1
        while steps.count < count {
            let first = steps.count
            let base = first > 0 ? max(0, contenders[order[first - 1]].time) : 0
            guard let failing = lastFailing(contenders, first..<count, after: base, price: 0) else { break }
            var low = 0
            var high = highest
            var critical = failing
            while high - low > 1 {
                let middle = (low + high) / 2
                if let failing = lastFailing(contenders, first..<count, after: base, price: middle) {
                    low = middle
                    critical = failing
                } else {
                    high = middle
                }
            }
            for _ in first...critical { steps.append(high) }
            highest = high
        }
        while steps.count < order.count { steps.append(0) }
        price = steps[0]
    }

    /// The last of `places` before whose deadline the jobs due by then do not fit at `price`, counted from
    /// `base` on; `nil` when all of them fit.
    private func lastFailing(
        _ contenders: [Contender], _ places: Range<Int>, after base: Double, price: Int
    ) -> Int? {
        var demand = 0.0
        var failing: Int?
        for place in places {
            let contender = contenders[order[place]]
            let time = contender.time - base
            let table = tables[contender.table]
            let needed = contender.work > 0 ? contender.work * haste / max(time, 1e-9) : 0
            let request = OptionRequest(
                speed: needed, cores: contender.cores, priceStep: price, shareStep: share, ladder: ladder)
            guard let option = policy.option(request, of: table) ?? table.fastest(cores: contender.cores)
            else { continue }
            demand += table.options[option].area * contender.work
            let available = Double(max(1, cores - heldLater[place])) * labEff
            if demand > max(0, time) * available { failing = place }
        }
        return failing
    }

    private func isContended(_ contenders: [Contender]) -> Bool {
        var wanted = heldLater[hopeful - 1]
        for index in order[..<hopeful] {
            let contender = contenders[index]
            let table = tables[contender.table]
            let needed = contender.work > 0 ? contender.work * haste / max(contender.time, 1e-9) : 0
            let request = OptionRequest(
                speed: needed, cores: contender.cores, priceStep: price, shareStep: share, ladder: ladder)
            // Whoever is about to be late is served first, for a while; that is no reason to hurry the others.
            let option = policy.option(request, of: table)
            wanted += option.map { table.options[$0].cores } ?? 0
            if wanted > cores { return true }
        }
        return false
    }
}

// MARK: - Who gets what

extension JointPlanner {
    private mutating func give(_ contenders: inout [Contender]) {
        var left = cores - contenders.reduce(0) { $0 + $1.held }
        // Set once somebody has to wait: when it will start, and how many cores it leaves over then.
        var shadow: (time: Double, extra: Int)?
        // When the first of the more urgent jobs will be over.
        var release = Double.infinity
        for (place, index) in order.enumerated() {
            let contender = contenders[index]
            contenders[index].given = -1
            let available = left + contender.held
            guard available > 0 else {
                // Everything is in use, and whoever waits first has been seen.
                if shadow == nil, contender.isFixed {
                    shadow = reservation(contender, place, contenders, free: left)
                }
                continue
            }
            let isHopeful = place < hopeful
            guard let option = choice(contender, place, available, release: release, isHopeful) else {
                shadow = shadow ?? reservation(contender, place, contenders, free: left)
                continue
            }
            let chosen = tables[contender.table].options[option]
            if contender.held == 0, let waiting = shadow {
                // A malleable job can be shrunk to one core when the cores are needed.
                let needed = contender.isFixed ? chosen.cores : contender.cores.lowerBound
                if contender.work > waiting.time * chosen.speed {
                    guard needed <= waiting.extra else { continue }
                    shadow?.extra -= needed
                }
            }
            contenders[index].given = option
            left = available - chosen.cores
            if isHopeful { release = min(release, contender.work / chosen.speed) }
        }
    }

    /// What a job is given of `available` cores; `nil` when it had better wait.
    private func choice(
        _ contender: Contender, _ place: Int, _ available: Int, release: Double, _ isHopeful: Bool
    ) -> Int? {
        let table = tables[contender.table]
        let least = contender.cores.lowerBound
        guard available >= least else { return nil }
        let range = least...min(contender.cores.upperBound, available)
        let isLate = !isHopeful && contender.time < .infinity
        guard !isLate else { return policy.sprint(range, in: table) }
        let needed = contender.time == .infinity || contender.work == 0
            ? 0 : contender.work / max(contender.time, 1e-9)
        if place < worth.count, !contender.isFixed {
            return traded(contender, range, place, release: release)
        }
        var request = OptionRequest(
            speed: needed * haste, cores: range, priceStep: steps[place], shareStep: share, ladder: ladder)
        if let option = policy.option(request, of: table) { return keeping(contender, option, request) }
        if haste > 1 {
            request.speed = needed
            if let option = policy.option(request, of: table) { return keeping(contender, option, request) }
        }
        // It cannot have what it needs now, and gets it later if that is early enough.
        guard contender.isFixed || !choosesByCost || range.upperBound == contender.cores.upperBound else {
            let now = OptionRequest(
                speed: 0, cores: range, priceStep: price, shareStep: share, ladder: ladder)
            guard let cheap = policy.option(now, of: table) else { return policy.sprint(range, in: table) }
            let done = table.options[cheap].speed * min(release, contender.time)
            let rest = contender.time - release
            return contender.work - done <= table.highestSpeed * rest
                ? keeping(contender, cheap, now) : policy.sprint(range, in: table)
        }
        // What keeps its cores does not begin with too few, unless it will never get more.
        if contender.isFixed, contender.held == 0, choosesByCost,
            range.upperBound < contender.cores.upperBound
        {
            return nil
        }
        return policy.sprint(range, in: table)
    }

    /// What gains a malleable job most at the prices of the market, of what is left of the cores.
    private func traded(
        _ contender: Contender, _ range: ClosedRange<Int>, _ place: Int, release: Double
    ) -> Int? {
        let table = tables[contender.table]
        let request = OptionRequest(
            speed: 0, cores: range, priceStep: price, shareStep: share, ladder: ladder)
        var chosen = table.best(price: price, share: share, worth: worth[place])
        if let option = chosen, !range.contains(table.options[option].cores) {
            chosen = mostProfitable(request, table, worth: worth[place])
        }
        if chosen == nil {
            guard contender.held > 0 || release == .infinity else { return nil }
            // The core that it cannot give back costs nothing more.
            let least = range.lowerBound...range.lowerBound
            let held = OptionRequest(
                speed: 0, cores: least, priceStep: 0, shareStep: share, ladder: ladder)
            chosen = mostProfitable(held, table, worth: worth[place]) ?? policy.option(held, of: table)
        }
        guard let chosen else { return policy.sprint(range, in: table) }
        let time = min(release, contender.time)
        let rest = contender.work - table.options[chosen].speed * time
        if rest > table.highestSpeed * (contender.time - time) { return policy.sprint(range, in: table) }
        guard contender.current >= 0, contender.current != chosen else { return chosen }
        let gain = { (index: Int) in
            let option = table.options[index]
            return (worth[place] - request.cost(of: option)) * option.speed
        }
        let isAllowed = range.contains(table.options[contender.current].cores)
        let lost = gain(chosen) - gain(contender.current)
        let cost = request.cost(of: table.options[chosen]) * table.options[chosen].speed
        return isAllowed && lost <= JointPlanner.inertia * cost ? contender.current : chosen
    }

    private func mostProfitable(_ request: OptionRequest, _ table: OptionTable, worth: Double) -> Int? {
        var best: Int?
        var most = 0.0
        for index in table.range(cores: request.cores) {
            let option = table.options[index]
            let gain = (worth - request.cost(of: option)) * option.speed
            if gain > most {
                most = gain
                best = index
            }
        }
        return best
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

import Glibc
nonisolated(unsafe) var labMode = getenv("MODE").map { String(cString: $0) } ?? "0"
func labMix(_ alone: Double, _ k: Int) -> Double {
    switch labMode {
    case "1": 1 / Double(k)
    case "2": (1 / Double(k)).squareRoot()
    case "3": 1
    case "4": 0
    case "5": max(alone, 0.5 / Double(k))
    default: alone / Double(k)
    }
}

nonisolated(unsafe) var labMode2 = getenv("M2").map { String(cString: $0) } ?? "avr"
nonisolated(unsafe) var labEff = getenv("EFF").map { Double(String(cString: $0))! } ?? 1
