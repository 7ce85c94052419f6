import Glibc
public import PacerScheduling

/// What the kernel tells of a running program.
public struct ProgramFacts: Hashable, Sendable {
    /// The program and its arguments.
    public var arguments: [String]
    /// The variables that it was started with.
    public var environment: [String: String]
    /// The directory that it is in.
    public var workingDirectory: String
    /// Who it runs as.
    public var userID: UInt32
    /// Their group.
    public var groupID: UInt32

    /// `nil` when there is no such process, or when it is another user's.
    init?(process: Int32) {
        let root = "/proc/\(process)"
        var status = stat()
        guard process > 0, stat(root, &status) == 0, let words = Self.words("\(root)/cmdline")
        else { return nil }
        arguments = words
        environment = [:]
        for setting in Self.words("\(root)/environ") ?? [] {
            let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { environment[String(parts[0])] = String(parts[1]) }
        }
        workingDirectory =
            realpath("\(root)/cwd", nil).map { path in
                defer { free(path) }
                return String(cString: path)
            } ?? "/"
        userID = status.st_uid
        groupID = status.st_gid
    }

    /// The texts of a file, between NULs.
    private static func words(_ path: String) -> [String]? {
        KernelFile.text(path)?.split(separator: "\0", omittingEmptySubsequences: false).map(String.init)
    }
}

extension ProcessExecutor {
    /// What the kernel tells of the program of a job that runs here; `nil` for one that does not.
    public func program(of job: JobID) -> ProgramFacts? {
        jobs[job].flatMap { $0.hasEnded ? nil : ProgramFacts(process: $0.program) }
    }
}
