public import PacerUnits

/// A lower bound from prices: a price for each job's work is all that it takes, and any prices give a valid
/// one. Derivation: docs/models/bound.md.
public struct LagrangianBound: Sendable {
    /// How much may be spent on finding good prices.
    public struct Effort: Sendable {
        /// Pairs of a job and a block in which it can run; beyond them, the jobs with the most blocks get
        /// prices that keep them out of every block.
        public var pairs: Int
        /// Pairs that are looked at in all evaluations together.
        public var pairEvaluations: Int
        /// Evaluations at most.
        public var evaluations: Int

        /// An effort of these limits.
        public init(pairs: Int, pairEvaluations: Int, evaluations: Int) {
            self.pairs = pairs
            self.pairEvaluations = pairEvaluations
            self.evaluations = evaluations
        }

        /// What takes one to eight seconds for a thousand jobs, and a minute for a hundred thousand.
        public static func usual(jobs: Int) -> Effort {
            let all = 60_000_000 + 4000 * jobs
            return Effort(pairs: max(1_200_000, all / 60), pairEvaluations: all, evaluations: 400)
        }
    }

    /// The bound on the energy of the machine over its horizon, idle power included: dual value of the area
    /// program at ``prices``.
    public let areaBound: Joules
    /// The same prices in the column program, which is at least as high; `nil` when it would have taken too
    /// long.
    public let columnBound: Joules?
    /// Joules per unit of each job's work.
    public let prices: [Double]
    /// Jobs that were kept out of the blocks.
    public let simplified: Int
    /// Evaluations that it took.
    public let evaluations: Int

    /// The better of the two.
    public var bound: Joules { max(areaBound, columnBound ?? areaBound) }
}

extension LagrangianBound {
    /// A bound for `problem`, whose jobs are all reachable.
    ///
    /// - Parameter effort: ``Effort/usual(jobs:)`` when `nil`.
    public init(_ problem: BoundProblem, effort: Effort? = nil) {
        let effort = effort ?? .usual(jobs: problem.jobs.count)
        let flat = problem.tables.map(FlatOptions.init)
        let (near, far) = LagrangianBound.split(problem, pairs: effort.pairs)
        let blocks = BoundBlocks(problem, chosen: near)
        // Prices of cores that keep far jobs away: none, what pays for the uncore, what fills the machine.
        var floors = far.count * 5 < problem.jobs.count ? [0.0] : []
        if !far.isEmpty {
            floors.append(problem.machine.uncore.value / Double(problem.machine.cores))
            floors.append(LagrangianBound.constantPrice(problem, flat))
        }
        var best: LagrangianBound?
        for floor in floors {
            let trial = LagrangianBound(
                problem, flat, near: near, far: far, blocks: blocks, floor: floor, effort: effort,
                share: floors.count)
            if trial.bound > best?.bound ?? Joules(-.infinity) { best = trial }
        }
        self = best ?? LagrangianBound(idle: problem.machine.idleEnergy)
    }

    private init(idle: Joules) {
        (areaBound, columnBound, prices, simplified, evaluations) = (idle, nil, [], 0, 0)
    }

    private init(
        _ problem: BoundProblem, _ flat: [FlatOptions], near: [Int], far: [Int], blocks: BoundBlocks,
        floor: Double, effort: Effort, share: Int
    ) {
        let start = LagrangianBound.startingPrices(problem, flat, near, floor: floor)
        var function = SmoothedDual(
            problem: problem, flat: flat, chosen: near, blocks: blocks, leastCorePrice: floor,
            scales: start.scales)
        var ascent = PriceAscent(from: start.prices, least: start.least, most: start.most)
        let affordable = effort.pairEvaluations / share / max(1, blocks.members.count)
        let limit = min(effort.evaluations, max(8, affordable))
        for softness in [0.3, 0.1, 0.03, 0.01, 0.003] {
            ascent.climb(&function, softness: softness, limit: limit / 5, tolerance: softness * 1e-3)
        }
        var all = Array(repeating: 0.0, count: problem.jobs.count)
        for (position, job) in near.enumerated() { all[job] = ascent.best.prices[position] }
        var rest = 0.0
        for job in far {
            all[job] = flat[problem.jobs[job].table].leastCost(corePrice: floor)
            rest += all[job] * problem.jobs[job].work
        }
        rest -= LagrangianBound.floorCost(problem, blocks: blocks, far: far, floor: floor)
        let dual = DualValue(problem, chosen: near, blocks: blocks, leastCorePrice: floor)
        let area = max(ascent.best.bound, dual.value(at: ascent.best.prices, sharing: .area))
        areaBound = problem.machine.idleEnergy + Joules(area + rest)
        // Far jobs stay away because of a price of cores by area, which whole options know nothing of.
        let affordsColumns =
            far.isEmpty
            && blocks.members.count * problem.machine.cores * problem.machine.cores / 4
                <= effort.pairEvaluations
        columnBound =
            affordsColumns
            ? problem.machine.idleEnergy
                + Joules(dual.value(at: ascent.best.prices, sharing: .columns) + rest)
            : nil
        prices = all
        simplified = far.count
        evaluations = ascent.evaluations
    }

    // MARK: Jobs that are in too many blocks

