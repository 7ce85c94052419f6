public import PacerModels
public import PacerPlatform
public import PacerPorts
public import PacerScheduling
public import PacerUnits

/// A machine with frequency domains and an energy counter that the host does not have.
///
/// Jobs are real processes on the host's cores. A frequency f is emulated by letting a job use f/f_max of its
/// cores' time (f_max is the description's highest point, boost included), so its wall time grows by f_max/f
/// while its processor time stays what it is. The counter integrates the description's power model over the
/// processor time that was really used, stretched back by f_max/f; it wraps like a real one and is read with
/// the same logic. Formulas, and what this cannot show: docs/models/emulation.md.
///
/// Used from one thread, like every port.
public final class EmulatedMachine: EnergyMeter, FrequencyControl {
    /// What is emulated.
    public let description: MachineDescription
    /// The domains of the emulated machine, over the host's cores in their order.
    public let frequencyDomains: [FrequencyDomain]
    /// Cumulative processor time of the running jobs; asked whenever energy is integrated.
    public var loads: () -> [JobLoad] = { [] }
    /// Lets a job use at most a share of its cores' time: job, share 0…1, number of cores. Returns how.
    public var throttle: (JobID, Double, Int) throws(PortError) -> String = { _, _, _ in "not slowed" }
    /// A job's activity factor, as the emulated silicon has it.
    public var activity: (JobID) -> Double {
        get { integrator.activity }
        set { integrator.activity = newValue }
    }
    /// How jobs are slowed, as ``throttle`` said last; empty before the first time.
    public private(set) var throttleMethod = ""

    /// Emulated: driven by processor time that was really used.
    public let source = EnergySource.emulated
    /// The one emulated zone.
    public let domains: [EnergyDomain]
    /// A quarter of the time in which the counter wraps with every core at the highest frequency.
    public let longestReadingInterval: Duration?
    /// What the emulated counter shows.
    public private(set) var counter = EnergyCounter(microjoules: 0)

    private let clock: () -> Instant
    private let unixSeconds: () -> Int64
    private let domainOfCore: [Int]
    private let coreIndex: [CoreID: Int]
    private var holdings: [Holding?]
    private var running: [JobID: RunningJob] = [:]
    private var integrator: PowerIntegrator
    /// Part of a microjoule that has not been counted yet.
    private var remainder = 0.0
    private var track: CounterTrack
    private var countedMicrojoules: UInt64 = 0

    private struct Holding {
        var frequency: Hertz
        var reason: KnobReason
        var since: Int64
    }

    private struct Limit: Hashable {
        var share: Double
        var cores: Int
    }

    private struct RunningJob {
        var cores: [CoreID]
        /// What the job is limited to; `nil` when that is not known.
        var limit: Limit?
        var lastDelay = Seconds.zero
    }

    /// An emulated machine that starts idle at its highest frequency.
    ///
    /// - Parameters:
    ///   - description: the operating points and power model to emulate.
    ///   - cores: the host's cores; the machine has as many.
    ///   - clock: the daemon's clock.
    ///   - unixSeconds: seconds since the Unix epoch, for the dates of knobs.
    /// - Precondition: the description has a frequency and there is at least one core.
    public init(
        description: MachineDescription, cores: [Core], clock: @escaping () -> Instant,
        unixSeconds: @escaping () -> Int64 = systemUnixSeconds
    ) {
        precondition(!description.frequencies.isEmpty, "an emulated machine has an operating point")
        precondition(!cores.isEmpty, "an emulated machine has a core")
        let cores = cores.sorted { $0.id < $1.id }
        let width = max(1, description.coresPerDomain ?? cores.count)
        let points =
            description.frequencies.map { OperatingPoint($0) }
            + description.boostFrequencies.map { OperatingPoint($0, isBoost: true) }
        self.description = description
        self.frequencyDomains = stride(from: 0, to: cores.count, by: width).map { first in
            let members = cores[first..<min(first + width, cores.count)]
            let lowest = members.flatMap(\.cpus.cpus).min() ?? CPUID(first)
            return FrequencyDomain(
                id: DomainID(lowest.number), cores: members.map(\.id), operatingPoints: points)
        }
        self.domainOfCore = cores.indices.map { $0 / width }
        self.coreIndex = Dictionary(
            uniqueKeysWithValues: cores.enumerated().map { ($0.element.id, $0.offset) })
        self.holdings = frequencyDomains.map { _ in nil }
        self.clock = clock
        self.unixSeconds = unixSeconds
        let start = clock()
        self.integrator = PowerIntegrator(model: description.power, cores: cores, at: start)
        let range = max(1, description.counterRangeMicrojoules)
        self.domains = [
            EnergyDomain(
                name: "package-0", origin: "emulated machine '\(description.name)'", rangeMicrojoules: range,
                countsTowardsTotal: true)
        ]
        let top = description.topFrequency
        let peak = description.power.power(cores: cores.count, at: top)
        let turn = Seconds(Double(range) / 1_000_000 / max(peak.value, 1e-3))
        self.longestReadingInterval = Duration(turn / 4.0, rounding: .down)
        self.track = CounterTrack(range: range, peakPerSecond: nil)
        _ = track.observe(0, at: start)
    }
}

