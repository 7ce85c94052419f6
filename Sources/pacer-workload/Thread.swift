import Glibc

/// A POSIX thread that computes one `Result`.
struct Thread<Result: Sendable> {
    private final class Task {
        let body: @Sendable () -> Result
        var result: Result?

        init(body: @escaping @Sendable () -> Result) {
            self.body = body
        }
    }

    private let handle: pthread_t
    private let task: Task

    /// Starts a thread on `body`. It inherits the CPU affinity of its creator and never sets its own.
    init(_ body: @escaping @Sendable () -> Result) throws(ThreadFault) {
        let task = Task(body: body)
        // A C function pointer cannot know `Result`: it gets a closure that does.
        let start = Start { task.result = task.body() }
        let context = Unmanaged.passRetained(start)
        var handle = pthread_t()
        let status = pthread_create(
            &handle, nil,
            { context in
                if let context { Unmanaged<Start>.fromOpaque(context).takeRetainedValue().body() }
                return nil
            }, context.toOpaque())
        guard status == 0 else {
            context.release()
            throw ThreadFault(status: status)
        }
        self.handle = handle
        self.task = task
    }

    /// Waits for the thread to end and returns its result. To be called once.
    func join() -> Result {
        pthread_join(handle, nil)
        guard let result = task.result else { preconditionFailure("A joined thread has a result.") }
        return result
    }
}

/// What a new thread finds to do.
private final class Start {
    let body: () -> Void

    init(body: @escaping () -> Void) {
        self.body = body
    }
}

/// The kernel would not give us a thread.
struct ThreadFault: Error {
    let status: Int32

    var sentence: String { "cannot start a thread: \(String(cString: strerror(status)))" }
}
