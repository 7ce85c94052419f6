import CPacerShims
import Glibc
import PacerPorts

/// What a shepherd says; docs/shepherd-protocol.md.
enum ShepherdMessage: Equatable {
    case running(program: Int32)
    case ended(EndRecord)
    /// The program was not started: the step that failed, errno, the step in words.
    case failed(stage: Int32, error: Int32, step: String)

    /// `nil` for lines of a later version of the protocol.
    init?(line: Substring) {
        let words = line.split(separator: " ", maxSplits: 3)
        switch words.first {
        case "running" where words.count >= 2 && words[1].hasPrefix("pid="):
            guard let pid = Int32(words[1].dropFirst(4)) else { return nil }
            self = .running(program: pid)
        case "ended":
            guard let record = EndRecord(parsing: line.dropFirst(6)) else { return nil }
            self = .ended(record)
        case "failed" where words.count == 4:
            guard let stage = Int32(words[1]), let error = Int32(words[2]) else { return nil }
            self = .failed(stage: stage, error: error, step: String(words[3]))
        default:
            return nil
        }
    }
}

/// The daemon's end of the connection to one shepherd.
final class ShepherdConnection {
    /// For the event loop to watch; it does not block.
    let descriptor: Int32
    private var pending: [UInt8] = []

    /// Takes over an open socket.
    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Connects to the shepherd that listens in `folder`; `nil` when none does.
    convenience init?(folder: String) {
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return nil }
        defer { close(directory) }
        let socket = pacer_connect_in(directory, "shepherd.sock")
        guard socket >= 0 else { return nil }
        self.init(descriptor: socket)
    }

    /// The process at the other end.
    var peer: Int32? {
        var peer = pacer_peer()
        return pacer_peer_of(descriptor, &peer) == 0 ? peer.pid : nil
    }

    /// What has arrived, and whether the other end is closed. Does not wait.
    func receive() -> (messages: [ShepherdMessage], isClosed: Bool) {
        var messages: [ShepherdMessage] = []
        var buffer = [UInt8](repeating: 0, count: 512)
        while true {
            let got = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if got > 0 {
                pending += buffer[..<got]
                messages += completeLines()
            } else if got < 0 && errno == EINTR {
                continue
            } else {
                return (messages, got == 0 || errno != EAGAIN)
            }
        }
    }

    /// Waits for the first message, `patience` milliseconds at most; `nil` when there was none. What follows
    /// it stays unread, so that the descriptor remains readable.
    func firstMessage(patience: Int32) -> ShepherdMessage? {
        let deadline = SystemClock.nanoseconds(CLOCK_MONOTONIC) + Int64(patience) * 1_000_000
        var buffer = [UInt8](repeating: 0, count: 512)
        while true {
            let flags = Int32(MSG_DONTWAIT)
            let got = recv(descriptor, &buffer, buffer.count, flags | Int32(MSG_PEEK))
            if got > 0, let end = buffer[..<got].firstIndex(of: 10) {
                let line = String(decoding: buffer[..<end], as: UTF8.self)
                guard recv(descriptor, &buffer, end + 1, flags) == end + 1 else { return nil }
                return ShepherdMessage(line: line[...])
            }
            let left = (deadline - SystemClock.nanoseconds(CLOCK_MONOTONIC)) / 1_000_000
            guard got != 0, got > 0 || errno == EAGAIN || errno == EINTR, left > 0 else { return nil }
            var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            poll(&wait, 1, Int32(left))
        }
    }

    func send(_ command: String) throws(PortError) {
        let bytes = Array("\(command)\n".utf8)
        let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
        let sent = Glibc.send(descriptor, bytes, bytes.count, flags)
        guard sent == bytes.count else {
            throw PortError(errno: sent < 0 ? errno : EIO, "tell the job's shepherd '\(command)'")
        }
    }

    private func completeLines() -> [ShepherdMessage] {
        var messages: [ShepherdMessage] = []
        while let end = pending.firstIndex(of: 10) {
            let line = String(decoding: pending[..<end], as: UTF8.self)
            pending.removeSubrange(...end)
            if let message = ShepherdMessage(line: line[...]) { messages.append(message) }
        }
        if pending.count > 4096 { pending.removeAll() }  // not a shepherd
        return messages
    }
}
