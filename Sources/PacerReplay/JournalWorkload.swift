import PacerModels
import PacerPlatform
public import PacerScheduling
public import PacerUnits

/// The jobs of a segment of a journal, ready to be run again under any policy, and what the machine's meter
/// counted while they ran.
///
/// The truth of a job is what was believed of it at its end: the rate and the machine's power at every
/// configuration, measured where the job was. All rates are scaled by one factor, so that what the job ran at
/// would have taken the time that it took; its work is what it did. Times count from the first reading of the
/// meter.
public struct JournalWorkload: Sendable {
    /// The machine, and what is known of it.
    public let start: EngineStart
    /// The jobs that ended by themselves, in the order of their submission.
    public let jobs: [SimulatedJob]
    /// What was known of their classes before.
    public let profiles: [String: ClassProfile]
    /// From the first reading of the meter to the last.
    public let span: Seconds
    /// What the meter counted in the span. Its source is the machine's.
    public let energy: Joules
    /// What it would have counted, had the machine drawn at every moment what was learnt of the jobs that
    /// then ran, at the configurations that they were given: the decisions are those of the journal.
    public let modelled: Joules
    /// The part of the span whose energy is not known.
    public let unknown: Seconds
    /// Share of the time of the cores that jobs held in which they were busy; `nil` without any. Where it is
    /// far below one for jobs that are never idle, other programs took the cores.
    public let busyShare: Double?
    /// What was left out, one sentence each.
    public let notes: [String]
}

/// Collects a workload from the events of a segment while they are run again.
public struct JournalCollector: Sendable {
    private struct Run: Sendable {
        var request: JobRequest
        var isWhole: Bool
        var time: [Configuration: Seconds] = [:]
        var lost = Seconds.zero
        var last: Configuration?
        var busy = Seconds.zero
        var progress: Progress?
        var record: JobRecord?

        /// The time of all cores that it held.
        var held: Seconds {
            time.keys.sorted().reduce(.zero) { $0 + (time[$1] ?? .zero) * Double($1.cores) }
        }
    }

    /// What a job has.
    private struct Held: Hashable, Comparable, Sendable {
        var job: JobID
        var configuration: Configuration

        static func < (left: Held, right: Held) -> Bool {
            (left.job, left.configuration) < (right.job, right.configuration)
        }
    }

    private let start: EngineStart
    private var runs: [JobID: Run] = [:]
    private var profiles: [String: ClassProfile] = [:]
    private var first: EnergyReading?
    private var latest: EnergyReading?
    private var before: Instant?
    /// How long which jobs ran where, between the first reading of the meter and the last.
    private var together: [[Held]: Seconds] = [:]
    /// The same since the last reading.
    private var unread: [[Held]: Seconds] = [:]

    /// Nothing yet, of a segment with this header.
    public init(_ header: JournalHeader) { start = header.start }

    /// Takes an event before the engine gets it, and looks at what the engine holds until then.
    public mutating func willFeed(_ entry: JournalEntry, to engine: Engine) {
        if let before {
            var held: [Held] = []
            for id in engine.activeJobs {
                guard let allocation = engine.allocation(of: id), var run = runs[id] else { continue }
                let configuration = allocation.configuration
                run.lost += start.constants.changes.between(run.last, configuration)
                run.last = configuration
                run.time[configuration, default: .zero] += entry.at - before
                runs[id] = run
                held.append(Held(job: id, configuration: configuration))
            }
            if first != nil { unread[held, default: .zero] += entry.at - before }
        }
        before = entry.at
        switch entry.event {
        case .submitted(let request, let prior):
            runs[request.id] = Run(request: request, isWhole: true)
            if let prior, profiles[request.className] == nil, !hasSeen(request.className, but: request.id) {
                profiles[request.className] = prior
            }
        case .adopted(let request, _, _, _): runs[request.id] = Run(request: request, isWhole: false)
        case .observed(let snapshot):
            first = first ?? snapshot.energy
            latest = snapshot.energy
            together.merge(unread, uniquingKeysWith: +)
            unread = [:]
            for (id, sample) in snapshot.samples.sorted(by: { $0.key < $1.key }) {
                runs[id]?.busy = sample.busyTime
                if let progress = sample.progress { runs[id]?.progress = progress }
            }
        case .launched, .launchFailed, .exited, .cancelRequested, .held, .holdFailed, .present, .disturbed,
            .resumed:
            break
        }
    }

    /// Takes what the engine ordered.
    public mutating func ordered(_ commands: [Command]) {
        for case .record(let record) in commands where record.finished != nil {
            runs[record.request.id]?.record = record
        }
    }

