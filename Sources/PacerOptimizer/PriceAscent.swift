/// Raises a concave function of many prices by a quasi-Newton method of limited memory.
///
/// Each step goes along the gradient, corrected by the differences of the last few steps and, before those,
/// by the curvature that the function itself reports (Nocedal, Mathematics of Computation 35, 1980). Prices
/// stay between limits.
struct PriceAscent {
    /// Steps whose differences are kept.
    private static let memory = 12

    let least: [Double]
    let most: [Double]
    private(set) var prices: [Double]
    /// The best valid bound seen, and the prices it was seen at.
    private(set) var best: (bound: Double, prices: [Double])
    private(set) var evaluations = 0
    /// Second derivative by each price that a step has shown; it fades.
    private var hardness: [Double]
    private var steps: [(step: [Double], change: [Double], product: Double)] = []

    init(from prices: [Double], least: [Double], most: [Double]) {
        self.least = least
        self.most = most
        self.prices = prices
        best = (-.infinity, prices)
        hardness = Array(repeating: 0, count: prices.count)
    }

    /// Climbs for at most `limit` evaluations, or until a step gains less than `tolerance` of the value.
    mutating func climb(_ function: inout SmoothedDual, softness: Double, limit: Int, tolerance: Double) {
        forget()
        var isFresh = true
        let last = evaluations + limit
        var current = evaluate(&function, at: prices, softness: softness)
        var small = 0
        while evaluations < last {
            guard let next = step(from: current, &function, softness: softness, last: last) else {
                // Once more without what was learnt on the way.
                if isFresh { break }
                forget()
                isFresh = true
                continue
            }
            isFresh = false
            for job in prices.indices {
                // A price that has further to go in the same direction forgets what stopped it.
                let goesOn = current.gradient[job] * next.value.gradient[job] > 0
                hardness[job] *= goesOn ? 0.1 : 0.5
            }
            remember(from: prices, current.gradient, to: next.prices, next.value.gradient)
            let gain = next.value.smooth - current.smooth
            prices = next.prices
            current = next.value
            small = gain < tolerance * abs(current.smooth) ? small + 1 : 0
            if small >= 3 { break }
        }
    }

    /// Prices along the gradient at which the function is higher; `nil` when there are none.
    private mutating func step(
        from current: SmoothedDual.Evaluation, _ function: inout SmoothedDual, softness: Double, last: Int
    ) -> (prices: [Double], value: SmoothedDual.Evaluation)? {
        var length = 1.0
        while evaluations < last, length > 1e-4 {
            let direction = self.direction(current)
            var slope = 0.0
            for job in prices.indices { slope += direction[job] * current.gradient[job] }
            guard slope > 0 else { return nil }
            let trial = prices.indices.map {
                min(most[$0], max(least[$0], prices[$0] + length * direction[$0]))
            }
            let value = evaluate(&function, at: trial, softness: softness)
            if value.smooth >= current.smooth + 1e-4 * length * slope { return (trial, value) }
            if !harden(from: current.gradient, to: value.gradient, at: trial) { length *= 0.35 }
        }
        return nil
    }

    /// Takes note of the prices that went past their best, each by itself; whether there were any.
    private mutating func harden(from old: [Double], to new: [Double], at trial: [Double]) -> Bool {
        var any = false
        for job in prices.indices where old[job] * new[job] < 0 {
            let secant = (old[job] - new[job]) / (trial[job] - prices[job])
            if secant > 1.5 * hardness[job] {
                hardness[job] = secant
                any = true
            }
        }
        return any
    }

    private mutating func forget() {
        steps.removeAll(keepingCapacity: true)
        for job in hardness.indices { hardness[job] = 0 }
    }

    private mutating func evaluate(
        _ function: inout SmoothedDual, at prices: [Double], softness: Double
    ) -> SmoothedDual.Evaluation {
        evaluations += 1
        let value = function.evaluate(at: prices, softness: softness)
        if value.bound > best.bound { best = (value.bound, prices) }
        return value
    }

    /// The gradient times the approximated inverse of the second derivatives.
    private func direction(_ value: SmoothedDual.Evaluation) -> [Double] {
        var vector = value.gradient
        // A price at its limit does not move past it.
        for job in vector.indices {
            if prices[job] <= least[job], vector[job] < 0 { vector[job] = 0 }
            if prices[job] >= most[job], vector[job] > 0 { vector[job] = 0 }
        }
        var factors: [Double] = []
        for entry in steps.reversed() {
            var factor = 0.0
            for job in vector.indices { factor += entry.step[job] * vector[job] }
            factor /= entry.product
            factors.append(factor)
            for job in vector.indices { vector[job] -= factor * entry.change[job] }
        }
        for job in vector.indices { vector[job] /= max(value.curvature[job], hardness[job]) }
        for (entry, factor) in zip(steps, factors.reversed()) {
            var back = 0.0
            for job in vector.indices { back += entry.change[job] * vector[job] }
            back = factor - back / entry.product
            for job in vector.indices { vector[job] += back * entry.step[job] }
        }
        // No price doubles or halves in one step.
        for job in vector.indices {
            vector[job] = min(prices[job], max(-0.5 * prices[job], vector[job]))
        }
        return vector
    }

    private mutating func remember(
        from oldPrices: [Double], _ oldGradient: [Double], to newPrices: [Double], _ newGradient: [Double]
    ) {
        let step = zip(newPrices, oldPrices).map { $0 - $1 }
        let change = zip(oldGradient, newGradient).map { $0 - $1 }
        var product = 0.0
        var size = 0.0
        for job in step.indices {
            product += step[job] * change[job]
            size += change[job] * change[job]
        }
        guard product > 1e-12 * size.squareRoot(), product > 0 else { return }
        if steps.count == PriceAscent.memory { steps.removeFirst() }
        steps.append((step, change, product))
    }
}
