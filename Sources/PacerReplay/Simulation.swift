public import PacerModels
public import PacerPlatform
public import PacerScheduling
public import PacerUnits

/// The simulated machine: performs the engine's commands in virtual time.
///
/// Between two events every rate and power is constant, so work and energy are exact sums of products; the
/// only difference to live running is who performs the commands. A running job that changes its configuration
/// does no work for the constants' switch cost.
public struct Simulation: Sendable {
    private struct Running: Sendable {
        var job: SimulatedJob
        var cores: [CoreID]
        var done = 0.0
        var busy = Seconds.zero
        var segmentStart: Instant
        var segmentWork = 0.0
        var stopping = false
        /// Does no work before this: it changes its configuration.
        var stalledUntil = Instant.zero
    }

    private let machine: Machine
    private let truth: PowerModel
    private var engine: Engine
    private var waiting: [SimulatedJob]
    private var known: [JobID: SimulatedJob] = [:]
    private var running: [JobID: Running] = [:]
    private var paused: [JobID: Running] = [:]
    private var frequencies: [DomainID: Hertz] = [:]
    private var profiles: [String: ClassProfile]
    private var now = Instant.zero
    private var wake: Instant?
    private var energy = Joules.zero
    private var records: [JobID: JobRecord] = [:]
    private var timeline: [TimelineSegment] = []
    private var inbox: [Event] = []
    private var journal: [JournalEntry] = []
    /// Whether the result is to have a journal.
    public var keepsJournal = false

    /// A simulation of `jobs` on `machine`, whose power is `truth`; the engine believes `belief` of it.
    ///
    /// - Parameters:
    ///   - configurations: the only ones that there are; all of the machine's when `nil`.
    ///   - noise: what is added to every window that the engine measures.
    ///   - queuePolicy: the policy whose queue is the machine's; earliest deadline first for `nil`.
    ///   - classes: what is remembered of the classes that ran before, the last one last.
    public init(
        machine: Machine, truth: PowerModel, belief: PowerModel? = nil,
        policies: [any Policy],
        jobs: [SimulatedJob], profiles: [String: ClassProfile] = [:],
        constants: ControlConstants = ControlConstants(), configurations: Set<Configuration>? = nil,
        noise: WindowNoise? = nil, queuePolicy: String? = nil, classes: [ClassProfile] = []
    ) {
        self.machine = machine
        self.truth = truth
        self.engine = Engine(
            machine: machine, power: belief ?? truth, policies: policies, constants: constants,
            configurations: configurations, noise: noise, queuePolicy: queuePolicy)
        self.engine.recall(classes)
        self.waiting = jobs.sorted {
            ($0.request.submitted, $0.request.id) < ($1.request.submitted, $1.request.id)
        }
        self.profiles = profiles
    }

    /// Runs until nothing is left to happen.
    ///
    /// - Parameter limit: A job that makes no progress would run for ever; nothing runs past this.
    public mutating func run(
        limit: Instant = Instant(nanoseconds: 1_000_000_000_000_000)
    ) -> SimulationResult {
        while let next = nextTime(), next <= limit {
            advance(to: next)
            step()
        }
        return SimulationResult(
            records: records.keys.sorted().compactMap { records[$0] }, timeline: timeline, energy: energy,
            end: now, profiles: profiles, journal: journal)
    }

    // MARK: Time

    private func nextTime() -> Instant? {
        var next = wake
        if let arrival = waiting.first?.request.submitted { next = min(next ?? arrival, arrival) }
        // order does not matter: the earliest is taken
        for entry in running.values {
            let rate = rate(of: entry)
            let rest = max(0, entry.job.work - entry.done)
            if !entry.stopping, rest > 0, entry.stalledUntil > now {
                next = min(next ?? entry.stalledUntil, entry.stalledUntil)
                continue
            }
            guard entry.stopping || rest == 0 || rate > 0 else { continue }
            let end = entry.stopping || rest == 0 ? now : now + Seconds(rest / rate)
            next = min(next ?? end, end)
        }
        return next.map { max($0, now) }
    }

    private mutating func advance(to next: Instant) {
        let length = next - now
        if length > .zero {
            energy += power() * length
            // order does not matter: each entry is moved by itself
            for id in running.keys {
                guard var entry = running[id] else { continue }
                let configuration = configuration(of: entry)
                let isStalled = entry.stalledUntil > now
                // An end is rounded up to a nanosecond, in which no more is done than there is.
                let rest = max(0, entry.job.work - entry.done)
                let work = isStalled ? 0 : min(rest, entry.job.rate(configuration) * length.value)
                entry.done += work
                entry.segmentWork += work
                entry.busy += length * (Double(entry.cores.count) * entry.job.busyShare(configuration))
                running[id] = entry
            }
        }
        now = next
        // A change of configuration is a stretch of its own.
        for id in running.keys.sorted() where running[id]?.stalledUntil == now { closeSegment(id) }
    }

