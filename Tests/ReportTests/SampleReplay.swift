import PacerModels
import PacerPlatform
import PacerReplay
import PacerReport
import PacerScheduling
import PacerUnits

@testable import PacerCommands

/// Random numbers that are the same on every run: SplitMix64.
struct SeededNumbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// From zero up to but without one.
    mutating func share() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((mixed ^ (mixed >> 31)) >> 11) / 9_007_199_254_740_992
    }
}

/// A replay to make pages of: jobs one after the other on the cores that are free first.
struct SampleReplay {
    /// How a configuration is chosen.
    enum Rule: String, CaseIterable {
        case raceToIdle = "race-to-idle"
        case minimumEnergy = "minimum-energy"
        case wideAndSlow = "wide-and-slow"
        case paceToIdle = "pace-to-idle"
    }

    let workload: Workload
    let machine: ReplayMachine
    private let frequencies: [Hertz]
    private let top: Hertz

    init(jobs count: Int, cores: Int, slack: Double = 3, seed: UInt64 = 7) {
        var numbers = SeededNumbers(seed: seed)
        let points = (0..<10).map { OperatingPoint(Hertz(kilohertz: 1_000_000 + 300_000 * $0)) }
        let coreIDs = (0..<cores).map(CoreID.init)
        machine = ReplayMachine(
            machine: Machine(
                name: "sample-\(cores)",
                cores: coreIDs.map {
                    Core(id: $0, cpus: CPUSet([CPUID($0.number)]), package: PackageID(0))
                },
                domains: coreIDs.map {
                    FrequencyDomain(id: DomainID($0.number), cores: [$0], operatingPoints: points)
                }, energySource: .modelled),
            power: PowerModel(
                idle: Watts(60), uncore: Watts(40), cubic: 0.35, linear: 1, constant: 1.2))
        frequencies = points.map(\.frequency)
        top = machine.machine.topFrequency
        let kinds = [
            ("solver", 0.02, 0.9, 1.0), ("mesh", 0.08, 0.55, 0.85), ("stream", 0.15, 0.2, 0.7),
            ("render", 0.005, 0.97, 1.15),
        ].map { name, sigma, clock, activity in
            JobKind(
                name: name, scalability: ScalabilityModel(base: 1, contention: sigma, coherency: 0.0004),
                clockShare: clock, activity: activity)
        }
        var time = 0.0
        let jobs = (0..<count).map { number -> ReplayJob in
            // Days and nights: fewer jobs come at night.
            let hour = (time / 3600).truncatingRemainder(dividingBy: 24)
            let gap = (hour < 8 ? 2400.0 : 700) * 32 / Double(cores)
            time += gap * 2 * numbers.share()
            let width = [1, 2, 2, 4, 4, 8, 16][Int(numbers.share() * 7)]
            let length = 300 + 6000 * numbers.share() * numbers.share()
            let submitted = Instant.zero + Seconds(time)
            return ReplayJob(
                number: number + 1, submitted: submitted, runTime: Seconds(length), cores: min(width, cores),
                requestedTime: nil, shape: .malleable(limit: nil),
                deadline: slack > 0 && numbers.share() > 0.05
                    ? submitted + Seconds(length * (1.05 + slack * 2 * numbers.share())) : nil,
                kind: Int(numbers.share() * 4))
        }
        workload = Workload(name: "sample of \(count) jobs", kinds: kinds, jobs: jobs)
    }

