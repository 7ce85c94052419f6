// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc

/// A machine with frequency knobs that stands until this value goes away. See Tests/Fixtures/fake-cpufreq.
final class FakeMachine {
    /// A process inside; its root directory is the machine's file system.
    private let inhabitant: pid_t
    private let holder: ChildProcess
    private let lifeline: Int32
    private let controlPath: String
    /// For state files; the same path inside and outside.
    let directory: String

    /// Why there can be no fake machine here, or nil.
    static let obstacle: String? = {
        do {
            guard Programs.keeper != nil else { return "pacer-keeper was not built; set PACER_BIN_DIR" }
            let (status, _, errors) = try run([Programs.fakeMachine, "true"])
            return status == 0 ? nil : errors.trimmingCharacters(in: .whitespacesAndNewlines)
        } catch {
            return "\(error)"
        }
    }()

    static let cpuCount = sysconf(Int32(_SC_NPROCESSORS_CONF))

    init(_ settings: [String: String] = [:]) throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("keeper-\(UUID())").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let (ours, theirs) = try makeSocketPair()
        defer { close(theirs) }
        lifeline = ours
        holder = try ChildProcess(
            [Programs.fakeMachine, "bash", "-c", "echo $FAKE_CONTROL; exec cat"],
            input: theirs, output: theirs, errors: 2, environment: settings)
        controlPath = try LineReader(descriptor: ours).next()
        inhabitant = try Self.child(of: holder.pid)
    }

    deinit {
        close(lifeline)
        _ = try? holder.waitForExit()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// A file under /sys/devices/system/cpu.
    subscript(_ file: String) -> String {
        get throws {
            let text = try String(contentsOfFile: cpuPath(file), encoding: .utf8)
            return text.trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    /// Another program than the keeper writes to a file under /sys/devices/system/cpu.
    func write(_ value: String, to file: String) throws {
        try Self.write(value, toPath: cpuPath(file))
    }

    /// Changes the machine at run time, as in "FAKE_READONLY=1".
    func set(_ setting: String) throws {
        try Self.write(setting, toPath: "/proc/\(inhabitant)/root\(controlPath)")
    }

    /// minimum and maximum of every policy, such as "800000-3200000".
    var limits: [String] {
        get throws {
            let files = try FileManager.default.contentsOfDirectory(atPath: cpuPath("cpufreq")).sorted()
            return try files.map {
                try "\(self["cpufreq/\($0)/scaling_min_freq"])-\(self["cpufreq/\($0)/scaling_max_freq"])"
            }
        }
    }

    /// The energy counter of the package, in microjoules.
    var packageEnergy: Int {
        get throws {
            let path = "/proc/\(inhabitant)/root/sys/class/powercap/intel-rapl:0/energy_uj"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            return Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1
        }
    }

    /// What to put before a command to run it on this machine. It becomes that command: same process.
    var entrance: [String] {
        let user = geteuid() == 0 ? [] : ["--user", "--preserve-credentials"]
        return ["nsenter", "--target", "\(inhabitant)", "--mount"] + user
    }

    private func cpuPath(_ file: String) -> String {
        "/proc/\(inhabitant)/root/sys/devices/system/cpu/\(file)"
    }

    private static func write(_ value: String, toPath path: String) throws {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        defer { close(file) }
        guard file >= 0, Glibc.write(file, value, value.utf8.count) == value.utf8.count else {
            throw TestFailure("cannot write \(value) to \(path): errno \(errno)")
        }
    }

    private static func child(of parent: pid_t) throws -> pid_t {
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
            guard let pid = pid_t(name),
                let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
            else { continue }
            if status.split(separator: "\n").contains("PPid:\t\(parent)") { return pid }
        }
        throw TestFailure("the fake machine has no process")
    }
}

/// Where the programs under test are.
enum Programs {
    static let fakeMachine = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/fake-cpufreq/in-fake-cpufreq").path

    /// In `PACER_BIN_DIR`, else beside this test program.
    static let keeper: String? = {
        if let directory = ProcessInfo.processInfo.environment["PACER_BIN_DIR"] {
            return "\(directory)/pacer-keeper"
        }
        var directory = URL(fileURLWithPath: CommandLine.arguments[0]).standardizedFileURL
        while directory.path != "/" {
            directory.deleteLastPathComponent()
            let candidate = directory.appendingPathComponent("pacer-keeper").path
            var isDirectory: ObjCBool = false
            if FileManager.default.fileExists(atPath: candidate, isDirectory: &isDirectory),
                !isDirectory.boolValue
            {
                return candidate
            }
        }
        return nil
    }()
}
