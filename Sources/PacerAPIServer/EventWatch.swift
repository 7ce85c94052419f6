import NIOCore
import PacerRuntime

/// Who waits for events. The service tells of events only while somebody does.
final class EventWatch {
    private struct Waiter {
        let key: ObjectIdentifier
        let waiting: Waiting
        let timer: Scheduled<Void>
        let isMeant: (ServiceEvent) -> Bool
        let reply: () -> Reply
        var isDue = false
    }

    /// Events come in bursts: what comes within this time behind the first goes with it.
    private static let gathering = TimeAmount.milliseconds(50)

    private let service: any JobService
    private let eventLoop: any EventLoop
    /// In the order of arrival.
    private var waiters: [Waiter] = []
    private var gatherer: Scheduled<Void>?
    private var isClosed = false

    init(service: any JobService, eventLoop: any EventLoop) {
        self.service = service
        self.eventLoop = eventLoop
    }

    /// An answer that is made by `reply` a moment after an event that `isMeant` takes, or after `timeout`.
    func wait(
        timeout: TimeAmount, for isMeant: @escaping (ServiceEvent) -> Bool, reply: @escaping () -> Reply
    ) -> Waiting {
        let waiting = Waiting()
        let key = ObjectIdentifier(waiting)
        let timer = eventLoop.assumeIsolated().scheduleTask(in: isClosed ? .zero : timeout) { [weak self] in
            self?.end(key)
            return
        }
        waiters.append(
            Waiter(key: key, waiting: waiting, timer: timer, isMeant: isMeant, reply: reply))
        waiting.whenAbandoned = { [weak self] in self?.take(key)?.timer.cancel() }
        if waiters.count == 1 { service.onEvent = { [unowned self] in happened($0) } }
        return waiting
    }

    /// Answers everybody with what is known now, and from now on at once.
    func endAll() {
        isClosed = true
        for waiter in waiters { end(waiter.key) }
    }

    private func happened(_ event: ServiceEvent) {
        var isAnyDue = false
        for index in waiters.indices where !waiters[index].isDue && waiters[index].isMeant(event) {
            waiters[index].isDue = true
            isAnyDue = true
        }
        guard isAnyDue, gatherer == nil else { return }
        gatherer = eventLoop.assumeIsolated().scheduleTask(in: Self.gathering) { [weak self] in
            self?.answerDue()
            return
        }
    }

    private func answerDue() {
        gatherer = nil
        for waiter in waiters.filter(\.isDue) { end(waiter.key) }
    }

    private func end(_ key: ObjectIdentifier) {
        guard let waiter = take(key) else { return }
        waiter.timer.cancel()
        waiter.waiting.finish(waiter.reply())
    }

    private func take(_ key: ObjectIdentifier) -> Waiter? {
        guard let index = waiters.firstIndex(where: { $0.key == key }) else { return nil }
        let waiter = waiters.remove(at: index)
        if waiters.isEmpty { service.onEvent = nil }
        return waiter
    }
}
