import Foundation
import Glibc

/// What a program that has ended leaves.
struct Finished {
    /// Its exit status, or 128 + the signal that ended it, as a shell says it.
    let status: Int32
    let output: Data
    let errors: String
    /// The processor time that it and its children used, in seconds.
    let processorTime: Double

    var text: String { String(decoding: output, as: UTF8.self) }

    func decoded<Value: Decodable>(_ type: Value.Type) throws -> Value {
        do { return try JSONDecoder().decode(type, from: output) } catch {
            throw Impasse("not the JSON that was expected, exit status \(status): \(text)\(errors)")
        }
    }
}

/// A running program whose output goes to files.
final class ChildProcess {
    let pid: pid_t
    private let outputPath: String
    private let errorPath: String
    private var ended: (status: Int32, processorTime: Double)?

    /// - Parameter descriptors: What else it gets, by number; at most 9.
    init(
        _ command: [String], environment: [String: String], folder: String,
        workingDirectory: String? = nil, descriptors: [Int32: Int32] = [:]
    ) throws {
        let name = UUID().uuidString
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
        // env becomes the program: same process.
        let command = ["env", "-C", workingDirectory ?? folder] + command
        let arguments = command.map { strdup($0) } + [nil]
        // Programs that are built with a sanitizer must know what it is told.
        let sanitizers = ProcessInfo.processInfo.environment.filter {
            ["ASAN_OPTIONS", "TSAN_OPTIONS"].contains($0.key)
        }
        let variables =
            environment.merging(sanitizers) { own, _ in own }.sorted { $0.key < $1.key }
            .map { strdup("\($0.key)=\($0.value)") } + [nil]
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
        if ended == nil { Glibc.kill(pid, signal) }
    }

    var hasEnded: Bool {
        if ended != nil { return true }
        var status: Int32 = 0
        var usage = rusage()
        guard wait4(pid, &status, WNOHANG, &usage) == pid else { return false }
        let signal = status & 0x7f
        let seconds = { (time: timeval) in Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        ended = (
            signal == 0 ? (status >> 8) & 0xff : 128 + signal,
            seconds(usage.ru_utime) + seconds(usage.ru_stime)
        )
        return true
    }

    /// Waits for the end. A program that does not come to one is killed.
    func finish(patience: Duration = .seconds(180)) throws -> Finished {
        do {
            try poll("process \(pid) has ended", patience: patience) { hasEnded }
        } catch {
            kill()
            throw Impasse("\(error); it said: \(String(decoding: output, as: UTF8.self))\(errors)")
        }
        return Finished(
            status: ended?.status ?? -1, output: output, errors: errors,
            processorTime: ended?.processorTime ?? 0)
    }

    /// Ends it by SIGKILL and waits until it has gone.
    func kill() {
        guard !hasEnded else { return }
        Glibc.kill(pid, SIGKILL)
        while !hasEnded { usleep(1000) }
    }
}
