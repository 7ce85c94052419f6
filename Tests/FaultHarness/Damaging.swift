import Foundation
import Glibc

/// Harms a database that nobody has open.
enum Damaging {
    /// Returns what was done, in words.
    static func damage(_ path: String, _ damage: Fault.Damage, seed: UInt64) throws -> String {
        var dice = Dice(seed: seed ^ 0xdb)
        let size = try size(path)
        let logSize = (try? Self.size("\(path)-wal")) ?? 0
        switch damage {
        case .truncated:
            let rest = dice.number(0...max(0, size - 1))
            truncate(path, off_t(rest))
            return "cut from \(size) to \(rest) bytes"
        case .flipped:
            guard size > 0 else { return "the database is empty" }
            let places = (0..<dice.number(1...40)).map { _ in dice.number(0...size - 1) }
            for place in places { try overwrite(path, at: place, with: [UInt8(dice.number(0...255))]) }
            return "\(places.count) bytes of \(size) changed"
        case .logDeleted:
            unlink("\(path)-wal")
            return "a log of \(logSize) bytes deleted"
        case .logTorn:
            let rest = logSize == 0 ? 0 : dice.number(0...logSize - 1)
            if logSize > 0 { truncate("\(path)-wal", off_t(rest)) }
            return "the log cut from \(logSize) to \(rest) bytes"
        case .emptied:
            truncate(path, 0)
            return "\(size) bytes cut to none, beside a log of \(logSize)"
        case .garbage:
            let bytes = (0..<4096).map { _ in UInt8(dice.number(0...255)) }
            try overwrite(path, at: 0, with: bytes)
            return "the first page overwritten"
        case .indexDeleted:
            unlink("\(path)-shm")
            return "the log's index deleted"
        }
    }

    private static func size(_ path: String) throws -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw Impasse("there is no \(path)") }
        return Int(status.st_size)
    }

    private static func overwrite(_ path: String, at place: Int, with bytes: [UInt8]) throws {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { throw Impasse("cannot open \(path)") }
        defer { close(file) }
        guard pwrite(file, bytes, bytes.count, off_t(place)) == bytes.count else {
            throw Impasse("cannot write \(path)")
        }
    }
}