    /// The workload of the segment so far.
    public var workload: JournalWorkload {
        let origin = first?.at ?? .zero
        var jobs: [SimulatedJob] = []
        var notes: [String] = []
        var drawing: [JobID: SimulatedJob] = [:]
        for id in runs.keys.sorted() {
            guard let run = runs[id] else { continue }
            drawing[id] = power(of: run)
            if let reason = reasonToLeaveOut(run) {
                notes.append("job \(id) is left out: \(reason)")
            } else if let job = job(run, origin: origin) {
                jobs.append(job)
            } else {
                notes.append("job \(id) is left out: nothing was learnt of it")
            }
        }
        let unknown = (latest?.unknown ?? .zero) - (first?.unknown ?? .zero)
        if unknown > .zero { notes.append("the energy of \(unknown) of the recorded time is not known") }
        return JournalWorkload(
            start: start, jobs: jobs, profiles: profiles, span: latest.map { $0.at - origin } ?? .zero,
            energy: (latest?.total ?? .zero) - (first?.total ?? .zero), modelled: modelled(drawing),
            unknown: unknown, busyShare: busyShare, notes: notes)
    }

    private func modelled(_ jobs: [JobID: SimulatedJob]) -> Joules {
        // In an order of its own, so that the same journal gives the same bits.
        var energy = Joules.zero
        for held in together.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            var sum = MachinePowerSum(start.power)
            for one in held {
                if let job = jobs[one.job] { sum.add(job, at: one.configuration) }
            }
            energy += sum.total * (together[held] ?? .zero)
        }
        return energy
    }

    /// What a job draws: as was learnt of it, and else as the machine's model says.
    private func power(of run: Run) -> SimulatedJob {
        let busy = run.held > .zero ? min(1, run.busy / run.held) : 0
        var job = SimulatedJob(request: run.request, work: 0, busyShare: { _ in busy }, rate: { _ in 0 })
        if let estimates = run.record?.estimates, !estimates.isEmpty {
            let truth = LearntTruth(estimates)
            job.machinePower = { truth.power($0) }
        }
        return job
    }

    private var busyShare: Double? {
        let ascending = runs.sorted { $0.key < $1.key }.map(\.value)
        let held = ascending.map(\.held).total()
        let busy = ascending.map(\.busy).total()
        return held > .zero ? busy / held : nil
    }

    private func hasSeen(_ className: String, but id: JobID) -> Bool {
        runs.values.contains { $0.request.className == className && $0.request.id != id }
    }

    private func reasonToLeaveOut(_ run: Run) -> String? {
        guard run.isWhole else { return "it had begun before the segment" }
        guard let record = run.record else { return "it had not ended yet" }
        guard case .finished(.ended, _) = record.state else { return "it did not end by itself" }
        return nil
    }

    private func job(_ run: Run, origin: Instant) -> SimulatedJob? {
        guard let record = run.record, case .finished(.ended(let status), _) = record.state,
            record.work.done > 0, !record.estimates.isEmpty
        else { return nil }
        let truth = LearntTruth(record.estimates)
        let configurations = run.time.keys.sorted()
        var believed = 0.0
        let held = run.held
        var total = Seconds.zero
        for configuration in configurations {
            let time = run.time[configuration] ?? .zero
            total += time
            believed += truth.rate(configuration) * time.value
        }
        guard believed > 0, held > .zero else { return nil }
        // What changes of configuration cost is paid in the simulation as well.
        let lost = min(0.5, run.lost / total)
        let scale = record.work.done / (believed * (1 - lost))
        let busy = min(1, run.busy / held)
        var request = record.request
        request.submitted = .zero + (request.submitted - origin)
        request.deadline = request.deadline.map { .zero + ($0 - origin) }
        var code: Int32 = 1
        if case .exited(let exited) = status { code = exited }
        var job = SimulatedJob(
            request: request, work: record.work.done,
            declaresProgress: run.progress != nil, exitCode: code, machinePower: { truth.power($0) },
            busyShare: { _ in busy }, rate: { truth.rate($0) * scale })
        job.declaresTotal = run.progress?.total != nil
        return job
    }
}

/// What was believed of a job at its end, taken for the truth.
private struct LearntTruth: Sendable {
    private let estimates: [Configuration: Estimate]
    private let ascending: [Estimate]

    init(_ estimates: [Estimate]) {
        ascending = estimates.sorted { $0.configuration < $1.configuration }
        self.estimates = Dictionary(
            ascending.map { ($0.configuration, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func rate(_ configuration: Configuration) -> Double {
        if let known = estimates[configuration] { return known.rate }
        // No belief about these cores: in proportion to cores and frequency of the nearest one there is.
        guard let near = nearest(configuration) else { return 0 }
        let cores = Double(configuration.cores) / Double(near.configuration.cores)
        return near.rate * cores * (configuration.frequency / near.configuration.frequency)
    }

    func power(_ configuration: Configuration) -> Watts {
        (estimates[configuration] ?? nearest(configuration))?.power ?? .zero
    }

    private func nearest(_ configuration: Configuration) -> Estimate? {
        ascending.min {
            distance($0.configuration, configuration) < distance($1.configuration, configuration)
        }
    }

    private func distance(_ left: Configuration, _ right: Configuration) -> (Int, Double) {
        (abs(left.cores - right.cores), abs(left.frequency.value - right.frequency.value))
    }
}
