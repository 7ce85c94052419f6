import FoundationEssentials
import Glibc
import PacerAPI

/// `pacerd calibrate` as a child process, which measures and says how far it is.
///
/// It has a process group of its own, so that Ctrl-C reaches this command alone, and it ends with this
/// command.
final class CalibrationChild {
    /// What there is to hear of it.
    enum News {
        case waiting
        case said(CalibrationMessage)
        /// It went without a last word; its exit status, or 128 + the signal.
        case ended(status: Int32)
    }

    private let folder: String
    private var process: pid_t = 0
    private var connection: Int32 = -1
    private var received: [UInt8] = []

    init(_ options: [String]) throws(CommandFailure) {
        guard let program = InstalledFiles.program("pacerd") else {
            throw CommandFailure(
                .unreachable, "'pacerd', which measures, is neither beside 'pacer' nor on the PATH")
        }
        folder = try PrivateDaemon.temporaryFolder()
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
            let reason = String(cString: strerror(errno))
            close()
            throw CommandFailure(.internalFailure, "no socket pair: \(reason)")
        }
        connection = ends[0]
        let result = spawn(
            [program, "calibrate", "--caller", "\(getpid())", "--folder", folder] + options, output: ends[1])
        Glibc.close(ends[1])
        guard result == 0 else {
            close()
            throw CommandFailure(
                .unreachable, "\(program) could not be started: \(String(cString: strerror(result)))")
        }
    }

    /// What it says within `milliseconds`.
    func message(withinMs milliseconds: Int32) throws(CommandFailure) -> News {
        while true {
            if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                let line = received[..<end]
                received.removeSubrange(...end)
                do throws(WireError) {
                    return .said(try WireJSON.decode(CalibrationMessage.self, from: line))
                } catch {
                    throw CommandFailure(.protocolError, "pacerd was not understood: \(error.description)")
                }
            }
            var wait = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, milliseconds) > 0 else { return .waiting }
            var buffer = [UInt8](repeating: 0, count: 16384)
            let count = read(connection, &buffer, buffer.count)
            guard count > 0 else { return .ended(status: settle()) }
            received += buffer.prefix(count)
        }
    }

    /// Asks it to put the machine back and end.
    func interrupt() {
        if process > 0 { kill(process, SIGTERM) }
    }

    /// Lets it end and removes its folder.
    func close() {
        interrupt()
        _ = settle()
        if connection >= 0 { Glibc.close(connection) }
        connection = -1
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            Console.note("pacer: \(folder) could not be removed: \(error)")
        }
    }

    /// Waits for its end.
    private func settle() -> Int32 {
        guard process > 0 else { return 0 }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        process = 0
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }

    private func spawn(_ arguments: [String], output: Int32) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        return spawnAlone(arguments, actions: &actions, process: &process)
    }
}