// Energy.
extension EmulatedMachine {
    /// Integrates up to `now` and reads the counter; nothing is ever unknown.
    public func read(at now: Instant) -> EnergyReading {
        integrate(to: now)
        return EnergyReading(at: now, microjoules: countedMicrojoules, unknown: .zero)
    }

    /// The one emulated zone.
    public var zones: [CountedZone] {
        domains.map { CountedZone(domain: $0, counted: Joules(microjoules: countedMicrojoules)) }
    }

    /// Energy that the cores spent on `job`: its core-power part, without a share of idle and uncore power.
    /// Zero for a job that is not known.
    public func trueEnergy(of job: JobID) -> Joules { integrator.jobs[job]?.energy ?? .zero }

    /// What attribution should come near to: ``trueEnergy(of:)`` and, by the convention of
    /// docs/models/attribution.md, the uncore energy of each integrated interval shared in proportion to it.
    public func trueShare(of job: JobID) -> Joules {
        integrator.jobs[job].map { $0.energy + $0.uncore } ?? .zero
    }

    /// Busy time that did not fit into the time there was: jobs run faster than their frequency allows.
    public var overrun: Seconds { integrator.overrun }

    /// How long each core has been busy until `now`, as the emulated silicon ran: processor time that was
    /// really used, stretched to the core's frequency, and never more than the time there was.
    public func busyTime(at now: Instant) -> [CoreID: Seconds] {
        integrate(to: now)
        // order does not matter
        return coreIndex.mapValues { integrator.coreBusy[$0] }
    }

    /// How long a core at `frequency` is busy with what takes the host `processorTime`: cpu·f_max/f.
    public func emulatedBusy(_ processorTime: Seconds, at frequency: Hertz) -> Seconds {
        processorTime * (description.topFrequency / frequency)
    }

    /// The sample of a job as the emulated machine would have given it.
    ///
    /// Busy time grows by the stretch of each interval, Σ Δcpu·(f_max/f − 1); user and system time keep their
    /// proportion to it. The time in which a thread waits for its quota is the emulated core computing, so it
    /// is taken out of the run-queue delay, which never falls.
    public func rescale(_ sample: JobSample, of job: JobID) -> JobSample {
        integrate(to: max(sample.at, clock()))
        guard let account = integrator.jobs[job] else { return sample }
        let stretch = account.busyTime - account.processorTime
        var rescaled = sample
        rescaled.busyTime = sample.busyTime + stretch
        if sample.busyTime > .zero {
            let ratio = rescaled.busyTime / sample.busyTime
            rescaled.userTime = sample.userTime * ratio
            rescaled.systemTime = sample.systemTime * ratio
        }
        let delay = max(sample.runQueueDelay - stretch, running[job]?.lastDelay ?? .zero)
        rescaled.runQueueDelay = delay
        running[job]?.lastDelay = delay
        return rescaled
    }

    /// Integrates up to `now` and moves the counter; must precede every change of frequency or of jobs.
    private func integrate(to now: Instant) {
        guard now > integrator.last else { return }
        let top = description.topFrequency
        let energy = integrator.advance(to: now, loads: loads()) { core in
            let frequency = self.frequency(ofDomain: domainOfCore[core])
            return PowerIntegrator.CoreState(frequency: frequency, stretch: top / frequency)
        }
        let exact = energy.value * 1_000_000 + remainder
        var whole = UInt64(max(0, exact.rounded(.down)))
        remainder = exact - Double(whole)
        // In steps shorter than the range, so that a long interval cannot hide a turn of the counter.
        let range = domains[0].rangeMicrojoules
        while whole > 0 {
            let step = min(whole, max(1, range / 2))
            whole -= step
            counter = EnergyCounter(microjoules: (counter.microjoules + step) % range)
            if case .counted(let count) = track.observe(counter.microjoules, at: now) {
                countedMicrojoules += count
            }
        }
    }
}

// Frequency.
extension EmulatedMachine {
    /// What is emulated and how jobs are slowed.
    public var summary: String {
        let points = frequencyDomains[0].operatingPoints
        let count = frequencyDomains.count
        let how = throttleMethod.isEmpty ? "" : " (\(throttleMethod))"
        return "emulated machine '\(description.name)': \(points.count) frequencies in "
            + "\(count == 1 ? "one domain" : "\(count) domains"); a job at frequency f may use "
            + "f/\(description.topFrequency) of its cores' time\(how)"
    }

    /// See ``FrequencyControl``.
    public func hold(
        _ frequency: Hertz, domain: DomainID, reason: KnobReason
    ) throws(PortError) -> Hertz {
        let operation = "hold \(domain) at \(frequency)"
        let index = try index(of: domain, operation: operation)
        guard frequencyDomains[index].operatingPoints.contains(where: { $0.frequency == frequency }) else {
            throw PortError(.invalid, operation, reason: "it is not one of the domain's frequencies")
        }
        try change(
            index, to: Holding(frequency: frequency, reason: reason, since: unixSeconds()),
            operation: operation)
        return frequency
    }

