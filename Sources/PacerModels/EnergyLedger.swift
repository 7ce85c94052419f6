public import PacerUnits

/// The account of a machine's energy: a line for every job, one for idle, one for what is not known.
///
///     Σ jobs + idle + unknown = counted        in whole microjoules, at any time
///
/// Intervals in which the same jobs held as many cores at the same frequencies are one *arrangement*. It is
/// split by ``Attribution`` with the activities that ``ActivityFit`` finds from all arrangements, and split
/// anew whenever they are known better: what two jobs drew before either had run alone is put right once one
/// has. A job's line is final when the job is closed. Intervals of unknown energy are never split.
/// Derivation and limits: docs/models/attribution.md.
public struct EnergyLedger<Job: Hashable & Comparable & Sendable>: Sendable {
    /// What a job did during an interval.
    public struct Use: Hashable, Sendable {
        /// Whose use it is.
        public var job: Job
        /// How many cores it held.
        public var cores: Int
        /// Their frequency.
        public var frequency: Hertz
        /// How long they were busy, summed over the cores.
        public var busyTime: Seconds

        /// Use of `cores` cores by `job`.
        public init(job: Job, cores: Int, frequency: Hertz, busyTime: Seconds) {
            self.job = job
            self.cores = cores
            self.frequency = frequency
            self.busyTime = busyTime
        }
    }

    /// One job's line.
    public struct Line: Hashable, Sendable {
        /// Whose line it is.
        public let job: Job
        /// What is attributed to the job.
        public let microjoules: UInt64
        /// One standard error of it: from activities, the power model's shape and idle power. The counter's
        /// own error is not in it.
        public let error: Joules
    }

    /// How far the power model of a machine may be off, as standard errors.
    public struct Doubt: Hashable, Sendable {
        /// Of the idle power.
        public var idle: Watts
        /// Of the uncore power, relative and above zero.
        public var uncore: Double
        /// Of a job's core power at one configuration against another, relative.
        public var shape: Double

        /// For a machine that is what its description says: what is left is the drift of its temperature.
        public static func described(_ machine: PowerModel) -> Doubt {
            Doubt(idle: machine.idle * 0.01, uncore: 0.03, shape: 0.02)
        }

        /// For a machine of which the model is a guess; the shape is what published surfaces show between
        /// their measured points (docs/models/power.md).
        public static func guessed(_ machine: PowerModel) -> Doubt {
            Doubt(idle: machine.idle * 0.3, uncore: 0.3, shape: 0.05)
        }
    }

    /// Shorter readings are joined: ten periods of a bandwidth quota, 200 updates of an energy counter.
    static var shortestInterval: Seconds { Seconds(0.2) }
    /// More arrangements than this are not kept apart: the one that was met longest ago becomes final.
    static var mostArrangements: Int { 48 }

    /// Drawn by the idle machine, or while no job was busy.
    private var idle: UInt64 = 0
    /// Counted in intervals of which a part is unknown; no job's and not idle.
    public private(set) var unknownMicrojoules: UInt64 = 0
    /// Length of those intervals.
    public private(set) var unknownTime = Seconds.zero
    /// All that was counted.
    public private(set) var countedMicrojoules: UInt64 = 0

    private var machine: PowerModel
    /// How far `machine` may be off.
    public private(set) var doubt: Doubt
    /// Ascending by when they were met last.
    private var arrangements: [Arrangement<Job>] = []
    /// Not yet long enough to be one of them.
    private var current: Arrangement<Job>?
    /// Lines of jobs that are not closed: what is final of them.
    private var settled: [Job: Settled] = [:]
    private var known: [Job: ActivityEstimate] = [:]
    /// Parts of all jobs that are closed.
    private var closed: UInt64 = 0
    private var fit: ActivityFit<Job>?

