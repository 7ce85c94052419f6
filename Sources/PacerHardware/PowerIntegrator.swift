public import PacerPlatform
import PacerModels
public import PacerScheduling
public import PacerUnits

/// Processor time that a job has used on each logical CPU since it started.
public struct JobLoad: Hashable, Sendable {
    /// Whose time it is.
    public var job: JobID
    /// Cumulative; CPUs that were not used may be left out.
    public var perCPU: [CPUID: Seconds]

    /// A load of these CPUs.
    public init(job: JobID, perCPU: [CPUID: Seconds]) {
        self.job = job
        self.perCPU = perCPU
    }
}

/// Turns processor time into energy by a power model; shared by the emulated machine and the modelled meter.
///
/// Over an interval dt in which core c stays at f_c, with u_c the share of dt that the core was busy:
///
///     E = idle·dt + uncore·max_c u_c·dt + Σ_c u_c·corePower(f_c)·activity·dt
///
/// `stretch` says how much longer the core takes than the CPU time that was seen: f_max/f_c when a low
/// frequency is emulated by a quota, 1 on real hardware. A quota is used in bursts, so more than dt of busy
/// time can fall into a short interval; what does not fit is carried into the next ones, up to ``carried``
/// per core, so that the energy does not depend on how often it is asked for.
struct PowerIntegrator {
    /// What a core runs at in the interval.
    struct CoreState {
        var frequency: Hertz
        var stretch: Double
    }

    /// Busy time that may wait for the next interval: two periods of the slowest quota in use, 100 ms each.
    static let carried = Seconds(0.2)

    let model: PowerModel
    /// A job's own factor on core power.
    var activity: (JobID) -> Double = { _ in 1 }
    private let coreOfCPU: [CPUID: Int]
    private(set) var last: Instant
    private var seen: [JobID: [CPUID: Seconds]] = [:]
    private var backlog: [[JobID: Seconds]]
    private(set) var jobs: [JobID: JobAccount] = [:]
    /// Busy time that neither fitted its interval nor could be carried: the jobs are not slowed as they
    /// should.
    private(set) var overrun = Seconds.zero
    /// How long each core has been busy, as the integral counts it.
    private(set) var coreBusy: [Seconds]

    /// What one job has used.
    struct JobAccount {
        /// The core-power part of its energy, without any share of idle and uncore power.
        var energy = Joules.zero
        /// Its share of the uncore energy, in proportion to `energy` in each interval.
        var uncore = Joules.zero
        var processorTime = Seconds.zero
        /// The same stretched to the frequencies the cores ran at.
        var busyTime = Seconds.zero
    }

    init(model: PowerModel, cores: [Core], at now: Instant) {
        self.model = model
        self.last = now
        self.backlog = cores.map { _ in [:] }
        self.coreBusy = cores.map { _ in .zero }
        var coreOfCPU: [CPUID: Int] = [:]
        for (index, core) in cores.enumerated() {
            for cpu in core.cpus.cpus { coreOfCPU[cpu] = index }
        }
        self.coreOfCPU = coreOfCPU
    }

    /// Counts everything that `job` has used since it started. A job that was not announced counts from the
    /// moment it is seen first: nobody knows when the rest was used.
    mutating func begin(_ job: JobID) {
        if seen[job] == nil { seen[job] = [:] }
    }

    /// Stops following a job that has ended; its account stays until ``forget(_:)``.
    mutating func finish(_ job: JobID) { seen[job] = nil }

    mutating func forget(_ job: JobID) {
        seen[job] = nil
        jobs[job] = nil
        for core in backlog.indices { backlog[core][job] = nil }
    }

    /// The machine's energy from the last call to `now`; zero when no time has passed.
    mutating func advance(to now: Instant, loads: [JobLoad], state: (Int) -> CoreState) -> Joules {
        guard now > last else { return .zero }
        let length = now - last
        last = now
        let demanded = demand(loads, state: state)
        var busiest = Seconds.zero
        var energy = model.idle * length
        var cores: [JobID: Joules] = [:]
        var allCores = Joules.zero
        for core in backlog.indices {
            let parts = demanded[core].sorted { $0.key < $1.key }
            let total = parts.map(\.value).total()
            guard total > .zero else { continue }
            let busy = min(total, length)
            let excess = total - busy
            let kept = min(excess, Self.carried)
            overrun += excess - kept
            busiest = max(busiest, busy)
            coreBusy[core] += busy
            backlog[core] = [:]
            for (job, wanted) in parts {
                let power = model.corePower(at: state(core).frequency, activity: activity(job))
                let spent = power * (wanted * (busy / total))
                energy += spent
                cores[job, default: .zero] += spent
                allCores += spent
                if kept > .zero { backlog[core][job] = wanted * (kept / total) }
            }
        }
        let uncore = model.uncore * busiest
        // order does not matter: each job has its own account
        for (job, own) in cores {
            jobs[job, default: JobAccount()].energy += own
            if own > .zero { jobs[job, default: JobAccount()].uncore += uncore * (own / allCores) }
        }
        return energy + uncore
    }

    /// Busy time wanted of each core by each job, what was carried over included.
    private mutating func demand(_ loads: [JobLoad], state: (Int) -> CoreState) -> [[JobID: Seconds]] {
        var demanded = backlog
        for load in loads.sorted(by: { $0.job < $1.job }) {
            guard let before = seen[load.job] else {
                seen[load.job] = load.perCPU
                continue
            }
            var account = jobs[load.job, default: JobAccount()]
            for (cpu, time) in load.perCPU.sorted(by: { $0.key < $1.key }) {
                let used = time - before[cpu, default: .zero]
                guard used > .zero, let core = coreOfCPU[cpu] else { continue }
                seen[load.job, default: [:]][cpu] = time
                let busy = used * state(core).stretch
                account.processorTime += used
                account.busyTime += busy
                demanded[core][load.job, default: .zero] += busy
            }
            jobs[load.job] = account
        }
        return demanded
    }
}
