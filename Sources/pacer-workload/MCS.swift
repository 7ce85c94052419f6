import Glibc
import Synchronization

extension Kind {
    static let mcs = Kind(
        name: "mcs",
        summary: "takes items from one queue under a queue lock with local spinning",
        demonstrates:
            "more cores take longer, but waiters leave the lock's cache line alone, and all get turns",
        defaultWork: SharedQueue.defaultWork,
        make: { LockedQueue<MCSLock>(plan: $0) })
}

/// The queue lock of Mellor-Crummey and Scott (1991): each waiter spins on a line of its own.
///
/// First come, first served has a weakness: handing the lock to a waiter that the kernel has preempted stops
/// everybody. So a waiter that has spun for long parks itself and yields, and the releasing thread passes a
/// parked waiter over, which then queues again (after He, Scherer and Scott, "Preemption adaptivity in
/// time-published queue-based spin locks", HiPC 2005).
struct MCSLock: QueueLock {
    /// What a waiter's own line says.
    private enum Turn {
        static let waiting = 0
        static let granted = 1
        static let parked = 2
        static let passedOver = 3
    }

    /// Reads of its own line before a waiter parks: some microseconds, many times a hand-over between cores.
    private static let patience = 10_000
    private static let nobody = -1

    /// The last thread in the queue, or `nobody`.
    private let tail: Padded<Int>
    /// Per thread: the thread behind it, or `nobody`.
    private let successor: Padded<Int>
    private let turn: Padded<Int>

    init(threads: Int) {
        tail = Padded(repeating: Self.nobody, count: 1)
        successor = Padded(repeating: Self.nobody, count: threads)
        turn = Padded(repeating: Turn.waiting, count: threads)
    }

    @inline(__always)
    func acquire(_ thread: Int) {
        repeat {
            successor.cell(thread).pointee.store(Self.nobody, ordering: .relaxed)
            turn.cell(thread).pointee.store(Turn.waiting, ordering: .relaxed)
            let previous = tail.cell(0).pointee.exchange(thread, ordering: .acquiringAndReleasing)
            if previous == Self.nobody { return }
            successor.cell(previous).pointee.store(thread, ordering: .releasing)
        } while !waitForTurn(thread)
    }

    @inline(__always)
    func release(_ thread: Int) {
        var leaving = thread
        while true {
            let next = unlink(leaving)
            // Not before its successor is known: once told, it may reuse its lines.
            if leaving != thread {
                turn.cell(leaving).pointee.store(Turn.passedOver, ordering: .releasing)
            }
            guard let next, !change(next, from: Turn.waiting, to: Turn.granted) else { return }
            leaving = next
        }
    }

    /// The thread behind `thread`, or nil when there was none and the queue is now empty.
    @inline(__always)
    private func unlink(_ thread: Int) -> Int? {
        let behind = successor.cell(thread)
        var next = behind.pointee.load(ordering: .acquiring)
        if next == Self.nobody {
            let isLast = tail.cell(0).pointee.compareExchange(
                expected: thread, desired: Self.nobody, ordering: .acquiringAndReleasing)
            if isLast.exchanged { return nil }
            next = waitForLink(behind)
        }
        return next
    }

    /// Waits for a thread that is in the queue to say so to the one before it.
    private func waitForLink(_ behind: UnsafeMutablePointer<Atomic<Int>>) -> Int {
        var reads = 0
        while true {
            let next = behind.pointee.load(ordering: .acquiring)
            if next != Self.nobody { return next }
            reads += 1
            if reads.isMultiple(of: Self.patience) { sched_yield() }
        }
    }

    /// Spins on this thread's own line: true when it has been granted the lock, false when passed over.
    private func waitForTurn(_ thread: Int) -> Bool {
        var reads = 0
        while true {
            switch turn.cell(thread).pointee.load(ordering: .acquiring) {
            case Turn.granted: return true
            case Turn.passedOver: return false
            default: reads += 1
            }
            if reads == Self.patience {
                reads = 0
                if change(thread, from: Turn.waiting, to: Turn.parked) {
                    sched_yield()
                    _ = change(thread, from: Turn.parked, to: Turn.waiting)
                }
            }
        }
    }

    /// Changes what a thread's line says if it says `old`; false if it says something else.
    @inline(__always)
    private func change(_ thread: Int, from old: Int, to new: Int) -> Bool {
        turn.cell(thread).pointee.compareExchange(
            expected: old, desired: new, ordering: .acquiringAndReleasing
        ).exchanged
    }
}