    /// See ``FrequencyControl``.
    public func release(_ domain: DomainID, reason: KnobReason) throws(PortError) {
        let operation = "release \(domain)"
        try change(try index(of: domain, operation: operation), to: nil, operation: operation)
    }

    /// See ``FrequencyControl``.
    public func knobs() throws(PortError) -> [Knob] {
        zip(frequencyDomains, holdings).map { domain, holding in
            Knob(
                path: "emulated/policy\(domain.id.number)/frequency",
                now: "\((holding?.frequency ?? description.topFrequency).kilohertz)",
                original: holding == nil ? nil : "\(description.topFrequency.kilohertz)",
                wanted: holding.map { "\($0.frequency.kilohertz)" }, owner: holding == nil ? .system : .pacer,
                reason: holding?.reason, since: holding?.since)
        }
    }

    private func frequency(ofDomain index: Int) -> Hertz {
        holdings[index]?.frequency ?? description.topFrequency
    }

    private func index(of domain: DomainID, operation: String) throws(PortError) -> Int {
        guard let index = frequencyDomains.firstIndex(where: { $0.id == domain }) else {
            throw PortError(.notPresent, operation, reason: "the emulated machine has no such domain")
        }
        return index
    }

    /// Changes a domain and the shares of the jobs on it; all or nothing.
    private func change(_ index: Int, to holding: Holding?, operation: String) throws(PortError) {
        integrate(to: clock())
        let before = holdings[index]
        holdings[index] = holding
        let members = Set(frequencyDomains[index].cores)
        let affected = running.filter { !members.isDisjoint(with: $0.value.cores) }.keys.sorted()
        do throws(PortError) {
            for job in affected { try applyShare(to: job) }
        } catch {
            holdings[index] = before
            var reason = error.description
            for job in affected {
                do throws(PortError) {
                    try applyShare(to: job)
                } catch {
                    reason += "; job \(job) could not be put back either"
                }
            }
            throw PortError(error.code, operation, reason: reason)
        }
    }
}

// Jobs.
extension EmulatedMachine {
    /// A job has been launched on `cores`: its processor time counts from its start, and it gets its share.
    public func jobStarted(_ job: JobID, cores: [CoreID]) throws(PortError) {
        integrator.begin(job)
        try place(job, on: cores, limit: Limit(share: 1, cores: cores.count))
    }

    /// A job that ran before this machine was made goes on on `cores`: what it used so far is not counted.
    /// It may still be limited to an earlier machine's share, so its own is applied in any case.
    public func jobAdopted(_ job: JobID, cores: [CoreID]) throws(PortError) {
        try place(job, on: cores, limit: nil)
    }

    /// A running job has been confined to other cores.
    public func jobMoved(_ job: JobID, to cores: [CoreID]) throws(PortError) {
        try place(job, on: cores, limit: running[job]?.limit)
    }

    /// A job has ended. To be called while ``loads`` still knows its last processor time.
    public func jobEnded(_ job: JobID) {
        integrate(to: clock())
        integrator.finish(job)
        running[job] = nil
    }

    /// Drops the account of a job that has ended.
    public func forget(_ job: JobID) { integrator.forget(job) }

    private func place(_ job: JobID, on cores: [CoreID], limit: Limit?) throws(PortError) {
        integrate(to: clock())
        var placed = running[job] ?? RunningJob(cores: cores, limit: limit)
        placed.cores = cores
        placed.limit = limit
        running[job] = placed
        try applyShare(to: job)
    }

    /// The mean of f/f_max over a job's cores.
    private func share(of cores: [CoreID]) -> Double {
        let shares = cores.compactMap { coreIndex[$0] }.map { core in
            frequency(ofDomain: domainOfCore[core]) / description.topFrequency
        }
        return shares.isEmpty ? 1 : shares.reduce(0, +) / Double(shares.count)
    }

    private func applyShare(to job: JobID) throws(PortError) {
        guard let placed = running[job] else { return }
        let wanted = Limit(share: share(of: placed.cores), cores: placed.cores.count)
        // All of the time is no limit, whatever the number of cores.
        if let limit = placed.limit, limit == wanted || (limit.share == 1 && wanted.share == 1) { return }
        do throws(PortError) {
            throttleMethod = try throttle(job, wanted.share, wanted.cores)
        } catch  where error.code == .notPresent {
            return  // it has ended meanwhile
        }
        running[job]?.limit = wanted
    }
}

extension MachineDescription {
    /// The highest frequency, boost included: what the host's full speed stands for when this is emulated.
    public var topFrequency: Hertz {
        (frequencies + boostFrequencies).max() ?? Hertz(kilohertz: 1_000_000)
    }
}
