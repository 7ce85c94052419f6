/// What a job's threads were seen doing at one number of cores.
///
/// What could not be observed is `nil`; a rule that needs it does not apply.
public struct ContentionSignals: Hashable, Sendable, Codable {
    /// Cores the job had.
    public var cores: Int
    /// Processor time over (cores · wall time), 0…1: how much of its cores the job used.
    public var onCPUShare: Double
    /// System time over processor time, 0…1.
    public var systemShare: Double?
    /// Voluntary context switches per second, over all threads.
    public var voluntarySwitchesPerSecond: Double?
    /// Time that runnable threads waited for a CPU over (cores · wall time).
    public var runQueueShare: Double?
    /// Share of the sleeping threads that sleep in a futex, 0…1.
    public var futexShare: Double?
    /// Share of the threads in uninterruptible sleep, 0…1.
    public var uninterruptibleShare: Double?
    /// Threads running or waiting for a CPU, on average.
    public var runnableThreads: Double?
    /// Major page faults per second.
    public var majorFaultsPerSecond: Double?
    /// Rate over the rate on one core at the same frequency.
    public var speedup: Double?
    /// Share of run time that scales with 1/f, 0…1.
    public var frequencySensitivity: Double?
    /// Retired instructions per unit of work over those on one core.
    public var instructionRatio: Double?

    /// Signals of a job on `cores` cores; everything else is optional.
    public init(cores: Int, onCPUShare: Double) {
        self.cores = cores
        self.onCPUShare = onCPUShare
    }
}
