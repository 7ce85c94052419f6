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

    /// Runs until every job that can run has ended.
    ///
    /// - Parameter progress: told now and then how many jobs have ended.
    public func run(progress: ((Int) -> Void)? = nil) -> ReplayResult {
        switch policy.queue {
        case .edf:
            var run = PlannedRun(self)
            return run.run(progress)
        case .fcfs, .easyBackfill:
            var run = RigidRun(self)
            return run.run(progress)
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
    /// Rounded up, but for what an error in the last digits adds; what is too long becomes 292 years.
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
