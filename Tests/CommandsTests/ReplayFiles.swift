import CZlib
import FoundationEssentials
import PacerReplay
import PacerUnits

/// A folder of files to replay, removed with this object.
final class ReplayFolder {
    let path: String

    init() throws {
        path = "\(FileManager.default.temporaryDirectory.path)/pacer-replay-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and returns its path.
    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        try Data(bytes).write(to: URL(filePath: "\(path)/\(name)"))
        return "\(path)/\(name)"
    }

    func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

    func read(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: "\(path)/\(name)")))
    }

    /// The bytes of `text` packed with gzip.
    func packed(_ text: String) throws -> [UInt8] {
        let bytes = Array(text.utf8)
        let file = gzopen("\(path)/packed.gz", "wb")
        gzwrite(file, bytes, UInt32(bytes.count))
        gzclose(file)
        return try read("packed.gz")
    }
}

/// A trace of jobs that overlap, wait for each other, take no time, and are wider than a machine of 16 cores.
enum ReplaySamples {
    static let text =
        "; MaxProcs: 64\n"
        + (0..<60).map { index in
            let run = index % 9 == 0 ? 0 : 30 + index * 7 % 200
            let width = index % 20 == 7 ? 40 : 1 + index * 5 % 12
            return "\(index + 1) \(index * 11 % 13 + index * 10) 0 \(run) \(width) -1 -1 -1 900\n"
        }.joined()

    static func trace() throws -> Trace {
        try Trace(standardWorkloadFormat: Array(text.utf8), name: "sample.swf")
    }

    static func workload(_ scenario: Scenario, cores: Int) throws -> Workload {
        try scenario.workload([try trace()], cores: cores)
    }
}
