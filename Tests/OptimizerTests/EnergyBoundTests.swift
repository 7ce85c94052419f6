import PacerOptimizer
import PacerTestSupport
import PacerUnits
import Testing

@Suite struct EnergyBoundTests {
    private static let kinds = (UInt64(1)...30).flatMap { seed in [(seed, false), (seed, true)] }

    @Test(arguments: kinds)
    func `both programs give the optimum of the program written out`(seed: UInt64, shares: Bool) throws {
        let sample = BoundCase(seed: seed, sharesFrequency: shares)
        let problem = sample.problem
        let start = LagrangianBound(problem)
        for (sharing, optimum) in [
            (CoreSharing.area, sample.areaOptimum), (.columns, sample.columnOptimum),
        ] {
            guard let optimum else {
                #expect(throws: ProgramFailure.infeasible, "\(sample)") {
                    try ProgramBound(problem, sharing: sharing, from: start.prices, solver: PlainSolver())
                }
                continue
            }
            let found = try ProgramBound(
                problem, sharing: sharing, from: start.prices, solver: PlainSolver())
            #expect(found.isExact, "\(sample), \(sharing)")
            #expect(abs(found.optimum.value - optimum) <= 3e-6 * optimum, "\(sample), \(sharing)")
            #expect(found.bound.value <= optimum * (1 + 1e-9), "\(sample), \(sharing)")
            #expect(found.bound.value >= optimum * (1 - 3e-6), "\(sample), \(sharing)")
        }
    }

    @Test(arguments: UInt64(1)...60)
    func `prices alone stay below the area program, by a few per cent at most`(seed: UInt64) throws {
        let sample = BoundCase(seed: seed)
        guard let optimum = sample.areaOptimum else { return }
        let bound = LagrangianBound(sample.problem).areaBound.value
        #expect(bound <= optimum * (1 + 1e-9), "\(sample)")
        #expect(bound >= optimum * 0.97, "\(sample)")
    }

    @Test(arguments: UInt64(1)...40)
    func `the area program is below the column program, and both are below every schedule`(seed: UInt64)
        throws
    {
        let sample = BoundCase(seed: seed)
        guard let area = sample.areaOptimum, let columns = sample.columnOptimum else { return }
        #expect(area <= columns * (1 + 1e-9), "\(sample)")
        let schedules = RandomSchedule.all(sample, seed: seed, count: 200)
        for energy in schedules { #expect(columns <= energy * (1 + 1e-9), "\(sample)") }
        let bound = LagrangianBound(sample.problem)
        #expect(bound.bound.value <= columns * (1 + 1e-9), "\(sample)")
        #expect(bound.bound >= bound.areaBound)
    }

    @Test(arguments: UInt64(1)...40)
    func `options that are left out change no optimum`(seed: UInt64) throws {
        var sample = BoundCase(seed: seed)
        let full = sample.areaOptimum
        let fullColumns = sample.columnOptimum
        let count = sample.options.joined().count
        sample.options = sample.problem.tables
        #expect(sample.options.joined().count <= count)
        for (before, after) in [(full, sample.areaOptimum), (fullColumns, sample.columnOptimum)] {
            #expect((before == nil) == (after == nil), "\(sample)")
            guard let before, let after else { continue }
            #expect(abs(before - after) <= 1e-9 * before, "\(sample)")
        }
    }

    @Test func `a job that cannot be done alone is named`() {
        let option = BoundOption(rate: 2, corePower: Watts(3), cores: 1, frequency: Hertz(1e9))
        let jobs = [(10.0, 4.0), (10.0, 5.0), (11.0, 5.0)].map {
            BoundJob(release: .zero, deadline: Seconds($0.1), work: $0.0, table: 0)
        }
        let machine = BoundMachine(cores: 4, idle: Watts(1), uncore: Watts(1), horizon: Seconds(5))
        #expect(BoundProblem(machine: machine, tables: [[option]], jobs: jobs).unreachable == [0, 2])
    }

    @Test func `without a solver the bound says that it is from prices alone`() throws {
        let problem = BoundCase(seed: 3).problem
        let bound = try #require(try EnergyBound(problem, method: .auto, solver: nil))
        #expect(bound.origin == .lagrangian && bound.notes.count == 1 && bound.lagrangianShortfall == nil)
        #expect(try EnergyBound(problem, method: .none, solver: nil) == nil)
        let solved = try #require(try EnergyBound(problem, method: .auto) { PlainSolver() })
        #expect(solved.areaProgram != nil && solved.columnProgram != nil && solved.notes.isEmpty)
        #expect(solved.bound >= bound.bound)
    }

    @Test func `a horizon without jobs costs idle power`() throws {
        let machine = BoundMachine(cores: 4, idle: Watts(8), uncore: Watts(6), horizon: Seconds(100))
        let problem = BoundProblem(machine: machine, tables: [], jobs: [])
        let bound = try #require(try EnergyBound(problem, method: .auto) { PlainSolver() })
        #expect(bound.bound == Joules(800))
    }

    @Test func `where there is nothing to choose the bound is what every schedule takes`() throws {
        let tables = [(2.0, 3.0, 1), (1.0, 8.0, 4)].map {
            [BoundOption(rate: $0.0, corePower: Watts($0.1), cores: $0.2, frequency: Hertz(1e9))]
        }
        let jobs = (0..<40).map {
            BoundJob(release: .zero, deadline: Seconds(1000), work: Double($0 + 1), table: $0 % 2)
        }
        let machine = BoundMachine(cores: 4, idle: Watts(1), uncore: .zero, horizon: Seconds(1000))
        let problem = BoundProblem(machine: machine, tables: tables, jobs: jobs)
        // 1 kJ idle; 400 units at 1.5 J and 420 at 8 J.
        let bound = try #require(try EnergyBound(problem, method: .auto, solver: nil))
        #expect(abs(bound.bound.value - (1000 + 400 * 1.5 + 420 * 8)) < 1e-6)
        #expect(LagrangianBound(problem).bound.value <= bound.bound.value * (1 + 1e-9))
    }

    @Test func `the same problem gives the same bytes`() {
        let problem = BoundCase(seed: 8).problem
        let (first, second) = (LagrangianBound(problem), LagrangianBound(problem))
        #expect(first.prices == second.prices && first.bound == second.bound)
    }
}

/// Schedules made by chance: in every block a random mix of columns that does the due part of the work.
enum RandomSchedule {
    /// Energies of those of `count` attempts that did all the work in time.
    static func all(_ sample: BoundCase, seed: UInt64, count: Int) -> [Double] {
        var generator = SeededGenerator(seed: seed &+ 77)
        return (0..<count).compactMap { _ in one(sample, &generator) }
    }

    private static func one(_ sample: BoundCase, _ generator: inout SeededGenerator) -> Double? {
        var left = sample.jobs.map(\.work)
        var energy = sample.machine.idleEnergy.value
        for block in sample.blocks {
            var time = block.length
            while time > 1e-9 {
                let open = block.jobs.filter { left[$0] > 1e-12 }
                guard let column = sample.columns(of: open).randomElement(using: &generator), !column.isEmpty
                else { break }
                // Until one of its jobs is done, the block is over, or something else is tried.
                let done = column.map { left[$0.job] / $0.option.rate }.min() ?? 0
                let span = min(done, time, block.length * Double.random(in: 0.1...1, using: &generator))
                for part in column {
                    left[part.job] -= span * part.option.rate
                    energy += span * part.option.corePower.value
                }
                energy += span * sample.machine.uncore.value
                time -= span
            }
        }
        return left.allSatisfy { $0 <= 1e-9 } ? energy : nil
    }
}
