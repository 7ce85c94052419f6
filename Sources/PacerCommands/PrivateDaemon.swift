import FoundationEssentials
import Glibc
import PacerAPI
import PacerConfig

/// A daemon for the lifetime of one command: `pacerd` as a child process, with its socket in a folder of its
/// own that is removed at the end.
final class PrivateDaemon {
    let socketPath: String
    /// What the user should know about it.
    private(set) var notes: [String] = []
    private let folder: String
    private var process: pid_t = 0
    private var lock: Int32 = -1

    /// Time for the daemon to become ready, and to end when it is told to, in seconds.
    private static let patienceS = 20
    private static let readyDescriptor: Int32 = 3
    /// Inherited, so that the state folder is taken as long as the daemon lives, not only this command.
    private static let lockDescriptor: Int32 = 4

    init(stateDirectory: String?, options: [String]) throws(CommandFailure) {
        let program = try Self.program()
        folder = try Self.temporaryFolder()
        socketPath = "\(folder)/pacerd.sock"
        do throws(CommandFailure) {
            let state = try claimState(stateDirectory)
            try start(program, state: state, options: options)
        } catch {
            stop()
            throw error
        }
    }

    /// Ends the daemon, waits until it has gone and removes its folder.
    func stop() {
        if process > 0 {
            kill(process, SIGTERM)
            if !hasEnded(withinS: Self.patienceS) {
                kill(process, SIGKILL)
                waitpid(process, nil, 0)
            }
            process = 0
        }
        if lock >= 0 { close(lock) }
        lock = -1
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            Console.note("pacer: \(folder) could not be removed: \(error)")
        }
    }

    // MARK: Before it starts

    private static func program() throws(CommandFailure) -> String {
        if let program = InstalledFiles.program("pacerd") { return program }
        throw CommandFailure(
            .unreachable,
            "no daemon answers, and 'pacerd' is neither beside 'pacer' nor on the PATH to start one")
    }

    /// A new folder for the files of one command.
    static func temporaryFolder() throws(CommandFailure) -> String {
        let named = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        // What does not leave room for the socket's name is of no use.
        let parent = named.hasPrefix("/") && named.utf8.count <= 70 ? named : "/tmp"
        var template = Array("\(parent)/pacer-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CommandFailure(
                .cannotCreate, "a folder in \(parent) could not be made: \(String(cString: strerror(errno)))")
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The folder where the daemon keeps what it learns. Two daemons never share one.
    private func claimState(_ named: String?) throws(CommandFailure) -> String {
        let environment = ProcessInfo.processInfo.environment
        let usual = DaemonConfiguration.defaults(forRoot: false, environment: environment, userID: geteuid())
        let path = named ?? "\(usual.stateDirectory)/private"
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            guard named == nil else {
                throw CommandFailure(.cannotCreate, "\(path) could not be made: \(error)")
            }
            return temporaryState("\(path) could not be made")
        }
        lock = open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { return temporaryState("\(path) cannot be written to") }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            return temporaryState("another private daemon uses \(path)")
        }
        return path
    }

    private func temporaryState(_ reason: String) -> String {
        notes.append("\(reason), so what is learnt now is forgotten at the end")
        if lock >= 0 { close(lock) }
        lock = -1
        return "\(folder)/state"
    }

    // MARK: Starting and ending

    private func start(_ program: String, state: String, options: [String]) throws(CommandFailure) {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0
        else {
            throw CommandFailure(.internalFailure, "no socket pair: \(String(cString: strerror(errno)))")
        }
        let (mine, theirs) = (ends[0], ends[1])
        defer { close(mine) }
        let arguments =
            [
                program, "--private", "--parent", "\(getpid())", "--socket", socketPath, "--state-directory",
                state, "--ready-fd", "\(Self.readyDescriptor)",
            ] + options
        let result = spawn(arguments, ready: theirs)
        close(theirs)
        guard result == 0 else {
            throw CommandFailure(
                .unreachable, "\(program) could not be started: \(String(cString: strerror(result)))")
        }
        var poll = pollfd(fd: mine, events: Int16(POLLIN), revents: 0)
        var byte: UInt8 = 0
        guard Glibc.poll(&poll, 1, Int32(Self.patienceS * 1000)) == 1, read(mine, &byte, 1) == 1 else {
            throw CommandFailure(.unreachable, "the private daemon did not start: \(lastWords)")
        }
    }

    private func spawn(_ arguments: [String], ready: Int32) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, logPath, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        // Both move out of the way first: one of them may have the other's number.
        let high = (
            ready: fcntl(ready, F_DUPFD_CLOEXEC, 10), lock: lock >= 0 ? fcntl(lock, F_DUPFD_CLOEXEC, 10) : -1
        )
        defer {
            close(high.ready)
            if high.lock >= 0 { close(high.lock) }
        }
        posix_spawn_file_actions_adddup2(&actions, high.ready, Self.readyDescriptor)
        if high.lock >= 0 { posix_spawn_file_actions_adddup2(&actions, high.lock, Self.lockDescriptor) }
        return spawnAlone(arguments, actions: &actions, process: &process)
    }

    private var logPath: String { "\(folder)/pacerd.log" }

    /// The end of what the daemon wrote before it gave up.
    private var lastWords: String {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let file = open(logPath, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "it said nothing" }
        defer { close(file) }
        let count = read(file, &bytes, bytes.count)
        let lines = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: "\n")
        return lines.last.map(String.init) ?? "it said nothing"
    }

    private func hasEnded(withinS seconds: Int) -> Bool {
        for _ in 0..<(seconds * 50) {
            if waitpid(process, nil, WNOHANG) != 0 { return true }
            usleep(20_000)
        }
        return false
    }
}

/// Calls `body` with `texts` as C wants them: an array of pointers that ends with a null pointer.
func withCStrings(
    _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32
) -> Int32 {
    var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeMutableBufferPointer { buffer in
        buffer.baseAddress.map(body) ?? EINVAL
    }
}

/// Starts a program in a group of its own, so that Ctrl-C reaches this command alone, and with no signal
/// blocked or ignored. Returns an error number, or 0.
func spawnAlone(
    _ arguments: [String], actions: inout posix_spawn_file_actions_t, process: inout pid_t
) -> Int32 {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var (none, all) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
    posix_spawnattr_setflags(&attributes, Int16(flags))
    let environment = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }.sorted()
    return withCStrings(arguments) { argv in
        withCStrings(environment) { envp in
            posix_spawn(&process, arguments[0], &actions, &attributes, argv, envp)
        }
    }
}
