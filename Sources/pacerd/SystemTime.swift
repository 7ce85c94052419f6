import Glibc
import PacerUnits

/// Nanoseconds since the Unix epoch that never go back and go on through suspend.
///
/// The epoch is taken once, at the start; after that only the boot clock counts, so setting the clock changes
/// no deadline of a running daemon.
struct SystemTime: Sendable {
    private let offset: Int64

    init() { offset = SystemTime.read(CLOCK_REALTIME) - SystemTime.read(CLOCK_BOOTTIME) }

    var now: Instant { Instant(nanoseconds: SystemTime.read(CLOCK_BOOTTIME) + offset) }

    /// What the clock of the day is ahead of this one: zero until it is set.
    var lead: Seconds {
        Seconds(Double(SystemTime.read(CLOCK_REALTIME) - now.nanoseconds) / 1e9)
    }

    /// The day in UTC, as `2026-11-22`.
    var date: String {
        var second = time_t(now.nanoseconds / 1_000_000_000)
        var parts = tm()
        gmtime_r(&second, &parts)
        let two = { (number: Int32) in number < 10 ? "0\(number)" : "\(number)" }
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
