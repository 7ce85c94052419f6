public import PacerUnits

/// Least energy of the area or the column program, by a linear program that is given its columns as they are
/// needed.
///
/// A column is what the machine does in one block of time: a share of the block's length, work of some jobs
/// per second, power. Starting from the columns that are best at given prices of work, the program is solved,
/// its prices give new columns, and so on until none would lower the energy (Dantzig and Wolfe, Operations
/// Research 8, 1960). The dual function at any prices is a bound, so what is reported is valid whatever the
/// solver's tolerance. Derivation: docs/models/bound.md.
public struct ProgramBound: Sendable {
    /// A valid bound on the energy of the machine over its horizon, idle power included.
    public let bound: Joules
    /// The least energy of the program with the columns that it has; at least the true optimum, but for the
    /// solver's tolerance.
    public let optimum: Joules
    /// Whether the two agree to ``tolerance``.
    public let isExact: Bool
    /// How often the program was solved.
    public let rounds: Int
    /// Columns that it had in the end.
    public let columns: Int
    /// Joules per unit of each job's work.
    public let prices: [Double]

    /// Relative distance of bound and optimum that counts as none.
    public static let tolerance = 1e-6
}

/// Why no bound came out of a linear program.
public enum ProgramFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// No schedule does all jobs in their windows.
    case infeasible
    /// The solver gave up.
    case stopped

    /// In words.
    public var description: String {
        switch self {
        case .infeasible: "no schedule does every job in its window"
        case .stopped: "the solver of linear programs gave up"
        }
    }
}

extension ProgramBound {
    /// The least energy for `problem`, starting from the prices of a Lagrangian bound.
    public init(
        _ problem: BoundProblem, sharing: CoreSharing, from start: [Double],
        solver: any LinearProgramSolver, roundLimit: Int = 600
    ) throws {
        var generation = ColumnGeneration(problem, sharing: sharing, start: start, solver: solver)
        try generation.run(roundLimit: roundLimit)
        let idle = problem.machine.idleEnergy
        bound = idle + Joules(generation.best.value)
        optimum = idle + Joules(generation.cost)
        isExact = generation.isDone
        rounds = generation.rounds
        columns = generation.columnCount
        prices = generation.best.prices
    }
}

/// The state of a generation of columns.
private struct ColumnGeneration {
    /// How far prices may be from the start, as a factor, before the limit is lifted. Prices that cannot
    /// jump need far fewer rounds (du Merle and others, Discrete Mathematics 194, 1999).
    private static let reaches = [1.04, 1.3, 4.0, 100.0]
    /// Relative distance of bound and optimum at which limits that hold a price are lifted.
    private static let nearEnough = 2e-3

    private let problem: BoundProblem
    private let solver: any LinearProgramSolver
    private let blocks: BoundBlocks
    private let start: [Double]
    /// Joules that are one in the program.
    private let unit: Double
    private var oracle: BlockOracle
    /// Of each job, which of ``reaches`` limits it now from below and from above.
    private var reach: [(low: Int, high: Int)]
    private(set) var best: (value: Double, prices: [Double])
    /// The last optimum in joules, without idle energy.
    private(set) var cost = Double.infinity
    private(set) var isDone = false
    private(set) var rounds = 0
    private(set) var columnCount = 0

    private var jobs: [BoundJob] { problem.jobs }

    init(_ problem: BoundProblem, sharing: CoreSharing, start: [Double], solver: any LinearProgramSolver) {
        self.problem = problem
        self.solver = solver
        self.start = start
        let all = Array(problem.jobs.indices)
        blocks = BoundBlocks(problem, chosen: all)
        oracle = BlockOracle(problem: problem, sharing: sharing, chosen: all, blocks: blocks)
        reach = Array(repeating: (0, 0), count: all.count)
        var total = 0.0
        for job in all { total += start[job] * problem.jobs[job].work }
        unit = max(total / Double(max(1, all.count)), 1e-12)
        best = (0, start)
    }

    mutating func run(roundLimit: Int) throws {
        try prepare()
        let weight = 0.6
        while rounds < roundLimit {
            rounds += 1
            guard case .optimal(let value, let duals) = try solver.solve() else {
                throw ProgramFailure.stopped
            }
            cost = value * unit
            let prices = jobs.indices.map { max(0, duals[$0]) * unit / jobs[$0].work }
            // Limits are lifted before all is settled within them: most of it would have to be settled anew.
            let isNear = cost - best.value <= ColumnGeneration.nearEnough * abs(cost)
            if isNear, try liftLimits(duals) { continue }
            if try improve(prices, duals, weight: weight) { continue }
            // The mixed prices taught nothing: those of the program itself do.
            if try improve(prices, duals, weight: 0) { continue }
            if try liftLimits(duals) { continue }
            isDone = cost - best.value <= ProgramBound.tolerance * abs(cost)
            if isDone { try checkFeasible(duals) }
            return
        }
    }

