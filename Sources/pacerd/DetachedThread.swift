import Glibc

/// Runs `body` on a thread of its own, which nobody waits for.
///
/// - Precondition: The kernel gives a thread; without it the daemon would hear of nothing.
func runDetached(_ body: @escaping @Sendable () -> Void) {
    final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
    var thread = pthread_t()
    let result = pthread_create(
        &thread, nil,
        { context in
            guard let context else { return nil }
            Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
            return nil
        }, Unmanaged.passRetained(Body(body)).toOpaque())
    precondition(result == 0, "the kernel gives no thread: errno \(result)")
    pthread_detach(thread)
}