    /// Everything that happens at this moment, in a fixed order: ends, arrivals, the wake.
    private mutating func step() {
        let ended = running.values.filter { $0.stopping || $0.done >= $0.job.work * (1 - 1e-12) }
        for entry in ended.sorted(by: { $0.job.request.id < $1.job.request.id }) {
            let id = entry.job.request.id
            feed(.observed(snapshot()))
            closeSegment(id)
            running[id] = nil
            feed(.exited(id, entry.stopping ? .signalled(signal: 15) : .exited(code: entry.job.exitCode)))
        }
        while let job = waiting.first, job.request.submitted <= now {
            waiting.removeFirst()
            known[job.request.id] = job
            feed(.observed(snapshot()))
            feed(.submitted(job.request, prior: profiles[job.request.className]))
        }
        if let wake, wake <= now {
            self.wake = nil
            feed(.observed(snapshot()))
        }
    }

    private func snapshot() -> Snapshot {
        var samples: [JobID: JobSample] = [:]
        // order does not matter: one dictionary becomes another
        for (id, entry) in running {
            var sample = JobSample(at: now)
            sample.busyTime = entry.busy
            sample.userTime = entry.busy
            sample.threads.threads = entry.cores.count
            sample.threads.runnable = entry.cores.count
            if entry.job.declaresProgress {
                sample.progress = Progress(
                    done: entry.done, total: entry.job.declaresTotal ? entry.job.work : nil, at: now,
                    source: .declared)
            }
            samples[id] = sample
        }
        return Snapshot(energy: EnergyReading(at: now, total: energy, unknown: .zero), samples: samples)
    }

    // MARK: Commands

    private mutating func feed(_ event: Event) {
        inbox.append(event)
        while !inbox.isEmpty {
            let event = inbox.removeFirst()
            let commands = engine.handle(event, at: now)
            if keepsJournal {
                journal.append(JournalEntry(at: now, event: event, commands: commands.map(\.journalText)))
            }
            for command in commands { perform(command) }
        }
    }

    private mutating func perform(_ command: Command) {
        switch command {
        case .launch(let id, let cores):
            guard let job = known[id] else {
                inbox.append(.launchFailed(id, reason: "not submitted"))
                return
            }
            running[id] = Running(job: job, cores: cores, segmentStart: now)
            inbox.append(.launched(id))
        case .confine(let id, let cores):
            paused[id]?.cores = cores
            change([id]) { $0.running[id]?.cores = cores }
        case .hold(let domain, let frequency):
            change(jobs(on: domain)) { $0.frequencies[domain] = frequency }
            inbox.append(.held(domain, actual: frequency))
        case .release(let domain):
            change(jobs(on: domain)) { $0.frequencies[domain] = nil }
        case .signal(let id, _):
            running[id]?.stopping = true
            paused[id]?.stopping = true
        case .pause(let id):
            closeSegment(id)
            paused[id] = running.removeValue(forKey: id)
        case .proceed(let id):
            guard var entry = paused.removeValue(forKey: id) else { break }
            entry.segmentStart = now
            entry.stalledUntil = now + engine.constants.switchCost
            running[id] = entry
        case .wake(let at): wake = at
        case .record(let record): records[record.request.id] = record
        case .remember(let profile): profiles[profile.className] = profile
        case .retire: break
        }
    }

    private func jobs(on domain: DomainID) -> [JobID] {
        running.keys.sorted().filter { id in
            running[id]?.cores.contains { machine.domain(of: $0)?.id == domain } ?? false
        }
    }

    /// Changes what `jobs` run at; those whose configuration is another one then lose the switch cost.
    private mutating func change(_ jobs: [JobID], _ body: (inout Simulation) -> Void) {
        let before = jobs.map { running[$0].map(configuration) }
        for id in jobs { closeSegment(id) }
        body(&self)
        for (id, earlier) in zip(jobs, before) {
            guard var entry = running[id], let earlier, configuration(of: entry) != earlier else { continue }
            // Cores and frequency of one change come as two commands at one instant: the longer time counts.
            let lost = engine.constants.changes.between(earlier, configuration(of: entry))
            entry.stalledUntil = max(entry.stalledUntil, now + lost)
            running[id] = entry
        }
    }

    private mutating func closeSegment(_ id: JobID) {
        guard var entry = running[id] else { return }
        if now > entry.segmentStart {
            timeline.append(
                TimelineSegment(
                    job: id, start: entry.segmentStart, end: now, cores: entry.cores,
                    frequency: configuration(of: entry).frequency, work: entry.segmentWork))
        }
        entry.segmentStart = now
        entry.segmentWork = 0
        running[id] = entry
    }

    // MARK: The truth

    private func configuration(of entry: Running) -> Configuration {
        let frequency = entry.cores.map { core in
            machine.domain(of: core).flatMap { frequencies[$0.id] } ?? machine.topFrequency
        }.min()
        return Configuration(cores: entry.cores.count, frequency: frequency ?? machine.topFrequency)
    }

    private func rate(of entry: Running) -> Double { entry.job.rate(configuration(of: entry)) }

    /// Power of the machine now: idle, uncore once, and every busy core.
    private func power() -> Watts {
        var sum = MachinePowerSum(truth)
        for id in running.keys.sorted() {
            guard let entry = running[id] else { continue }
            sum.add(entry.job, at: configuration(of: entry))
        }
        return sum.total
    }
}
