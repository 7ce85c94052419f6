import PacerModels
import PacerScheduling
import PacerUnits

extension Scenario {
    /// An instant is a number of nanoseconds; beyond this, 285 years, there is none.
    static let latestSecond = 9e9

    /// One job between trace and workload.
    private struct Draft {
        var job: TraceJob
        /// Its place among all jobs of the traces, which its kind is drawn by.
        var place: Int
        var cores: Int
        var submitted: Instant
    }

    /// The workload that these rules make of `traces` for a machine of `cores` cores.
    ///
    /// The traces are merged by time of submission, then by their order here; then jobs are skipped and
    /// counted off, widths changed, submission stretched and deadlines set, in this order.
    public func workload(_ traces: [Trace], cores: Int) throws(Problem) -> Workload {
        precondition(cores > 0, "a machine has at least one core")
        var notes = traces.flatMap { trace in trace.notes.map { "\(trace.name): \($0)" } }
        var drafts = try chosen(traces, cores: cores)
        let wide = drafts.count { $0.cores > cores }
        if wide > 0 { notes.append(clip(&drafts, cores: cores, wide: wide)) }
        if let utilisation { try stretch(&drafts, to: utilisation, cores: cores) }
        let drawing = try KindDrawing(kinds, seed: seed)
        var jobs: [ReplayJob] = []
        jobs.reserveCapacity(drafts.count)
        for draft in drafts {
            jobs.append(
                ReplayJob(
                    number: draft.job.number, submitted: draft.submitted, runTime: draft.job.runTime,
                    cores: draft.cores, requestedTime: draft.job.requestedTime,
                    shape: shape(of: draft.cores, machine: cores), deadline: try deadline(of: draft),
                    kind: drawing.kind(at: draft.place, cores: draft.cores)))
        }
        notes += deadlineNotes(jobs)
        return Workload(
            name: traces.map(\.name).joined(separator: " + "), kinds: drawing.kinds, jobs: jobs, notes: notes)
    }

    /// Work that jobs bring over what the machine could do while they come: Σ cores·run time over the
    /// machine's cores times the time from the first submission to the last.
    ///
    /// Jobs that are wider than the machine bring none, since they are refused. At one, the machine is as
    /// busy as it can be if every job runs on the cores and at the speed that its run time is about. `nil`
    /// when all jobs are submitted at once.
    public static func offeredLoad(_ jobs: [ReplayJob], cores: Int) -> Double? {
        load(jobs.map { ($0.submitted, $0.cores, $0.runTime) }, machine: cores)
    }

    private static func load(
        _ jobs: [(submitted: Instant, cores: Int, runTime: Seconds)], machine: Int
    ) -> Double? {
        guard let first = jobs.first?.submitted, let last = jobs.last?.submitted, last > first else {
            return nil
        }
        var area = 0.0
        for job in jobs where job.cores <= machine { area += Double(job.cores) * job.runTime.value }
        return area / (Double(machine) * (last - first).value)
    }

    // MARK: The steps

    private func chosen(_ traces: [Trace], cores: Int) throws(Problem) -> [Draft] {
        let total = traces.reduce(0) { $0 + $1.jobs.count }
        guard skip < total else {
            throw Problem(description: "there are \(total) jobs, and \(skip) are to be skipped")
        }
        var drafts: [Draft] = []
        drafts.reserveCapacity(total)
        for trace in traces {
            let recorded = width == .scale ? try machineProcessors(of: trace) : 1
            for job in trace.jobs {
                let share = Double(job.processors) * Double(cores) / Double(recorded)
                drafts.append(
                    Draft(
                        job: job, place: 0,
                        cores: width == .scale ? max(1, Int(share.rounded())) : job.processors,
                        submitted: .zero + job.submitted))
            }
        }
        // Stable, and each trace is sorted already.
        if traces.count > 1 { drafts.sort { $0.job.submitted < $1.job.submitted } }
        for index in drafts.indices { drafts[index].place = index }
        let end = first.map { min(total, skip + min($0, total)) } ?? total
        return skip == 0 && end == total ? drafts : Array(drafts[skip..<end])
    }

