import Glibc
import NIOCore
import NIOHTTP1
import PacerAPI
import PacerPorts
import PacerRuntime
import PacerScheduling

/// `GET /v1/jobs/{id}/output`.
enum OutputHandler {
    struct Range {
        let offset: UInt64
        let limit: Int
    }

    static func answer(
        _ id: Int64, _ stream: OutputStream, _ range: Range, _ peer: Peer, _ desk: Desk
    ) throws(APIError) -> Reply {
        // Looked at before the bytes are read, so that `true` means that nothing follows them.
        let isFinished = try desk.job(id, for: peer).record.finished != nil
        let path = "\(desk.service.folder(of: JobID(id)))/\(stream.rawValue)"
        let body = try bytes(of: path, range)
        let next = range.offset + UInt64(body.readableBytes)
        return Reply(
            raw: body,
            headers: [APIHeader.nextOffset: "\(next)", APIHeader.jobFinished: isFinished ? "true" : "false"])
    }

    /// What the file holds there; nothing where it does not exist yet.
    private static func bytes(of path: String, _ range: Range) throws(APIError) -> ByteBuffer {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ENOENT { return ByteBuffer() }
            throw failure(path, errno)
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure(path, errno) }
        let left = status.st_size - Int(range.offset)
        guard left > 0, range.limit > 0 else { return ByteBuffer() }
        var buffer = ByteBuffer()
        var failed: Int32 = 0
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: min(range.limit, left)) { space in
            let count = pread(file, space.baseAddress, min(range.limit, left), Int(range.offset))
            if count < 0 { failed = errno }
            return max(0, count)
        }
        guard failed == 0 else { throw failure(path, failed) }
        return buffer
    }

    private static func failure(_ path: String, _ number: Int32) -> APIError {
        APIError(.storageFailed, "could not read \(path): \(String(cString: strerror(number)))")
    }
}
