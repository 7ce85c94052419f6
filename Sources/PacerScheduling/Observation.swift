public import PacerUnits

/// Where a job's progress comes from, best first.
public enum ProgressSource: String, Hashable, Sendable, Codable, CaseIterable {
    /// The job declared it: `PACER_PROGRESS`, a `--progress` pattern.
    case declared
    /// A percentage or an `i/N` found on its output.
    case output
    /// Retired instructions.
    case instructions
    /// Processor time at the reference frequency: a proxy that waiting in a loop inflates.
    case cpuTime
}

/// How far a job has come.
public struct Progress: Hashable, Sendable {
    /// Work done so far in the job's own units; never falls.
    public let done: Double
    /// All the work there is, when the job said so.
    public let total: Double?
    /// When `done` was true, which is earlier than when it was read.
    public let at: Instant
    /// Where `done` comes from, which also says its units.
    public let source: ProgressSource

    /// The work `done` at `at`, out of `total`.
    public init(done: Double, total: Double?, at: Instant, source: ProgressSource) {
        self.done = done
        self.total = total
        self.at = at
        self.source = source
    }
}

/// What a job's processes did since they started, summed over all of them; every field only grows unless its
/// comment says otherwise.
public struct JobSample: Hashable, Sendable {
    /// When the sample was taken.
    public var at: Instant
    /// Busy time of cores: what the machine's cores spent on the job at the frequency they ran at.
    public var busyTime: Seconds
    /// The user part of the processor time, where the parts can be told apart.
    public var userTime: Seconds
    /// The system part of it.
    public var systemTime: Seconds
    /// Time that runnable threads waited for a CPU.
    public var runQueueDelay: Seconds
    /// Times that a thread gave up its CPU to wait for something.
    public var voluntarySwitches: UInt64
    /// Times that a thread was taken off its CPU while it could have gone on.
    public var involuntarySwitches: UInt64
    /// Page faults that had to read from a disk.
    public var majorFaults: UInt64
    /// Retired instructions where perf offers them.
    public var instructions: UInt64?
    /// Thread states seen at this moment (these do not accumulate).
    public var threads: ThreadStates
    /// How far the job has come; `nil` while nothing tells.
    public var progress: Progress?
    /// Bytes that the job has written to its output files.
    public var outputBytes: UInt64

    /// A sample at `at` with nothing counted yet.
    public init(at: Instant) {
        self.at = at
        self.busyTime = .zero
        self.userTime = .zero
        self.systemTime = .zero
        self.runQueueDelay = .zero
        self.voluntarySwitches = 0
        self.involuntarySwitches = 0
        self.majorFaults = 0
        self.instructions = nil
        self.threads = ThreadStates()
        self.progress = nil
        self.outputBytes = 0
    }
}

/// What the threads of a job were doing at one moment.
public struct ThreadStates: Hashable, Sendable {
    /// Processes alive.
    public var processes = 0
    /// Threads alive in all of them.
    public var threads = 0
    /// Running or waiting for a CPU.
    public var runnable = 0
    /// Asleep in a futex: waiting for a lock, or parked in a pool.
    public var inFutex = 0
    /// In uninterruptible sleep: disk or memory.
    public var uninterruptible = 0

    /// No processes and no threads.
    public init() {}
}

/// The machine's energy since the meter was opened.
public struct EnergyReading: Hashable, Sendable {
    /// When the counters were read.
    public var at: Instant
    /// Energy of everything that counts towards the total, in microjoules.
    public var microjoules: UInt64
    /// Time whose energy is not known (suspend, a counter that jumped or failed); its energy is not in
    /// `microjoules`.
    public var unknown: Seconds

    /// A reading of `microjoules` counted until `at`, `unknown` of that time left out.
    public init(at: Instant, microjoules: UInt64, unknown: Seconds) {
        self.at = at
        self.microjoules = microjoules
        self.unknown = unknown
    }

    /// A reading of the energy `total`, rounded to a microjoule.
    public init(at: Instant, total: Joules, unknown: Seconds) {
        let microjoules = max(0, (total.value * 1_000_000).rounded())
        self.init(at: at, microjoules: UInt64(exactly: microjoules) ?? .max, unknown: unknown)
    }

    /// `microjoules` as energy.
    public var total: Joules { Joules(microjoules: microjoules) }
}
