import CPacerShims
import Glibc
public import PacerUnits

/// Seconds since the Unix epoch by the system's clock.
public func systemUnixSeconds() -> Int64 { Int64(time(nil)) }

/// How long the machine has slept since it was started: what the clock that goes on meanwhile is ahead of the
/// one that does not. They are read one after the other, so up to some milliseconds are not sleep.
public func systemAsleep() -> Seconds { Seconds(Double(pacer_asleep_ns()) / 1e9) }
