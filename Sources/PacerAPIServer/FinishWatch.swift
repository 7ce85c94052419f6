import NIOCore
import PacerAPI
import PacerRuntime
import PacerScheduling

/// Who waits for the end of which job. The service is asked once a job, however many wait and how often.
final class FinishWatch {
    private struct Event: Hashable {
        let job: JobID
        let horizon: Bool
    }

    private struct Waiter {
        let key: ObjectIdentifier
        let waiting: Waiting
        let timer: Scheduled<Void>
        let reply: () -> Reply
    }

    private let service: any JobService
    private let eventLoop: any EventLoop
    private var watched: Set<Event> = []
    /// Each list in the order of arrival.
    private var waiters: [Event: [Waiter]] = [:]
    private var isClosed = false

    init(service: any JobService, eventLoop: any EventLoop) {
        self.service = service
        self.eventLoop = eventLoop
    }

    /// How many wait.
    var count: Int { waiters.values.reduce(0) { $0 + $1.count } }

    /// An answer that is made by `reply` when the job has finished, or after `timeout`.
    func wait(
        for job: JobID, horizon: Bool, timeout: TimeAmount, reply: @escaping () -> Reply
    ) throws(ServiceError) -> Waiting {
        let waiting = Waiting()
        let event = Event(job: job, horizon: horizon)
        let key = ObjectIdentifier(waiting)
        let timer = eventLoop.assumeIsolated().scheduleTask(in: isClosed ? .zero : timeout) { [weak self] in
            self?.end(key, of: event)
            return
        }
        waiters[event, default: []].append(Waiter(key: key, waiting: waiting, timer: timer, reply: reply))
        waiting.whenAbandoned = { [weak self] in self?.drop(key, of: event) }
        guard watched.insert(event).inserted else { return waiting }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        do throws(ServiceError) {
            try service.whenFinished(job, horizon: horizon) { bound.value.fire(event) }
        } catch {
            watched.remove(event)
            drop(key, of: event)
            throw error
        }
        return waiting
    }

    /// Answers everybody with what is known now, and from now on at once.
    func endAll() {
        isClosed = true
        let everybody = waiters.sorted {
            ($0.key.job, $0.key.horizon ? 1 : 0) < ($1.key.job, $1.key.horizon ? 1 : 0)
        }
        waiters = [:]
        for (_, group) in everybody { group.forEach(finish) }
    }

    private func fire(_ event: Event) {
        watched.remove(event)
        waiters.removeValue(forKey: event)?.forEach(finish)
    }

    private func end(_ key: ObjectIdentifier, of event: Event) {
        if let waiter = take(key, of: event) { finish(waiter) }
    }

    private func drop(_ key: ObjectIdentifier, of event: Event) {
        take(key, of: event)?.timer.cancel()
    }

    private func take(_ key: ObjectIdentifier, of event: Event) -> Waiter? {
        guard let index = waiters[event]?.firstIndex(where: { $0.key == key }) else { return nil }
        return waiters[event]?.remove(at: index)
    }

    private func finish(_ waiter: Waiter) {
        waiter.timer.cancel()
        waiter.waiting.finish(waiter.reply())
    }
}
