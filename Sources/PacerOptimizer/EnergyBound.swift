public import PacerUnits

/// How a lower bound is to be found.
public enum BoundMethod: String, Hashable, Sendable, CaseIterable {
    /// Exactly where that is quick and a solver is there, else from prices alone.
    case auto
    /// Not at all.
    case none
    /// By linear programs, however long it takes.
    case exact
    /// From prices alone.
    case lagrangian
}

/// A proven lower bound on the energy of a machine, and how it was found. All joules are modelled.
public struct EnergyBound: Sendable {
    /// Which program the bound is the dual value of, best first.
    public enum Origin: String, Hashable, Sendable {
        /// The column program, solved: exact for malleable jobs that switch for nothing.
        case columnProgram = "column LP"
        /// The area program, solved.
        case areaProgram = "area LP"
        /// Prices that were found without a linear program.
        case lagrangian = "Lagrangian"
    }

    /// What the bound is from.
    public private(set) var origin: Origin
    /// No schedule needs less, idle power over the horizon included.
    public private(set) var bound: Joules
    /// The bound from prices alone.
    public let lagrangian: Joules
    /// The dual value of the area program at those prices.
    public let lagrangianArea: Joules
    /// Least energy of the area program, where it was solved.
    public private(set) var areaProgram: Joules?
    /// Least energy of the column program, where it was solved.
    public private(set) var columnProgram: Joules?
    /// What to know about it, one sentence each.
    public private(set) var notes: [String] = []

    /// How far prices alone stay below the area program, as a share of it, where both are known.
    public var lagrangianShortfall: Double? {
        areaProgram.map { $0.value > 0 ? ($0 - lagrangianArea) / $0 : 0 }
    }
}

extension EnergyBound {
    /// Jobs up to which ``BoundMethod/auto`` solves the area program.
    public static let automaticAreaLimit = 500
    /// Jobs up to which ``BoundMethod/auto`` solves the column program too.
    public static let automaticColumnLimit = 60

    /// A bound for `problem`; `nil` when none is wanted.
    ///
    /// - Parameters:
    ///   - problem: Its jobs are all reachable.
    ///   - solver: Makes a solver of linear programs; `nil` when there is none.
    /// - Throws: What the solver throws when `method` is ``BoundMethod/exact``; otherwise a note says it.
    public init?(
        _ problem: BoundProblem, method: BoundMethod, effort: LagrangianBound.Effort? = nil,
        solver: (() throws -> any LinearProgramSolver)?
    ) throws {
        guard method != .none else { return nil }
        if let only = problem.onlyEnergy {
            origin = .areaProgram
            bound = only
            lagrangian = only
            lagrangianArea = only
            areaProgram = only
            return
        }
        let prices = LagrangianBound(problem, effort: effort)
        origin = .lagrangian
        bound = prices.bound
        lagrangian = prices.bound
        lagrangianArea = prices.areaBound
        if prices.simplified > 0 {
            notes.append(
                "\(prices.simplified) jobs with long windows have one price of cores for all time, which "
                    + "makes the bound lower"
            )
        }
        guard !problem.jobs.isEmpty, prices.simplified == 0 else { return }
        let count = problem.jobs.count
        guard method == .exact || (method == .auto && count <= EnergyBound.automaticAreaLimit) else { return }
        guard let solver else {
            notes.append(
                "pacer-lp, which solves linear programs, is not there: the bound is from prices alone")
            return
        }
        do {
            let area = try ProgramBound(problem, sharing: .area, from: prices.prices, solver: try solver())
            take(area, .areaProgram)
            areaProgram = area.optimum
            guard count <= EnergyBound.automaticColumnLimit else { return }
            let columns = try ProgramBound(
                problem, sharing: .columns, from: area.prices, solver: try solver())
            take(columns, .columnProgram)
            columnProgram = columns.optimum
        } catch {
            if method == .exact { throw error }
            notes.append("\(error): the bound is what was known before")
        }
    }

    private mutating func take(_ program: ProgramBound, _ origin: Origin) {
        if !program.isExact {
            notes.append("the \(origin.rawValue) was left after \(program.rounds) rounds, before its optimum")
        }
        guard program.bound > bound else { return }
        bound = program.bound
        self.origin = origin
    }
}

extension BoundProblem {
    /// The energy of every schedule, where there is nothing to choose: each job has one option, and no power
    /// is shared.
    fileprivate var onlyEnergy: Joules? {
        guard machine.uncore == .zero, tables.allSatisfy({ $0.count == 1 }) else { return nil }
        return jobs.reduce(machine.idleEnergy) { sum, job in
            guard let option = tables[job.table].first else { return sum }
            return sum + option.corePower * Seconds(job.work / option.rate)
        }
    }
}
