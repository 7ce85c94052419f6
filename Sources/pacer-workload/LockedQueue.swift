/// A way for threads to exclude each other. `thread` is the caller's index, known when the lock is made.
protocol QueueLock: Sendable {
    init(threads: Int)
    func acquire(_ thread: Int)
    func release(_ thread: Int)
}

/// One queue that all threads take their items from, one at a time, under one lock.
///
/// All of an item's work, some tens of nanoseconds, is done with the lock held. So a second core has
/// nothing to add but the movement of the lock and the queue between caches, which is what is measured.
struct LockedQueue<Lock: QueueLock>: Workload {
    private let work: Int
    private let lock: Lock
    private let queue: SharedQueue

    init(plan: Plan) {
        work = plan.work
        lock = Lock(threads: plan.threads)
        queue = SharedQueue(items: plan.work)
    }

    func run(_ worker: Worker) -> Tally {
        var tally = Tally()
        while true {
            lock.acquire(worker.index)
            let isTaken = queue.takeItem(into: &tally)
            lock.release(worker.index)
            guard isTaken else { return tally }
            worker.publish(tally.items)
        }
    }

    func fault(in tally: Tally) -> String? {
        if queue.taken != work { return "the queue counted \(queue.taken) items taken, not \(work)" }
        return tally.fault(work: work, compute: SharedQueue.compute)
    }
}

/// The data behind the lock: the next item, and counters on other cache lines that every taker updates.
///
/// Plain memory: only the holder of the lock may touch it, and a lock that lets two in loses counts.
struct SharedQueue: @unchecked Sendable {
    /// What is done with an item.
    static let compute = Compute(rounds: 8)
    /// The same for all kinds of the lock family, so that their times compare: 2 to 5 s on one fast core.
    static let defaultWork = 100_000_000
    private static let counters = 4
    private static let lineLength = cacheLinePair / MemoryLayout<Int>.stride

    private let end: Int
    private let next: UnsafeMutablePointer<Int>
    private let counts: UnsafeMutablePointer<Int>

    init(items: Int) {
        end = items
        let bytes = (1 + Self.counters) * cacheLinePair
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: cacheLinePair)
        next = memory.initializeMemory(
            as: Int.self, repeating: 0, count: bytes / MemoryLayout<Int>.stride)
        counts = next + Self.lineLength
    }

    /// Takes the next item, computes it and adds it to `tally`; false when there is none. Needs the lock.
    @inline(__always)
    func takeItem(into tally: inout Tally) -> Bool {
        let item = next.pointee
        guard item < end else { return false }
        next.pointee = item &+ 1
        tally.add(item: item, result: Self.compute.result(of: UInt64(truncatingIfNeeded: item)))
        counts[(item & (Self.counters - 1)) &* Self.lineLength] &+= 1
        return true
    }

    /// How many items have been taken; for when no thread takes any more.
    var taken: Int {
        (0..<Self.counters).reduce(0) { $0 + counts[$1 * Self.lineLength] }
    }
}
