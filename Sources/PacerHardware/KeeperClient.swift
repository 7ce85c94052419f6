import CPacerShims
import Glibc
import PacerPlatform
public import PacerPorts

/// Talks to `pacer-keeper`, the privileged program that changes frequency limits and puts them back when this
/// end of the socket closes, however that comes about.
///
/// Requests are synchronous and bounded in time. A keeper that does not answer, answers nonsense or dies is
/// given up: the socket is closed, so that it restores the machine, and every later request fails.
public final class KeeperClient {
    private var socket: Int32
    /// `nil` once it has been reaped: its number may be another process's by then.
    private var process: pid_t?
    /// On a clock that stands still while the machine sleeps: a keeper that slept too is not late.
    private let patience: Duration
    private var received: [UInt8] = []
    /// Why the keeper was given up; `nil` while it is in use.
    private var farewell: String?

    /// More than the longest reply of a machine with 4096 CPUs.
    private static let longestReply = 16 * 1024 * 1024

    /// Whether the keeper still answers.
    public var isAlive: Bool { farewell == nil }

    /// Starts the keeper and greets it.
    ///
    /// - Parameters:
    ///   - program: path of `pacer-keeper`.
    ///   - statePath: where the keeper remembers original values; its folder must exist.
    ///   - patience: the longest time to wait for an answer. A change is read back by the keeper,
    ///     which takes longer, so it may take three times that.
    public static func start(
        program: String, statePath: String, patience: Duration = .seconds(2)
    ) throws(PortError) -> KeeperClient {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw PortError(.failed, "connect the keeper", reason: String(cString: strerror(errno)))
        }
        let process: pid_t
        do throws(PortError) {
            process = try spawn(program, arguments: [program, "--state", statePath], socket: ends[1])
        } catch {
            for end in ends { _ = Glibc.close(end) }
            throw error
        }
        // A second holder of the keeper's end would hide its death.
        _ = Glibc.close(ends[1])
        let client = KeeperClient(socket: ends[0], process: process, patience: patience)
        try client.greet()
        return client
    }

    private init(socket: Int32, process: pid_t, patience: Duration) {
        self.socket = socket
        self.process = process
        self.patience = patience
    }

    deinit {
        close()
        reap(until: .now)
    }

    /// Ends the conversation, waits until the keeper has restored the machine, and reaps it.
    public func close() { end(because: "the keeper was dismissed", waiting: patience * 3) }
}

// What is asked.
extension KeeperClient {
    /// Every cpufreq policy; empty without a cpufreq driver.
    func domains() throws(PortError) -> [KeeperDomain] {
        let reply = try ask(.domains, "list the frequency domains")
        return try understood("list the frequency domains") { () throws(KeeperProtocolError) in
            try reply.bodyChecked(against: reply.ending).map(KeeperReply.domain)
        }
    }

    /// Sets lowest and highest frequency of the policies of `cpus` to `kilohertz`; returns what holds now.
    func clamp(_ cpus: CPUSet, kilohertz: Int, reason: KnobReason) throws(PortError) -> KeeperLimits {
        let operation = "set CPU \(cpus) to \(kilohertz) kHz"
        let request = KeeperRequest.clamp(cpus, kilohertz: kilohertz, reason: reason)
        let reply = try ask(request, operation, waiting: patience * 3)
        return try understood(operation) { () throws(KeeperProtocolError) in
            try KeeperReply.limits(reply.ending)
        }
    }

    /// Puts the policies of `cpus` back to what they were before the first clamp; returns the knobs restored.
    @discardableResult
    func release(_ cpus: CPUSet, reason: KnobReason) throws(PortError) -> Int {
        let operation = "release CPU \(cpus)"
        let reply = try ask(.release(cpus, reason: reason), operation, waiting: patience * 3)
        return try understood(operation) { () throws(KeeperProtocolError) in
            try KeeperReply.count(reply.ending)
        }
    }

    /// What the policies of `cpus` hold now.
    func read(_ cpus: CPUSet) throws(PortError) -> [(cpus: CPUSet, limits: KeeperLimits)] {
        let operation = "read the limits of CPU \(cpus)"
        let reply = try ask(.read(cpus), operation)
        return try understood(operation) { () throws(KeeperProtocolError) in
            try reply.body.map(KeeperReply.policy)
        }
    }

