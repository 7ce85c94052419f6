public import PacerModels
public import PacerUnits

/// The prices at which core-time is offered to jobs that compete for it.
///
/// A price λ in watts a core is added to what every core draws: where cores are scarce a job then prefers few
/// fast ones. It is the multiplier of the capacity constraint of the area bound (docs/models/bound.md); the
/// right price is the lowest at which all deadlines fit. Steps of a fifth are finer than the choice between
/// operating points.
public struct PriceLadder: Hashable, Sendable {
    /// Watts a core, ascending from zero.
    public let prices: [Double]
    /// Shares of the power that is drawn once for all jobs, descending from one to zero.
    public static let shares: [Double] = [1, 0.7, 0.5, 0.33, 0.25, 0.17, 0.12, 0.08, 0.05, 0.03, 0]
    /// What is drawn once while any core is busy: uncore power, and idle power where only the run counts.
    public let sharedPower: Double

    /// The ladder for a machine that draws `power` and has `top` as its highest frequency.
    public init(power: PowerModel, top: Hertz, accounting: Accounting) {
        let core = power.corePower(at: top).value
        var prices = [0.0]
        var price = 0.02 * core
        while price < 60 * core {
            prices.append(price)
            price *= 1.2
        }
        self.prices = prices
        sharedPower = (accounting == .run ? power.uncore + power.idle : power.uncore).value
    }

    /// The index of the share nearest to `part`, 0…1.
    static func share(nearest part: Double) -> Int {
        var best = 0
        for index in shares.indices where abs(shares[index] - part) < abs(shares[best] - part) {
            best = index
        }
        return best
    }
}
