import PacerUnits

/// The dual function of the area program, rounded off so that it has a gradient everywhere.
///
///     D(σ) = Σ σ_j W_j − Σ_k L_k · max(0, min_{μ ≥ φ} [m μ + Σ_{j in k} max(0, g_j(σ_j, μ))] − U)
///
/// σ_j is the price of job j's work, μ that of a core in block k, g_j what the job then earns at best. Every
/// max(0, x) is replaced by one that starts as a parabola of width `softness` times a power of its own size;
/// the exact value of D is computed beside the rounded one and is a valid bound at any prices.
struct SmoothedDual {
    /// What one evaluation gives.
    struct Evaluation {
        /// The rounded function in joules.
        var smooth = 0.0
        /// A valid bound in joules, without idle energy: D at the core prices of the rounded function.
        var bound = 0.0
        /// Derivative of the rounded function by each job's price: work that is not done at these prices.
        var gradient: [Double] = []
        /// About minus its second derivative by each price; above zero.
        var curvature: [Double] = []
    }

    let cores: Double
    let uncore: Double
    /// The least price of a core in W; jobs that are not in the blocks are priced so that they stay away.
    let leastCorePrice: Double
    let blocks: BoundBlocks
    let tables: [FlatOptions]
    let jobTables: [Int]
    let work: [Double]
    /// The power in W that a job's rounding is measured in.
    private let scales: [Double]
    private var curves = ProfitCurves()
    /// Core prices of the blocks at the last evaluation: where the next search starts.
    private var corePrices: [Double]
    /// What each job does at the least price of cores.
    private var free: [Answer] = []

    init(
        problem: BoundProblem, flat: [FlatOptions], chosen: [Int], blocks: BoundBlocks,
        leastCorePrice: Double, scales: [Double]
    ) {
        cores = Double(problem.machine.cores)
        uncore = problem.machine.uncore.value
        self.leastCorePrice = leastCorePrice
        self.blocks = blocks
        tables = flat
        jobTables = chosen.map { problem.jobs[$0].table }
        work = chosen.map { problem.jobs[$0].work }
        self.scales = scales
        corePrices = Array(repeating: leastCorePrice, count: blocks.count)
    }

    /// Evaluates at `prices`, in joules per unit of each job's work.
    mutating func evaluate(at prices: [Double], softness: Double) -> Evaluation {
        curves.compute(tables, jobTables: jobTables, prices: prices, softness: softness)
        var result = Evaluation()
        result.gradient = work
        // Speed answers the price even where no parabola does: by about half a per cent a per cent.
        result.curvature = prices.indices.map { 0.5 * work[$0] / prices[$0] }
        for job in prices.indices { result.smooth += prices[job] * work[job] }
        result.bound = result.smooth
        free.removeAll(keepingCapacity: true)
        for job in prices.indices {
            var alone = Answer(corePrice: leastCorePrice)
            add(job, at: leastCorePrice, softness: softness, to: &alone)
            free.append(alone)
        }
        for block in 0..<blocks.count { add(block, softness: softness, to: &result) }
        return result
    }

    private mutating func add(_ block: Int, softness: Double, to result: inout Evaluation) {
        let length = blocks.lengths[block]
        let (low, high) = bracket(block, softness: softness)
        corePrices[block] = high.corePrice
        let exact = cores * high.corePrice + high.exactProfit - uncore
        if exact > 0 { result.bound -= length * exact }
        let excess = cores * high.corePrice + high.profit - uncore
        guard excess > 0 else { return }
        let width = softness * uncore
        let share = excess < width ? excess / width : 1
        result.smooth -= length * (excess < width ? excess * excess / (2 * width) : excess - width / 2)
        let bend = excess < width ? 1 / width : 0
        guard low.usage > high.usage, low.usage > cores else {
            spread(block, at: high.corePrice, weight: 1, length, share, bend, softness, to: &result)
            return
        }
        // The cores are all taken at a price between the two: both answers have a part.
        let weight = min(1, max(0, (cores - high.usage) / (low.usage - high.usage)))
        spread(block, at: low.corePrice, weight: weight, length, share, bend, softness, to: &result)
        spread(block, at: high.corePrice, weight: 1 - weight, length, share, bend, softness, to: &result)
    }

