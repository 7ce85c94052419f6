import Foundation

/// A folder of fake kernel files, removed with its owner.
final class FakeTree {
    let root: String

    init() throws {
        root = NSTemporaryDirectory() + "pacer-hardware-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    func write(_ text: String, to path: String) throws {
        let file = "\(root)/\(path)"
        let folder = (file as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try text.write(toFile: file, atomically: false, encoding: .utf8)
    }

    func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: "\(root)/\(path)") }

    /// A powercap zone.
    func zone(_ folder: String, name: String, energy: UInt64 = 0, range: UInt64 = 262_143_328_850) throws {
        try write("\(name)\n", to: "\(folder)/name")
        try write("\(range)\n", to: "\(folder)/max_energy_range_uj")
        try set(folder, energy)
    }

    func set(_ folder: String, _ energy: UInt64) throws {
        try write("\(energy)\n", to: "\(folder)/energy_uj")
    }

    /// A program for /bin/sh.
    ///
    /// Another process writes it: a program that this one has open for writing could be inherited by what
    /// another test forks meanwhile, and a file that is open for writing cannot be executed.
    func script(_ name: String, _ text: String) throws -> String {
        let path = "\(root)/\(name)"
        let writer = Process()
        writer.executableURL = URL(fileURLWithPath: "/bin/sh")
        let command = "printf '%s\\n' \"$1\" >\"$2\" && chmod 755 \"$2\""
        writer.arguments = ["-c", command, "sh", "#!/bin/sh\n\(text)", path]
        try writer.run()
        writer.waitUntilExit()
        return path
    }
}
