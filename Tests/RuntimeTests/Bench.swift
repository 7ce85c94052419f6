import PacerModels
import PacerPlatform
import PacerPolicies
import PacerPorts
import PacerRuntime
import PacerScheduling
import PacerTestSupport
import PacerUnits

/// A control loop on ports whose time stands still until the test moves it.
final class Bench {
    static let policy = GridPolicy(
        name: "minimum-energy", summary: "", cores: .any, frequency: .any, mix: .twoConfigurations,
        objective: .energy, accounting: .horizon, margin: 0.05, preempts: true, references: [])

    let journal = MemoryJournal()
    let accounts = MemoryAccounts()
    let loop: ControlLoop
    let executor: BusyExecutor
    let store: MemoryStore
    let time: Time

    /// A bench with two cores; `adjust` may replace ports.
    init(
        store: MemoryStore = MemoryStore(), executor: BusyExecutor? = nil, at time: Time = Time(),
        rivals: RivalChoice = .warn, finishedLimit: Int? = nil,
        _ adjust: (inout Ports) -> Void = { _ in }
    ) {
        self.time = time
        self.store = store
        let executor = executor ?? BusyExecutor(time)
        self.executor = executor
        var ports = Ports(
            executor: executor, store: store, meter: SteadyMeter(), frequency: nil,
            follower: nil, clock: { time.now }, schedule: { time.wake = $0 },
            makeFolder: { folder, _ throws(PortError) in folder.path }, log: { _, _ in })
        ports.journal = journal
        ports.asleep = { time.asleep }
        ports.accounts = accounts
        adjust(&ports)
        loop = ControlLoop(
            facts: MachineFacts(
                machine: exampleMachine(cores: 2), isEmulated: true, notes: [], conflicts: []),
            power: examplePower, policies: [Self.policy], defaultPolicy: Self.policy.name,
            finishedLimit: finishedLimit, rivals: rivals, folders: "/jobs", ports: ports)
        executor.onStart = { [unowned loop] in loop.started($0, failure: $1) }
    }

    /// Submits a job that keeps its cores busy until it is ended.
    func submit(deadline: Double? = nil, shape: JobShape = .malleable(limit: nil)) throws -> JobID {
        try loop.submit(submission(deadline: deadline, shape: shape), ifLate: .accept).job.record.request.id
    }

    /// What is submitted of such a job.
    func submission(deadline: Double? = nil, shape: JobShape = .malleable(limit: nil)) -> JobSubmission {
        var submission = JobSubmission(
            arguments: ["work"], environment: ["SECRET": "x"], workingDirectory: "/", umask: 0o22, userID: 1,
            groupID: 1, className: "work", shape: shape, policy: Self.policy.name)
        submission.deadline = deadline.map { time.now + Seconds($0) }
        return submission
    }

    /// Ends the jobs that run, and those that follow them, one after the other.
    func endAll(after seconds: Double = 0.003) {
        while let id = loop.unfinished.first(where: { executor.started[$0] != nil }) {
            pass(seconds)
            loop.exited(id, .exited(code: 0))
        }
    }

    /// Lets time pass, with every look that was asked for.
    func pass(_ seconds: Double) {
        let end = time.now + Seconds(seconds)
        while let wake = time.wake, wake <= end {
            time.now = max(time.now, wake)
            loop.tick()
        }
        time.now = end
    }
}

/// The clock and the alarm of a bench.
final class Time {
    var now = Instant(nanoseconds: 1_790_000_000_000_000_000)
    var wake: Instant?
    /// How long the machine has slept.
    var asleep = Seconds.zero
}

/// Keeps what was recorded, by segment.
final class MemoryJournal: EventJournal {
    var starts: [EngineStart] = []
    var entries: [[JournalEntry]] = []
    var wantsNewSegment = false

    func begin(_ start: EngineStart, at now: Instant) {
        starts.append(start)
        entries.append([])
        wantsNewSegment = false
    }

    func record(_ event: Event, _ commands: [Command], at now: Instant) {
        entries[entries.count - 1].append(
            JournalEntry(at: now, event: event, commands: commands.map(\.journalText)))
    }

    func reconfigure(_ policies: [RecordedPolicy], at now: Instant) { wantsNewSegment = true }

