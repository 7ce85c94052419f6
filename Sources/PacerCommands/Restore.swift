import ArgumentParser
import FoundationEssentials
import Glibc
import PacerAPI
import PacerConfig

struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Puts back every knob that a daemon which is gone has left changed.",
        discussion: """
            Needs no daemon: it runs pacer-keeper, which restores what it finds in its state file. It is not \
            needed when a daemon was killed, since its keeper restores everything then; it is for a machine \
            where the keeper was killed too. Usually needs root.

              sudo pacer restore
            """)

    @Option(
        help: ArgumentHelp(
            "The keeper's state file. Default: /run/pacer/keeper.state for root, else in your state folder.",
            valueName: "path"))
    var state: String?

    @Option(
        help: ArgumentHelp("The keeper program. Default: the one that came with pacer.", valueName: "path"))
    var keeper: String?

    @Flag(help: "Print JSON.")
    var json = false

    private struct Report: Encodable {
        let state: String
        let exitCode: Int32
        let output: [String]
    }

    func run() throws {
        let environment = ProcessInfo.processInfo.environment
        let isRoot = geteuid() == 0
        let usual = DaemonConfiguration.defaults(forRoot: isRoot, environment: environment, userID: geteuid())
        let path = state ?? (isRoot ? "/run/pacer/keeper.state" : "\(usual.stateDirectory)/keeper.state")
        guard access(path, F_OK) == 0 else {
            if json { return try Console.say(json: Report(state: path, exitCode: 0, output: [])) }
            return Console.say("nothing to restore: \(path) does not exist")
        }
        guard let program = keeper ?? InstalledFiles.program("pacer-keeper", installed: usual.keeper) else {
            throw CommandFailure(.cannotCreate, "'pacer-keeper' is not beside 'pacer'; name it with --keeper")
        }
        let (status, output) = try ChildProgram.run([program, "--restore", "--state", path])
        if json {
            let lines = output.split(separator: "\n").map(String.init)
            try Console.say(json: Report(state: path, exitCode: status, output: lines))
        } else {
            Console.write(Array(output.utf8), to: 1)
            if status == 0 { Console.say("restored what \(path) remembered") }
        }
        // The keeper ends with the codes of sysexits(3) too.
        if status != 0 { throw CommandEnd(code: status) }
    }
}

/// Runs a program to its end and keeps what it says.
enum ChildProgram {
    static func run(_ arguments: [String]) throws(CommandFailure) -> (status: Int32, output: String) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw CommandFailure(.internalFailure, "no pipe: \(String(cString: strerror(errno)))")
        }
        defer { close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        posix_spawn_file_actions_addclose(&actions, ends[0])
        posix_spawn_file_actions_addclose(&actions, ends[1])
        let environment = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }.sorted()
        var process: pid_t = 0
        let result = withCStrings(arguments) { argv in
            withCStrings(environment) { posix_spawn(&process, arguments[0], &actions, nil, argv, $0) }
        }
        close(ends[1])
        guard result == 0 else {
            let reason = String(cString: strerror(result))
            throw CommandFailure(.cannotCreate, "\(arguments[0]) could not be started: \(reason)")
        }
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(ends[0], &buffer, buffer.count)
            if count <= 0 { break }
            output += buffer.prefix(count)
        }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7f
        return (signal == 0 ? (status >> 8) & 0xff : 128 + signal, String(decoding: output, as: UTF8.self))
    }
}
