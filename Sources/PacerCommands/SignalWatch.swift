import Glibc

/// Requests to end (Ctrl-C, a closed terminal, SIGTERM) that are asked for instead of interrupting.
///
/// The signals are blocked and stay pending. Made before the first thread of the process, so that no thread
/// takes them; a child must be started with nothing blocked.
final class SignalWatch {
    private var watched = sigset_t()

    init() {
        sigemptyset(&watched)
        for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&watched, signal) }
        pthread_sigmask(SIG_BLOCK, &watched, nil)
    }

    /// How many requests to end are pending; they are no longer afterwards.
    func take() -> Int {
        var count = 0
        var now = timespec()
        while sigtimedwait(&watched, nil, &now) > 0 { count += 1 }
        return count
    }
}
