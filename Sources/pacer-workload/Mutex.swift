import Glibc

extension Kind {
    static let mutex = Kind(
        name: "mutex",
        summary: "takes items from one queue under a pthread mutex",
        demonstrates: "more cores take longer; the waiting shows as system time and context switches (futex)",
        defaultWork: SharedQueue.defaultWork,
        make: { LockedQueue<Mutex>(plan: $0) })
}

/// The C library's mutex: waiters sleep in the kernel. Lives as long as the process.
struct Mutex: QueueLock, @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    init(threads: Int) {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: cacheLinePair, alignment: cacheLinePair)
        mutex = memory.bindMemory(to: pthread_mutex_t.self, capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    @inline(__always)
    func acquire(_ thread: Int) { pthread_mutex_lock(mutex) }

    @inline(__always)
    func release(_ thread: Int) { pthread_mutex_unlock(mutex) }
}
