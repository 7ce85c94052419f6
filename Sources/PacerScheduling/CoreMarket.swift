/// What core-time and work are worth while jobs compete: the area program of docs/models/bound.md for the jobs
/// that are known now, solved for its prices.
///
/// The time to the last deadline is cut into blocks, each with a price of core-time; every job has a price of
/// its work. At these prices a job takes in every block what gains it most; the price of its work is such that
/// all of it is done by its deadline, and the price of core-time in a block is the lowest at which the jobs
/// want no more cores than there are. Found by turns (each block's price at given prices of work, then each
/// job's), starting from where the last search ended.
struct CoreMarket: Sendable {
    /// A job that competes.
    struct Bidder {
        var table: Int
        var work: Double
        var time: Double
        /// Cores that it takes whatever the price, of a job that cannot choose.
        var fixedCores: Int
        /// For how long it takes them.
        var fixedTime: Double
    }

    /// A stretch of time with one price of core-time.
    struct Block {
        var start: Double
        var end: Double
        /// Step of the ladder.
        var price: Int
        var length: Double { end - start }
    }

    private(set) var blocks: [Block] = []
    /// By bidder: what a unit of its work is worth, in joules.
    private(set) var worth: [Double] = []
    private var bidders: [Bidder] = []

    /// More blocks than this tell nothing more about what to do now.
    static let mostBlocks = 10
    /// Turns of a search; the next one, which comes with the next event, goes on where this one ends.
    static let turns = 30

    /// Finds the prices at which `bidders`, who are in the order of their deadlines, want at most `cores`.
    ///
    /// - Parameter row: the row of tables' hulls for a step of the ladder.
    mutating func clear(_ bidders: [Bidder], cores: Int, tables: [OptionTable], ladder: PriceLadder, share: Int)
    {
        let earlier = blocks
        self.bidders = bidders
        cutTime()
        for index in blocks.indices {
            let middle = blocks[index].start
            blocks[index].price = earlier.first { $0.end > middle }?.price ?? 0
        }
        worth = Array(repeating: 0, count: bidders.count)
        for turn in 0..<CoreMarket.turns {
            for bidder in bidders.indices { setWorth(of: bidder, tables, share) }
            for block in blocks.indices.reversed() {
                let price = clearingPrice(block, cores, tables, ladder, share)
                // Half the way at first: everybody moves at once.
                let before = blocks[block].price
                blocks[block].price = before < price ? min(price, before + max(1, (price - before) / 2)) : max(price, before - max(1, (before - price) / 2)); _ = turn
            }
        }
        for bidder in bidders.indices { setWorth(of: bidder, tables, share) }
    }

    private mutating func cutTime() {
        blocks.removeAll(keepingCapacity: true)
        let times = bidders.map(\.time).filter { $0 > 0 && $0 < .infinity }
        var start = 0.0
        let stride = max(1, times.count / CoreMarket.mostBlocks)
        for index in Swift.stride(from: stride - 1, to: times.count, by: stride) {
            let end = index + stride >= times.count ? times[times.count - 1] : times[index]
            if end > start {
                blocks.append(Block(start: start, end: end, price: 0))
                start = end
            }
        }
    }

    /// The lowest price of a bidder's work at which all of it is done in time.
    private mutating func setWorth(of index: Int, _ tables: [OptionTable], _ share: Int) {
        let bidder = bidders[index]
        guard bidder.fixedCores == 0 else { return }
        let table = tables[bidder.table]
        var low = Double.infinity
        var high = 0.0
        for block in blocks where block.start < bidder.time {
            guard let range = table.worthRange(price: block.price, share: share) else { return }
            low = min(low, range.lowerBound)
            high = max(high, range.upperBound)
        }
        guard low <= high else { return }
        high *= 1 + 1e-9
        for _ in 0..<14 {
            let middle = (low * high).squareRoot()
            if done(bidder, at: middle, table, share) >= bidder.work { high = middle } else { low = middle }
        }
        worth[index] = high
    }

    private func done(_ bidder: Bidder, at worth: Double, _ table: OptionTable, _ share: Int) -> Double {
        var done = 0.0
        for block in blocks where block.start < bidder.time {
            guard let option = table.best(price: block.price, share: share, worth: worth) else { continue }
            done += table.options[option].speed * (min(block.end, bidder.time) - block.start)
        }
        return done
    }

    private func clearingPrice(
        _ index: Int, _ cores: Int, _ tables: [OptionTable], _ ladder: PriceLadder, _ share: Int
    ) -> Int {
        var low = -1
        var high = ladder.prices.count - 1
        while high - low > 1 {
            let middle = (low + high) / 2
            if demand(index, price: middle, tables, share) <= Double(cores) { high = middle } else { low = middle }
        }
        return high
    }

    /// The cores that are wanted in a block, on average.
    private func demand(_ index: Int, price: Int, _ tables: [OptionTable], _ share: Int) -> Double {
        let block = blocks[index]
        var demand = 0.0
        for (bidder, worth) in zip(bidders, worth) where bidder.time > block.start {
            if bidder.fixedCores > 0 {
                let part = min(block.end, bidder.fixedTime) - block.start
                if part > 0 { demand += Double(bidder.fixedCores) * part / block.length }
                continue
            }
            let table = tables[bidder.table]
            guard let option = table.best(price: price, share: share, worth: worth) else { continue }
            demand += Double(table.options[option].cores) * (min(block.end, bidder.time) - block.start)
                / block.length
        }
        return demand
    }
}
