import Glibc
import NIOCore
import PacerScheduling

/// Tells the event loop when a shepherd's connection has something to say: one thread, asleep in epoll.
final class DescriptorWatch: @unchecked Sendable {
    // The epoll descriptor and the loop never change, and the kernel orders what is done with the former.
    private let epoll: Int32
    private let eventLoop: any EventLoop
    private let action: @Sendable (JobID) -> Void

    /// Calls `action` on `eventLoop` for a job whose descriptor is readable or closed.
    init(eventLoop: any EventLoop, action: @escaping @Sendable (JobID) -> Void) {
        self.epoll = epoll_create1(Int32(EPOLL_CLOEXEC.rawValue))
        precondition(epoll >= 0, "the kernel gives no epoll descriptor: errno \(errno)")
        self.eventLoop = eventLoop
        self.action = action
    }

    func start() {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let result = pthread_create(&thread, nil, { context in
            guard let context else { return nil }
            Unmanaged<DescriptorWatch>.fromOpaque(context).takeRetainedValue().run()
            return nil
        }, context)
        precondition(result == 0, "the kernel gives no thread: errno \(result)")
        pthread_detach(thread)
    }

    func add(_ job: JobID, _ descriptor: Int32) { control(EPOLL_CTL_ADD, job, descriptor) }

    /// Watches again after a call of the action.
    func renew(_ job: JobID, _ descriptor: Int32) { control(EPOLL_CTL_MOD, job, descriptor) }

    func remove(_ descriptor: Int32) { epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil) }

    private func control(_ operation: Int32, _ job: JobID, _ descriptor: Int32) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLONESHOT.rawValue
        event.data.u64 = UInt64(bitPattern: job.number)
        // A descriptor that is gone by now belongs to a job that has ended: nothing to watch.
        epoll_ctl(epoll, operation, descriptor, &event)
    }

    private func run() {
        var events = [epoll_event](repeating: epoll_event(), count: 16)
        while true {
            let count = epoll_wait(epoll, &events, Int32(events.count), -1)
            if count < 0, errno != EINTR { return }
            for event in events.prefix(Int(max(0, count))) {
                let job = JobID(Int64(bitPattern: event.data.u64))
                eventLoop.execute { [action] in action(job) }
            }
        }
    }
}
