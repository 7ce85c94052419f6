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
        objective: .energy, accounting: .horizon, margin: 0.05, references: [])

    let journal = MemoryJournal()
    let accounts = MemoryAccounts()
    let loop: ControlLoop
    let executor: BusyExecutor
    let store: MemoryStore
    let time: Time

    /// A bench with two cores; `adjust` may replace ports.
    init(
        store: MemoryStore = MemoryStore(), executor: BusyExecutor? = nil, at time: Time = Time(),
        rivals: RivalChoice = .warn, _ adjust: (inout Ports) -> Void = { _ in }
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
            power: examplePower, policies: [Self.policy], defaultPolicy: Self.policy.name, rivals: rivals,
            folders: "/jobs", ports: ports)
    }

    /// Submits a job that keeps its cores busy until it is ended.
    func submit(deadline: Double? = nil, shape: JobShape = .malleable(limit: nil)) throws -> JobID {
        var submission = JobSubmission(
            arguments: ["work"], environment: ["SECRET": "x"], workingDirectory: "/", umask: 0o22, userID: 1,
            groupID: 1, className: "work", shape: shape, policy: Self.policy.name)
        submission.deadline = deadline.map { time.now + Seconds($0) }
        return try loop.submit(submission, ifLate: .accept).job.record.request.id
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

final class BusyExecutor: JobExecutor {
    let containment = Containment(method: "none", note: "")
    var onExit: (@Sendable (JobID, ExitReport) -> Void)?
    private let time: Time
    private var started: [JobID: Instant] = [:]
    /// What became of the jobs of an earlier daemon; those that are not named were not started.
    var adoptions: [JobID: Adoption] = [:]
    private(set) var launched: [JobID] = []

    init(_ time: Time) { self.time = time }

    func launch(_ request: LaunchRequest) throws(PortError) {
        started[request.job] = time.now
        launched.append(request.job)
    }

    func adopt(_ job: JobID, folder: String) -> Adoption {
        let adoption = adoptions[job] ?? .notStarted
        if adoption == .running { started[job] = time.now }
        return adoption
    }

    func confine(_ job: JobID, to cpus: CPUSet) throws(PortError) {}
    func throttle(_ job: JobID, share: Double, cores: Int) throws(PortError) -> String { "" }
    func signal(_ job: JobID, _ signal: Int32) throws(PortError) {}
    func processorTime(_ job: JobID) -> [CPUID: Seconds] { [:] }
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

final class MemoryStore: JobStore {
    private var last: Int64 = 0
    private var jobs: [JobID: StoredJob] = [:]
    private var profiles: [String: ClassProfile] = [:]

    func nextJobID() throws(PortError) -> JobID {
        last += 1
        return JobID(last)
    }

    func together(_ body: () throws(PortError) -> Void) throws(PortError) { try body() }
    func save(_ job: StoredJob) throws(PortError) { jobs[job.record.request.id] = job }
    /// Whether the disk is full.
    var isFull = false

    func update(_ record: JobRecord) throws(PortError) {
        guard !isFull else { throw PortError(.failed, "update a job", reason: "the disk is full") }
        jobs[record.request.id]?.record = record
    }
    func job(_ id: JobID) throws(PortError) -> StoredJob? { jobs[id] }
    func unfinished() throws(PortError) -> [StoredJob] {
        try jobs(limit: nil).filter { $0.record.finished == nil }
    }
    func save(_ profile: ClassProfile) throws(PortError) { profiles[profile.className] = profile }
    func append(_ sentence: String, about job: JobID?, at: Instant) throws(PortError) {}

    func jobs(limit: Int?) throws(PortError) -> [StoredJob] {
        jobs.values.sorted { $0.record.request.id < $1.record.request.id }
    }

    func jobs(limit: Int?, of user: UInt32) throws(PortError) -> [StoredJob] {
        Array(try jobs(limit: nil).filter { $0.submission.userID == user }.suffix(limit ?? .max))
    }

    func profile(className: String, machineName: String, user: UserID?) throws(PortError) -> ClassProfile? {
        profiles[className]
    }
}
