import PacerModels
public import PacerPlatform
public import PacerScheduling
public import PacerUnits

import PacerOptimizer

/// What a policy knows of a program before it runs.
public enum Knowledge: String, Hashable, Sendable, CaseIterable {
    /// Nothing.
    case cold
    /// What the same program's earlier runs, under the same policy and deadline, have taught.
    case warm
    /// What one run of each other program under the same policy and deadline has taught; nothing of its own.
    case others
}

/// How one job of a surface's kind is run.
public struct SurfaceTrial: Hashable, Sendable {
    /// Deadline over the fastest time of the surface.
    public var deadlineFactor: Double
    /// What is known before.
    public var knowledge: Knowledge
    /// Power of the machine when nothing runs.
    public var idlePower: Watts
    /// Which energy counts.
    public var accounting: Accounting
    /// Standard deviation of the noise on every window; zero for none.
    public var noise: Double
    /// Where the noise starts.
    public var seed: UInt64
    /// How many earlier runs ``Knowledge/warm`` rests on, at least one.
    public var earlierRuns = 1
    /// Standard deviation of what earlier runs' amounts of work differ from this one's by, as a share; jobs
    /// then do not say how much there is. `nil`: all have the same, and say so.
    public var workSpread: Double?

    /// A trial without noise under horizon accounting, unless said otherwise.
    public init(
        deadlineFactor: Double, knowledge: Knowledge, idlePower: Watts, accounting: Accounting = .horizon,
        noise: Double = 0, seed: UInt64 = 1
    ) {
        self.deadlineFactor = deadlineFactor
        self.knowledge = knowledge
        self.idlePower = idlePower
        self.accounting = accounting
        self.noise = noise
        self.seed = seed
    }
}

/// A stretch of a run: where, for how long, and how much of the whole work (one) it did.
public struct EvaluatedStretch: Hashable, Sendable {
    /// Where the job ran.
    public var configuration: Configuration
    /// For how long.
    public var duration: Seconds
    /// Share of the program's work done; zero while the configuration changes.
    public var work: Double
}

/// One job run by the engine on a simulated machine that behaves as a surface says.
public struct SurfaceEvaluation: Hashable, Sendable {
    /// From the start to the deadline.
    public let deadline: Seconds
    /// Energy under the trial's accounting, recomputed from the surface and ``timeline``.
    public let energy: Joules
    /// From the start to the end of the program; infinite when it did not end.
    public let time: Seconds
    /// Whether the program ended after the deadline.
    public let isMissed: Bool
    /// Least energy with perfect knowledge: the hull, at no cost of switching; `nil` when no configuration
    /// keeps the deadline.
    public let optimum: Joules?
    /// The configuration that alone keeps the deadline at least energy, and that energy.
    public let bestSingle: Configuration?
    /// Energy of ``bestSingle``.
    public let bestSingleEnergy: Joules?
    /// Windows spent on learning.
    public let probes: [Configuration]
    /// The policy's last prediction of the whole run's energy, made when the last probe was over; `nil` when
    /// it made none.
    public let predictedEnergy: Joules?
    /// The same of the whole run's time.
    public let predictedTime: Seconds?
    /// Relative errors of the predicted times of the configurations that were never run at, as magnitudes.
    public let timeErrors: [Double]
    /// Relative errors of the predicted powers of the configurations that were never run at, as magnitudes.
    public let powerErrors: [Double]
    /// Everything the job ran at, in order.
    public let timeline: [EvaluatedStretch]
    /// Why, as the engine noted it.
    public let decisions: [DecisionRecord]

    /// How far the energy is above the optimum; `nil` without an optimum.
    public var excess: Double? { optimum.map { energy / $0 - 1 } }
}

extension Surface {
    /// Runs a job of this kind under `policy`. With ``Knowledge/others``, `classes` is what is remembered of
    /// other programs on the same machine.
    public func evaluate(
        _ policy: any Policy, _ trial: SurfaceTrial, classes: [ClassProfile] = [],
        constants: ControlConstants = ControlConstants()
    ) -> SurfaceEvaluation {
        var profiles: [String: ClassProfile] = [:]
        var others: [ClassProfile] = []
        switch trial.knowledge {
        case .cold: break
        case .warm: profiles = earlier(policy, trial, constants)
        case .others: others = classes.filter { $0.className != app }
        }
        let result = run(
            policy, trial, profiles: profiles, classes: others, seed: trial.seed, constants)
        return judge(result, trial)
    }

    /// What is remembered of the program after one run under `policy` of which nothing was known before;
    /// `nil` when nothing is.
    public func profile(
        _ policy: any Policy, _ trial: SurfaceTrial, constants: ControlConstants = ControlConstants()
    ) -> ClassProfile? {
        run(policy, trial, seed: trial.seed &+ 1, constants).profiles[app]
    }

    /// What is remembered after the earlier runs.
    private func earlier(
        _ policy: any Policy, _ trial: SurfaceTrial, _ constants: ControlConstants
    ) -> [String: ClassProfile] {
        var work = WindowNoise(deviation: trial.workSpread ?? 0, seed: drawSeed(trial))
        return (1...trial.earlierRuns).reduce(into: [:]) { profiles, index in
            profiles =
                run(
                    policy, trial, work: work.factor(), profiles: profiles, seed: trial.seed &+ UInt64(index),
                    constants
                ).profiles
        }
    }

