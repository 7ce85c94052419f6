import PacerUnits

/// How the cores of a machine can be shared among jobs at one time.
public enum CoreSharing: String, Hashable, Sendable {
    /// By area: on average over a block no more cores than there are. The area program.
    case area
    /// At every moment whole options that fit. The column program.
    case columns
}

/// What a machine does in a block that is best at given prices of the jobs' work.
struct BlockPoint {
    /// What a job does of its work per second.
    struct Share {
        /// Index among the jobs that the oracle was made for.
        var job: Int
        /// Work per second, the mean of one or two options.
        var rate: Double
    }

    /// What the jobs earn in W, before uncore power.
    var profit = 0.0
    /// Power of the cores in W, without uncore power.
    var corePower = 0.0
    /// Ascending by job.
    var shares: [Share] = []
}

/// Finds the best that a machine can do in each block at given prices of work.
struct BlockOracle {
    private let sharing: CoreSharing
    private let cores: Int
    private let leastCorePrice: Double
    private let blocks: BoundBlocks
    private let jobTables: [Int]
    /// Options by frequency class and table: one class where each core has its own frequency, else one a
    /// frequency.
    private let classes: [[FlatOptions]]
    private var curves: [ProfitCurves]
    private var prices: [Double] = []

    init(
        problem: BoundProblem, sharing: CoreSharing, chosen: [Int], blocks: BoundBlocks,
        leastCorePrice: Double = 0
    ) {
        self.sharing = sharing
        cores = problem.machine.cores
        self.leastCorePrice = leastCorePrice
        self.blocks = blocks
        jobTables = chosen.map { problem.jobs[$0].table }
        if problem.machine.sharesFrequency {
            let frequencies = Set(problem.tables.joined().map(\.frequency)).sorted()
            classes = frequencies.map { frequency in
                problem.tables.map { FlatOptions($0.filter { $0.frequency == frequency }) }
            }
        } else {
            classes = [problem.tables.map(FlatOptions.init)]
        }
        curves = Array(repeating: ProfitCurves(), count: classes.count)
    }

    /// Sets the price of each job's work, in joules per unit.
    mutating func setPrices(_ prices: [Double]) {
        self.prices = prices
        for index in classes.indices {
            curves[index].compute(classes[index], jobTables: jobTables, prices: prices)
        }
    }

    /// The best point of `block`.
    func best(in block: Int) -> BlockPoint {
        var best = BlockPoint()
        for index in classes.indices {
            let point = point(of: block, class: index)
            if point.profit > best.profit { best = point }
        }
        best.shares.sort { $0.job < $1.job }
        return best
    }

    private func point(of block: Int, class index: Int) -> BlockPoint {
        let curves = curves[index]
        var wanted = 0.0
        var point = BlockPoint()
        for member in blocks.members(of: block) {
            let job = Int(blocks.members[member])
            guard let vertex = curves.vertex(of: job, corePrice: leastCorePrice) else { continue }
            wanted += curves.cores[vertex]
            add(job, rate: curves.rates[vertex], profit: curves.profits[vertex], to: &point)
            // The floor under the core price is paid for by every core, taken or not.
            point.profit -= leastCorePrice * curves.cores[vertex]
        }
        if wanted <= Double(cores) {
            point.profit += leastCorePrice * Double(cores)
            return point
        }
        return sharing == .area ? byArea(block, curves) : byColumns(block, index)
    }

    private func add(_ job: Int, rate: Double, profit: Double, to point: inout BlockPoint) {
        point.profit += profit
        point.corePower += prices[job] * rate - profit
        point.shares.append(BlockPoint.Share(job: job, rate: rate))
    }

    /// The steepest parts of the curves until the cores are taken; the last part is cut.
    private func byArea(_ block: Int, _ curves: ProfitCurves) -> BlockPoint {
        var parts: [(slope: Double, job: Int, vertex: Int)] = []
        for member in blocks.members(of: block) {
            let job = Int(blocks.members[member])
            for vertex in curves.starts[job]..<curves.starts[job + 1]
            where curves.slopes[vertex] > leastCorePrice {
                parts.append((curves.slopes[vertex], job, vertex))
            }
        }
        parts.sort { left, right in
            left.slope != right.slope ? left.slope > right.slope : left.vertex < right.vertex
        }
        var free = Double(cores)
        var reached: [(job: Int, vertex: Int, share: Double)] = []
        for part in parts where free > 0 {
            let first = part.vertex == curves.starts[part.job]
            let width = curves.cores[part.vertex] - (first ? 0 : curves.cores[part.vertex - 1])
            let share = min(1, free / width)
            free -= share * width
            reached.append((part.job, part.vertex, share))
        }
        // Of each job only the last part counts.
        reached.sort { $0.vertex < $1.vertex }
        var point = BlockPoint()
        for (index, part) in reached.enumerated() {
            if index + 1 < reached.count, reached[index + 1].job == part.job { continue }
            let first = part.vertex == curves.starts[part.job]
            let (rate, profit) =
                first ? (0, 0) : (curves.rates[part.vertex - 1], curves.profits[part.vertex - 1])
            add(
                part.job, rate: rate + part.share * (curves.rates[part.vertex] - rate),
                profit: profit + part.share * (curves.profits[part.vertex] - profit), to: &point)
        }
        return point
    }

    /// Whole options that fit, by dynamic programming over the number of cores.
    private func byColumns(_ block: Int, _ index: Int) -> BlockPoint {
        let jobs = blocks.members(of: block).map { Int(blocks.members[$0]) }.filter {
            curves[index].starts[$0] < curves[index].starts[$0 + 1]
        }
        let width = cores + 1
        var values = Array(repeating: 0.0, count: width)
        var choices = Array(repeating: Int32(-1), count: jobs.count * width)
        let offers = jobs.map { classes[index][jobTables[$0]].offers(price: prices[$0]) }
        for (row, offers) in offers.enumerated() {
            for count in stride(from: cores, through: 1, by: -1) {
                var best = values[count]
                for (number, offer) in offers.enumerated() where offer.cores <= count {
                    let value = values[count - offer.cores] + offer.profit
                    if value > best {
                        best = value
                        choices[row * width + count] = Int32(number)
                    }
                }
                values[count] = best
            }
        }
        var point = BlockPoint()
        var left = cores
        for row in jobs.indices.reversed() {
            let choice = Int(choices[row * width + left])
            guard choice >= 0 else { continue }
            let offer = offers[row][choice]
            add(jobs[row], rate: offer.rate, profit: offer.profit, to: &point)
            left -= offer.cores
        }
        return point
    }
}

extension FlatOptions {
    /// The best option of each number of cores.
    struct Offer {
        var cores: Int
        var profit: Double
        var rate: Double
    }

    /// What earns something at `price`, ascending in cores and in profit.
    func offers(price: Double) -> [Offer] {
        var offers: [Offer] = []
        for group in groupCores.indices {
            let (profit, rate, _) = earnings(of: group, price: price, softness: 0)
            guard profit > offers.last?.profit ?? 0 else { continue }
            offers.append(Offer(cores: Int(groupCores[group]), profit: profit, rate: rate))
        }
        return offers
    }
}
