import Foundation

/// Where the programs under test are.
enum Programs {
    static let folder: String? = {
        if let named = ProcessInfo.processInfo.environment["PACER_BIN_DIR"] {
            return URL(fileURLWithPath: named).standardizedFileURL.path
        }
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).standardizedFileURL
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            if FileManager.default.isExecutableFile(atPath: "\(folder.path)/pacer-manual") {
                return folder.path
            }
        }
        return nil
    }()

    /// The root of this repository.
    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
}

/// The pages that `pacer-manual` wrote, in a folder that goes with this.
final class Pages {
    struct Failure: Error { var status: Int32 }

    let folder: String
    private let helpText: Data

    /// The pages of a program of ours, from its own help.
    convenience init(of program: String, section: String) throws {
        let help = try Self.run(
            ["\(Programs.folder ?? "")/\(program)", "--experimental-dump-help"], input: Data())
        try self.init(help: help, section: section)
    }

    convenience init(help: Data, section: String) throws {
        try self.init(help) { ["commands", section, $0, "1.2.3", "2026-11-26"] }
    }

    convenience init(configuration: String) throws {
        try self.init(Data(configuration.utf8)) { ["configuration", $0, "1.2.3", "2026-11-26"] }
    }

    private init(_ input: Data, _ arguments: (String) -> [String]) throws {
        folder = "/tmp/pacer-manual-\(UUID().uuidString)"
        helpText = input
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        _ = try Self.run(["\(Programs.folder ?? "")/pacer-manual"] + arguments(folder), input: input)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// What they were made from, where that was help.
    var help: [String: Any] {
        get throws { try JSONSerialization.jsonObject(with: helpText) as? [String: Any] ?? [:] }
    }

    /// The files, ascending.
    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }
    }

    /// A page as it is shown, its words with one space between them. Fails where mandoc warns.
    func read(_ name: String) throws -> String {
        let page = "\(folder)/\(name)"
        _ = try Self.run(["/usr/bin/mandoc", "-T", "lint", "-W", "warning", page], input: Data())
        let shown = try Self.run(
            ["/usr/bin/mandoc", "-T", "utf8", "-O", "width=950", page], input: Data())
        // Bold and underlined text is struck over.
        var bytes: [UInt8] = []
        for byte in shown { if byte == 8 { bytes.removeLast() } else { bytes.append(byte) } }
        return squeezed(String(decoding: bytes, as: UTF8.self))
    }

    private static func run(_ command: [String], input: Data) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        let (feed, output) = (Pipe(), Pipe())
        process.standardInput = feed
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        // All of it is read before anything is written.
        let writer = feed.fileHandleForWriting
        try writer.write(contentsOf: input)
        try writer.close()
        let result = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(status: process.terminationStatus) }
        return result
    }
}
