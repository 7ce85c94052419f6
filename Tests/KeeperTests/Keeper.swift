// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc

/// A running pacer-keeper and our end of its socket: we are the daemon.
final class Keeper {
    let process: ChildProcess
    private(set) var socket: Int32
    private let lines: LineReader
    private let errorFile: TemporaryFile
    private let machine: FakeMachine  // stands as long as its keeper

    init(on machine: FakeMachine, state: String = "state") throws {
        let (ours, theirs) = try makeSocketPair()
        defer { close(theirs) }
        socket = ours
        self.machine = machine
        lines = LineReader(descriptor: ours)
        errorFile = try TemporaryFile()
        process = try ChildProcess(
            Self.command(on: machine, ["--state", "\(machine.directory)/\(state)"]),
            input: theirs, output: theirs, errors: errorFile.descriptor)
    }

    deinit {
        if socket >= 0 { close(socket) }
        if kill(process.pid, SIGKILL) == 0 { _ = try? process.waitForExit() }
    }

    static func command(on machine: FakeMachine, _ arguments: [String]) -> [String] {
        machine.entrance + [Programs.keeper ?? "pacer-keeper"] + arguments
    }

    /// What it complained about. A sanitizer that is linked into it complains that a namespace without `/proc`
    /// does not show it the program's name; that is not the keeper's.
    var errors: String {
        errorFile.text.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.contains("WARNING: reading executable name failed") }.joined(separator: "\n")
    }

    func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw TestFailure("the keeper does not listen: errno \(errno)") }
            rest = rest.dropFirst(count)
        }
    }

    /// Sends a request line and returns the reply, its last line included.
    func ask(_ request: String) throws -> [String] {
        try send(Array("\(request)\n".utf8))
        return try nextReply()
    }

    func nextReply() throws -> [String] {
        var reply: [String] = []
        repeat {
            reply.append(try lines.next())
        } while reply.last.map { !$0.hasPrefix("ok") && !$0.hasPrefix("error ") } ?? true
        return reply
    }

    /// What the kernel does for a daemon that ends, in whatever way.
    func hangUp() {
        close(socket)
        socket = -1
    }
}

/// Lines from a descriptor, with a deadline that only a broken program reaches.
final class LineReader {
    private let descriptor: Int32
    private var bytes: [UInt8] = []

    init(descriptor: Int32) { self.descriptor = descriptor }

    func next() throws -> String {
        while true {
            if let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
                defer { bytes.removeSubrange(...end) }
                return String(decoding: bytes[..<end], as: UTF8.self)
            }
            var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard Glibc.poll(&ready, 1, 20_000) == 1 else { throw TestFailure("no answer") }
            var chunk = [UInt8](repeating: 0, count: 65536)
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { throw TestFailure("the other side hung up") }
            bytes += chunk[..<count]
        }
    }
}
