import PacerModels
import PacerOptimizer
import PacerPlatform
import PacerReplay
import PacerReport
import PacerUnits

extension ReportData {
    /// What `results` made of `workload` on `machine`, each with its lower bound where one is known.
    init(replay workload: Workload, machine: ReplayMachine, results: [(ReplayResult, bound: Joules?)]) {
        let start = results.map(\.0.start).min() ?? workload.jobs.first?.submitted ?? .zero
        let end = results.map(\.0.end).max() ?? start
        self.init(
            title: workload.name, kind: .replay, energySource: .modelled,
            energyCovers: "the whole machine from the first submission to the last deadline or finish, idle "
                + "time included",
            horizon: end - start, machine: ReportMachine(machine))
        jobs = workload.jobs.map { job in
            ReportJob(
                name: "\(job.number)", kind: job.kind, submitted: job.submitted - start,
                deadline: job.deadline.map { $0 - start })
        }
        policies = results.map { result, bound in
            ReportPolicy(result, bound: bound, of: workload, on: machine, start: start)
        }
        kinds = workload.kinds.indices.map { index in
            var used = Set<ReportConfiguration>()
            for policy in policies {
                for outcome in policy.outcomes where jobs[outcome.job].kind == index {
                    used.formUnion(outcome.ranAt.map(\.configuration))
                }
            }
            return ReportKind(workload.kinds[index], on: machine, showing: used)
        }
        notes = workload.notes
    }
}

extension ReplayMachine {
    /// In kHz; `nil` where there is nothing to choose.
    func choice(_ frequency: Hertz) -> Int? { machine.hasFrequencyControl ? frequency.kilohertz : nil }
}

extension ReportMachine {
    fileprivate init(_ machine: ReplayMachine) {
        self.init(
            name: machine.machine.name, cores: machine.machine.coreCount,
            frequenciesKilohertz: machine.machine.frequencies.compactMap(machine.choice),
            idle: machine.power.idle, uncore: machine.power.uncore, cubic: machine.power.cubic,
            linear: machine.power.linear, constant: machine.power.constant)
    }
}

extension ReportPolicy {
    fileprivate init(
        _ result: ReplayResult, bound: Joules?, of workload: Workload, on machine: ReplayMachine,
        start: Instant
    ) {
        self.init(
            name: result.policy,
            energy: ReportEnergy(
                idle: result.energy.idle, uncore: result.energy.uncore, cores: result.energy.cores),
            bound: bound, horizon: result.end - start, summary: ReportSummary(result, of: workload))
        segments = result.segments.map { segment in
            let kind = workload.kinds[workload.jobs[segment.job].kind]
            let power = machine.power.corePower(at: segment.frequency, activity: kind.activity)
            return ReportSegment(
                job: segment.job, start: segment.start - start, end: segment.end - start,
                cores: segment.cores.map(\.number),
                frequencyKilohertz: machine.choice(segment.frequency),
                power: power * Double(segment.cores.count))
        }
        outcomes = result.jobs.enumerated().map { index, job in
            var outcome = ReportOutcome(job: index)
            outcome.started = job.started.map { $0 - start }
            outcome.finished = job.finished.map { $0 - start }
            outcome.energy = job.energy
            if job.refusal == .tooWide { outcome.remark = "needs more cores than there are" }
            return outcome
        }
        for segment in segments {
            let configuration = ReportConfiguration(
                cores: segment.cores.count, frequencyKilohertz: segment.frequencyKilohertz)
            outcomes[segment.job].add(configuration, segment.end - segment.start)
        }
    }
}

extension ReportOutcome {
    /// Adds a time at a configuration to what the job ran at.
    mutating func add(_ configuration: ReportConfiguration, _ length: Seconds) {
        if let index = ranAt.firstIndex(where: { $0.configuration == configuration }) {
            ranAt[index].length += length
        } else {
            ranAt.append(ReportStretch(configuration, length: length))
        }
    }
}

extension ReportKind {
    /// Of more numbers of cores than this only some are shown.
    private static let mostCounts = 24

    /// The configurations of a kind on `machine`: all where they are few; else those on the hull, those in
    /// `used`, and some in between.
    fileprivate init(_ kind: JobKind, on machine: ReplayMachine, showing used: Set<ReportConfiguration>) {
        let frequencies = machine.machine.frequencies
        let top = machine.machine.topFrequency
        let estimates = (1...machine.machine.coreCount).flatMap { cores in
            frequencies.map { frequency in
                let configuration = Configuration(cores: cores, frequency: frequency)
                return Estimate(
                    configuration: configuration, rate: kind.speed(configuration, top: top), rateError: 0,
                    power: machine.power.power(cores: cores, at: frequency, activity: kind.activity),
                    origin: .predicted)
            }
        }
        let frontier = Frontier(estimates: estimates, idlePower: machine.power.idle)
        let hull = Set(frontier.points.compactMap(\.configuration))
        let counts = ReportKind.shown(machine.machine.coreCount)
        var points: [Point] = []
        var corners: [(rate: Double, index: Int)] = []
        for estimate in estimates {
            let configuration = ReportConfiguration(
                cores: estimate.configuration.cores,
                frequencyKilohertz: machine.choice(estimate.configuration.frequency))
            let isOnHull = hull.contains(estimate.configuration)
            guard isOnHull || counts.contains(configuration.cores) || used.contains(configuration) else {
                continue
            }
            if isOnHull { corners.append((estimate.rate, points.count)) }
            points.append(Point(configuration, rate: estimate.rate, power: estimate.power))
        }
        self.init(
            name: kind.name,
            rateUnit: machine.machine.hasFrequencyControl ? "× one core at \(top)" : "× one core",
            points: points, hull: corners.sorted { $0 < $1 }.map(\.index))
    }

    /// Numbers of cores up to `most`, evenly thinned where they are many.
    private static func shown(_ most: Int) -> Set<Int> {
        guard most > mostCounts else { return Set(1...most) }
        return Set((0..<mostCounts).map { 1 + $0 * (most - 1) / (mostCounts - 1) })
    }
}
