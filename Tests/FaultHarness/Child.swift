import Foundation
import Glibc

/// What the harness itself cannot do; the message says why.
struct Impasse: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// A running program whose output goes to files.
final class Child {
    let pid: pid_t
    private let outputPath: String
    private let errorPath: String
    private(set) var status: Int32?

    init(
        _ command: [String], environment: [String: String], folder: String, name: String,
        descriptors: [Int32: Int32] = [:]
    ) throws {
        outputPath = "\(folder)/\(name).out"
        errorPath = "\(folder)/\(name).err"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND
        posix_spawn_file_actions_addopen(&actions, 1, outputPath, flags, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errorPath, flags, 0o600)
        for (number, descriptor) in descriptors.sorted(by: { $0.key < $1.key }) {
            posix_spawn_file_actions_adddup2(&actions, descriptor, number)
        }
        let arguments = command.map { strdup($0) } + [nil]
        let variables = environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var pid: pid_t = 0
        let failure = posix_spawnp(&pid, command[0], &actions, nil, arguments, variables)
        guard failure == 0 else { throw Impasse("cannot start \(command[0]): errno \(failure)") }
        self.pid = pid
    }

    var output: Data { FileManager.default.contents(atPath: outputPath) ?? Data() }
    var errors: String {
        String(decoding: FileManager.default.contents(atPath: errorPath) ?? Data(), as: UTF8.self)
    }

    func send(_ signal: Int32) {
        if status == nil { Glibc.kill(pid, signal) }
    }

    var hasEnded: Bool {
        if status != nil { return true }
        var word: Int32 = 0
        guard waitpid(pid, &word, WNOHANG) == pid else { return false }
        status = word & 0x7f == 0 ? (word >> 8) & 0xff : 128 + (word & 0x7f)
        return true
    }

    /// Whether it came to its end in time.
    func ends(within seconds: Double) -> Bool { wait(seconds) { hasEnded } }

    func kill() {
        guard !hasEnded else { return }
        Glibc.kill(pid, SIGKILL)
        while !hasEnded { usleep(1000) }
    }
}

/// Looks again and again; returns whether `condition` came true in time.
func wait(_ seconds: Double, until condition: () throws -> Bool) rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while try !condition() {
        guard ContinuousClock.now < deadline else { return false }
        usleep(10_000)
    }
    return true
}