    func segments() throws(PortError) -> [JournalSegment] { [] }
}

/// Keeps accounts, unless it is to fail.
final class MemoryAccounts: AccountStore {
    var jobs: [JobID: JobAccount] = [:]
    /// In order.
    var entered: [JobID] = []
    var isFailing = false
    private var intervals: [MachineAccount] = []

    func enter(_ account: JobAccount) throws(PortError) {
        guard !isFailing else { throw PortError(.failed, "keep an account", reason: "the test wants it") }
        jobs[account.job] = account
        entered.append(account.job)
    }

    func enter(_ account: MachineAccount) throws(PortError) {
        guard !isFailing else { throw PortError(.failed, "keep an account", reason: "the test wants it") }
        intervals.append(account)
    }

    func sums(
        by grouping: AccountGrouping, since: Instant, user: UInt32?
    ) throws(PortError) -> [AccountSum] { [] }

    func machine(since: Instant) throws(PortError) -> [MachineAccount] {
        guard let first = intervals.first else { return [] }
        return [
            intervals.dropFirst().reduce(into: first) { sum, next in
                sum.until = next.until
                sum.counted += next.counted
                sum.idle += next.idle
                sum.unattributed += next.unattributed
                sum.unknown += next.unknown
            }
        ]
    }
}

/// Runs what is begun, at once.
final class BusyExecutor: JobExecutor {
    let containment = Containment(method: "none", note: "")
    var onExit: (@Sendable (JobID, ExitReport) -> Void)?
    var onStart: ((JobID, PortError?) -> Void)?
    private let time: Time
    private(set) var started: [JobID: Instant] = [:]
    /// Called before a program is started.
    var onBegin: (JobID) -> Void = { _ in }

    /// What became of the jobs of an earlier daemon; those that are not named were not started.
    var adoptions: [JobID: Adoption] = [:]
    private(set) var launched: [JobID] = []
    /// Jobs whose ends need not be kept by anybody else.
    private(set) var kept: [JobID] = []

    /// Progress patterns that it cannot read.
    var unreadablePatterns: Set<String> = []

    init(_ time: Time) { self.time = time }

    func check(progressPattern: String) throws(PortError) {
        guard !unreadablePatterns.contains(progressPattern) else {
            throw PortError(.invalid, "read '\(progressPattern)'", reason: "the test wants it")
        }
    }

    func launch(_ request: LaunchRequest) throws(PortError) {
        started[request.job] = time.now
        launched.append(request.job)
    }

    func begin(_ request: LaunchRequest) throws(PortError) {
        onBegin(request.job)
        try launch(request)
        onStart?(request.job, nil)
    }

    func poll() {
        let ends = unreported
        unreported = []
        for end in ends { onPoll(end) }
    }

    /// Jobs that have ended, of which nobody was told yet; and who is told when the executor is asked.
    var unreported: [JobID] = []
    var onPoll: (JobID) -> Void = { _ in }

    func adopt(_ job: JobID, folder: String) -> Adoption {
        let adoption = adoptions[job] ?? .notStarted
        if adoption == .running { started[job] = time.now }
        return adoption
    }

    func confine(_ job: JobID, to cpus: CPUSet) throws(PortError) {}
    func throttle(_ job: JobID, share: Double, cores: Int) throws(PortError) -> String { "" }
    func signal(_ job: JobID, _ signal: Int32) throws(PortError) {}
    /// What was paused and let go on, in order.
    private(set) var pauses: [(job: JobID, isPaused: Bool)] = []
    func pause(_ job: JobID) throws(PortError) { pauses.append((job, true)) }
    func proceed(_ job: JobID) throws(PortError) { pauses.append((job, false)) }
    func processorTime(_ job: JobID) -> [CPUID: Seconds] { [:] }
    func endIsKept(of job: JobID) { kept.append(job) }
    func forget(_ job: JobID) { started[job] = nil }

    func sample(_ job: JobID, at now: Instant) -> JobSample? {
        started[job].map { start in
            var sample = JobSample(at: now)
            sample.busyTime = (now - start) * 2
            return sample
        }
    }
}

