import Glibc

/// Seconds since the Unix epoch by the system's clock.
public func systemUnixSeconds() -> Int64 { Int64(time(nil)) }
