import CPacerShims
import Glibc
import NIOCore
import PacerConfig
import PacerRuntime

/// Hears from the kernel that a CPU went offline or came back: one thread, asleep in the kernel.
///
/// Where the kernel does not tell, as in some containers, the control loop sees it at its next look.
final class CPUWatch: @unchecked Sendable {
    // Nothing of this ever changes.
    private let descriptor: Int32
    private let eventLoop: any EventLoop
    private let action: @Sendable () -> Void

    /// Will call `action` on `eventLoop` after something happened to a CPU.
    init(eventLoop: any EventLoop, action: @escaping @Sendable () -> Void) {
        self.descriptor = pacer_cpu_events_open()
        self.eventLoop = eventLoop
        self.action = action
    }

    func start() {
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(-descriptor))
            Log.write(.info, "the kernel does not tell when CPUs come and go (\(reason))")
            return
        }
        runDetached { self.run() }
    }

    private func run() {
        while pacer_cpu_events_wait(descriptor) == 0 {
            eventLoop.execute { [action] in action() }
        }
    }
}

extension RivalChoice {
    /// The choice that the configuration makes.
    init(_ configured: DaemonConfiguration.Rivals) {
        self =
            switch configured {
            case .warn: .warn
            case .refuse: .refuse
            case .hold: .hold
            }
    }
}
