import Foundation
import Testing

/// The inputs that fuzzing has found worth keeping, those that once ended a program among them.
///
/// A trap ends the test process: the last name on standard error is that of the input.
@Suite struct CorpusTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/fuzz")
    private static let inC = [
        "keeper-requests", "keeper-state", "linear-program", "shepherd-control", "shepherd-description",
    ]

    private static func inputs(of target: String) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
            at: root.appendingPathComponent("corpus/\(target)"), includingPropertiesForKeys: nil
        ).sorted { $0.path < $1.path }
    }

    @Test(arguments: FuzzTarget.all.map(\.name))
    func `every input is answered without a trap`(name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let inputs = try Self.inputs(of: name)
        #expect(!inputs.isEmpty)
        for input in inputs {
            let bytes = [UInt8](try Data(contentsOf: input))
            FileHandle.standardError.write(Data("\(name)/\(input.lastPathComponent)\n".utf8))
            target.run(bytes)
            target.run(Array(bytes.prefix(bytes.count / 2)))
        }
    }

    @Test(arguments: inC) func `every input is answered by the programs in C`(name: String) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pacer-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // a test's own leftovers
        let program = folder.appendingPathComponent(name).path
        #expect(try run(Self.root.appendingPathComponent("build-c").path, [name, program]) == "")
        let inputs = try Self.inputs(of: name)
        #expect(!inputs.isEmpty)
        #expect(try run(program, inputs.map(\.path)) == "")
    }

    /// Nothing when the program ends well, else what it said on standard error.
    private func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        let said = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardError = said
        try process.run()
        let text = try said.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return process.terminationReason == .exit && process.terminationStatus == 0
            ? "" : String(decoding: text.suffix(2000), as: UTF8.self)
    }

    @Test func `the inputs stay small`() throws {
        let sizes = try (FuzzTarget.all.map(\.name) + Self.inC).flatMap(Self.inputs).map { input in
            try Data(contentsOf: input).count
        }
        #expect(sizes.reduce(0, +) <= 300_000)
    }
}
