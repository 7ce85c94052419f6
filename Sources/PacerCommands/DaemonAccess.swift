import FoundationEssentials
import Glibc
import PacerAPI
import PacerAPIClient

/// A daemon that answers: one that was there, or a private one for the lifetime of the command.
final class DaemonAccess {
    let client: APIClient
    let info: InfoView
    private let own: PrivateDaemon?

    init(
        _ options: DaemonOptions, _ privately: PrivateOptions, isQuiet: Bool = false
    ) throws(CommandFailure) {
        let choice = options.choice
        if !privately.isPrivate {
            let client = APIClient(socketPath: choice.path)
            do {
                info = try client.info()
                self.client = client
                own = nil
                return
            } catch {
                guard case .unreachable = error, !choice.isExplicit else { throw CommandFailure(error) }
            }
        }
        let daemon = try PrivateDaemon(
            stateDirectory: privately.stateDirectory, options: privately.daemonOptions)
        let client = APIClient(socketPath: daemon.socketPath)
        do {
            info = try client.info()
        } catch {
            daemon.stop()
            throw CommandFailure(error)
        }
        self.client = client
        own = daemon
        guard !isQuiet else { return }
        Console.note("pacer: private daemon: \(info.summary)")
        for note in daemon.notes { Console.note("pacer: \(note)") }
    }

    /// Ends a private daemon and waits until it has gone.
    func stop() { own?.stop() }
}
