import Glibc
import NIOCore
import PacerAPI

/// A part of a file that is asked for.
struct FileRange {
    let offset: UInt64
    let limit: Int

    /// What the file holds there; nothing where it does not exist yet. Links are not followed, and nothing but
    /// a regular file is read.
    ///
    /// - Parameter owner: Whose the file has to be; `nil` for anybody's. It is another's where a job has the
    ///   number of one of a database that was lost, and has not made files of its own yet.
    func bytes(of path: String, owner: UInt32? = nil) throws(APIError) -> ByteBuffer {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ENOENT { return ByteBuffer() }
            throw failure(path, errno)
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw APIError(.storageFailed, "\(path) is not a regular file; it is not read")
        }
        if let owner, owner != status.st_uid { return ByteBuffer() }
        let left = status.st_size - Int(offset)
        guard left > 0, limit > 0 else { return ByteBuffer() }
        var buffer = ByteBuffer()
        var failed: Int32 = 0
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: min(limit, left)) { space in
            let count = pread(file, space.baseAddress, min(limit, left), Int(offset))
            if count < 0 { failed = errno }
            return max(0, count)
        }
        guard failed == 0 else { throw failure(path, failed) }
        return buffer
    }

    private func failure(_ path: String, _ number: Int32) -> APIError {
        APIError(.storageFailed, "could not read \(path): \(String(cString: strerror(number)))")
    }
}
