import PacerModels
import PacerPlatform
public import PacerScheduling
import PacerUnits

/// Runs a workload on a simulated machine: every job on the cores that its trace gave it, at the top
/// frequency, first come, first served.
public struct Replay {
    private let machine: ReplayMachine
    private let workload: Workload
    private let policy: any Policy
    private let keepsSegments: Bool

    /// A replay of `workload` on `machine` under `policy`.
    ///
    /// - Parameter keepsSegments: Whether the result has its segments.
    public init(machine: ReplayMachine, workload: Workload, policy: any Policy, keepsSegments: Bool) {
        self.machine = machine
        self.workload = workload
        self.policy = policy
        self.keepsSegments = keepsSegments
    }

    /// Runs every job.
    ///
    /// - Parameter progress: Told the number of finished jobs every few thousand.
    public func run(progress: ((Int) -> Void)? = nil) -> ReplayResult {
        let top = machine.machine.topFrequency
        let first = workload.jobs.first?.submitted ?? .zero
        var free = machine.machine.cores.map(\.id)
        var running: [(end: Instant, cores: [CoreID])] = []
        var jobs: [ReplayedJob] = []
        var segments: [ReplaySegment] = []
        var busy = 0.0
        var now = first
        var intervals: [(start: Instant, end: Instant)] = []
        for (index, job) in workload.jobs.enumerated() {
            var replayed = ReplayedJob()
            if index % 4096 == 4095 { progress?(index + 1) }
            guard job.cores <= machine.machine.coreCount else {
                replayed.refusal = .tooWide
                jobs.append(replayed)
                continue
            }
            now = max(now, job.submitted)
            while let next = running.first, next.end <= now || free.count < job.cores {
                now = max(now, next.end)
                free.append(contentsOf: next.cores)
                running.removeFirst()
            }
            let cores = free.prefix(job.cores).sorted()
            free.removeFirst(job.cores)
            let end = now + job.runTime
            let place = running.firstIndex { $0.end > end } ?? running.count
            running.insert((end, cores), at: place)
            replayed.started = now
            replayed.finished = end
            let time = end - now
            let power = machine.power.corePower(at: top, activity: workload.kinds[job.kind].activity)
            replayed.coreEnergy = power * Double(job.cores) * time
            busy += Double(job.cores) * time.value
            jobs.append(replayed)
            if end > now { intervals.append((now, end)) }
            if keepsSegments {
                segments.append(
                    ReplaySegment(
                        job: index, start: now, end: end, cores: cores, frequency: top,
                        work: job.runTime.value))
            }
        }
        var uncore = Seconds.zero
        var covered = first
        for interval in intervals where interval.end > covered {
            uncore += interval.end - max(covered, interval.start)
            covered = interval.end
        }
        let finish = jobs.compactMap(\.finished).max() ?? first
        let end = max(finish, workload.jobs.compactMap(\.deadline).max() ?? first)
        let span = (finish - first).value * Double(machine.machine.coreCount)
        return ReplayResult(
            policy: policy.name, jobs: jobs, segments: segments,
            energy: ReplayEnergy(
                idle: machine.power.idle * (end - first), uncore: machine.power.uncore * uncore,
                cores: jobs.map(\.coreEnergy).total()),
            start: first, end: end, utilisation: span > 0 ? busy / span : 0, switches: 0)
    }
}
