import PacerConfig
import PacerModels
import PacerPlatform
import PacerPolicies
public import PacerReplay
import PacerScheduling
import PacerUnits
public import Testing

/// The root of the repository, from the place of this file.
let repositoryRoot = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }

/// Every policy that comes with Pacer; empty when one cannot be read, which a test says.
let shippedPolicies: [GridPolicy] = (try? PolicyDirectory.load(path: "\(repositoryRoot)/policies")) ?? []

/// The policy in `policies/NAME.yaml`.
func shipped(_ name: String) throws -> GridPolicy {
    try #require(shippedPolicies.first { $0.name == name }, "policies/\(name).yaml")
}

/// A trial at `factor` times the fastest time.
func trial(
    _ factor: Double, _ knowledge: Knowledge = .cold, idle: Double = 0, _ accounting: Accounting = .horizon,
    noise: Double = 0, seed: UInt64 = 1
) -> SurfaceTrial {
    SurfaceTrial(
        deadlineFactor: factor, knowledge: knowledge, idlePower: Watts(idle), accounting: accounting,
        noise: noise, seed: seed)
}

/// A surface of every combination, by a time and a power of (cores, gigahertz).
func surface(
    _ name: String, cores: [Int], gigahertz: [Double], time: (Double, Double) -> Double,
    power: (Double, Double) -> Double
) -> Surface {
    Surface(
        app: name, input: "",
        points: cores.flatMap { count in
            gigahertz.map { frequency in
                SurfacePoint(
                    configuration: Configuration(cores: count, frequency: Hertz(frequency * 1e9)),
                    time: Seconds(time(Double(count), frequency)),
                    power: Watts(power(Double(count), frequency)))
            }
        })
}

/// Surfaces of kinds that a table may have, ordinary and odd.
enum Kinds {
    static let grid = [0.8, 1.2, 1.6, 2.0, 2.4]

    static let scaling = surface(
        "scaling", cores: [1, 2, 4, 8], gigahertz: grid,
        time: { n, f in 40 * (0.05 + 0.95 / n) * (0.7 * 2.4 / f + 0.3) },
        power: { n, f in 20 + n * (0.4 * f * f * f + 1) })

    /// Slower with every core.
    static let retrograde = surface(
        "retrograde", cores: [1, 2, 4, 8], gigahertz: grid,
        time: { n, f in 20 * (1 + 0.3 * (n - 1)) * 2.4 / f }, power: { n, f in 10 + n * f * f })

    static let oneCore = surface(
        "one core", cores: [1], gigahertz: grid, time: { _, f in 30 / f }, power: { _, f in 3 + f * f * f })

    static let oneFrequency = surface(
        "one frequency", cores: [1, 2, 3, 4, 6], gigahertz: [2], time: { n, _ in 5 + 40 / n },
        power: { n, _ in 15 + 4 * n })

    static let onePoint = surface(
        "one point", cores: [4], gigahertz: [2], time: { _, _ in 25 }, power: { _, _ in 50 })

    /// Frequencies are numbers of performance states, from 1 kHz to 16 kHz.
    static let states = surface(
        "states", cores: [1, 2, 4], gigahertz: (1...16).map { Double($0) * 1e-6 },
        time: { n, f in 60 / n * (0.4 + 0.6 * 16e-6 / f) }, power: { n, f in 8 + n * (1 + f * f * 1e10) })

    /// Not every core count has every frequency.
    static let ragged = Surface(
        app: "ragged", input: "",
        points: scaling.points.enumerated().filter { $0.offset % 3 != 1 }.map(\.element))

    static let hasty = surface(
        "hasty", cores: [1, 2, 4], gigahertz: grid, time: { n, f in 0.004 / n / f },
        power: { n, f in 10 + n * f })

    static let all = [scaling, retrograde, oneCore, oneFrequency, onePoint, states, ragged, hasty]
}

extension Surface: CustomTestStringConvertible {
    /// The program, in the lists of tests.
    public var testDescription: String { app }
}
