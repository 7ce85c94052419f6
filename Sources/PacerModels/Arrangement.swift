import PacerUnits

/// Everything counted while the same jobs held the same cores at the same frequencies.
struct Arrangement<Job: Hashable & Comparable & Sendable>: Sendable {
    /// One job's place in the arrangement.
    struct Slot: Hashable, Sendable {
        var job: Job
        var cores: Int
        var frequency: Hertz
    }

    /// Ascending by job, each job once.
    let slots: [Slot]
    /// How long each job kept its cores busy, in the order of `slots`.
    private(set) var busy: [Seconds]
    private(set) var length: Seconds
    /// Counted above idle, in microjoules.
    private(set) var counted: UInt64
    /// What of `counted` is not final.
    private(set) var open: UInt64
    private var closed: Set<Job> = []

    /// An arrangement of `uses`, ascending by job, in which `counted` microjoules above idle were drawn.
    init(_ uses: [EnergyLedger<Job>.Use], _ counted: UInt64, over length: Seconds) {
        slots = uses.map { Slot(job: $0.job, cores: $0.cores, frequency: $0.frequency) }
        busy = uses.map { $0.busyTime.isFinite ? max(.zero, $0.busyTime) : .zero }
        self.length = max(.zero, length)
        self.counted = counted
        self.open = counted
    }

    /// Adds what was counted in the same arrangement at another time.
    mutating func add(_ other: Arrangement) {
        for index in busy.indices { busy[index] += other.busy[index] }
        length += other.length
        counted += other.counted
        open += other.open
    }

    /// Whether `job` is in the arrangement and its part is not final.
    func isOpen(_ job: Job) -> Bool { !closed.contains(job) && slots.contains { $0.job == job } }

    /// Whether no part can change any more.
    var isClosed: Bool { closed.count == slots.count }

    /// Makes a job's part final.
    mutating func close(_ job: Job, taking microjoules: UInt64) {
        closed.insert(job)
        open -= microjoules
    }

    /// What is open of the arrangement, split among the jobs whose parts are not final.
    struct Split {
        /// Ascending by job.
        let parts: [Attribution<Job>.Part]
        /// Drawn while no job was busy, in microjoules.
        let idle: UInt64
        private let open: Joules

        init(_ attribution: Attribution<Job>, open: UInt64) {
            parts = attribution.parts
            idle = attribution.idleMicrojoules
            self.open = Joules(microjoules: open)
        }

        /// Each job's part of what is open, 0…1, in the order of `parts`.
        var shares: [Double] { parts.map { open > .zero ? $0.energy / open : 0 } }

        /// Derivatives of one part by ln a of `jobs`: open·sᵢ(δᵢⱼ − sⱼ), in joules.
        func gradient(of index: Int, over jobs: [Job]) -> [Double] {
            let shares = shares
            return jobs.map { job in
                guard let other = parts.firstIndex(where: { $0.job == job }) else { return 0 }
                return open.value * shares[index] * ((other == index ? 1 : 0) - shares[other])
            }
        }
    }

    /// Splits what is open by busy time, frequency and activity.
    func split(_ machine: PowerModel, _ activity: (Job) -> Double) -> Split {
        let uses = zip(slots, busy).filter { !closed.contains($0.0.job) }.map { slot, busy in
            CoreUse(job: slot.job, busyTime: busy, frequency: slot.frequency, activity: activity(slot.job))
        }
        let attribution = Attribution(
            microjoules: open, over: .zero, uses: uses, machine: machine)
        return Split(attribution, open: open)
    }

    /// What the arrangement tells of the activities of its jobs.
    ///
    /// The uncore was on for as long as the busiest core. Of a job that did not fill its cores only the mean
    /// is seen: all of its busy time may have been on one core, and the row is worth less for it.
    func row(_ machine: PowerModel, idleError: Watts) -> ActivityFit<Job>.Row {
        let means = zip(slots, busy).map { $1 / Double(max(1, $0.cores)) }
        let least = min(length, means.max() ?? .zero)
        let most = min(length, busy.total())
        let measured = Joules(microjoules: counted)
        let power = length > .zero ? measured / length : .zero
        let errors = [
            measured.value * 0.02,
            // The counter's last update and the last burst of a quota may belong to the neighbour.
            (power * Seconds(0.02)).value,
            (idleError * length).value,
            // The deviation of a uniform distribution.
            (machine.uncore * (most - least)).value / 12.0.squareRoot(),
        ]
        return ActivityFit.Row(
            cores: zip(slots, busy).map { slot, busy in
                (slot.job, (machine.corePower(at: slot.frequency) * busy).value)
            }, uncore: (machine.uncore * least).value, measured: measured.value,
            error: errors.reduce(0) { $0 + $1 * $1 }.squareRoot())
    }
}
