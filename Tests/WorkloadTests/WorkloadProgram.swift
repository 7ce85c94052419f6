import Glibc

/// The built `pacer-workload`, run as a user or a scheduler runs it.
enum WorkloadProgram {
    /// What a run left behind.
    struct Outcome {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Where the binary is: `PACER_BIN_DIR`, else the nearest directory above this test that has it.
    static let path: String = {
        if let directory = getenv("PACER_BIN_DIR") { return String(cString: directory) + "/pacer-workload" }
        var directory = CommandLine.arguments[0]
        while let slash = directory.lastIndex(of: "/") {
            directory = String(directory[..<slash])
            if access(directory + "/pacer-workload", X_OK) == 0 { return directory + "/pacer-workload" }
        }
        return "pacer-workload"
    }()

    /// Runs the program to its end.
    static func run(_ arguments: [String], environment: [String] = []) throws -> Outcome {
        try Child(path, arguments, environment: environment).finish()
    }
}

/// A process that was started and has not been waited for.
struct Child {
    let processID: pid_t
    /// Read end of the pipe that the child has as descriptor 3.
    let progress: Pipe.End
    private let output: Pipe.End
    private let errors: Pipe.End

    /// Starts `path` with nothing in its environment but `environment`, and what sanitizers are told.
    init(_ path: String, _ arguments: [String], environment: [String] = []) throws {
        let pipes = try (output: Pipe(), errors: Pipe(), progress: Pipe())
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, pipes.output.writeEnd, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, pipes.errors.writeEnd, STDERR_FILENO)
        posix_spawn_file_actions_adddup2(&actions, pipes.progress.writeEnd, 3)
        // A test runner may block or ignore SIGTERM, and a child would inherit that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigaddset(&signals, SIGTERM)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var argumentPointers = ([path] + arguments).map { strdup($0) } + [nil]
        let sanitizers = ["ASAN_OPTIONS", "TSAN_OPTIONS"].compactMap { (name: String) -> String? in
            getenv(name).map { "\(name)=\(String(cString: $0))" }
        }
        var environmentPointers = (environment + sanitizers).map { strdup($0) } + [nil]
        defer { for pointer in argumentPointers + environmentPointers { free(pointer) } }
        var processID = pid_t()
        let status = posix_spawn(
            &processID, path, &actions, &attributes, &argumentPointers, &environmentPointers)
        for pipe in [pipes.output, pipes.errors, pipes.progress] { close(pipe.writeEnd) }
        guard status == 0 else { throw SystemFault(operation: "start \(path)", errorNumber: status) }
        self.processID = processID
        output = Pipe.End(descriptor: pipes.output.readEnd)
        errors = Pipe.End(descriptor: pipes.errors.readEnd)
        progress = Pipe.End(descriptor: pipes.progress.readEnd)
    }

    /// Reads what is left of the child's output and waits for it. A signal counts as 128 plus its number.
    func finish() throws -> WorkloadProgram.Outcome {
        while progress.line() != nil {}
        let text = output.rest()
        let complaints = errors.rest()
        var status: Int32 = 0
        while waitpid(processID, &status, 0) == -1 {
            guard errno == EINTR else { throw SystemFault(operation: "wait", errorNumber: errno) }
        }
        let signal = status & 0x7f
        return WorkloadProgram.Outcome(
            status: signal == 0 ? status >> 8 & 0xff : 128 + signal, output: text, errors: complaints)
    }
}

/// A pipe whose ends other children do not inherit.
struct Pipe {
    let readEnd: Int32
    let writeEnd: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemFault(operation: "make a pipe", errorNumber: errno) }
        // Away from 0...3, which the child's own descriptors are copied to.
        readEnd = fcntl(ends[0], F_DUPFD_CLOEXEC, 10)
        writeEnd = fcntl(ends[1], F_DUPFD_CLOEXEC, 10)
        for end in ends { close(end) }
    }

    /// A read end, with what has been read of an unfinished line.
    final class End {
        private var descriptor: Int32
        private var buffer: [UInt8] = []

        init(descriptor: Int32) {
            self.descriptor = descriptor
        }

        deinit { close(descriptor) }

        /// Closes this end at once; from then on there is nothing to read.
        func hangUp() {
            close(descriptor)
            descriptor = -1
        }

        /// The next line without its newline, nil at the end.
        func line() -> String? {
            while true {
                if let newline = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                    defer { buffer.removeSubrange(...newline) }
                    return String(decoding: buffer[..<newline], as: UTF8.self)
                }
                guard fill() else { return nil }
            }
        }

        /// Everything to the end.
        func rest() -> String {
            while fill() {}
            defer { buffer = [] }
            return String(decoding: buffer, as: UTF8.self)
        }

        private func fill() -> Bool {
            var bytes = [UInt8](repeating: 0, count: 4_096)
            while true {
                let count = read(descriptor, &bytes, bytes.count)
                if count > 0 { buffer += bytes[..<count] }
                if count != -1 || errno != EINTR { return count > 0 }
            }
        }
    }
}

/// A system call failed under the test.
struct SystemFault: Error, CustomStringConvertible {
    let operation: String
    let errorNumber: Int32

    var description: String { "cannot \(operation): \(String(cString: strerror(errorNumber)))" }
}

/// A file that exists while the value does.
final class TemporaryFile {
    let path: String

    init() throws {
        var template = Array("/tmp/pacer-workload-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor != -1 else { throw SystemFault(operation: "make a file", errorNumber: errno) }
        close(descriptor)
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { unlink(path) }

    /// The lines that are in it now.
    func lines() throws -> [String] {
        let descriptor = open(path, O_RDONLY)
        guard descriptor != -1 else { throw SystemFault(operation: "open \(path)", errorNumber: errno) }
        let text = Pipe.End(descriptor: descriptor).rest()
        return text.split(separator: "\n").map(String.init)
    }
}
