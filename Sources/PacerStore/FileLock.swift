import Glibc
import PacerPorts

/// Holds a file locked for as long as it lives, and for no longer than the process does.
///
/// The file stays: removing it would let two processes lock two files of one name.
final class FileLock {
    private let path: String
    private let descriptor: Int32

    /// Fails at once when somebody else holds the lock.
    init(path: String) throws(SystemFailure) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw SystemFailure(errno, at: path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            close(descriptor)
            guard number == EWOULDBLOCK else { throw SystemFailure(number, at: path) }
            throw SystemFailure(.notPermitted, "another Pacer daemon has it open (it holds \(path))")
        }
    }

    /// The number that the file keeps for its holder; zero where there is none. It outlives the process that
    /// wrote it, and only that: it is not synced to the disk.
    var number: Int64 {
        get throws(SystemFailure) {
            var bytes = [UInt8](repeating: 0, count: 20)
            let count = pread(descriptor, &bytes, bytes.count, 0)
            guard count >= 0 else { throw SystemFailure(errno, at: path) }
            let digits = bytes.prefix(count).prefix { $0 != UInt8(ascii: "\n") }
            return Int64(String(decoding: digits, as: UTF8.self)) ?? 0
        }
    }

    /// Keeps a number that is not less than the one before.
    func keep(_ number: Int64) throws(SystemFailure) {
        let line = Array("\(number)\n".utf8)
        guard pwrite(descriptor, line, line.count, 0) == line.count else {
            throw SystemFailure(errno, at: path)
        }
    }

    deinit { close(descriptor) }
}
