// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc

/// A program under test, with file descriptors of our choice. It gets no other descriptor of this process
/// as long as those are opened close-on-exec.
struct ChildProcess {
    let pid: pid_t

    init(
        _ command: [String], input: Int32, output: Int32, errors: Int32,
        environment: [String: String] = [:]
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errors, 2)

        let merged = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        let arguments = command.map { strdup($0) } + [nil]
        let variables = merged.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var pid: pid_t = 0
        let failure = posix_spawnp(&pid, command[0], &actions, nil, arguments, variables)
        guard failure == 0 else { throw TestFailure("cannot start \(command[0]): errno \(failure)") }
        self.pid = pid
    }

    func send(signal: Int32) {
        kill(pid, signal)
    }

    /// The exit status, or 128 + the signal that ended it, as the shell says it.
    func waitForExit() throws -> Int32 {
        var status: Int32 = 0
        try poll(until: "process \(pid) has ended") { waitpid(pid, &status, WNOHANG) == pid }
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Tries again and again, until a deadline that only a broken program reaches.
func poll(until goal: String, _ condition: () throws -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while try !condition() {
        guard ContinuousClock.now < deadline else { throw TestFailure("waited in vain until \(goal)") }
        usleep(2000)
    }
}

/// A pair of connected stream sockets that children do not inherit by accident.
func makeSocketPair() throws -> (ours: Int32, theirs: Int32) {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw TestFailure("socketpair failed") }
    return (ends[0], ends[1])
}

/// Runs a program to its end.
func run(_ command: [String]) throws -> (status: Int32, output: String, errors: String) {
    let output = try TemporaryFile()
    let errors = try TemporaryFile()
    let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
    defer { close(null) }
    let child = try ChildProcess(
        command, input: null, output: output.descriptor, errors: errors.descriptor)
    let status = try child.waitForExit()
    return (status, output.text, errors.text)
}

/// A file that receives a child's output and is gone with this value.
final class TemporaryFile {
    let path: String
    let descriptor: Int32

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("keeper-\(UUID())").path
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_APPEND, 0o600)
        guard descriptor >= 0 else { throw TestFailure("cannot create \(path)") }
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    var text: String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
}
