import Glibc

/// A reading of the kernel's monotonic clock.
struct MonotonicTime: Sendable {
    let nanoseconds: Int

    static func now() -> MonotonicTime {
        var reading = timespec()
        clock_gettime(CLOCK_MONOTONIC, &reading)
        return MonotonicTime(nanoseconds: reading.tv_sec * 1_000_000_000 + reading.tv_nsec)
    }

    func adding(nanoseconds interval: Int) -> MonotonicTime {
        MonotonicTime(nanoseconds: nanoseconds + interval)
    }

    /// The same instant as the C library takes it.
    var asTimespec: timespec {
        timespec(tv_sec: nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000)
    }
}

/// The time between two readings of the monotonic clock.
struct MonotonicSpan: Sendable {
    let nanoseconds: Int

    init(from start: MonotonicTime, to end: MonotonicTime) {
        nanoseconds = end.nanoseconds - start.nanoseconds
    }
}
