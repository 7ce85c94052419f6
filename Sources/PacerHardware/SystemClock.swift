import CPacerShims
import Glibc
public import PacerUnits

/// Seconds since the Unix epoch by the system's clock.
public func systemUnixSeconds() -> Int64 { Int64(time(nil)) }

/// How long the machine has slept since it was started: what the clock that goes on meanwhile is ahead of the
/// one that does not. They are read one after the other, so up to some milliseconds are not sleep.
public func systemAsleep() -> Seconds {
    let awake = nanoseconds(CLOCK_MONOTONIC)
    return Seconds(Double(nanoseconds(CLOCK_BOOTTIME) - awake) / 1e9)
}

private func nanoseconds(_ clock: Int32) -> Int64 { pacer_clock_nanoseconds(clock) }
