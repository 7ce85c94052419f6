import PacerModels
import PacerPlatform
import PacerScheduling
import PacerUnits

/// The energy and the outcomes of a replay while it runs.
///
/// Uncore power is shared by the cores that are busy at the time: the books keep its integral for one core,
/// so that a job's part is a difference of two of its values times its cores.
struct ReplayBooks {
    var jobs: [ReplayedJob]
    var segments: [ReplaySegment] = []
    private let uncorePower: Double
    private var uncore = 0.0
    private var cores = 0.0
    private var coreTime = 0.0
    private(set) var switches = 0
    private var busy = 0
    private(set) var now: Int64
    private let start: Int64
    /// Uncore energy that a core that was always busy would have been given.
    private(set) var uncoreOfACore = 0.0
    private var lastFinish: Int64

    init(_ replay: Replay) {
        jobs = Array(repeating: ReplayedJob(), count: replay.workload.jobs.count)
        uncorePower = replay.machine.power.uncore.value
        start = replay.workload.jobs.first?.submitted.nanoseconds ?? 0
        now = start
        lastFinish = start
    }

    /// Lets time pass.
    mutating func advance(to next: Int64) {
        if busy > 0, next > now {
            let energy = uncorePower * Replay.seconds(next - now)
            uncore += energy
            uncoreOfACore += energy / Double(busy)
        }
        now = max(now, next)
    }

    /// `cores` more (or fewer) are busy from now on.
    mutating func occupy(_ cores: Int) { busy += cores }

    mutating func begin(_ job: Int) { jobs[job].started = Instant(nanoseconds: now) }

    mutating func end(_ job: Int) {
        jobs[job].finished = Instant(nanoseconds: now)
        lastFinish = max(lastFinish, now)
    }

    mutating func refuse(_ job: Int, _ reason: ReplayedJob.Refusal) { jobs[job].refusal = reason }

    /// Enters what a job drew on `cores` cores since `since`.
    ///
    /// - Parameter uncoreBefore: ``uncoreOfACore`` at that time.
    mutating func enter(
        _ job: Int, since: Int64, cores count: Int, power: Double, uncoreBefore: Double
    ) {
        let length = Replay.seconds(now - since)
        let energy = power * length
        cores += energy
        coreTime += length * Double(count)
        jobs[job].coreEnergy += Joules(energy)
        jobs[job].uncoreEnergy += Joules((uncoreOfACore - uncoreBefore) * Double(count))
    }

    mutating func countSwitch(of job: Int) {
        jobs[job].switches += 1
        switches += 1
    }

    /// The result, once nothing is left to happen.
    func result(of replay: Replay) -> ReplayResult {
        let deadlines = zip(jobs, replay.workload.jobs).compactMap { outcome, job in
            outcome.refusal == nil ? job.deadline?.nanoseconds : nil
        }
        let end = max(lastFinish, deadlines.max() ?? start)
        let available = Replay.seconds(lastFinish - start) * Double(replay.machine.machine.coreCount)
        return ReplayResult(
            policy: replay.policy.name, jobs: jobs,
            segments: segments.sorted { ($0.start, $0.job) < ($1.start, $1.job) },
            energy: ReplayEnergy(
                idle: replay.machine.power.idle * Seconds(Replay.seconds(end - start)),
                uncore: Joules(uncore), cores: Joules(cores)),
            start: Instant(nanoseconds: start), end: Instant(nanoseconds: end),
            utilisation: available > 0 ? coreTime / available : 0, switches: switches)
    }
}