    /// The jobs to treat block by block, and those that are in too many for it; both ascending.
    private static func split(_ problem: BoundProblem, pairs limit: Int) -> (near: [Int], far: [Int]) {
        let all = Array(problem.jobs.indices)
        let cuts = BoundBlocks.cuts(problem, chosen: all)
        let counts = all.map { job in
            BoundBlocks.position(of: problem.jobs[job].deadline.value, in: cuts)
                - BoundBlocks.position(of: problem.jobs[job].release.value, in: cuts)
        }
        var total = counts.reduce(0, +)
        guard total > limit else { return (all, []) }
        var isFar = Array(repeating: false, count: all.count)
        for job in all.sorted(by: { (counts[$0], $0) > (counts[$1], $1) }) where total > limit {
            isFar[job] = true
            total -= counts[job]
        }
        return (all.filter { !isFar[$0] }, all.filter { isFar[$0] })
    }

    /// What a core price of at least `floor` costs in the time in which only far jobs can run.
    private static func floorCost(
        _ problem: BoundProblem, blocks: BoundBlocks, far: [Int], floor: Double
    ) -> Double {
        guard !far.isEmpty else { return 0 }
        let perSecond = Double(problem.machine.cores) * floor - problem.machine.uncore.value
        guard perSecond > 0 else { return 0 }
        let first = problem.jobs.map(\.release.value).min() ?? 0
        let last = problem.jobs.map(\.deadline.value).max() ?? 0
        return perSecond * max(0, last - first - blocks.lengths.reduce(0, +))
    }

    /// The one price of a core for all time that gives the highest bound by itself: the work at its least
    /// cost, less what the cores are worth. Concave in the price, so a search by thirds finds the top.
    private static func constantPrice(_ problem: BoundProblem, _ flat: [FlatOptions]) -> Double {
        var work = Array(repeating: 0.0, count: flat.count)
        for job in problem.jobs { work[job.table] += job.work }
        let span =
            (problem.jobs.map(\.deadline.value).max() ?? 0) - (problem.jobs.map(\.release.value).min() ?? 0)
        let cores = Double(problem.machine.cores)
        func value(_ price: Double) -> Double {
            var sum = -max(0, cores * price - problem.machine.uncore.value) * span
            for table in flat.indices where work[table] > 0 {
                sum += work[table] * flat[table].leastCost(corePrice: price)
            }
            return sum
        }
        var (low, high) = (0.0, 1.0)
        while value(high * 2) > value(high), high < 1e9 { high *= 2 }
        high *= 2
        for _ in 0..<60 {
            let (left, right) = (low + (high - low) / 3, high - (high - low) / 3)
            if value(left) < value(right) { low = left } else { high = right }
        }
        return 0.5 * (low + high)
    }

    // MARK: Where the climb starts

    /// Prices of jobs that are alone on the machine, each with a core's part of the uncore power; the limits
    /// that prices are kept in; and what each job earns there in W, the measure of its rounding.
    private static func startingPrices(
        _ problem: BoundProblem, _ flat: [FlatOptions], _ chosen: [Int], floor: Double
    ) -> (prices: [Double], least: [Double], most: [Double], scales: [Double]) {
        let share = max(floor, problem.machine.uncore.value / Double(problem.machine.cores))
        let lowest = flat.map { $0.leastCost(corePrice: floor) }
        let usual = flat.map { $0.leastCost(corePrice: share) }
        let highest = flat.map { $0.highestMarginalCost(corePrice: share) }
        var prices: [Double] = []
        for job in chosen.map({ problem.jobs[$0] }) {
            let needed = job.work / job.window.value
            var (low, high) = (usual[job.table], highest[job.table])
            if flat[job.table].bestRate(price: low * 1.001, corePrice: share) < needed {
                for _ in 0..<24 {
                    let middle = 0.5 * (low + high)
                    if flat[job.table].bestRate(price: middle, corePrice: share) < needed {
                        low = middle
                    } else {
                        high = middle
                    }
                }
                prices.append(high)
            } else {
                prices.append(low * 1.001)
            }
        }
        let tables = chosen.map { problem.jobs[$0].table }
        let scales = zip(prices, tables).map { price, table in
            max(price * flat[table].bestRate(price: price, corePrice: share), 1e-9)
        }
        let most = tables.map { max(highest[$0], usual[$0]) * 1000 }
        return (prices, tables.map { lowest[$0] }, most, scales)
    }
}

/// The dual function of the area or the column program, exactly, at prices of the jobs' work.
struct DualValue {
    let problem: BoundProblem
    let chosen: [Int]
    let blocks: BoundBlocks
    let leastCorePrice: Double

    init(_ problem: BoundProblem, chosen: [Int], blocks: BoundBlocks, leastCorePrice: Double = 0) {
        self.problem = problem
        self.chosen = chosen
        self.blocks = blocks
        self.leastCorePrice = leastCorePrice
    }

    /// In joules, without idle energy: a valid bound whatever the prices are.
    func value(at prices: [Double], sharing: CoreSharing) -> Double {
        var oracle = BlockOracle(
            problem: problem, sharing: sharing, chosen: chosen, blocks: blocks, leastCorePrice: leastCorePrice
        )
        oracle.setPrices(prices)
        var value = 0.0
        for (position, job) in chosen.enumerated() { value += prices[position] * problem.jobs[job].work }
        for block in 0..<blocks.count {
            let surplus = oracle.best(in: block).profit - problem.machine.uncore.value
            if surplus > 0 { value -= blocks.lengths[block] * surplus }
        }
        return value
    }
}
