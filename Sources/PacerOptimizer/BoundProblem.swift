public import PacerUnits

/// What a job can run at, as far as a lower bound needs to know.
public struct BoundOption: Hashable, Sendable {
    /// Work per second.
    public var rate: Double
    /// Power of the job's cores above idle, without uncore power.
    public var corePower: Watts
    /// Cores that it takes, at least one.
    public var cores: Int
    /// What the cores run at.
    public var frequency: Hertz

    /// An option of these four.
    public init(rate: Double, corePower: Watts, cores: Int, frequency: Hertz) {
        precondition(cores > 0, "an option takes at least one core")
        self.rate = rate
        self.corePower = corePower
        self.cores = cores
        self.frequency = frequency
    }
}

/// A job as a lower bound sees it.
public struct BoundJob: Hashable, Sendable {
    /// From when on it can run, counted from the start of the horizon.
    public var release: Seconds
    /// By when it has to be done, counted from the start of the horizon; always finite.
    public var deadline: Seconds
    /// Work, in the unit of its options' rates; above zero.
    public var work: Double
    /// Index of its table of options.
    public var table: Int

    /// A job with `work` to do from `release` to `deadline` by the options of `table`.
    public init(release: Seconds, deadline: Seconds, work: Double, table: Int) {
        self.release = release
        self.deadline = deadline
        self.work = work
        self.table = table
    }

    /// The time that it has.
    public var window: Seconds { deadline - release }
}

/// The machine of a lower bound.
public struct BoundMachine: Hashable, Sendable {
    /// Equal cores.
    public var cores: Int
    /// Drawn all the time.
    public var idle: Watts
    /// Drawn once while any core is busy.
    public var uncore: Watts
    /// The time that idle power is counted for.
    public var horizon: Seconds
    /// Whether all cores always run at one frequency. Domains between one core and all of them are taken for
    /// single cores, which can only lower the bound.
    public var sharesFrequency: Bool

    /// A machine of these parts.
    public init(
        cores: Int, idle: Watts, uncore: Watts, horizon: Seconds, sharesFrequency: Bool = false
    ) {
        precondition(cores > 0, "a machine has at least one core")
        self.cores = cores
        self.idle = idle
        self.uncore = uncore
        self.horizon = horizon
        self.sharesFrequency = sharesFrequency
    }

    /// Energy that no schedule can avoid: idle power over the horizon.
    public var idleEnergy: Joules { idle * horizon }
}

/// The least energy that any preemptive schedule of some jobs needs: what a lower bound is computed for.
///
/// Jobs may be interrupted and change cores and frequency at no cost; each has one option at a time, and the
/// cores of all options at any time are at most those of the machine. Derivation: docs/models/bound.md.
public struct BoundProblem: Sendable {
    /// The machine.
    public let machine: BoundMachine
    /// Options by table, without those that no optimal schedule needs; by cores, then rate.
    public let tables: [[BoundOption]]
    /// The jobs.
    public let jobs: [BoundJob]

    /// A problem of `jobs` whose options are those of `tables`.
    public init(machine: BoundMachine, tables: [[BoundOption]], jobs: [BoundJob]) {
        precondition(
            jobs.allSatisfy {
                tables.indices.contains($0.table) && $0.work > 0 && $0.work.isFinite
                    && $0.release.isFinite && $0.deadline.isFinite
            },
            "a job has work, a window and a table of options")
        self.machine = machine
        self.jobs = jobs
        self.tables = tables.map { options in
            let usable = options.filter {
                $0.cores <= machine.cores && $0.rate > 0 && $0.rate.isFinite && $0.corePower.isFinite
            }
            return BoundProblem.needed(usable, sharesFrequency: machine.sharesFrequency)
        }
    }

    /// Jobs that even alone at their fastest cannot be done in their window, ascending.
    public var unreachable: [Int] {
        let fastest = tables.map { options in options.map(\.rate).max() ?? 0 }
        return jobs.indices.filter { index in
            let job = jobs[index]
            return fastest[job.table] * max(0, job.window.value) < job.work * (1 - 1e-9)
        }
    }

    // MARK: Options that matter

    /// The options that some optimum needs: an option is left out when options on no more cores, one or a mix
    /// of two in time, do the same work for no more energy.
    private static func needed(_ options: [BoundOption], sharesFrequency: Bool) -> [BoundOption] {
        let sorted = options.sorted {
            ($0.cores, $0.frequency, $0.rate, $0.corePower) < ($1.cores, $1.frequency, $1.rate, $1.corePower)
        }
        guard sharesFrequency else { return onHulls(sorted) }
        // Under one frequency for all, only options of the same frequency can stand in for each other.
        var byFrequency: [Hertz: [BoundOption]] = [:]
        for option in sorted { byFrequency[option.frequency, default: []].append(option) }
        let kept = byFrequency.keys.sorted().flatMap { onHulls(byFrequency[$0] ?? []) }
        return kept.sorted { ($0.cores, $0.rate, $0.frequency) < ($1.cores, $1.rate, $1.frequency) }
    }

    /// For each number of cores, those of its options that are on the lower hull of power over rate of all
    /// options with as many cores or fewer.
    private static func onHulls(_ sorted: [BoundOption]) -> [BoundOption] {
        var kept: [BoundOption] = []
        var hull: [BoundOption] = []
        var first = 0
        while first < sorted.count {
            let cores = sorted[first].cores
            let end = sorted[first...].firstIndex { $0.cores != cores } ?? sorted.count
            hull = lowerHull(hull + sorted[first..<end])
            kept += hull.filter { $0.cores == cores }
            first = end
        }
        return kept
    }

    /// The lower convex hull of power over rate, from the origin up to the highest rate.
    private static func lowerHull(_ options: [BoundOption]) -> [BoundOption] {
        let byRate = options.sorted {
            ($0.rate, $0.corePower, $0.cores, $0.frequency) < ($1.rate, $1.corePower, $1.cores, $1.frequency)
        }
        var hull: [BoundOption] = []
        for option in byRate {
            if let last = hull.last, last.rate == option.rate { continue }
            while let last = hull.last {
                let before = hull.count >= 2 ? hull[hull.count - 2] : nil
                let (rate, power) = (before?.rate ?? 0, before?.corePower.value ?? 0)
                let cross =
                    (last.rate - rate) * (option.corePower.value - power)
                    - (last.corePower.value - power) * (option.rate - rate)
                guard cross <= 0 else { break }
                hull.removeLast()
            }
            hull.append(option)
        }
        return hull
    }
}
