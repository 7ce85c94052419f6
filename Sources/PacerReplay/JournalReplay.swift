import PacerModels
public import PacerScheduling
public import PacerUnits

/// What the jobs of a journal would have cost under one policy.
public struct JournalReplayRow: Hashable, Sendable {
    /// The policy of all jobs; `nil` when each had the one that it was submitted with.
    public var policy: String?
    /// How many jobs ended.
    public var jobs = 0
    /// Simulated energy of the machine over the recorded span, or until the last job ended where that is
    /// later.
    public var energy = Joules.zero
    /// Jobs that ended after their deadline, or not at all although they have one.
    public var misses = 0
    /// From the starts of the programs to their ends, summed.
    public var runTime = Seconds.zero
    /// From submissions to ends, summed.
    public var turnaround = Seconds.zero

    /// A row without jobs.
    public init(policy: String?) { self.policy = policy }
}

/// The jobs of a journal run by the engine on a simulated machine, under one policy after the other.
public enum JournalReplay {
    /// One row for the policies that the jobs were submitted with, then one for each name in `names`; several
    /// segments are summed.
    ///
    /// - Parameter policies: every policy that a job or `names` asks for; where two have one name, the first.
    public static func run(
        _ segments: [JournalWorkload], policies: [any Policy], names: [String]
    ) -> [JournalReplayRow] {
        ([nil] + names.map(Optional.some)).map { name in
            segments.reduce(into: JournalReplayRow(policy: name)) { row, segment in
                add(segment, policies: policies, to: &row)
            }
        }
    }

    /// The jobs of one segment under `policy`, or under the policies that they were submitted with.
    public static func simulate(
        _ segment: JournalWorkload, policies: [any Policy], policy: String?
    ) -> SimulationResult {
        let jobs = segment.jobs.map { job in
            var job = job
            if let policy { job.request.policy = policy }
            return job
        }
        var simulation = Simulation(
            machine: segment.start.machine, truth: segment.start.power, policies: policies, jobs: jobs,
            profiles: segment.profiles, constants: segment.start.constants,
            queuePolicy: policy ?? segment.start.queuePolicy, classes: segment.start.classes)
        // A job that gets nowhere must not run for ever; a thousand times the span is nowhere.
        return simulation.run(limit: .zero + max(segment.span, Seconds(1)) * 1000)
    }

    private static func add(
        _ segment: JournalWorkload, policies: [any Policy], to row: inout JournalReplayRow
    ) {
        let result = simulate(segment, policies: policies, policy: row.policy)
        // The simulation goes on to the last deadline; nothing runs between the last end and that.
        let ends = result.records.map { $0.finished ?? result.end }
        let end = max(.zero + segment.span, ends.max() ?? .zero)
        row.energy += result.energy + segment.start.power.idle * (end - result.end)
        for record in result.records {
            guard let end = record.finished else {
                if record.request.deadline != nil { row.misses += 1 }
                continue
            }
            row.jobs += 1
            row.runTime += record.started.map { end - $0 } ?? .zero
            row.turnaround += end - record.request.submitted
            if let deadline = record.request.deadline, end > deadline { row.misses += 1 }
        }
    }
}
