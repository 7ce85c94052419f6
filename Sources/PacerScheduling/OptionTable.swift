public import PacerPlatform
public import PacerUnits

/// A configuration that a job may be given, with what it does there.
public struct JobOption: Hashable, Sendable {
    /// Where the job would run.
    public let configuration: Configuration
    /// Work per second there, in the job's own units.
    public let speed: Double
    /// What its cores draw there, in watts, idle and uncore power left out.
    public let corePower: Double
    /// Physical cores.
    public var cores: Int { configuration.cores }

    /// A configuration with its speed and the power of its cores.
    public init(configuration: Configuration, speed: Double, corePower: Watts) {
        self.configuration = configuration
        self.speed = speed
        self.corePower = corePower.value
    }

    /// Core-seconds for a unit of work.
    var area: Double { Double(cores) / speed }

    /// Joules for a unit of work at `price` watts a core and `shared` watts of shared power.
    func cost(price: Double, shared: Double) -> Double {
        (corePower + price * Double(cores) + shared) / speed
    }
}

/// Two options that a job is given in turn, or one, as fast together as was asked.
public struct OptionMix: Hashable, Sendable {
    /// The slower one, as an index of the table; `nil` where the other alone is meant.
    public var slow: Int?
    /// The faster one, as an index of the table.
    public var fast: Int
    /// The faster one's share of the time.
    public var part: Double
}

/// All that a kind of job may be given, ready to be searched. Never changes; many jobs share one.
public final class OptionTable: Sendable {
    /// Ascending by configuration; those at which nothing is done are left out.
    public let options: [JobOption]
    /// The speed of the fastest option.
    public let highestSpeed: Double
    /// Indices of `options`: `staircase(price, share)` is a run of this, ascending in speed and in cost.
    private let steps: [Int32]
    private let starts: [Int32]
    /// The same for the lower convex hull of power over speed, its branch of ascending cost.
    private let hulls: [Int32]
    private let hullStarts: [Int32]
    private let shareCount: Int
    /// `byCores[n]` is where the options of `n` cores begin.
    private let byCores: [Int]

    /// A table of `options`, in any order.
    ///
    /// - Parameter ladder: the prices that searches are made ready for; a search at another price, or in a
    ///   table without, looks at every option.
    public init(_ options: [JobOption], ladder: PriceLadder? = nil) {
        let sorted = options.filter { $0.speed > 0 && $0.speed.isFinite }
            .sorted { $0.configuration < $1.configuration }
        self.options = sorted
        highestSpeed = sorted.map(\.speed).max() ?? 0
        let most = sorted.last?.cores ?? 0
        var byCores = Array(repeating: sorted.count, count: most + 2)
        for (index, option) in sorted.enumerated().reversed() { byCores[option.cores] = index }
        for cores in stride(from: most, through: 0, by: -1) {
            byCores[cores] = min(byCores[cores], byCores[cores + 1])
        }
        self.byCores = byCores
        var steps: [Int32] = []
        var starts: [Int32] = []
        var hulls: [Int32] = []
        var hullStarts: [Int32] = []
        if let ladder {
            let descending = sorted.indices.sorted {
                (sorted[$0].speed, $1) > (sorted[$1].speed, $0)
            }
            for price in ladder.prices {
                for share in PriceLadder.shares {
                    let shared = share * ladder.sharedPower
                    let stairs = OptionTable.staircase(sorted, descending, price: price, shared: shared)
                    starts.append(Int32(steps.count))
                    steps += stairs
                    hullStarts.append(Int32(hulls.count))
                    hulls += OptionTable.hull(sorted, stairs, price: price, shared: shared)
                }
            }
            starts.append(Int32(steps.count))
            hullStarts.append(Int32(hulls.count))
        }
        self.hulls = hulls
        self.hullStarts = hullStarts
        self.steps = steps
        self.starts = starts
        shareCount = PriceLadder.shares.count
    }

    /// The options that no faster one undercuts, ascending in speed.
    private static func staircase(
        _ options: [JobOption], _ descending: [Int], price: Double, shared: Double
    ) -> [Int32] {
        var kept: [Int32] = []
        var least = Double.infinity
        for index in descending {
            let cost = options[index].cost(price: price, shared: shared)
            // Of equals the slower one is kept, too: it leaves cores to others.
            if cost < least * (1 + 1e-9) {
                least = min(least, cost)
                kept.append(Int32(index))
            }
        }
        return kept.reversed()
    }

    /// Those of `stairs` that no mix of two others undercuts.
    private static func hull(
        _ options: [JobOption], _ stairs: [Int32], price: Double, shared: Double
    ) -> [Int32] {
        var kept: [(index: Int32, speed: Double, power: Double)] = []
        for index in stairs {
            let option = options[Int(index)]
            let power = option.corePower + price * Double(option.cores) + shared
            if let last = kept.last, option.speed <= last.speed { continue }
            while kept.count >= 2 {
                let (one, two) = (kept[kept.count - 2], kept[kept.count - 1])
                let before = (two.power - one.power) * (option.speed - one.speed)
                if (power - one.power) * (two.speed - one.speed) > before { break }
                kept.removeLast()
            }
            kept.append((index, option.speed, power))
        }
        return kept.map(\.index)
    }

