import FoundationEssentials
import PacerPorts
@testable import PacerStore
import PacerUnits
import Testing

/// A folder that is gone with its last reference.
final class Folder {
    let path: String

    init() throws {
        let parent = FileManager.default.temporaryDirectory.path
        path = "\(parent)/pacer-store-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            Issue.record("could not remove \(path): \(error)")
        }
    }

    /// Where most tests keep their database.
    var database: String { "\(path)/pacer.sqlite" }

    func open(
        _ name: String = "pacer.sqlite", recover: Bool = false, journalLimit: Int64 = 100
    ) throws(PortError) -> SQLiteStore {
        try SQLiteStore.open(
            path: "\(path)/\(name)", recover: recover, at: Instant(nanoseconds: 1_700_000_000_123_456_789),
            journalLimit: journalLimit)
    }

    /// Why opening fails; `nil` when it does not.
    func refusal(_ name: String = "pacer.sqlite") -> PortError? {
        do throws(PortError) {
            try open(name).close()
            return nil
        } catch {
            return error
        }
    }

    /// Every file with its contents, the lock left out.
    func contents() throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: path).filter {
            !$0.hasSuffix(".lock")
        }
        return try Dictionary(uniqueKeysWithValues: names.map { ($0, try read($0)) })
    }

    func read(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: "\(path)/\(name)")) }

    func write(_ data: Data, to name: String) throws { try data.write(to: URL(filePath: "\(path)/\(name)")) }

    /// Copies the database and its log as they are now, as a crash would leave them.
    func copyLiveFiles(to name: String) throws {
        try write(try read("pacer.sqlite"), to: name)
        try write(try read("pacer.sqlite-wal"), to: "\(name)-wal")
    }
}
