import CPacerShims
import Glibc
import NIOCore
import PacerScheduling

/// Tells the event loop when a shepherd's connection has something to say: one thread, asleep in epoll.
final class DescriptorWatch: @unchecked Sendable {
    // The epoll descriptor and the loop never change, and the kernel orders what is done with the former.
    private let epoll: Int32
    private let eventLoop: any EventLoop
    private let action: @Sendable (JobID) -> Void
    private let clockAction: @Sendable () -> Void
    /// The timer that tells when the clock of the day is set; -1 where the kernel has none.
    private let clock: Int32
    /// No job has this number.
    private static let clockTag = UInt64.max

    /// Calls `action` on `eventLoop` for a job whose descriptor is readable or closed.
    ///
    /// - Parameter clockWasSet: called likewise when the clock of the day was set or the machine woke up.
    init(
        eventLoop: any EventLoop, action: @escaping @Sendable (JobID) -> Void,
        clockWasSet: @escaping @Sendable () -> Void
    ) {
        self.epoll = pacer_watch_open()
        precondition(epoll >= 0, "the kernel gives no epoll descriptor: errno \(errno)")
        self.eventLoop = eventLoop
        self.action = action
        self.clockAction = clockWasSet
        self.clock = pacer_clock_watch_open()
        if clock >= 0 { _ = pacer_watch_add(epoll, clock, Self.clockTag) }
    }

    func start() {
        runDetached { self.run() }
    }

    // A descriptor that is gone by now belongs to a job that has ended: nothing to watch, nothing to report.

    func add(_ job: JobID, _ descriptor: Int32) {
        _ = pacer_watch_add(epoll, descriptor, UInt64(bitPattern: job.number))
    }

    /// Watches again after a call of the action.
    func renew(_ job: JobID, _ descriptor: Int32) {
        _ = pacer_watch_renew(epoll, descriptor, UInt64(bitPattern: job.number))
    }

    func remove(_ descriptor: Int32) { _ = pacer_watch_remove(epoll, descriptor) }

    private func run() {
        var tags = [UInt64](repeating: 0, count: 16)
        while true {
            let count = pacer_watch_wait(epoll, &tags, Int32(tags.count))
            guard count >= 0 else { return }
            for tag in tags.prefix(Int(count)) {
                guard tag != Self.clockTag else {
                    // Where it cannot be armed again the clock is no longer watched.
                    if pacer_clock_watch_renew(clock) == 0 { _ = pacer_watch_renew(epoll, clock, tag) }
                    eventLoop.execute { [clockAction] in clockAction() }
                    continue
                }
                let job = JobID(Int64(bitPattern: tag))
                eventLoop.execute { [action] in action(job) }
            }
        }
    }
}
