import Glibc
import PacerUnits

/// Requests to end, which interrupt waiting and nothing else.
///
/// Made before the first thread, so that no thread takes the signals.
final class Interrupt {
    private var signals = sigset_t()
    private var isPending = false

    init() {
        sigemptyset(&signals)
        for signal in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Lets `length` pass; `false` as soon as there is a request to end.
    func wait(_ length: Seconds) -> Bool {
        let end = Self.now + Int64(max(0, length.value) * 1e9)
        while !isPending {
            let left = max(0, end - Self.now)
            var time = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
            if sigtimedwait(&signals, nil, &time) > 0 {
                isPending = true
            } else if left == 0 {
                return true
            }
        }
        return false
    }

    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
