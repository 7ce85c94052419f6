import CPacerShims
import Glibc
import PacerAPI
import PacerPorts

/// The process that connected, held so that its number cannot become another's unnoticed.
final class PeerProcess: Sendable {
    private let number: Int32
    private let userID: UInt32
    private let pidfd: Int32

    init?(socket: CInt, _ peer: pacer_peer) {
        number = peer.pid
        userID = peer.uid
        pidfd = pacer_peer_pidfd(socket, peer.pid)
        if pidfd < 0 { return nil }
    }

    deinit { if pidfd >= 0 { close(pidfd) } }

    /// What the process may use now.
    ///
    /// They are read, not sent: whoever could say them could raise them. The process waits for an answer, so
    /// it usually is there. One that has ended is refused, and so is one of another user: kernels before 6.5
    /// keep no pidfd of who connected, and on those the number may have been given to another process before
    /// it was looked up; at worst these are then the limits of another process of the same user.
    func limits() throws(APIError) -> [ResourceLimit] {
        let status = Self.text(of: "/proc/\(number)/status")
        let limits = Self.text(of: "/proc/\(number)/limits")
        guard let status, let limits, isAlive else {
            throw APIError(.notPermitted, "the process that connected has ended, so its limits are not known")
        }
        guard Self.effectiveUser(in: status) == userID else {
            throw APIError(.notPermitted, "the process that connected belongs to another user by now")
        }
        return try Self.limits(in: limits)
    }

    /// Looked at after reading: until here the number was its own.
    private var isAlive: Bool {
        var look = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
        return poll(&look, 1, 0) == 0
    }

    private static func text(of path: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = pacer_read_file(path, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
    }

    /// `Uid:` has the real, the effective, the saved and the filesystem's user.
    static func effectiveUser(in status: String) -> UInt32? {
        let line = status.split(separator: "\n").first { $0.hasPrefix("Uid:") }
        guard let words = line?.split(whereSeparator: \.isWhitespace), words.count > 2 else { return nil }
        return UInt32(words[2])
    }

    /// The limits in the text of `/proc/PID/limits`: a line of headings, then one a resource.
    static func limits(in text: String) throws(APIError) -> [ResourceLimit] {
        var limits: [ResourceLimit] = []
        for line in text.split(separator: "\n").dropFirst() {
            // Resources that this version does not know yet are limited as the daemon is.
            guard let (name, number) = resources.first(where: { line.hasPrefix($0.name + " ") }) else {
                continue
            }
            let words = line.dropFirst(name.utf8.count).split(separator: " ")
            guard words.count >= 2 else { throw unreadable(line) }
            limits.append(
                ResourceLimit(
                    resource: number, soft: try value(words[0], line), hard: try value(words[1], line)))
        }
        guard !limits.isEmpty else { throw unreadable(text[...]) }
        return limits
    }

    private static func value(_ word: Substring, _ line: Substring) throws(APIError) -> UInt64? {
        if word == "unlimited" { return nil }
        guard let value = UInt64(word) else { throw unreadable(line) }
        return value
    }

    private static func unreadable(_ line: Substring) -> APIError {
        APIError(.internalFailure, "the kernel's line '\(line)' does not tell a limit")
    }

    /// The kernel's names, in the order of its file.
    private static let resources: [(name: String, number: Int32)] = [
        ("Max cpu time", Int32(RLIMIT_CPU.rawValue)),
        ("Max file size", Int32(RLIMIT_FSIZE.rawValue)),
        ("Max data size", Int32(RLIMIT_DATA.rawValue)),
        ("Max stack size", Int32(RLIMIT_STACK.rawValue)),
        ("Max core file size", Int32(RLIMIT_CORE.rawValue)),
        ("Max resident set", Int32(__RLIMIT_RSS.rawValue)),
        ("Max processes", Int32(__RLIMIT_NPROC.rawValue)),
        ("Max open files", Int32(RLIMIT_NOFILE.rawValue)),
        ("Max locked memory", Int32(__RLIMIT_MEMLOCK.rawValue)),
        ("Max address space", Int32(RLIMIT_AS.rawValue)),
        ("Max file locks", Int32(__RLIMIT_LOCKS.rawValue)),
        ("Max pending signals", Int32(__RLIMIT_SIGPENDING.rawValue)),
        ("Max msgqueue size", Int32(__RLIMIT_MSGQUEUE.rawValue)),
        ("Max nice priority", Int32(__RLIMIT_NICE.rawValue)),
        ("Max realtime priority", Int32(__RLIMIT_RTPRIO.rawValue)),
        ("Max realtime timeout", Int32(__RLIMIT_RTTIME.rawValue)),
    ]
}
