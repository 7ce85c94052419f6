import CPacerShims
import Glibc

/// Walks over the bytes of a kernel file without making strings of them.
struct ByteScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// The next byte that is not a space.
    mutating func character() -> UInt8? {
        skipSpaces()
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    /// The next field when it is a whole number; otherwise the field is passed over.
    mutating func number() -> UInt64? {
        skipSpaces()
        var value: UInt64 = 0
        let start = position
        while position < bytes.count, (48...57).contains(bytes[position]) {
            value = value &* 10 &+ UInt64(bytes[position] &- 48)
            position += 1
        }
        if position > start { return value }
        skipField()
        return nil
    }

    mutating func skip(fields count: Int) {
        for _ in 0..<count {
            skipSpaces()
            skipField()
        }
    }

    /// Goes behind the last `byte`; false when there is none.
    mutating func skip(pastLast byte: UInt8) -> Bool {
        guard let last = bytes.lastIndex(of: byte) else { return false }
        position = last + 1
        return true
    }

    /// Goes behind the next occurrence of `text`; false, and does not move, when there is none.
    mutating func skip(past text: StaticString) -> Bool {
        let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard let first = wanted.first else { return true }
        var start = position
        while start + wanted.count <= bytes.count {
            if bytes[start] == first, bytes[start..<start + wanted.count].elementsEqual(wanted) {
                position = start + wanted.count
                return true
            }
            start += 1
        }
        return false
    }

    private mutating func skipSpaces() {
        while position < bytes.count, bytes[position] == 32 || bytes[position] == 9 || bytes[position] == 10 {
            position += 1
        }
    }

    private mutating func skipField() {
        while position < bytes.count, bytes[position] != 32, bytes[position] != 9, bytes[position] != 10 {
            position += 1
        }
    }
}

/// Reads kernel files into one buffer that is used again and again.
final class KernelFileReader {
    private let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 8192)
    private let numbers = UnsafeMutableBufferPointer<Int32>.allocate(capacity: 16384)

    deinit {
        buffer.deallocate()
        numbers.deallocate()
    }

    /// What `body` makes of the file; `nil` when the file cannot be read.
    func read<Result>(_ path: String, _ body: (inout ByteScanner) -> Result?) -> Result? {
        let got = pacer_read_file(path, buffer.baseAddress, buffer.count)
        guard got >= 0 else { return nil }
        var scanner = ByteScanner(UnsafeBufferPointer(rebasing: buffer[..<got]))
        return body(&scanner)
    }

    /// The threads of a process; none when it has ended.
    func threads(of process: Int32) -> [Int32] {
        listed(pacer_numbered_entries("/proc/\(process)/task", numbers.baseAddress, numbers.count))
    }

    /// All descendants of a process.
    func descendants(of process: Int32) -> [Int32] {
        listed(pacer_descendants(process, numbers.baseAddress, numbers.count))
    }

    private func listed(_ count: Int) -> [Int32] { Array(numbers[..<min(max(count, 0), numbers.count)]) }
}