final class SteadyMeter: EnergyMeter {
    let source = EnergySource.emulated
    let domains: [EnergyDomain] = []
    let longestReadingInterval: Duration?
    /// When it was read.
    private(set) var readings: [Instant] = []

    init(longestReadingInterval: Duration? = nil) { self.longestReadingInterval = longestReadingInterval }

    /// Ten watts since the epoch of the bench.
    func read(at now: Instant) -> EnergyReading {
        readings.append(now)
        let length = now - Instant(nanoseconds: 1_790_000_000_000_000_000)
        return EnergyReading(at: now, total: Watts(10) * length, unknown: .zero)
    }
}

/// Keeps everything in memory, until it is told to fail.
final class MemoryStore: JobStore {
    /// How often something was made durable.
    private(set) var commits = 0
    /// How often a record was read with its submission.
    private(set) var submissionsRead = 0
    /// Whether it takes nothing.
    var isFull = false
    private var isTogether = false

    private func commit() throws(PortError) {
        if isFull { throw PortError(.failed, "write", reason: "it is full") }
        if !isTogether { commits += 1 }
    }

    private var last: Int64 = 0
    private var jobs: [JobID: StoredJob] = [:]
    private var profiles: [ClassKey: ClassProfile] = [:]

    func nextJobID() throws(PortError) -> JobID {
        last += 1
        return JobID(last)
    }

    func together(_ body: () throws(PortError) -> Void) throws(PortError) {
        try commit()
        isTogether = true
        defer { isTogether = false }
        try body()
    }

    func save(_ job: StoredJob) throws(PortError) {
        try commit()
        jobs[job.record.request.id] = job
    }

    func update(_ record: JobRecord) throws(PortError) {
        try commit()
        jobs[record.request.id]?.record = record
    }

    func job(_ id: JobID) throws(PortError) -> StoredJob? { jobs[id] }
    func submission(_ id: JobID) throws(PortError) -> JobSubmission? {
        submissionsRead += 1
        return jobs[id]?.submission
    }

    func unfinishedIDs() throws(PortError) -> [JobID] {
        records.filter { $0.finished == nil }.map(\.request.id)
    }

    func unfinishedOwners() throws(PortError) -> [JobID: UInt32] {
        jobs.filter { $0.value.record.finished == nil }.mapValues(\.submission.userID)
    }

    func unfinished(after id: JobID, limit: Int) throws(PortError) -> [JobRecord] {
        Array(records.filter { $0.finished == nil && $0.request.id > id }.prefix(limit))
    }

    private var records: [JobRecord] {
        jobs.values.map(\.record).sorted { $0.request.id < $1.request.id }
    }

    func endOfOld(keeping count: Int) throws(PortError) -> JobID? {
        records.filter { $0.finished != nil }.dropLast(count).last?.request.id
    }

    func finishedIDs(after id: JobID, through end: JobID, limit: Int) throws(PortError) -> [JobID] {
        let finished = records.filter { $0.finished != nil }.map(\.request.id)
        return Array(finished.filter { $0 > id && $0 <= end }.prefix(limit))
    }

    func remove(_ ids: [JobID]) throws(PortError) {
        try commit()
        for id in ids { jobs[id] = nil }
    }

    func save(_ profile: ClassProfile) throws(PortError) {
        try commit()
        profiles[ClassKey(profile)] = profile
    }

    func append(_ sentence: String, about job: JobID?, at: Instant) throws(PortError) {}

    func shownJobs(limit: Int?) throws(PortError) -> [StoredJob] {
        let all = jobs.values.sorted { $0.record.request.id < $1.record.request.id }
        return all.suffix(limit ?? .max).map { job in
            var job = job
            job.submission.environment = [:]
            return job
        }
    }

    func shownJobs(limit: Int?, of user: UInt32) throws(PortError) -> [StoredJob] {
        try shownJobs(limit: nil).filter { $0.submission.userID == user }.suffix(limit ?? .max)
    }

    func latestProfiles(machineName: String, limit: Int) throws(PortError) -> [ClassProfile] {
        profiles.keys.sorted().compactMap { profiles[$0] }.suffix(limit)
    }

    func profile(className: String, machineName: String, user: UserID?) throws(PortError) -> ClassProfile? {
        profiles[ClassKey(user: user, name: className)]
    }
}
