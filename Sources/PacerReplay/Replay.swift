public import PacerScheduling
import PacerModels
import PacerPlatform
import PacerUnits

/// Runs a workload on a simulated machine under one policy, with the queues and the joint planner of the live
/// engine, and adds up the energy.
///
/// What a job does at a configuration is known, so nothing is probed; between two events every speed and
/// power is constant, so work and energy are exact sums of products.
public struct Replay: Sendable {
    /// Why a workload cannot be replayed to its end.
    public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// One sentence without a full stop.
        public let description: String
    }

    let machine: ReplayMachine
    let workload: Workload
    let policy: any Policy
    let constants: ControlConstants
    let keepsSegments: Bool
    let tables: [OptionTable]
    /// The machine's top frequency, which takes a look at all of its domains to find.
    let top: Hertz

    /// A replay of `workload` on `machine`.
    ///
    /// - Parameter keepsSegments: whether the result has every stretch of every job.
    public init(
        machine: ReplayMachine, workload: Workload, policy: any Policy,
        constants: ControlConstants = ControlConstants(), keepsSegments: Bool = false
    ) {
        self.machine = machine
        self.workload = workload
        self.policy = policy
        self.constants = constants
        self.keepsSegments = keepsSegments
        top = machine.machine.topFrequency
        let ladder = policy.queue == .edf ? Replay.ladder(machine, policy) : nil
        var used = Array(repeating: false, count: workload.kinds.count)
        for job in workload.jobs { used[job.kind] = true }
        tables = workload.kinds.indices.map { index in
            OptionTable(used[index] ? machine.options(of: workload.kinds[index]) : [], ladder: ladder)
        }
    }

    static func ladder(_ machine: ReplayMachine, _ policy: any Policy) -> PriceLadder {
        PriceLadder(
            power: machine.power, top: machine.machine.topFrequency, accounting: policy.accounting)
    }

    /// Runs until every job that can run has ended. There is no result when one of them would end after the
    /// clock does: run times come from files, and so does what makes a line grow for centuries.
    ///
    /// - Parameter progress: told now and then how many jobs have ended.
    public func run(progress: ((Int) -> Void)? = nil) throws(Problem) -> ReplayResult {
        switch policy.queue {
        case .edf:
            var run = PlannedRun(self)
            return try run.run(progress)
        case .fcfs, .easyBackfill:
            var run = RigidRun(self)
            return try run.run(progress)
        }
    }
}

extension ReplayMachine {
    /// What a job of `kind` may be given on this machine: every number of cores at every sustained frequency.
    public func options(of kind: JobKind) -> [JobOption] {
        let top = machine.topFrequency
        let frequencies = machine.frequencies
        return (1...machine.coreCount).flatMap { cores in
            frequencies.map { frequency in
                let configuration = Configuration(cores: cores, frequency: frequency)
                return JobOption(
                    configuration: configuration, speed: kind.speed(configuration, top: top),
                    corePower: power.corePower(at: frequency, activity: kind.activity) * Double(cores))
            }
        }
    }
}

extension ReplayJob {
    /// The numbers of cores that it may have on a machine of `available` cores; `nil` when it does not fit.
    func range(of available: Int) -> ClosedRange<Int>? {
        switch shape {
        case .rigid(let cores): cores >= 1 && cores <= available ? cores...cores : nil
        case .moldable(let limit), .malleable(let limit): 1...max(1, min(available, limit ?? available))
        }
    }

    /// Its run time at `speed`, when it is `reference` on the cores of the trace at the top frequency.
    func time(at speed: Double, reference: Double) -> Int64 {
        Replay.nanoseconds(runTime.value * (reference / speed))
    }
}

extension Replay {
    /// Nothing ends later than this on the clock of the trace, 285 years: a sum of instants and lengths that
    /// goes beyond is found here, and not where it would no longer be a number of nanoseconds.
    static let latest = Int64(Scenario.latestSecond * 1e9)

    /// The time `length` after `time`; what no instant can hold becomes the last of all, beyond ``latest``.
    static func later(_ time: Int64, by length: Int64) -> Int64 {
        let (sum, overflow) = time.addingReportingOverflow(length)
        return overflow ? .max : sum
    }

    /// Why the replay is given up: the job at `index` would end after ``latest``.
    func problem(ofJob index: Int) -> Problem {
        let number = workload.jobs[index].number
        return Problem(
            description: "under policy '\(policy.name)' job \(number) would end more than 285 years after "
                + "time 0 of the trace, later than a replay can tell: it, or what runs before it, takes too "
                + "long")
    }

    /// Rounded up, but for what an error in the last digits adds; what is too long becomes 292 years, which
    /// no end can be.
    static func nanoseconds(_ seconds: Double) -> Int64 {
        let nanoseconds = (seconds * 1e9 - 1e-3).rounded(.up)
        return nanoseconds < 9.2e18 ? Int64(max(0, nanoseconds)) : .max
    }

    static func seconds(_ nanoseconds: Int64) -> Double { Double(nanoseconds) / 1e9 }

    /// The speed that a job's run time in the trace is about.
    func reference(of job: ReplayJob) -> Double {
        let cores = max(1, job.cores)
        return workload.kinds[job.kind].speed(Configuration(cores: cores, frequency: top), top: top)
    }
}
