import Glibc
import PacerAPI

/// A Unix socket that takes connections: inherited, or bound at a path that nobody else serves.
///
/// While it serves a path it holds a lock on `PATH.lock`, so that of two daemons that start at once one gives
/// way, and a socket file that nobody answers on is known to be stale.
final class ListeningSocket {
    /// The kernel's `sun_path` has 108 bytes with the closing zero.
    static let longestPath = 107
    private static let firstInherited: Int32 = 3
    private static let backlog: Int32 = 128

    /// The listening socket; owned by who serves it.
    let descriptor: Int32
    private let path: String?
    private let lock: Int32
    private let identity: FileIdentity?

    init(_ settings: APIServerSettings) throws(APIServerError) {
        if settings.takesOverSocket, let inherited = try Self.inherited() {
            descriptor = inherited
            path = nil
            lock = -1
            identity = nil
            return
        }
        let path = settings.socketPath
        guard !path.isEmpty, path.utf8.count <= Self.longestPath, !path.utf8.contains(0) else {
            let sentence = "the socket path '\(path)' has \(path.utf8.count) bytes"
            throw APIServerError(.pathTooLong, "\(sentence); from 1 to \(Self.longestPath) are possible")
        }
        try SocketFolder.prepare(for: path, access: settings.access)
        let lock = try Self.lock(path)
        do throws(APIServerError) {
            try Self.removeStale(path)
            descriptor = try Self.bind(path, mask: settings.access == .owner ? 0o177 : 0o111)
        } catch {
            close(lock)
            throw error
        }
        self.lock = lock
        self.path = path
        identity = FileIdentity(path)
    }

    /// Removes the socket file, unless it is another one by now, and gives up the lock.
    func remove() {
        if let path, let identity, FileIdentity(path) == identity { unlink(path) }
        if lock >= 0 { close(lock) }
    }

    /// The socket that was passed to this process by who started it, as `sd_listen_fds(3)` describes.
    private static func inherited() throws(APIServerError) -> Int32? {
        guard let process = getenv("LISTEN_PID"), Int32(String(cString: process)) == getpid(),
            let count = getenv("LISTEN_FDS"), (Int32(String(cString: count)) ?? 0) > 0
        else { return nil }
        // Not for the programs that this process starts.
        for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) }
        var isListening: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(firstInherited, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size) == 0,
            isListening == 1
        else {
            throw APIServerError(.failed, "LISTEN_FDS is set, but descriptor 3 is not a listening socket")
        }
        var family: Int32 = 0
        guard getsockopt(firstInherited, SOL_SOCKET, SO_DOMAIN, &family, &size) == 0, family == AF_UNIX else {
            throw APIServerError(
                .failed, "the socket that was passed is not a Unix socket, which alone says who connects")
        }
        guard String(cString: count) == "1" else {
            throw APIServerError(.failed, "one socket is served, and \(String(cString: count)) were passed")
        }
        _ = fcntl(firstInherited, F_SETFD, FD_CLOEXEC)
        return firstInherited
    }

    private static func lock(_ path: String) throws(APIServerError) -> Int32 {
        let file = open("\(path).lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw APIServerError(errno: errno, doing: "open the lock file \(path).lock") }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            close(file)
            if number == EWOULDBLOCK { throw alreadyRunning(path) }
            throw APIServerError(errno: number, doing: "lock \(path).lock")
        }
        return file
    }

    private static func removeStale(_ path: String) throws(APIServerError) {
        guard let found = FileIdentity(path) else { return }
        guard found.isSocket else {
            throw APIServerError(.inTheWay, "\(path) exists and is not a socket; it is left alone")
        }
        let probe = try makeSocket()
        defer { close(probe) }
        let result = withAddress(path) { connect(probe, $0, $1) }
        let number = errno
        if result == 0 { throw alreadyRunning(path) }
        // EAGAIN: its queue is full, so somebody listens.
        if number == EAGAIN { throw alreadyRunning(path) }
        guard number == ECONNREFUSED else {
            throw APIServerError(errno: number, doing: "see whether somebody answers on \(path)")
        }
        guard unlink(path) == 0 else { throw APIServerError(errno: errno, doing: "remove the stale \(path)") }
    }

    private static func bind(_ path: String, mask: mode_t) throws(APIServerError) -> Int32 {
        let descriptor = try makeSocket()
        let before = umask(mask)
        let result = withAddress(path) { Glibc.bind(descriptor, $0, $1) }
        let number = errno
        umask(before)
        guard result == 0 else {
            close(descriptor)
            throw APIServerError(errno: number, doing: "bind \(path)")
        }
        guard listen(descriptor, backlog) == 0 else {
            let number = errno
            close(descriptor)
            unlink(path)
            throw APIServerError(errno: number, doing: "listen on \(path)")
        }
        return descriptor
    }

    private static func makeSocket() throws(APIServerError) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw APIServerError(errno: errno, doing: "make a socket") }
        return descriptor
    }

    private static func alreadyRunning(_ path: String) -> APIServerError {
        let advice = "stop it first, or choose another --socket"
        return APIServerError(.alreadyRunning, "another daemon serves \(path); \(advice)")
    }
}

/// Calls `body` with the address of the Unix socket at `path`, which must fit.
private func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) {
        $0.copyBytes(from: Array(path.utf8).prefix($0.count - 1))
    }
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}

/// Which file a path leads to at one moment, symbolic links not followed.
private struct FileIdentity: Equatable {
    private let device: UInt64
    private let number: UInt64
    private let mode: UInt32

    init?(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        number = UInt64(status.st_ino)
        mode = status.st_mode
    }

    var isSocket: Bool { mode & S_IFMT == S_IFSOCK }
}

/// The folder of a socket.
enum SocketFolder {
    /// Makes the folder of `path` where it is missing, and refuses one that another user could have planted.
    static func prepare(for path: String, access: APIServerSettings.Access) throws(APIServerError) {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
        let folder = String(path[..<slash])
        if mkdir(folder, access == .owner ? 0o700 : 0o755) != 0, errno != EEXIST {
            throw APIServerError(errno: errno, doing: "make the folder \(folder)")
        }
        var status = stat()
        guard stat(folder, &status) == 0 else {
            throw APIServerError(errno: errno, doing: "look at \(folder)")
        }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw APIServerError(
                .inTheWay,
                "\(folder) belongs to user \(status.st_uid); choose a folder of your own with --socket")
        }
    }
}
