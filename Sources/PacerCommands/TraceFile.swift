import FoundationEssentials
import Glibc
import PacerAPI
import PacerReplay

/// Reads traces, packed with gzip or not.
enum TraceFile {
    /// A trace is read whole; what is larger than this is not one, or has to be cut.
    static let largestByteCount = 4 << 30

    /// The trace in the file at `path`.
    static func load(_ path: String, skipsBadLines: Bool) throws(CommandFailure) -> Trace {
        try trace(try bytes(path), from: path, skipsBadLines: skipsBadLines)
    }

    /// What is in the file at `path`, unpacked.
    static func bytes(_ path: String) throws(CommandFailure) -> [UInt8] {
        let bytes = try read(path)
        guard Gunzip.isPacked(bytes) else { return bytes }
        do throws(Gunzip.Problem) {
            return try Gunzip.unpack(bytes, limit: largestByteCount)
        } catch {
            throw CommandFailure(.data, "\(path): \(error)")
        }
    }

    /// The trace in `bytes`, which were read from `path`.
    static func trace(
        _ bytes: [UInt8], from path: String, skipsBadLines: Bool
    ) throws(CommandFailure) -> Trace {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        do throws(Trace.Problem) {
            return try Trace(standardWorkloadFormat: bytes, name: name, skipsBadLines: skipsBadLines)
        } catch {
            throw CommandFailure(.data, "\(path): \(error)")
        }
    }

    private static func read(_ path: String) throws(CommandFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path) }
        defer { close(descriptor) }
        var status = stat()
        let size = fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(max(0, size), largestByteCount))
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw unreadable(path)
            }
            bytes += chunk[..<count]
            guard bytes.count <= largestByteCount else {
                throw CommandFailure(.data, "\(path): it is larger than 4 GiB, so it is not read")
            }
        }
    }

    private static func unreadable(_ path: String) -> CommandFailure {
        CommandFailure(.data, "\(path): cannot be read: \(String(cString: strerror(errno)))")
    }
}
