import CZlib

/// Unpacks what gzip packed.
enum Gunzip {
    /// What is wrong with a packed file: one sentence without a full stop.
    struct Problem: Error, Hashable, CustomStringConvertible {
        let description: String
    }

    private static let chunkSize = 1 << 18

    /// Whether `bytes` begin as a packed file does, whatever its name.
    static func isPacked(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

    /// What was packed into `bytes`, which may be several packed files one after the other.
    ///
    /// - Parameter limit: More bytes than this are refused; a few packed ones can stand for any number.
    static func unpack(_ bytes: [UInt8], limit: Int) throws(Problem) -> [UInt8] {
        var stream = z_stream()
        guard pacer_zlib_start_gunzip(&stream) == Z_OK else {
            throw Problem(description: "there is not enough memory to unpack it")
        }
        defer { inflateEnd(&stream) }
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: chunkSize)
        var offset = 0
        var isOver = false
        while offset < bytes.count {
            if isOver {
                // Behind a member may be another one, and nothing else.
                guard isPacked(Array(bytes[offset...].prefix(2))), inflateReset(&stream) == Z_OK else {
                    throw Problem(description: "behind what is packed with gzip there is something else")
                }
                isOver = false
            }
            let step = advance(&stream, bytes, offset, into: &chunk)
            offset += step.taken
            result += chunk[..<step.made]
            guard result.count <= limit else {
                throw Problem(description: "it unpacks to more than \(limit) bytes, so it is not read")
            }
            switch step.status {
            case Z_STREAM_END: isOver = true
            case Z_OK: break
            case Z_BUF_ERROR where step.taken > 0 || step.made > 0: break
            case Z_BUF_ERROR: throw truncated
            case Z_MEM_ERROR: throw Problem(description: "there is not enough memory to unpack it")
            default: throw Problem(description: "it is packed with gzip, and damaged")
            }
        }
        guard isOver else { throw truncated }
        return result
    }

    private static var truncated: Problem {
        Problem(description: "it is packed with gzip, and ends too early: it is truncated")
    }

    private static func advance(
        _ stream: inout z_stream, _ bytes: [UInt8], _ offset: Int, into chunk: inout [UInt8]
    ) -> (status: Int32, taken: Int, made: Int) {
        let given = min(bytes.count - offset, chunkSize)
        let status = bytes.withUnsafeBufferPointer { input in
            chunk.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress.map { UnsafeMutablePointer(mutating: $0 + offset) }
                stream.avail_in = UInt32(given)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                return inflate(&stream, Z_NO_FLUSH)
            }
        }
        return (status, given - Int(stream.avail_in), chunk.count - Int(stream.avail_out))
    }
}