    /// Every knob with its present, original and wanted value.
    public func knobs() throws(PortError) -> [Knob] {
        let reply = try ask(.knobs, "list the knobs")
        return try understood("list the knobs") { () throws(KeeperProtocolError) in
            try reply.bodyChecked(against: reply.ending).map(KeeperReply.knob)
        }
    }

    /// Puts everything back; returns the knobs restored.
    @discardableResult
    public func restore() throws(PortError) -> Int {
        let reply = try ask(.restore, "restore the machine", waiting: patience * 3)
        return try understood("restore the machine") { () throws(KeeperProtocolError) in
            try KeeperReply.count(reply.ending)
        }
    }

    private func greet() throws(PortError) {
        let reply = try ask(.hello, "greet the keeper")
        try understood("greet the keeper") { () throws(KeeperProtocolError) in
            try KeeperReply.checkHello(reply.ending)
        }
    }
}

/// The lines before the last one, and what follows `ok` in that.
private struct Reply {
    var body: [String]
    var ending: String

    func bodyChecked(against text: String) throws(KeeperProtocolError) -> [String] {
        guard try KeeperReply.count(text) == body.count else {
            throw KeeperProtocolError(
                description: "\(body.count) lines came where 'ok \(text)' says otherwise")
        }
        return body
    }
}

// How it is asked.
extension KeeperClient {
    private func ask(
        _ request: KeeperRequest, _ operation: String, waiting: Duration? = nil
    ) throws(PortError) -> Reply {
        if let farewell { throw PortError(.failed, operation, reason: farewell) }
        let exchanged = try understood(operation) { () throws(KeeperProtocolError) in
            try exchange(request, until: SuspendingClock.now + (waiting ?? patience))
        }
        switch exchanged.ending {
        case .done(let text): return Reply(body: exchanged.body, ending: text)
        case .failed(let code, let sentence): throw PortError(code, operation, reason: sentence)
        }
    }

    /// Gives the keeper up when what it says cannot be understood: what follows could not be trusted either.
    @discardableResult
    private func understood<Meaning>(
        _ operation: String, _ reading: () throws(KeeperProtocolError) -> Meaning
    ) throws(PortError) -> Meaning {
        do throws(KeeperProtocolError) {
            return try reading()
        } catch {
            end(because: "the keeper was given up: \(error)", waiting: .zero)
            throw PortError(.failed, operation, reason: error.description)
        }
    }

    private func exchange(
        _ request: KeeperRequest, until deadline: SuspendingClock.Instant
    ) throws(KeeperProtocolError) -> (body: [String], ending: KeeperReply.Ending) {
        try send(Array((request.line + "\n").utf8), until: deadline)
        var body: [String] = []
        while true {
            let line = try readLine(until: deadline)
            if let ending = try KeeperReply.ending(line) {
                guard received.isEmpty else {
                    throw KeeperProtocolError(description: "the keeper said more than it was asked")
                }
                return (body, ending)
            }
            body.append(line)
        }
    }

