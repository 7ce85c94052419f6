/// At every price of core-time: the options that are worth most at some price of work.
///
/// Where a unit of work is worth μ joules, a job gains μ·speed − cost by a second of an option. The best
/// option as a function of μ walks along the lower convex hull of cost over speed, from standing still on.
struct ProfitHull: Sendable {
    /// Indices of options, ascending in speed; the runs of `starts`.
    private var steps: [Int32] = []
    /// The price of work from which the step is taken, ascending within a run.
    private var slopes: [Double] = []
    private var starts: [Int32] = [0]

    init(_ options: [Option], ladder: PriceLadder) {
        let ascending = options.indices.sorted {
            (options[$0].speed, $0) < (options[$1].speed, $1)
        }
        for price in ladder.prices {
            for share in PriceLadder.shares {
                let shared = share * ladder.sharedPower
                append(options, ascending, price: price, shared: shared)
            }
        }
    }

    private mutating func append(_ options: [Option], _ ascending: [Int], price: Double, shared: Double) {
        let first = steps.count
        for index in ascending {
            let speed = options[index].speed
            let cost = options[index].cost(price: price, shared: shared) * speed
            while true {
                let isFirst = steps.count == first
                let last = isFirst ? nil : steps.last.map { options[Int($0)] }
                let lastSpeed = last?.speed ?? 0
                let lastCost = last.map { $0.cost(price: price, shared: shared) * $0.speed } ?? 0
                guard speed > lastSpeed else {
                    // As fast as the last one: the cheaper of the two stays.
                    guard cost < lastCost else { break }
                    steps.removeLast()
                    slopes.removeLast()
                    continue
                }
                let slope = (cost - lastCost) / (speed - lastSpeed)
                if !isFirst, let known = slopes.last, slope <= known {
                    steps.removeLast()
                    slopes.removeLast()
                    continue
                }
                steps.append(Int32(index))
                slopes.append(slope)
                break
            }
        }
        starts.append(Int32(steps.count))
    }

    /// The option that is worth most where work is worth `worth`; `nil` where standing still is.
    func best(row: Int, worth: Double) -> Int? {
        let first = Int(starts[row])
        var low = first
        var high = Int(starts[row + 1])
        while low < high {
            let middle = (low + high) / 2
            if slopes[middle] <= worth { low = middle + 1 } else { high = middle }
        }
        return low == first ? nil : Int(steps[low - 1])
    }

    /// The prices of work between which anything changes in a row.
    func range(row: Int) -> ClosedRange<Double>? {
        let first = Int(starts[row])
        let end = Int(starts[row + 1])
        return first < end ? slopes[first]...slopes[end - 1] : nil
    }
}
