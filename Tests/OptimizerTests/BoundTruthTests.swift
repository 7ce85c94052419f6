import PacerModels
import PacerOptimizer
import PacerPlatform
import PacerTestSupport
import PacerUnits
import Testing

/// Cases whose optimum is known from elsewhere.
@Suite struct BoundTruthTests {
    @Test(arguments: UInt64(1)...60)
    func `one job needs what the hull of its configurations says`(seed: UInt64) throws {
        let surface = Surface(seed: seed)
        let usable = surface.estimates.filter { $0.rate > 0 && $0.power > surface.idle }
        guard !usable.isEmpty else { return }
        let frontier = Frontier(estimates: usable, idlePower: surface.idle)
        let options = usable.map {
            BoundOption(
                rate: $0.rate, corePower: $0.power - surface.idle, cores: $0.configuration.cores,
                frequency: $0.configuration.frequency)
        }
        let cores = options.map(\.cores).max() ?? 1
        for share in [0.2, 0.5, 0.83, 0.99] {
            let window = 50.0
            let rate = share * frontier.highestRate
            let problem = BoundProblem(
                machine: BoundMachine(
                    cores: cores, idle: surface.idle, uncore: .zero, horizon: Seconds(window)),
                tables: [options],
                jobs: [
                    BoundJob(
                        release: .zero, deadline: Seconds(window), work: rate * window, table: 0)
                ])
            let best = try #require(frontier.power(at: rate)).value * window
            let start = LagrangianBound(problem)
            let found = try ProgramBound(problem, sharing: .area, from: start.prices, solver: PlainSolver())
            #expect(abs(found.optimum.value - best) <= 2e-6 * max(1, best), "\(surface) at \(share)")
            #expect(start.bound.value <= best * (1 + 1e-9) + 1e-9, "\(surface) at \(share)")
            #expect(start.bound.value >= best * 0.98 - 1e-9, "\(surface) at \(share)")
        }
    }

    /// Sanders and Speck: malleable jobs with one common deadline all run until it, each at constant cores and
    /// frequency; the cores are shared out so that one more core would save every job the same power. With
    /// ideal scaling and c·f³ W a core, a job of rate r on n cores draws c·r³/n², so n is in proportion to r
    /// but for jobs that cannot use more than their limit.
    @Test(arguments: UInt64(1)...12)
    func `jobs with one deadline share the cores as Sanders and Speck do`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let (cores, deadline, c) = (8, 100.0, 0.4)
        let limits = [1, 2, 3, 8, 8].shuffled(using: &generator).prefix(4)
        let rates = limits.map { limit in
            min(Double.random(in: 0.5...6, using: &generator), 2.6 * Double(limit))
        }
        let expected = Self.commonDeadlinePower(rates, limits: Array(limits), cores: Double(cores), c: c)
        // The fine grid of frequencies stands for continuous ones.
        let tables = limits.map { limit in
            (1...limit).flatMap { count in
                (1...240).map { step in
                    let gigahertz = Double(step) / 80
                    return BoundOption(
                        rate: Double(count) * gigahertz,
                        corePower: Watts(Double(count) * c * gigahertz * gigahertz * gigahertz), cores: count,
                        frequency: Hertz(gigahertz * 1e9))
                }
            }
        }
        let problem = BoundProblem(
            machine: BoundMachine(
                cores: cores, idle: Watts(3), uncore: .zero, horizon: Seconds(deadline)), tables: tables,
            jobs: rates.enumerated().map { index, rate in
                BoundJob(
                    release: .zero, deadline: Seconds(deadline), work: rate * deadline, table: index)
            })
        guard expected.highest <= 3 else { return }
        let start = LagrangianBound(problem)
        let found = try ProgramBound(problem, sharing: .area, from: start.prices, solver: PlainSolver())
        let best = (expected.power + 3) * deadline
        #expect(abs(found.optimum.value - best) <= 1e-3 * best, "seed \(seed)")
        #expect(found.optimum.value >= best * (1 - 3e-6), "a grid is never better than all frequencies")
        #expect(start.bound.value >= best * 0.995 && start.bound.value <= best * 1.001, "seed \(seed)")
    }

    /// Least power and the highest frequency in it, by bisection on the price of a core.
    private static func commonDeadlinePower(
        _ rates: [Double], limits: [Int], cores: Double, c: Double
    ) -> (power: Double, highest: Double) {
        // A core saves 2·c·r³/n³ W, so at price μ a job takes n = r·(2c/μ)^(1/3), at most its limit.
        func share(_ scale: Double) -> [Double] { zip(rates, limits).map { min(Double($1), $0 * scale) } }
        var (low, high) = (0.0, 1e6)
        for _ in 0..<200 {
            let middle = 0.5 * (low + high)
            if share(middle).reduce(0, +) <= cores { low = middle } else { high = middle }
        }
        let counts = share(low)
        let power = zip(rates, counts).map { c * $0 * $0 * $0 / ($1 * $1) }.reduce(0, +)
        return (power, zip(rates, counts).map { $0 / $1 }.max() ?? 0)
    }

    /// docs/models/bound.md: 4 cores at 1, 2, 3 GHz, 0.25·f³ + 0.5·f + 0.4 W a core, 6 W uncore, 8 W idle.
    private static func worked(_ first: ClosedRange<Int>) throws -> (
        prices: Double, area: Double, columns: Double
    ) {
        func options(_ counts: ClosedRange<Int>) -> [BoundOption] {
            counts.flatMap { count in
                [1.0, 2, 3].map { f in
                    BoundOption(
                        rate: Double(count) * f / 3,
                        corePower: Watts(Double(count) * (0.25 * f * f * f + 0.5 * f + 0.4)), cores: count,
                        frequency: Hertz(f * 1e9))
                }
            }
        }
        let problem = BoundProblem(
            machine: BoundMachine(cores: 4, idle: Watts(8), uncore: Watts(6), horizon: Seconds(100)),
            tables: [options(first), options(3...3)],
            jobs: [
                BoundJob(release: .zero, deadline: Seconds(100), work: 100, table: 0),
                BoundJob(release: .zero, deadline: Seconds(60), work: 90, table: 1),
            ])
        let start = LagrangianBound(problem)
        let area = try ProgramBound(problem, sharing: .area, from: start.prices, solver: PlainSolver())
        let columns = try ProgramBound(problem, sharing: .columns, from: area.prices, solver: PlainSolver())
        return (start.areaBound.value, area.optimum.value, columns.optimum.value)
    }

    @Test func `the worked numbers of the document come out`() throws {
        let malleable = try Self.worked(1...4)
        #expect(abs(malleable.area - 2196.5) < 0.01 && abs(malleable.columns - 2196.5) < 0.01)
        #expect(malleable.prices > 2185 && malleable.prices <= 2196.5)
        let rigid = try Self.worked(2...2)
        #expect(abs(rigid.columns - 2653) < 0.01 && abs(rigid.area - 2264) < 0.01)
    }
}