    /// What `rule` makes of it.
    func result(_ rule: Rule) -> ReplayResult {
        var freeAt = [Instant](repeating: .zero, count: machine.machine.coreCount)
        var jobs: [ReplayedJob] = []
        var segments: [ReplaySegment] = []
        for (index, job) in workload.jobs.enumerated() {
            let choice = choice(rule, job, freeAt)
            let order = freeAt.indices.sorted { (freeAt[$0], $0) < (freeAt[$1], $1) }
            let cores = order.prefix(choice.cores).sorted()
            let start = max(job.submitted, cores.map { freeAt[$0] }.max() ?? .zero)
            let end = start + length(of: job, choice)
            for core in cores { freeAt[core] = end }
            let kind = workload.kinds[job.kind]
            let power = machine.power.corePower(at: choice.frequency, activity: kind.activity)
            var outcome = ReplayedJob()
            outcome.started = start
            outcome.finished = end
            outcome.coreEnergy = power * Double(choice.cores) * (end - start)
            jobs.append(outcome)
            segments.append(
                ReplaySegment(
                    job: index, start: start, end: end, cores: cores.map(CoreID.init),
                    frequency: choice.frequency, work: job.runTime.value))
        }
        segments.sort { ($0.start, $0.job) < ($1.start, $1.job) }
        return account(rule, jobs, segments)
    }

    private func account(
        _ rule: Rule, _ jobs: [ReplayedJob], _ segments: [ReplaySegment]
    ) -> ReplayResult {
        let start = workload.jobs.first?.submitted ?? .zero
        let last = workload.jobs.compactMap(\.deadline).max() ?? start
        let end = max(last, segments.map(\.end).max() ?? start)
        var busy = Seconds.zero
        var until = start
        for segment in segments where segment.end > until {
            busy += segment.end - max(until, segment.start)
            until = segment.end
        }
        let coreTime = segments.map { ($0.end - $0.start) * Double($0.cores.count) }.total()
        let span = (segments.map(\.end).max() ?? start) - start
        return ReplayResult(
            policy: rule.rawValue, jobs: jobs, segments: segments,
            energy: ReplayEnergy(
                idle: machine.power.idle * (end - start), uncore: machine.power.uncore * busy,
                cores: jobs.map(\.coreEnergy).total()),
            start: start, end: end,
            utilisation: span > .zero ? coreTime / (span * Double(machine.machine.coreCount)) : 0,
            switches: 0)
    }

    private func length(of job: ReplayJob, _ choice: Configuration) -> Seconds {
        let kind = workload.kinds[job.kind]
        let reference = kind.speed(Configuration(cores: job.cores, frequency: top), top: top)
        return job.runTime * (reference / kind.speed(choice, top: top))
    }

    /// The cheapest configuration that `rule` allows and the deadline admits; else the fastest.
    private func choice(_ rule: Rule, _ job: ReplayJob, _ freeAt: [Instant]) -> Configuration {
        let kind = workload.kinds[job.kind]
        let free = freeAt.sorted()
        let all = (1...min(16, freeAt.count)).flatMap { cores in
            frequencies.map { Configuration(cores: cores, frequency: $0) }
        }
        let allowed = all.filter { configuration in
            switch rule {
            case .raceToIdle:
                configuration.cores == job.cores && configuration.frequency == top
            case .wideAndSlow: configuration.cores == min(16, freeAt.count)
            case .paceToIdle: configuration.cores == job.cores
            case .minimumEnergy: true
            }
        }
        let timed = allowed.map { configuration -> (Configuration, end: Instant, energy: Double) in
            let start = max(job.submitted, free[configuration.cores - 1])
            let length = length(of: job, configuration)
            let power = machine.power.corePower(at: configuration.frequency, activity: kind.activity)
            return (configuration, start + length, (power * Double(configuration.cores) * length).value)
        }
        let kept = timed.filter { $0.end <= job.deadline ?? job.submitted + job.runTime * 4 }
        let best = kept.min { ($0.energy, $0.0) < ($1.energy, $1.0) } ?? timed.min { $0.end < $1.end }
        return best?.0 ?? Configuration(cores: 1, frequency: top)
    }

    /// The results of all rules, with a bound that is below them all.
    func data(_ rules: [Rule] = Rule.allCases, isBounded: Bool = true) -> ReportData {
        let results = rules.map(result)
        let least = results.map(\.energy.total).min() ?? .zero
        return ReportData(
            replay: workload, machine: machine,
            results: results.map { ($0, bound: isBounded ? least * 0.955 : nil) })
    }
}