    /// Another one for every program and deadline: the bytes of the names (FNV-1a) and the factor.
    private func drawSeed(_ trial: SurfaceTrial) -> UInt64 {
        let names = "\(app)/\(input)".utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        return SplitMix64.number(seed: trial.seed &+ names ^ trial.deadlineFactor.bitPattern, index: 0)
    }

    /// A run of `work` times the work that the table's times are of.
    private func run(
        _ policy: any Policy, _ trial: SurfaceTrial, work: Double = 1, profiles: [String: ClassProfile] = [:],
        classes: [ClassProfile] = [], seed: UInt64, _ constants: ControlConstants
    ) -> SimulationResult {
        let table = Dictionary(points.map { ($0.configuration, $0) }, uniquingKeysWith: { first, _ in first })
        let request = JobRequest(
            id: JobID(1), className: app, submitted: .zero, deadline: .zero + deadline(trial),
            shape: .malleable(limit: nil), policy: policy.name)
        var job = SimulatedJob(
            request: request, work: work, machinePower: { table[$0]?.power ?? trial.idlePower },
            rate: { table[$0].map { 1 / $0.time.value } ?? 0 })
        job.declaresTotal = trial.workSpread == nil
        var simulation = Simulation(
            machine: machine, truth: PowerModel.idling(at: trial.idlePower),
            belief: .unmeasured(idle: trial.idlePower), policies: [policy], jobs: [job], profiles: profiles,
            constants: constants, configurations: Set(table.keys),
            noise: trial.noise > 0 ? WindowNoise(deviation: trial.noise, seed: seed) : nil,
            classes: classes.map { profile in
                // Every program of a table has a machine of its own; it is the same one.
                var profile = profile
                profile.machineName = machine.name
                return profile
            })
        // Ten times the slowest configuration is enough for any policy that gets anywhere.
        let slowest = points.map(\.time).max() ?? .zero
        return simulation.run(limit: .zero + slowest * 10)
    }

    private func deadline(_ trial: SurfaceTrial) -> Seconds { fastest.time * trial.deadlineFactor }

    private func judge(_ result: SimulationResult, _ trial: SurfaceTrial) -> SurfaceEvaluation {
        let deadline = deadline(trial)
        let timeline = result.timeline.map {
            EvaluatedStretch(
                configuration: Configuration(cores: $0.cores.count, frequency: $0.frequency),
                duration: $0.end - $0.start, work: $0.work)
        }
        let done = timeline.map(\.work).reduce(0, +)
        let time = done < 1 - 1e-6 ? Seconds.infinity : timeline.map(\.duration).reduce(.zero, +)
        var energy = Joules.zero
        for stretch in timeline {
            energy += (point(at: stretch.configuration)?.power ?? trial.idlePower) * stretch.duration
        }
        if trial.accounting == .horizon, time < deadline { energy += trial.idlePower * (deadline - time) }
        let best = bestSingle(trial)
        let record = result.records.first
        let visited = Set(timeline.map(\.configuration))
        let unseen = (record?.estimates ?? []).filter { !visited.contains($0.configuration) }
        return SurfaceEvaluation(
            deadline: deadline, energy: energy, time: time,
            // A nanosecond is the resolution of an instant.
            isMissed: time > deadline + Seconds(1e-6), optimum: optimum(trial),
            bestSingle: best?.configuration, bestSingleEnergy: best?.energy, probes: record?.probes ?? [],
            predictedEnergy: record?.prediction?.energy, predictedTime: record?.prediction?.time,
            timeErrors: unseen.compactMap { estimate in
                point(at: estimate.configuration).map { abs(1 / (estimate.rate * $0.time.value) - 1) }
            },
            powerErrors: unseen.compactMap { estimate in
                point(at: estimate.configuration).map { abs(estimate.power / $0.power - 1) }
            },
            timeline: timeline, decisions: record?.decisions ?? [])
    }

    /// Energy at one configuration under the trial's accounting.
    private func energy(_ point: SurfacePoint, _ trial: SurfaceTrial) -> Joules {
        guard trial.accounting == .horizon else { return point.energy }
        let rest = deadline(trial) - point.time
        return point.energy + trial.idlePower * max(.zero, rest)
    }

    private func bestSingle(_ trial: SurfaceTrial) -> (configuration: Configuration, energy: Joules)? {
        points.filter { $0.time <= deadline(trial) * (1 + 1e-12) }
            .map { ($0.configuration, energy($0, trial)) }
            .min { ($0.1, $0.0) < ($1.1, $1.0) }
    }

    /// The least energy there is: D times the hull's power at the rate 1/D.
    private func optimum(_ trial: SurfaceTrial) -> Joules? {
        let estimates = points.map {
            Estimate(
                configuration: $0.configuration, rate: 1 / $0.time.value, rateError: 0, power: $0.power,
                origin: .measured)
        }
        let idle = trial.accounting == .horizon ? trial.idlePower : .zero
        let deadline = deadline(trial)
        let hull = Frontier(estimates: estimates, idlePower: idle)
        // At a factor of one the division may put the rate a bit above the highest one.
        let rate = 1 / deadline.value
        let needed = rate > hull.highestRate && rate < hull.highestRate * (1 + 1e-9) ? hull.highestRate : rate
        return hull.power(at: needed).map { $0 * deadline }
    }
}

extension PowerModel {
    /// A machine of which only the idle power is told.
    fileprivate static func idling(at idle: Watts) -> PowerModel {
        PowerModel(idle: idle, uncore: .zero, cubic: 0, linear: 0, constant: 0)
    }
}
