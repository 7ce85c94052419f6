import Glibc
import Synchronization

extension Kind {
    static let spinlock = Kind(
        name: "spinlock",
        summary: "takes items from one queue under a test-and-set lock",
        demonstrates: "more cores take longer and burn power in waiting: one cache line is pulled to and fro",
        defaultWork: SharedQueue.defaultWork,
        make: { LockedQueue<Spinlock>(plan: $0) })
}

/// A test-and-set lock on one cache line, deliberately without back-off.
struct Spinlock: QueueLock {
    /// Attempts before giving way. Contended attempts take about 0.1 ms in all, so that a waiter with a core
    /// of its own rarely gets there; one that shares the core with the holder soon lets it run.
    private static let patience = 2_000

    private let isHeld: Padded<Bool>

    init(threads: Int) {
        isHeld = Padded(repeating: false, count: 1)
    }

    @inline(__always)
    func acquire(_ thread: Int) {
        var attempts = 0
        while isHeld.cell(0).pointee.exchange(true, ordering: .acquiring) {
            attempts += 1
            if attempts == Self.patience {
                sched_yield()
                attempts = 0
            }
        }
    }

    @inline(__always)
    func release(_ thread: Int) {
        isHeld.cell(0).pointee.store(false, ordering: .releasing)
    }
}