    /// The indices of the options with `cores` cores.
    public func range(cores: ClosedRange<Int>) -> Range<Int> {
        guard cores.lowerBound < byCores.count else { return options.count..<options.count }
        let first = byCores[max(0, cores.lowerBound)]
        let last = cores.upperBound + 1 < byCores.count ? byCores[cores.upperBound + 1] : options.count
        return first..<max(first, last)
    }

    /// The options that make up the asked speed at least cost when they may be mixed; `nil` when nothing is
    /// as fast, the faster one has more cores than it may, or the table has no ladder.
    public func mix(_ request: OptionRequest) -> OptionMix? {
        guard !hullStarts.isEmpty else { return nil }
        let row = request.priceStep * shareCount + request.shareStep
        let first = Int(hullStarts[row])
        let end = Int(hullStarts[row + 1])
        var low = first
        var high = end
        // A job that has just been slowed down needs that speed, but for the last digits.
        let speed = request.speed * (1 - 1e-9)
        while low < high {
            let middle = (low + high) / 2
            if options[Int(hulls[middle])].speed < speed { low = middle + 1 } else { high = middle }
        }
        guard low < end else { return nil }
        let fast = Int(hulls[low])
        guard request.cores.contains(options[fast].cores) else { return nil }
        guard low > first, options[fast].speed > request.speed * (1 + 1e-9) else {
            return OptionMix(slow: nil, fast: fast, part: 1)
        }
        let slow = Int(hulls[low - 1])
        guard request.cores.contains(options[slow].cores) else { return nil }
        let part =
            (request.speed - options[slow].speed) / (options[fast].speed - options[slow].speed)
        return OptionMix(slow: slow, fast: fast, part: part)
    }

    /// The option of least cost that is at least as fast as asked; `nil` when none is.
    public func cheapest(_ request: OptionRequest) -> Int? {
        if !starts.isEmpty {
            let row = request.priceStep * shareCount + request.shareStep
            var low = Int(starts[row])
            let end = Int(starts[row + 1])
            var high = end
            while low < high {
                let middle = (low + high) / 2
                if options[Int(steps[middle])].speed < request.speed {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            guard low < end else { return nil }
            let found = Int(steps[low])
            if request.cores.contains(options[found].cores) { return found }
        }
        var best: Int?
        var least = Double.infinity
        for index in range(cores: request.cores) where options[index].speed >= request.speed {
            let cost = request.cost(of: options[index])
            if cost < least {
                least = cost
                best = index
            }
        }
        return best
    }

    /// The fastest option with `cores` cores, of equals the one with least power.
    public func fastest(cores: ClosedRange<Int>) -> Int? {
        var best: Int?
        for index in range(cores: cores) {
            guard let known = best else {
                best = index
                continue
            }
            let (one, other) = (options[index], options[known])
            if one.speed > other.speed || (one.speed == other.speed && one.corePower < other.corePower) {
                best = index
            }
        }
        return best
    }
}

/// What is asked of a policy for one job: an option that is fast enough.
public struct OptionRequest: Sendable {
    /// Work per second that the option must do at least; zero where nothing presses.
    public var speed: Double
    /// The numbers of cores that it may have.
    public var cores: ClosedRange<Int>
    /// Step of the ladder that ``price`` is from.
    let priceStep: Int
    /// Which of the ladder's shares ``shared`` is.
    let shareStep: Int
    /// Price of core-time in watts a core.
    public let price: Double
    /// The part of the shared power that the job bears, in watts.
    public let shared: Double

    /// A request for `speed` on `cores` at a step of the ladder's prices and one of its shares.
    init(speed: Double, cores: ClosedRange<Int>, priceStep: Int, shareStep: Int, ladder: PriceLadder) {
        self.speed = speed
        self.cores = cores
        self.priceStep = priceStep
        self.shareStep = shareStep
        price = ladder.prices[priceStep]
        shared = PriceLadder.shares[shareStep] * ladder.sharedPower
    }

    /// A request for `speed` on `cores`, where nothing is scarce, of a job that bears `shared` of the power
    /// that is drawn once. For tables without a ladder.
    public init(speed: Double = 0, cores: ClosedRange<Int>, shared: Watts = .zero) {
        self.speed = speed
        self.cores = cores
        priceStep = 0
        shareStep = PriceLadder.shares.count - 1
        price = 0
        self.shared = shared.value
    }

    /// Joules for a unit of work under `option`, what scarce cores are worth included.
    public func cost(of option: JobOption) -> Double { option.cost(price: price, shared: shared) }
}
