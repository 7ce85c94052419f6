import Glibc
import PacerAPI
import PacerOptimizer

/// `pacer-lp` as a child process, which solves linear programs that it is told in text: docs/lp-protocol.md.
///
/// What it cannot do it says on standard error, which is this command's.
final class LinearProgramChild: LinearProgramSolver {
    private var process: pid_t = 0
    private var connection: Int32 = -1
    private var received: [UInt8] = []
    private var next = 0
    private var rowCount = 0

    /// Whether the program is installed.
    static var isThere: Bool { InstalledFiles.program("pacer-lp") != nil }

    /// - Parameter program: Where it is; `nil` when it is not.
    init(program: String? = InstalledFiles.program("pacer-lp")) throws(CommandFailure) {
        guard let program else {
            throw CommandFailure(
                .unreachable,
                "'pacer-lp', which solves linear programs, is neither beside 'pacer' nor on the PATH")
        }
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
            throw CommandFailure(.internalFailure, "no socket pair: \(String(cString: strerror(errno)))")
        }
        connection = ends[0]
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        let result = spawnAlone([program], actions: &actions, process: &process)
        close(ends[1])
        guard result == 0 else {
            process = 0
            throw CommandFailure(
                .unreachable, "\(program) could not be started: \(String(cString: strerror(result)))")
        }
    }

    deinit {
        if connection >= 0 { close(connection) }
        // Where it was not started there is nothing to end, and 0 would stand for this command's own group.
        guard process > 0 else { return }
        kill(process, SIGTERM)
        while waitpid(process, nil, 0) < 0, errno == EINTR {}
    }

    func setRows(_ rows: [LinearRow]) throws {
        rowCount = rows.count
        try send(LinearProgramText.rows(rows))
    }

    func add(_ columns: [LinearColumn]) throws { try send(LinearProgramText.columns(columns)) }

    func setLimits(_ limits: [(column: Int, upper: Double)]) throws {
        try send(LinearProgramText.limits(limits))
    }

    func solve() throws -> LinearAnswer {
        try send(LinearProgramText.solve)
        let first = try line()
        guard let (answer, count) = LinearProgramText.answer(first, rows: rowCount) else {
            throw notUnderstood(first)
        }
        guard case .optimal(let cost, _) = answer else { return answer }
        var duals: [Double] = []
        duals.reserveCapacity(count)
        for _ in 0..<count {
            let text = try line()
            guard let dual = Double(text) else { throw notUnderstood(text) }
            duals.append(dual)
        }
        return .optimal(cost: cost, duals: duals)
    }

    // MARK: The connection

    private func send(_ text: String) throws(CommandFailure) {
        var text = text
        let isSent = text.withUTF8 { bytes in
            var sent = 0
            while sent < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[sent...])
                let count = Glibc.send(connection, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }
        guard isSent else { throw gone() }
    }

    private func line() throws(CommandFailure) -> String {
        while true {
            if let end = received[next...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { next = end + 1 }
                return String(decoding: received[next..<end], as: UTF8.self)
            }
            received.removeFirst(next)
            next = 0
            var buffer = [UInt8](repeating: 0, count: 65536)
            let count = read(connection, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw gone() }
            received += buffer.prefix(count)
        }
    }

    private func gone() -> CommandFailure {
        CommandFailure(.internalFailure, "pacer-lp ended before it had solved the linear program")
    }

    private func notUnderstood(_ text: String) -> CommandFailure {
        CommandFailure(.protocolError, "pacer-lp was not understood: '\(text.prefix(60))'")
    }
}
