/// A job among others, as the joint plan sees it, and what the plan gives it.
public struct Contender: Sendable {
    /// Index of its option table.
    public var table: Int
    /// Work that is left, in the units of the table's speeds.
    public var work: Double
    /// Seconds until it should have ended, what is kept in hand taken off; infinite without a deadline.
    public var time: Double
    /// Seconds until its deadline; infinite without one. What cannot be done in that is late.
    public var limit: Double
    /// The numbers of cores that it may have.
    public var cores: ClosedRange<Int>
    /// Whether it keeps the cores that it starts with.
    public var isFixed: Bool
    /// Cores that it keeps whatever the plan says, unless it is paused; zero while it waits.
    public var held: Int
    /// Whether it may be paused once it has run for a while: what comes next need not wait for its cores.
    public var isPausable = false
    /// Whether it runs and may be paused now.
    public var mayBePaused = false
    /// The option it runs at; negative while it waits.
    public var current: Int
    /// Whether it is not to wait for others once there is room for it.
    public var beginsAtOnce = false
    /// By what it is known to the shadow of those that race; `nil` for a job that is not.
    public var id: JobID?
    /// The option it is given; negative while it has to wait.
    public var given = -1
    /// Seconds for which it had better wait for others, though there may be room for it; zero for not at all.
    public var putOff = 0.0

    /// Whether it runs now. One that does and is given nothing is to be paused.
    public var runs: Bool { held > 0 }

    /// Cores that it keeps where it has to be paused if it can be.
    var leastHeld: Int { mayBePaused ? 0 : held }

    /// A contender that has been given nothing yet, and waits unless said otherwise.
    public init(
        table: Int, work: Double, time: Double, limit: Double, cores: ClosedRange<Int>, isFixed: Bool,
        held: Int = 0, current: Int = -1
    ) {
        self.table = table
        self.work = work
        self.time = time
        self.limit = limit
        self.cores = cores
        self.isFixed = isFixed
        self.held = held
        self.current = current
    }
}
