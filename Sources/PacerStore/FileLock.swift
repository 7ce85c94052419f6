import Glibc
import PacerPorts

/// Holds a file locked for as long as it lives, and for no longer than the process does.
///
/// The file stays: removing it would let two processes lock two files of one name.
final class FileLock {
    private let descriptor: Int32

    /// Fails at once when somebody else holds the lock.
    init(path: String) throws(SystemFailure) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw SystemFailure(errno, at: path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            close(descriptor)
            guard number == EWOULDBLOCK else { throw SystemFailure(number, at: path) }
            throw SystemFailure(.notPermitted, "another Pacer daemon has it open (it holds \(path))")
        }
    }

    deinit { close(descriptor) }
}
