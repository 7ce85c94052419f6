import Foundation
import Testing

/// A handful of the runs of `make test-faults`, always the same ones.
@Suite(
    .serialized, .enabled(if: Harness.obstacle == nil, "no fault harness: \(Harness.obstacle ?? "")"))
struct FaultTests {
    @Test(arguments: [
        ("of the daemon at a system call", "101"), ("of the keeper", "27"), ("of keeper and daemon", "1"),
        ("of a shepherd while it starts its program", "40"), ("before a job was started", "32"),
        ("of a database", "54"), ("of the disk", "14"),
    ])
    func `after a failure no job is lost and nothing is left`(what: String, seed: String) throws {
        let run = try Harness.run(["--seeds", seed])
        #expect(run.status == 0, "\(what): \(run.output)")
        #expect(run.output.contains("1 runs in"))
    }

    @Test func `what is no range of seeds is refused`() throws {
        #expect(try Harness.run(["--seeds", "many"]).status == 64)
    }
}

/// The driver of Tests/Fixtures/faults, and the programs it needs.
enum Harness {
    private static let environment = ProcessInfo.processInfo.environment
    private static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// Why there is nothing to run; `nil` when there is.
    static let obstacle: String? = {
        guard let programs = environment["PACER_BIN_DIR"], let fakes = environment["PACER_FAKES_DIR"] else {
            return "set PACER_BIN_DIR and PACER_FAKES_DIR"
        }
        let needed = ["\(programs)/FaultHarness", "\(programs)/pacerd", "\(fakes)/fault_shim.so"]
        guard let missing = needed.first(where: { !FileManager.default.fileExists(atPath: $0) }) else {
            let paths = (environment["PATH"] ?? "").split(separator: ":")
            return paths.contains { FileManager.default.fileExists(atPath: "\($0)/sqlite3") }
                ? nil : "sqlite3 is not installed"
        }
        return "\(missing) is not there"
    }()

    static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "\(repository)/Tests/Fixtures/faults/run-faults")
        process.arguments = arguments
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
