import Foundation
import Testing

/// The real programs together: daemon, keeper, shepherd, command line. One test after the other: each of them
/// fills the machine.
@Suite(
    .serialized,
    .enabled(if: Programs.obstacle == nil, "the programs are not there: \(Programs.obstacle ?? "")"))
enum EndToEnd {}

/// Where the programs under test are.
enum Programs {
    private static let names = ["pacer", "pacerd", "pacer-keeper", "pacer-shepherd", "pacer-workload"]

    /// The folder of the programs: `PACER_BIN_DIR`, or else above this test program.
    static let folder: String? = {
        if let named = ProcessInfo.processInfo.environment["PACER_BIN_DIR"] {
            return URL(fileURLWithPath: named).standardizedFileURL.path
        }
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).standardizedFileURL
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            if isProgram("\(folder.path)/pacerd"), isProgram("\(folder.path)/pacer") { return folder.path }
        }
        return nil
    }()

    /// Why there is nothing to test; `nil` when there is.
    static let obstacle: String? = {
        guard let folder else { return "set PACER_BIN_DIR" }
        let missing = names.filter { !isProgram("\(folder)/\($0)") }
        return missing.isEmpty ? nil : "\(missing.joined(separator: ", ")) not in \(folder)"
    }()

    static func path(_ name: String) -> String { "\(folder ?? "")/\(name)" }

    /// The root of this repository.
    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    static func fixture(_ name: String) -> String { "\(repository)/Tests/Fixtures/\(name)" }

    /// Whether a program is on the path.
    static func isInstalled(_ name: String) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            .contains { isProgram("\($0)/\(name)") }
    }

    static func isProgram(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
            && FileManager.default.isExecutableFile(atPath: path)
    }
}

/// Why a test cannot go on.
struct Impasse: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Why a test says nothing: it is cancelled.
struct Crowded: Error {}

/// Tries again and again, until a deadline that only a broken program reaches.
func poll(_ goal: String, patience: Duration = .seconds(60), until condition: () throws -> Bool) throws {
    let deadline = ContinuousClock.now + patience
    while try !condition() {
        guard ContinuousClock.now < deadline else { throw Impasse("waited in vain until \(goal)") }
        usleep(50_000)
    }
}

/// Expects that a command was refused: nothing on standard output, one line that names the culprit.
func expectRefusal(
    _ result: Finished, exit code: Int32, naming culprit: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(result.status == code, "\(result.errors)", sourceLocation: sourceLocation)
    #expect(result.text == "", sourceLocation: sourceLocation)
    let lines = result.errors.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(
        lines.count == 2 && lines.last == "" && lines.first?.isEmpty == false,
        "not one line: \(result.errors)", sourceLocation: sourceLocation)
    #expect(result.errors.contains(culprit), sourceLocation: sourceLocation)
}