    // MARK: One block

    /// What the jobs of a block do at a price of cores.
    private struct Answer {
        var corePrice: Double
        var usage = 0.0
        /// Rounded.
        var profit = 0.0
        var exactProfit = 0.0
    }

    /// Two prices of cores, the same or close to each other: at the lower one the jobs want more cores than
    /// there are, at the higher one they do not.
    private func bracket(_ block: Int, softness: Double) -> (low: Answer, high: Answer) {
        let free = freeAnswer(block)
        guard free.usage > cores else { return (free, free) }
        let guess = corePrices[block]
        let step = max(guess - leastCorePrice, 1e-3) * (0.02 + softness)
        var (low, high) = (free, free)
        if guess > leastCorePrice {
            high = answer(block, at: guess, softness: softness)
            if high.usage <= cores, guess - step > leastCorePrice {
                // The price was high enough: look a little below before everything below.
                let below = answer(block, at: guess - step, softness: softness)
                if below.usage > cores { low = below } else { high = below }
            }
        }
        var rise = step
        while high.usage > cores {
            low = high
            high = answer(block, at: low.corePrice + rise, softness: softness)
            rise *= 4
        }
        let narrow = 0.01 * softness
        for _ in 0..<24 where low.usage > cores * 1.002 && high.usage < cores * 0.998 {
            guard high.corePrice - low.corePrice > narrow * high.corePrice else { break }
            // Where the straight line between the two would be, but not too close to either.
            let place = min(0.9, max(0.1, (low.usage - cores) / (low.usage - high.usage)))
            let price = low.corePrice + place * (high.corePrice - low.corePrice)
            let middle = answer(block, at: price, softness: softness)
            if middle.usage > cores { low = middle } else { high = middle }
        }
        return (low, high)
    }

    private func freeAnswer(_ block: Int) -> Answer {
        var answer = Answer(corePrice: leastCorePrice)
        for member in blocks.members(of: block) {
            let alone = free[Int(blocks.members[member])]
            answer.usage += alone.usage
            answer.profit += alone.profit
            answer.exactProfit += alone.exactProfit
        }
        return answer
    }

    private func answer(_ block: Int, at corePrice: Double, softness: Double) -> Answer {
        var answer = Answer(corePrice: corePrice)
        for member in blocks.members(of: block) {
            let job = Int(blocks.members[member])
            // What earns nothing where cores cost least earns nothing here.
            if free[job].exactProfit > 0 { add(job, at: corePrice, softness: softness, to: &answer) }
        }
        return answer
    }

    @inline(__always)
    private func add(_ job: Int, at corePrice: Double, softness: Double, to answer: inout Answer) {
        guard let vertex = curves.vertex(of: job, corePrice: corePrice) else { return }
        let count = curves.cores[vertex]
        let profit = curves.profits[vertex] - corePrice * count
        let width = softness * scales[job]
        answer.exactProfit += profit
        if profit < width {
            answer.profit += profit * profit / (2 * width)
            answer.usage += count * profit / width
        } else {
            answer.profit += profit - width / 2
            answer.usage += count
        }
    }

    /// Adds what the jobs of a block do at `corePrice` to the gradient and the curvature.
    private func spread(
        _ block: Int, at corePrice: Double, weight: Double, _ length: Double, _ share: Double, _ bend: Double,
        _ softness: Double, to result: inout Evaluation
    ) {
        guard weight > 0 else { return }
        for member in blocks.members(of: block) {
            let job = Int(blocks.members[member])
            guard free[job].exactProfit > 0, let vertex = curves.vertex(of: job, corePrice: corePrice)
            else { continue }
            let profit = curves.profits[vertex] - corePrice * curves.cores[vertex]
            let rate = curves.rates[vertex]
            let width = softness * scales[job]
            let part = profit < width ? profit / width : 1
            let done = weight * length * rate
            result.gradient[job] -= done * share * part
            let bends = (profit < width ? share / width : 0) + bend * part * part
            result.curvature[job] +=
                done * rate * bends + weight * length * share * part * curves.bends[vertex]
        }
    }
}