    private struct Settled: Hashable, Sendable {
        var microjoules: UInt64 = 0
        /// One standard error, in joules; errors of activities do not average out, so they are added.
        var error = 0.0
        /// Σ share·length: how much of an error of idle power is in the part.
        var idleSeconds = 0.0
    }

    /// An empty account of a machine that draws power like `machine`, as far as `doubt` leaves it.
    public init(machine: PowerModel, doubt: Doubt) {
        self.machine = machine
        self.doubt = doubt
    }

    // MARK: Adding

    /// Says what is known of a job's activity from others of its kind.
    public mutating func expect(_ activity: ActivityEstimate, of job: Job) { known[job] = activity }

    /// Corrects the idle power for what follows.
    public mutating func setIdle(_ power: Watts, error: Watts) {
        machine.idle = power
        doubt.idle = error
    }

    /// Adds an interval in which the machine drew `microjoules` and jobs did `uses`, each job once.
    public mutating func add(_ microjoules: UInt64, over length: Seconds, uses: [Use]) {
        countedMicrojoules += microjoules
        let atRest = machine.idle.value * max(0, length.value) * 1_000_000
        let rest = atRest < Double(microjoules) ? UInt64(max(0, atRest).rounded()) : microjoules
        idle += rest
        let piece = Arrangement(uses.sorted { $0.job < $1.job }, microjoules - rest, over: length)
        if current?.slots == piece.slots {
            current?.add(piece)
        } else {
            finishInterval()
            current = piece
            refit()
        }
        if let current, current.length >= Self.shortestInterval {
            finishInterval()
            refit()
        }
    }

    /// Adds an interval of which a part is unknown, and what was counted in the rest of it.
    public mutating func addUnknown(_ microjoules: UInt64, over length: Seconds) {
        countedMicrojoules += microjoules
        unknownMicrojoules += microjoules
        unknownTime += length
    }

    /// Makes a job's line final, forgets the job, and returns the line; `nil` for one that never held cores.
    /// A job that was closed does not come back.
    public mutating func close(_ job: Job) -> Line? {
        finishInterval()
        for index in arrangements.indices where arrangements[index].isOpen(job) { settle(job, in: index) }
        let line = settled.removeValue(forKey: job).map { self.line(of: job, $0, fromActivities: 0) }
        closed += line?.microjoules ?? 0
        arrangements.removeAll { $0.isClosed }
        if !arrangements.contains(where: { $0.slots.contains { $0.job == job } }) { known[job] = nil }
        refit()
        return line
    }

    // MARK: Reading

    /// The lines of the jobs that are not closed and have held cores, ascending.
    public var lines: [Line] { lines(among: settled) }

    /// Those of the lines that may still change by what is known of other jobs, ascending.
    public var openLines: [Line] {
        var open: [Job: Settled] = [:]
        // Closures: key paths are made anew at every call, which costs more than what they name.
        for slot in everyArrangement.flatMap({ $0.slots }) {
            open[slot.job] = settled[slot.job] ?? Settled()
        }
        return lines(among: open)
    }

    /// The lines of `among`, of which it has what is final, and of the jobs of all arrangements.
    private func lines(among: [Job: Settled]) -> [Line] {
        var totals = among
        var gradients: [Job: [Double]] = [:]
        for arrangement in everyArrangement {
            let split = arrangement.split(machine, activity)
            for (index, part) in split.parts.enumerated() {
                totals[part.job, default: Settled()].microjoules += part.microjoules
                totals[part.job, default: Settled()].idleSeconds +=
                    arrangement.length.value * split.shares[index]
                guard split.parts.count > 1, let fit else { continue }
                let gradient = split.gradient(of: index, over: fit.jobs)
                let sum = gradients[part.job] ?? [Double](repeating: 0, count: fit.jobs.count)
                gradients[part.job] = zip(sum, gradient).map { $0 + $1 }
            }
        }
        return totals.keys.sorted().compactMap { job -> Line? in
            guard let total = totals[job] else { return nil }
            let variance = gradients[job].map { fit?.variance($0, modelError: doubt.shape) ?? 0 } ?? 0
            return line(of: job, total, fromActivities: variance)
        }
    }

