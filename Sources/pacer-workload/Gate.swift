import Glibc

/// A gate that is shut at first and opens once, for threads to sleep in front of.
///
/// Lives as long as the process, as `Padded` does.
struct Gate: @unchecked Sendable {
    private struct State {
        var mutex = pthread_mutex_t()
        var condition = pthread_cond_t()
        var isOpen = false
    }

    private let state: UnsafeMutablePointer<State>

    init() {
        state = .allocate(capacity: 1)
        state.initialize(to: State())
        pthread_mutex_init(&state.pointee.mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(&state.pointee.condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    func open() {
        pthread_mutex_lock(&state.pointee.mutex)
        state.pointee.isOpen = true
        pthread_cond_broadcast(&state.pointee.condition)
        pthread_mutex_unlock(&state.pointee.mutex)
    }

    /// Sleeps until the gate is open.
    func wait() {
        pthread_mutex_lock(&state.pointee.mutex)
        while !state.pointee.isOpen {
            pthread_cond_wait(&state.pointee.condition, &state.pointee.mutex)
        }
        pthread_mutex_unlock(&state.pointee.mutex)
    }

    /// Sleeps until the gate is open or it is `deadline`; true if it is open.
    func wait(until deadline: MonotonicTime) -> Bool {
        var limit = deadline.asTimespec
        pthread_mutex_lock(&state.pointee.mutex)
        defer { pthread_mutex_unlock(&state.pointee.mutex) }
        while !state.pointee.isOpen {
            if pthread_cond_timedwait(&state.pointee.condition, &state.pointee.mutex, &limit) == ETIMEDOUT {
                break
            }
        }
        return state.pointee.isOpen
    }
}
