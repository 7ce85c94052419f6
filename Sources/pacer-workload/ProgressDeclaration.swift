import Glibc

/// Where a run says how far it is.
///
/// A scheduler that wants to know gives the job `PACER_PROGRESS_FD`, the number of an open descriptor, or
/// `PACER_PROGRESS`, a path that is opened for appending; the first one set is used. Each line is
/// `done total`, in work items. Without either nothing is written, except `done/total` on standard output if
/// the user asked to see it. A place that cannot be written is reported once and is no reason to stop
/// working.
struct ProgressDeclaration: Sendable {
    private let descriptor: Int32?
    private let isShown: Bool

    /// Whether anyone is listening.
    var isWanted: Bool { descriptor != nil || isShown }

    static func fromEnvironment(alsoShown isShown: Bool) -> ProgressDeclaration {
        ProgressDeclaration(descriptor: openDescriptor(), isShown: isShown)
    }

    /// Writes one line to each place.
    func declare(done: Int, of total: Int) {
        if let descriptor { Console.write(line: "\(done) \(total)", to: descriptor) }
        if isShown { Console.write(line: "\(done)/\(total)", to: STDOUT_FILENO) }
    }

    private static func openDescriptor() -> Int32? {
        if let text = environment("PACER_PROGRESS_FD") {
            guard let number = Int32(text), fcntl(number, F_GETFD) != -1 else {
                return warn("PACER_PROGRESS_FD is \"\(text)\", which is no open file descriptor")
            }
            return number
        }
        if let path = environment("PACER_PROGRESS") {
            let descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
            guard descriptor != -1 else {
                return warn("cannot open \(path) from PACER_PROGRESS: \(String(cString: strerror(errno)))")
            }
            return descriptor
        }
        return nil
    }

    private static func warn(_ sentence: String) -> Int32? {
        Console.write(line: "pacer-workload: \(sentence); progress is not declared", to: STDERR_FILENO)
        return nil
    }
}

/// The value of an environment variable, nil when it is not set or empty.
func environment(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
}