    /// Adds the columns that are best at prices between the best ones so far and the program's; whether
    /// there were any that help.
    private mutating func improve(_ prices: [Double], _ duals: [Double], weight: Double) throws -> Bool {
        guard cost - best.value > ProgramBound.tolerance * abs(cost) else { return false }
        let mixed = prices.indices.map { weight * best.prices[$0] + (1 - weight) * prices[$0] }
        let (value, columns) = columns(at: mixed)
        if value > best.value { best = (value, mixed) }
        let helpful = columns.filter { column in
            var reduced = column.cost
            for entry in column.entries { reduced -= entry.value * duals[entry.row] }
            return reduced < -1e-10
        }
        try add(helpful)
        return !helpful.isEmpty
    }

    /// The dual value at `prices`, and the best column of each block there.
    private mutating func columns(at prices: [Double]) -> (value: Double, columns: [LinearColumn]) {
        oracle.setPrices(prices)
        var value = 0.0
        for job in jobs.indices { value += prices[job] * jobs[job].work }
        var columns: [LinearColumn] = []
        let uncore = problem.machine.uncore.value
        for block in 0..<blocks.count {
            let point = oracle.best(in: block)
            guard !point.shares.isEmpty else { continue }
            let length = blocks.lengths[block]
            if point.profit > uncore { value -= length * (point.profit - uncore) }
            var entries = point.shares.map { share in
                LinearColumn.Entry(row: share.job, value: share.rate * length / jobs[share.job].work)
            }
            entries.append(LinearColumn.Entry(row: jobs.count + block, value: 1))
            columns.append(LinearColumn(cost: length * (point.corePower + uncore) / unit, entries: entries))
        }
        return (value, columns)
    }

    private mutating func add(_ columns: [LinearColumn]) throws {
        guard !columns.isEmpty else { return }
        try solver.add(columns)
        columnCount += columns.count
    }

    // MARK: Limits of the prices

    /// Rows: all of each job's work; at most the length of each block. Columns: for every job and reach two
    /// that keep its price from falling and from rising further; then those of the starting prices.
    private mutating func prepare() throws {
        var rows = jobs.map { _ in LinearRow(lower: 1, upper: .infinity) }
        rows += (0..<blocks.count).map { _ in LinearRow(lower: -.infinity, upper: 1) }
        try solver.setRows(rows)
        var limits: [LinearColumn] = []
        for job in jobs.indices {
            let price = start[job] * jobs[job].work / unit
            for factor in ColumnGeneration.reaches {
                limits.append(
                    LinearColumn(
                        cost: -price / factor, entries: [LinearColumn.Entry(row: job, value: -1)]))
                limits.append(
                    LinearColumn(cost: price * factor, entries: [LinearColumn.Entry(row: job, value: 1)]))
            }
        }
        try add(limits)
        for factor in [1.0, 0.98, 1.02, 1.2] {
            let (value, columns) = columns(at: start.map { $0 * factor })
            if value > best.value { best = (value, start.map { $0 * factor }) }
            try add(columns)
        }
    }

    private func limit(of job: Int, reach: Int, isHigh: Bool) -> Int {
        (job * ColumnGeneration.reaches.count + reach) * 2 + (isHigh ? 1 : 0)
    }

    /// Lifts the limits that hold a price; whether there were any.
    private mutating func liftLimits(_ duals: [Double]) throws -> Bool {
        var lifted: [(column: Int, upper: Double)] = []
        let reaches = ColumnGeneration.reaches
        for job in jobs.indices {
            let price = start[job] * jobs[job].work / unit
            let slack = 1e-9 * price
            if reach[job].low < reaches.count, duals[job] <= price / reaches[reach[job].low] + slack {
                lifted.append((limit(of: job, reach: reach[job].low, isHigh: false), 0))
                reach[job].low += 1
            }
            if reach[job].high < reaches.count - 1, duals[job] >= price * reaches[reach[job].high] - slack {
                lifted.append((limit(of: job, reach: reach[job].high, isHigh: true), 0))
                reach[job].high += 1
            }
        }
        if !lifted.isEmpty { try solver.setLimits(lifted) }
        return !lifted.isEmpty
    }

    /// A price at its last limit means that work is left undone.
    private func checkFeasible(_ duals: [Double]) throws {
        let last = ColumnGeneration.reaches[ColumnGeneration.reaches.count - 1]
        for job in jobs.indices where duals[job] >= start[job] * jobs[job].work / unit * last * (1 - 1e-6) {
            throw ProgramFailure.infeasible
        }
    }
}
