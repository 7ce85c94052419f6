import PacerConfig
import PacerModels
import PacerPlatform
public import PacerPolicies
import PacerScheduling
import PacerTestSupport
import PacerUnits
public import Testing

/// The root of the repository, from the place of this file.
let repositoryRoot = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }

/// Every policy that comes with Pacer, by name; empty when one cannot be read, which a test says.
let shippedPolicies: [GridPolicy] = (try? PolicyDirectory.load(path: "\(repositoryRoot)/policies")) ?? []

/// The policy in `policies/NAME.yaml`.
func shipped(_ name: String) throws -> GridPolicy {
    try #require(shippedPolicies.first { $0.name == name }, "policies/\(name).yaml")
}

extension GridPolicy: CustomTestStringConvertible {
    /// The name of the policy, in the lists of tests.
    public var testDescription: String { name }
}

/// An estimate with the rate and power that a test wants it to have.
func estimate(
    _ cores: Int, _ gigahertz: Double, rate: Double, power: Double, error: Double = 0
) -> Estimate {
    Estimate(
        configuration: Configuration(cores: cores, frequency: Hertz(gigahertz * 1e9)), rate: rate,
        rateError: error, power: Watts(power), origin: .measured)
}

/// Two cores at 1 and 2 GHz; the second core adds four fifths, the clock everything. 10 W when idle.
func smallView(
    work: Double?, time: Double?, utilisation: Double = 1, current: Configuration? = nil
) -> PlanningView {
    PlanningView(
        estimates: [
            estimate(1, 1, rate: 1, power: 14), estimate(1, 2, rate: 2, power: 22),
            estimate(2, 1, rate: 1.8, power: 17), estimate(2, 2, rate: 3.6, power: 34),
        ], remainingWork: work, remainingTime: time.map { Seconds($0) }, idlePower: Watts(10),
        switchCost: .zero,
        current: current, utilisation: utilisation)
}

/// A reproducible view of a job that may be anything: scalable, retrograde, memory-bound, tight or relaxed.
func randomView(seed: UInt64, error: ClosedRange<Double> = 0...0) -> PlanningView {
    var generator = SeededGenerator(seed: seed)
    let cores = Int.random(in: 1...12, using: &generator)
    let first = Int.random(in: 1...cores, using: &generator)
    let sigma = Double.random(in: 0...0.8, using: &generator)
    let kappa = Bool.random(using: &generator) ? 0 : Double.random(in: 0...0.1, using: &generator)
    let sensitivity = Double.random(in: 0.1...1, using: &generator)
    let clocks = Array([0.8, 1.2, 1.6, 2.0, 2.4, 2.8, 3.2].suffix(Int.random(in: 1...7, using: &generator)))
    let power = PowerModel(
        idle: Watts(Double.random(in: 1...40, using: &generator)), uncore: Watts(6),
        cubic: Double.random(in: 0.1...0.5, using: &generator), linear: 0.4, constant: 0.6)
    var estimates: [Estimate] = []
    for count in (seed.isMultiple(of: 5) ? first : 1)...cores {
        let n = Double(count)
        let speedup = n / (1 + sigma * (n - 1) + kappa * n * (n - 1))
        for clock in clocks {
            let rate = speedup / (sensitivity * 3.2 / clock + 1 - sensitivity)
            let watts = power.power(cores: count, at: Hertz(clock * 1e9)).value
            estimates.append(
                estimate(
                    count, clock, rate: rate, power: watts,
                    error: Double.random(in: error, using: &generator)))
        }
    }
    let work = Double.random(in: 1...1000, using: &generator)
    let fastest = estimates.map(\.rate).max() ?? 1
    let factor = Double.random(in: 0.5...6, using: &generator)
    return PlanningView(
        estimates: estimates, remainingWork: work, remainingTime: Seconds(work / fastest * factor),
        idlePower: power.idle, switchCost: .zero, current: nil,
        utilisation: Double.random(in: 0...1, using: &generator), reserve: Seconds(0.1))
}