    private func send(_ bytes: [UInt8], until deadline: SuspendingClock.Instant) throws(KeeperProtocolError) {
        var sent = 0
        while sent < bytes.count {
            try wait(for: Int16(POLLOUT), until: deadline)
            let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, flags) }
            if count > 0 {
                sent += count
            } else if errno != EINTR, errno != EAGAIN {
                throw KeeperProtocolError(
                    description: "the keeper is gone (\(String(cString: strerror(errno))))")
            }
        }
    }

    private func readLine(until deadline: SuspendingClock.Instant) throws(KeeperProtocolError) -> String {
        var searched = 0
        while true {
            if let end = received[searched...].firstIndex(of: 10) {
                let line = String(validating: received[..<end], as: UTF8.self)
                received.removeSubrange(...end)
                guard let line else {
                    throw KeeperProtocolError(description: "the keeper's answer is not text")
                }
                return line
            }
            searched = received.count
            guard searched < Self.longestReply else {
                throw KeeperProtocolError(description: "the keeper's answer has no end")
            }
            try wait(for: Int16(POLLIN), until: deadline)
            var chunk = [UInt8](repeating: 0, count: 16384)
            let count = recv(socket, &chunk, chunk.count, Int32(MSG_DONTWAIT))
            if count > 0 {
                received += chunk.prefix(count)
            } else if count == 0 {
                throw KeeperProtocolError(description: "the keeper has ended")
            } else if errno != EINTR, errno != EAGAIN {
                throw KeeperProtocolError(
                    description: "the keeper is gone (\(String(cString: strerror(errno))))")
            }
        }
    }

    private func wait(for events: Int16, until deadline: SuspendingClock.Instant) throws(KeeperProtocolError)
    {
        while true {
            var file = pollfd(fd: socket, events: events, revents: 0)
            let left = max(.zero, SuspendingClock.now.duration(to: deadline))
            let (seconds, attoseconds) = left.components
            let milliseconds = min(seconds, 1_000_000) * 1000 + attoseconds / 1_000_000_000_000_000
            // One more, so that what is left of a millisecond is waited for and not spun through.
            let ready = poll(&file, 1, left == .zero ? 0 : Int32(milliseconds) + 1)
            if ready > 0 { return }
            if ready == 0, left == .zero {
                throw KeeperProtocolError(description: "the keeper did not answer in time")
            }
            if ready < 0, errno != EINTR {
                throw KeeperProtocolError(description: String(cString: strerror(errno)))
            }
        }
    }

    /// Closes the socket, which makes the keeper restore everything, and reaps it if it ends soon enough.
    private func end(because reason: String, waiting: Duration) {
        guard farewell == nil else { return }
        farewell = reason
        shutdown(socket, Int32(SHUT_WR))
        received = []
        let deadline = SuspendingClock.now + waiting
        var isOpen = true
        while isOpen {
            do throws(KeeperProtocolError) {
                _ = try readLine(until: deadline)
            } catch {
                isOpen = false  // at its end, or out of patience: there is nobody left to tell
            }
        }
        _ = Glibc.close(socket)
        socket = -1
        reap(until: deadline)
    }

    private func reap(until deadline: SuspendingClock.Instant) {
        while let running = process {
            if pacer_reap(running) != 0 {
                process = nil
            } else if SuspendingClock.now < deadline {
                _ = poll(nil, 0, 5)
            } else {
                return
            }
        }
    }
}

/// Starts a program with `socket` as standard input and output and no other file but standard error.
///
/// It gets its own session, so that Ctrl-C on the daemon's terminal does not end it before the daemon.
private func spawn(_ program: String, arguments: [String], socket: Int32) throws(PortError) -> pid_t {
    let words = arguments.map { strdup($0) }
    let settings = [strdup("LC_ALL=C"), strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin")]
    defer { for word in words + settings { free(word) } }
    let wordList = words.map { $0.map { UnsafePointer($0) } } + [nil]
    let settingList = settings.map { $0.map { UnsafePointer($0) } } + [nil]
    let descriptors = [socket, socket, STDERR_FILENO]
    var result = pacer_launch_result()
    let failure = wordList.withUnsafeBufferPointer { words in
        settingList.withUnsafeBufferPointer { settings in
            descriptors.withUnsafeBufferPointer { descriptors in
                var spec = pacer_launch_spec()
                spec.arguments = words.baseAddress
                spec.environment = settings.baseAddress
                spec.descriptors = descriptors.baseAddress
                spec.descriptor_count = descriptors.count
                spec.cgroup = -1
                spec.new_session = true
                spec.umask = 0o077
                return pacer_launch(&spec, &result)
            }
        }
    }
    guard failure >= 0 else {
        let code: PortError.Code =
            failure == -ENOENT ? .notPresent : failure == -EACCES ? .notPermitted : .failed
        let step = String(cString: pacer_launch_stage_name(result.stage))
        throw PortError(code, "start \(program)", reason: "\(step): \(String(cString: strerror(-failure)))")
    }
    if result.pidfd >= 0 { _ = Glibc.close(result.pidfd) }
    return result.pid
}
