import PacerUnits

/// What jobs would earn at given prices of their work, as a function of the cores they get.
///
/// At the price σ of its work, a job on option ω earns σ·R_ω − P_ω watts above the cost of its cores. The
/// best over options and over mixes of options, as a function of the average number of cores, is a concave
/// curve from (0, 0) to the option that earns most. A curve has only its vertices, without the origin; the
/// slope up to a vertex is what one more core earns there.
struct ProfitCurves {
    /// Vertices of job j: `starts[j]..<starts[j + 1]`, ascending in cores, slopes descending and above zero.
    private(set) var starts: [Int] = []
    private(set) var cores: [Double] = []
    private(set) var profits: [Double] = []
    private(set) var rates: [Double] = []
    private(set) var slopes: [Double] = []
    /// How much the rate of a vertex rises with the price, where frequencies are rounded off.
    private(set) var bends: [Double] = []

    /// Fills in the curves of all jobs of `tables` at `prices`.
    ///
    /// - Parameters:
    ///   - tables: The options as flat arrays.
    ///   - jobTables: Each job's table.
    ///   - prices: Joules per unit of each job's work.
    ///   - softness: Share of a price within which one frequency gives way to the next instead of at once;
    ///     profits are then at least the exact ones.
    mutating func compute(
        _ tables: [FlatOptions], jobTables: [Int], prices: [Double], softness: Double = 0
    ) {
        starts.removeAll(keepingCapacity: true)
        cores.removeAll(keepingCapacity: true)
        profits.removeAll(keepingCapacity: true)
        rates.removeAll(keepingCapacity: true)
        slopes.removeAll(keepingCapacity: true)
        bends.removeAll(keepingCapacity: true)
        for job in jobTables.indices {
            starts.append(cores.count)
            append(tables[jobTables[job]], price: prices[job], softness: softness)
        }
        starts.append(cores.count)
    }

    private mutating func append(_ table: FlatOptions, price: Double, softness: Double) {
        let first = cores.count
        for group in 0..<table.groupCores.count {
            let (best, rate, bend) = table.earnings(of: group, price: price, softness: softness)
            // More cores have to earn more, and a vertex has to lie above the line past it.
            guard best > (cores.count > first ? profits[cores.count - 1] : 0) else { continue }
            let count = table.groupCores[group]
            var slope = 0.0
            while true {
                let last = cores.count - 1
                let (fromCores, fromProfit) = last >= first ? (cores[last], profits[last]) : (0, 0)
                slope = (best - fromProfit) / (count - fromCores)
                guard last >= first, slope >= slopes[last] else { break }
                cores.removeLast()
                profits.removeLast()
                rates.removeLast()
                slopes.removeLast()
                bends.removeLast()
            }
            cores.append(count)
            profits.append(best)
            rates.append(rate)
            slopes.append(slope)
            bends.append(bend)
        }
    }

    /// The vertex where job `job` stops taking cores at a price of `corePrice` W a core; `nil` when it takes
    /// none.
    @inline(__always)
    func vertex(of job: Int, corePrice: Double) -> Int? {
        var low = starts[job]
        var high = starts[job + 1]
        // Invariant: slopes before `low` are above the price, those from `high` on are not.
        let first = low
        while low < high {
            let middle = (low + high) >> 1
            if slopes[middle] > corePrice { low = middle + 1 } else { high = middle }
        }
        return low > first ? low - 1 : nil
    }
}

/// A table of options as flat arrays, grouped by cores.
struct FlatOptions {
    private(set) var rates: [Double] = []
    private(set) var powers: [Double] = []
    /// The price of work at which an option begins to earn more than the one before it in its group.
    private var turns: [Double] = []
    /// The number of cores of each group, ascending.
    private(set) var groupCores: [Double] = []
    /// Options of group g: `groupStarts[g]..<groupStarts[g + 1]`.
    private(set) var groupStarts: [Int] = [0]

    /// - Parameter options: By cores; those on the same cores ascending in rate, and convex.
    init(_ options: [BoundOption]) {
        for option in options {
            if groupCores.last != Double(option.cores) {
                if !groupCores.isEmpty { groupStarts.append(rates.count) }
                groupCores.append(Double(option.cores))
            }
            let rise = option.corePower.value - (powers.last ?? 0)
            turns.append(rise / (option.rate - (rates.last ?? 0)))
            rates.append(option.rate)
            powers.append(option.corePower.value)
        }
        if !groupCores.isEmpty { groupStarts.append(rates.count) }
    }

    /// What the best option of a group earns at `price`, its rate, and how the rate rises with the price.
    ///
    /// The options of a group are a convex curve of power over rate, so the earnings are a sum of hinges, one
    /// at each price at which a frequency gives way to the next; a hinge is rounded off within `softness` of
    /// its price.
    @inline(__always)
    func earnings(of group: Int, price: Double, softness: Double) -> (Double, rate: Double, bend: Double) {
        let first = groupStarts[group]
        var rate = rates[first]
        var profit = price * rate - powers[first]
        var bend = 0.0
        for option in (first + 1)..<max(first + 1, groupStarts[group + 1]) {
            let turn = turns[option]
            let width = softness * turn
            let past = price - turn
            if past <= -width { break }
            let gain = rates[option] - rates[option - 1]
            if past >= width {
                profit += gain * past
                rate += gain
            } else {
                profit += gain * (past + width) * (past + width) / (4 * width)
                rate += gain * (past + width) / (2 * width)
                bend += gain / (2 * width)
            }
        }
        return (profit, rate, bend)
    }

    /// Least energy per work when a core costs `corePrice` W; infinite without options.
    func leastCost(corePrice: Double) -> Double {
        var best = Double.infinity
        for group in groupCores.indices {
            for option in groupStarts[group]..<groupStarts[group + 1] {
                best = min(best, (powers[option] + corePrice * groupCores[group]) / rates[option])
            }
        }
        return best
    }

    /// The rate of what earns most at a price of the work and of a core; zero when nothing earns.
    func bestRate(price: Double, corePrice: Double) -> Double {
        var best = 0.0
        var rate = 0.0
        for group in groupCores.indices {
            for option in groupStarts[group]..<groupStarts[group + 1] {
                let profit = price * rates[option] - powers[option] - corePrice * groupCores[group]
                if profit > best {
                    best = profit
                    rate = rates[option]
                }
            }
        }
        return rate
    }

    /// The highest rate.
    var highestRate: Double { rates.max() ?? 0 }

    /// A price of work from which on the fastest option earns most: the steepest rise of cost over rate.
    func highestMarginalCost(corePrice: Double) -> Double {
        var points: [(rate: Double, cost: Double)] = []
        for group in groupCores.indices {
            for option in groupStarts[group]..<groupStarts[group + 1] {
                points.append((rates[option], powers[option] + corePrice * groupCores[group]))
            }
        }
        guard let top = points.max(by: { ($0.rate, -$0.cost) < ($1.rate, -$1.cost) }) else { return 0 }
        var highest = top.cost / top.rate
        for point in points where point.rate < top.rate {
            highest = max(highest, (top.cost - point.cost) / (top.rate - point.rate))
        }
        return highest
    }
}