    private func line(of job: Job, _ total: Settled, fromActivities variance: Double) -> Line {
        let atRest = total.idleSeconds * doubt.idle.value
        let square = variance + atRest * atRest + total.error * total.error
        return Line(job: job, microjoules: total.microjoules, error: Joules(square.squareRoot()))
    }

    /// Drawn by the idle machine, or while no job was busy, in microjoules.
    public var idleMicrojoules: UInt64 { idle + (current.map { $0.split(machine, activity).idle } ?? 0) }

    /// Attributed to all jobs, those that are closed included, in microjoules.
    public var attributedMicrojoules: UInt64 {
        closed + settled.values.reduce(0) { $0 + $1.microjoules } + arrangements.reduce(0) { $0 + $1.open }
            + (current.map { $0.open - $0.split(machine, activity).idle } ?? 0)
    }

    /// What the intervals so far say of a job's activity; `nil` when it was never busy.
    public func activity(of job: Job) -> ActivityEstimate? {
        let wasBusy = arrangements.contains { arrangement in
            zip(arrangement.slots, arrangement.busy).contains { $0.job == job && $1 > .zero }
        }
        return wasBusy ? (fit ?? makeFit()).activity(of: job) : nil
    }
}

// MARK: - Details

extension EnergyLedger {
    private var everyArrangement: [Arrangement<Job>] { arrangements + (current.map { [$0] } ?? []) }

    private func activity(_ job: Job) -> Double { fit?.activity(of: job).value ?? 1 }

    /// Puts the present interval to its arrangement, or to idle when nobody was busy in it.
    private mutating func finishInterval() {
        guard let interval = current else { return }
        current = nil
        guard interval.busy.contains(where: { $0 > .zero }) else {
            idle += interval.open
            return
        }
        var arrangement = interval
        if let index = arrangements.firstIndex(where: { $0.slots == interval.slots }) {
            arrangement = arrangements.remove(at: index)
            arrangement.add(interval)
        }
        arrangements.append(arrangement)
        if arrangements.count > Self.mostArrangements {
            for job in arrangements[0].slots.map({ $0.job }) where arrangements[0].isOpen(job) {
                settle(job, in: 0)
            }
            arrangements.removeFirst()
        }
    }

    /// Makes a job's part of an arrangement final. The error that stays in it is the others' too.
    private mutating func settle(_ job: Job, in index: Int) {
        let split = arrangements[index].split(machine, activity)
        guard let position = split.parts.firstIndex(where: { $0.job == job }) else { return }
        let part = split.parts[position]
        let share = split.shares[position]
        let error =
            fit.map {
                $0.variance(split.gradient(of: position, over: $0.jobs), modelError: doubt.shape)
                    .squareRoot()
            } ?? 0
        settled[job, default: Settled()].microjoules += part.microjoules
        settled[job, default: Settled()].error += error
        settled[job, default: Settled()].idleSeconds += arrangements[index].length.value * share
        for (other, itsShare) in zip(split.parts, split.shares) where other.job != job && share < 1 {
            settled[other.job, default: Settled()].error += error * itsShare / (1 - share)
        }
        arrangements[index].close(job, taking: part.microjoules)
    }

    /// Finds the activities anew; they matter only where jobs share an arrangement.
    private mutating func refit() {
        fit = everyArrangement.contains { $0.slots.count > 1 } ? makeFit() : nil
    }

    private func makeFit() -> ActivityFit<Job> {
        let rows = arrangements.map { $0.row(machine, idleError: doubt.idle) }
        let jobs = Set(everyArrangement.flatMap { $0.slots.map { $0.job } }).sorted()
        return ActivityFit(rows, jobs: jobs, known: known, uncoreError: doubt.uncore)
    }
}
