import PacerModels
import PacerPlatform
import PacerTestSupport
import PacerUnits

/// A configuration with the rate and the power that a test wants it to have.
func estimate(_ cores: Int, _ gigahertz: Double, rate: Double, power: Double) -> Estimate {
    Estimate(
        configuration: Configuration(cores: cores, frequency: Hertz(gigahertz * 1e9)), rate: rate,
        rateError: 0,
        power: Watts(power), origin: .measured)
}

/// A set of configurations and an idle machine, to be searched for the least power.
struct Surface: CustomStringConvertible {
    var estimates: [Estimate]
    var idle: Watts
    let description: String

    /// A reproducible surface; the seed chooses its kind too.
    init(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        idle = Watts(Double.random(in: 0...30, using: &generator))
        switch seed % 6 {
        case 0:
            description = "a law without a peak, seed \(seed)"
            estimates = Surface.law(kappa: 0, idle: idle, &generator)
        case 1:
            description = "a law that turns back, seed \(seed)"
            estimates = Surface.law(
                kappa: Double.random(in: 0.02...0.3, using: &generator), idle: idle, &generator)
        case 2:
            description = "points anywhere, seed \(seed)"
            estimates = Surface.scatter(Int.random(in: 2...24, using: &generator), &generator)
        case 3:
            description = "points and copies of them, seed \(seed)"
            let points = Surface.scatter(8, &generator)
            estimates = (points + points + points.prefix(3)).shuffled(using: &generator)
        case 4:
            description = "few rates, many powers, seed \(seed)"
            estimates = Surface.scatter(20, &generator).map { point in
                var point = point
                point.rate = max(1, point.rate.rounded(.down).remainder(dividingBy: 3) + 2)
                return point
            }
        default:
            description = "one point, seed \(seed)"
            estimates = Surface.scatter(1, &generator)
        }
    }

    /// Every pair of points that enclose `rate`, one at a time: the least mean power, `nil` when none does.
    func leastPower(at rate: Double) -> Double? {
        let points =
            [(rate: 0.0, power: idle.value)] + estimates.map { (rate: $0.rate, power: $0.power.value) }
        var best: Double?
        for slow in points where slow.rate <= rate {
            for fast in points where fast.rate >= rate {
                let share = fast.rate == slow.rate ? 0 : (rate - slow.rate) / (fast.rate - slow.rate)
                let power =
                    fast.rate == slow.rate
                    ? min(slow.power, fast.power)
                    : slow.power * (1 - share) + fast.power * share
                best = min(best ?? power, power)
            }
        }
        return best
    }

    private static func law(
        kappa: Double, idle: Watts, _ generator: inout SeededGenerator
    ) -> [Estimate] {
        let sigma = Double.random(in: 0...0.6, using: &generator)
        let cores = Int.random(in: 1...8, using: &generator)
        let memory = Double.random(in: 0...0.7, using: &generator)
        return (1...cores).flatMap { count in
            [0.8, 1.2, 1.6, 2.0, 2.4, 2.8, 3.2].map { gigahertz in
                let n = Double(count)
                let speedup = n / (1 + sigma * (n - 1) + kappa * n * (n - 1))
                let clock = (1 - memory) * 3.2 / gigahertz + memory
                let core = 0.35 * gigahertz * gigahertz * gigahertz + 0.4 * gigahertz + 0.6
                return estimate(count, gigahertz, rate: speedup / clock, power: idle.value + 6 + n * core)
            }
        }
    }

    private static func scatter(_ count: Int, _ generator: inout SeededGenerator) -> [Estimate] {
        (1...count).map { index in
            estimate(
                index, 1, rate: Double.random(in: 0.01...20, using: &generator),
                power: Double.random(in: 1...150, using: &generator))
        }
    }
}