    private func machineProcessors(of trace: Trace) throws(Problem) -> Int {
        guard let processors = trace.machineProcessors else {
            throw Problem(
                description: "the header of \(trace.name) has neither MaxProcs nor MaxNodes, so widths "
                    + "cannot be scaled")
        }
        return processors
    }

    /// What becomes of jobs that are wider than the machine, in a sentence.
    private func clip(_ drafts: inout [Draft], cores: Int, wide: Int) -> String {
        let jobs = "\(wide) job\(wide == 1 ? "" : "s")"
        guard width == .clip else { return "\(jobs) wider than the machine's \(cores) cores: refused" }
        for index in drafts.indices { drafts[index].cores = min(cores, drafts[index].cores) }
        return "\(jobs) wider than the machine clipped to its \(cores) cores"
    }

    private func stretch(_ drafts: inout [Draft], to target: Double, cores: Int) throws(Problem) {
        guard let first = drafts.first?.submitted,
            let load = Scenario.load(
                drafts.map { ($0.submitted, $0.cores, $0.job.runTime) }, machine: cores), load > 0
        else {
            throw Problem(
                description: "no stretching of submission gives a utilisation: all jobs are submitted at "
                    + "once, or none of those that fit the machine has a run time")
        }
        let factor = load / target
        for index in drafts.indices {
            let seconds = (drafts[index].submitted - first).value * factor
            guard (first - .zero).value + seconds < Scenario.latestSecond else {
                throw Problem(
                    description: "a utilisation of \(target) would stretch submission beyond 285 years")
            }
            drafts[index].submitted = first + Seconds(seconds)
        }
    }

    private func shape(of width: Int, machine: Int) -> JobShape {
        switch shape {
        case .rigid: .rigid(cores: width)
        case .moldable: .moldable(limit: machine)
        case .malleable: .malleable(limit: machine)
        }
    }

    private func deadline(of draft: Draft) throws(Problem) -> Instant? {
        let length: Seconds
        switch deadline {
        case .none: return nil
        case .factor(let factor): length = draft.job.runTime * factor
        case .requested:
            guard let requested = draft.job.requestedTime else { return nil }
            length = requested
        }
        guard (draft.submitted - .zero + length).value < Scenario.latestSecond else {
            throw Problem(description: "the deadline of job \(draft.job.number) is more than 285 years away")
        }
        return draft.submitted + length
    }

    private func deadlineNotes(_ jobs: [ReplayJob]) -> [String] {
        guard deadline == .requested else { return [] }
        let without = jobs.count { $0.requestedTime == nil }
        let longer = jobs.count { job in job.requestedTime.map { $0 < job.runTime } ?? false }
        var notes: [String] = []
        if without > 0 {
            notes.append("\(without) job\(without == 1 ? "" : "s") without a requested time: no deadline")
        }
        if longer > 0 {
            notes.append("\(longer) job\(longer == 1 ? "" : "s") ran longer than requested")
        }
        return notes
    }
}

/// Gives every job its kind.
private struct KindDrawing {
    /// Those that bear the most cores come first.
    let kinds: [JobKind]
    private let seed: UInt64
    /// The number of cores at which each kind is fastest; descending.
    private let peaks: [Double]

    init(_ rule: Scenario.Kinds, seed: UInt64) throws(Scenario.Problem) {
        self.seed = seed
        switch rule {
        case .named(let name):
            guard let kind = ShippedKinds.named(name) else {
                throw Scenario.Problem(
                    description: "there is no kind '\(name)'; it must be \(Scenario.Kinds.accepted)")
            }
            kinds = [kind]
        case .drawn:
            kinds = ShippedKinds.all.sorted {
                let left = KindDrawing.peak($0)
                let right = KindDrawing.peak($1)
                return left == right ? $0.name < $1.name : left > right
            }
        }
        peaks = kinds.map(KindDrawing.peak)
    }

    /// A job is of a kind that is not faster on fewer cores than it was given: who gave it so many had a
    /// reason. Where no kind bears as many, it is of the one that bears most.
    func kind(at place: Int, cores: Int) -> Int {
        let bearing = peaks.firstIndex { $0 < Double(cores) } ?? peaks.count
        return SplitMix64.index(below: max(1, bearing), seed: seed, at: place)
    }

    private static func peak(_ kind: JobKind) -> Double { kind.scalability.peak ?? .infinity }
}
