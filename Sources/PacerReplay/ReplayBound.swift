import PacerModels
public import PacerOptimizer
import PacerPlatform
import PacerScheduling
public import PacerUnits

/// How far a replay is from the least that any schedule could have needed.
public struct ReplayBoundOutcome: Sendable {
    /// Jobs that the bound is about: those that were done and had work.
    public var jobs: Int
    /// What the policy needed, modelled.
    public var energy: Joules
    /// The bound; `nil` when none was wanted.
    public var bound: EnergyBound?

    /// An outcome of these parts.
    public init(jobs: Int, energy: Joules, bound: EnergyBound?) {
        self.jobs = jobs
        self.energy = energy
        self.bound = bound
    }

    /// Energy above the bound, as a share of the bound; `nil` without one.
    public var gap: Double? {
        bound.flatMap { $0.bound.value > 0 ? (energy - $0.bound) / $0.bound : nil }
    }
}

extension BoundProblem {
    /// What has to be bounded to compare with `result`: the least energy of any schedule that does the same
    /// jobs on the same machine within the same horizon, and is no later than the policy was.
    ///
    /// A job with a deadline that the policy kept has until its deadline; one that the policy missed it for,
    /// until the policy's own finish; one without has until the end of the horizon. What was never done is
    /// left out. Rigid jobs have exactly their cores, others every number up to their limit; all sustainable
    /// frequencies. A moldable job is treated as malleable, which can only lower the bound.
    public init(workload: Workload, machine: ReplayMachine, result: ReplayResult) {
        var tables = OptionTables(workload: workload, machine: machine)
        var jobs: [BoundJob] = []
        for (job, outcome) in zip(workload.jobs, result.jobs) {
            guard outcome.refusal == nil, let finished = outcome.finished else { continue }
            let kind = workload.kinds[job.kind]
            let reference = Configuration(cores: max(1, job.cores), frequency: machine.machine.topFrequency)
            let work = job.runTime.value * kind.speed(reference, top: machine.machine.topFrequency)
            guard work > 0, let table = tables.index(of: job) else { continue }
            let deadline = job.deadline.map { max($0, finished) } ?? max(result.end, finished)
            let release = job.submitted - result.start
            let end = deadline - result.start
            // Instants are rounded to nanoseconds and work to the last digits: a job that just fitted into
            // its window may seem not to. Less work can only lower the bound.
            let fastest = tables.fastest[table]
            let fits = min(work, fastest * (end - release).value) - 2e-9 * fastest
            let bounded = fits * (1 - 1e-9)
            guard bounded > 0 else { continue }
            jobs.append(BoundJob(release: release, deadline: end, work: bounded, table: table))
        }
        let domains = machine.machine.domains
        self.init(
            machine: BoundMachine(
                cores: machine.machine.coreCount, idle: machine.power.idle, uncore: machine.power.uncore,
                horizon: result.end - result.start,
                sharesFrequency: domains.count == 1 && machine.machine.frequencies.count > 1),
            tables: tables.options, jobs: jobs)
    }
}

/// The options of jobs of the same kind on the same numbers of cores, listed once.
private struct OptionTables {
    private struct Key: Hashable {
        var kind: Int
        var least: Int
        var most: Int
    }

    private let workload: Workload
    private let machine: ReplayMachine
    private var indices: [Key: Int] = [:]
    private(set) var options: [[BoundOption]] = []
    /// The highest rate of each table.
    private(set) var fastest: [Double] = []

    init(workload: Workload, machine: ReplayMachine) {
        self.workload = workload
        self.machine = machine
    }

    /// The table of `job`; `nil` when the machine has nothing for it.
    mutating func index(of job: ReplayJob) -> Int? {
        let all = machine.machine.coreCount
        let key =
            switch job.shape {
            case .rigid(let cores): Key(kind: job.kind, least: cores, most: cores)
            case .moldable(let limit), .malleable(let limit):
                Key(kind: job.kind, least: 1, most: min(limit ?? all, all))
            }
        if let known = indices[key] { return known }
        guard key.least >= 1, key.least <= key.most, key.most <= all else { return nil }
        let kind = workload.kinds[job.kind]
        let top = machine.machine.topFrequency
        let table = (key.least...key.most).flatMap { cores in
            machine.machine.frequencies.map { frequency in
                BoundOption(
                    rate: kind.speed(Configuration(cores: cores, frequency: frequency), top: top),
                    corePower: machine.power.corePower(at: frequency, activity: kind.activity)
                        * Double(cores),
                    cores: cores, frequency: frequency)
            }
        }
        indices[key] = options.count
        options.append(table)
        fastest.append(table.map(\.rate).max() ?? 0)
        return options.count - 1
    }
}
