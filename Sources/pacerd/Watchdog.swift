import NIOCore
import PacerUnits

/// Gives the supervisor the signs of life that it asked for, from the event loop that serves: one that is stuck
/// gives none, and the supervisor starts the daemon anew.
final class Watchdog {
    private var task: RepeatedTask?

    /// Begins where the supervisor asked, and else costs nothing. Twice as often as asked, as is usual.
    func start(_ notice: SupervisorNotice, eventLoop: any EventLoop) {
        guard let interval = notice.watchdogInterval else { return }
        let pause = TimeAmount.nanoseconds(max(1_000_000, Int64(interval.value * 1e9 / 2)))
        task = eventLoop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { _ in notice.alive() }
    }

    func stop() {
        task?.cancel()
        task = nil
    }
}
