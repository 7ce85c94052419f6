public import PacerUnits

/// What a job did with the cores during an interval.
public struct CoreUse<Job: Hashable & Comparable & Sendable>: Hashable, Sendable {
    /// Whose use it is.
    public var job: Job
    /// Busy time of cores at `frequency`, summed over the cores.
    public var busyTime: Seconds
    /// The frequency of those cores.
    public var frequency: Hertz
    /// The job's activity factor; see ``PowerModel``.
    public var activity: Double

    /// Use of cores by `job`.
    public init(job: Job, busyTime: Seconds, frequency: Hertz, activity: Double) {
        self.job = job
        self.busyTime = busyTime
        self.frequency = frequency
        self.activity = activity
    }
}

/// The energy of an interval split into jobs and idle.
///
///     idle = min(measured, idle power · length)
///     job ∝ Σ busy core-time · core power(f) · activity
///
/// What is above idle, the shared uncore power included, goes to the jobs by their weights. The parts sum to
/// the measured energy exactly: they are whole microjoules, and what rounding leaves over goes to the largest
/// remainders (ties to the lowest job). Without a busy job everything is idle. Two jobs with weights 1 and 2
/// over 10 s of a machine that idles at 8 W and used 110 J get 10 J and 20 J, and idle 80 J.
/// Assumptions and limits: docs/models/attribution.md.
public struct Attribution<Job: Hashable & Comparable & Sendable>: Hashable, Sendable {
    /// One job's part.
    public struct Part: Hashable, Sendable {
        /// Whose part it is.
        public let job: Job
        /// The part, in microjoules.
        public let microjoules: UInt64

        /// The part as energy.
        public var energy: Joules { Joules(Double(microjoules) / 1_000_000) }
    }

    /// The jobs' parts, ascending by job, each job once; jobs that were not busy are listed with nothing.
    public let parts: [Part]
    /// What the machine would have drawn anyway, in microjoules.
    public let idleMicrojoules: UInt64

    /// Energy of the idle machine during the interval.
    public var idle: Joules { Joules(Double(idleMicrojoules) / 1_000_000) }

    /// Splits `microjoules` measured over `length`.
    public init(
        microjoules measured: UInt64, over length: Seconds, uses: [CoreUse<Job>], machine: PowerModel
    ) {
        var weights: [Job: Double] = [:]
        for use in uses {
            let weight =
                use.busyTime.value * machine.corePower(at: use.frequency, activity: use.activity).value
            weights[use.job, default: 0] += weight.isFinite ? max(0, weight) : 0
        }
        var jobs = weights.map { (job: $0.key, weight: $0.value) }.sorted { $0.job < $1.job }
        if !jobs.contains(where: { $0.weight > 0 }) {
            // A machine model without core power: processor time is all that is left to split by.
            jobs = jobs.map { job in
                let busy = uses.filter { $0.job == job.job }.map { max(0, $0.busyTime.value) }.reduce(0, +)
                return (job.job, busy.isFinite ? busy : 0)
            }
        }
        let atRest = machine.idle.value * max(0, length.value) * 1_000_000
        let idle = atRest < Double(measured) ? UInt64(max(0, atRest).rounded()) : measured
        let total = jobs.reduce(0) { $0 + $1.weight }
        guard total > 0, total.isFinite else {
            parts = jobs.map { Part(job: $0.job, microjoules: 0) }
            idleMicrojoules = measured
            return
        }
        let shares = apportion(measured - min(idle, measured), by: jobs.map { $0.weight / total })
        parts = zip(jobs, shares).map { Part(job: $0.job, microjoules: $1) }
        idleMicrojoules = min(idle, measured)
    }
}

/// `amount` in whole units by `shares`, which sum to about one; the result sums to `amount` exactly.
///
/// Largest remainder (Hamilton's method); ties go to the first.
func apportion(_ amount: UInt64, by shares: [Double]) -> [UInt64] {
    let ideal = shares.map { Double(amount) * $0 }
    var whole = ideal.map { $0 < Double(amount) ? UInt64($0.rounded(.down)) : amount }
    var given: UInt64 = 0
    for index in whole.indices {
        whole[index] = min(whole[index], amount - given)
        given += whole[index]
    }
    let remainders = ideal.map { $0 - $0.rounded(.down) }
    let order = shares.indices.filter { shares[$0] > 0 }
        .sorted { (-remainders[$0], $0) < (-remainders[$1], $1) }
    guard !order.isEmpty else { return whole }
    var rest = amount - given
    // More than one round only when the amount is too large for a Double to hold exactly.
    let round = rest / UInt64(order.count)
    for index in order { whole[index] += round }
    rest -= round * UInt64(order.count)
    for index in order.prefix(Int(rest)) { whole[index] += 1 }
    return whole
}
