import CPacerShims
import Glibc
import PacerPorts
import PacerRuntime

/// The folders of jobs: the daemon's own, so that nobody else can put anything in the place of a file that is
/// trusted.
enum JobFolders {
    /// Whoever knows the name of something in such a folder may go through it to there; nobody can list it.
    private static let passable: mode_t = 0o711

    /// Makes the folder of the state and that of the jobs so that submitters can reach the folders of theirs.
    static func prepare(state: String) throws(PortError) {
        try makePath(state, mode: passable)
        let jobs = "\(state)/jobs"
        try makePath(jobs, mode: passable)
        guard chmod(jobs, passable) == 0 else { throw failure("let users through \(jobs)") }
        var status = stat()
        guard stat(state, &status) == 0 else { throw failure("look at \(state)") }
        guard status.st_uid == 0, status.st_mode & 0o022 == 0 else {
            throw PortError(
                .invalid, "use \(state)",
                reason: "others than root can write to it; its owner must be root, and its mode 711")
        }
        if status.st_mode & 0o001 == 0 {
            Log.write(
                .warning,
                "users cannot reach the output files of their jobs: chmod o+x \(state); "
                    + "`pacer logs` shows them all the same")
        }
    }

    /// Makes the folder of a job, which only the daemon can open, and `reader` can pass where the job runs as
    /// somebody: to the files that are theirs.
    static func make(_ folder: JobFolder, for reader: Identity?) throws(PortError) -> String {
        var made = mkdir(folder.path, 0o700)
        if made != 0, errno == ENOENT {
            try makePath(folder.root, mode: reader == nil ? 0o700 : passable)
            made = mkdir(folder.path, 0o700)
        }
        guard made == 0 || errno == EEXIST else { throw failure("make the folder \(folder.path)") }
        guard let reader, reader.userID != 0 else { return folder.path }
        let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open \(folder.path)") }
        defer { close(descriptor) }
        let result = pacer_let_pass(descriptor, reader.userID)
        guard result != 0 else { return folder.path }
        guard result == -EOPNOTSUPP else { throw failure("let the submitter pass \(folder.path)", -result) }
        // Without access lists the group is the narrowest circle that he is in.
        guard fchown(descriptor, 0, reader.groupID) == 0, fchmod(descriptor, 0o710) == 0 else {
            throw failure("let the submitter pass \(folder.path)")
        }
        return folder.path
    }

    /// Removes the folder of a job with the files in it. There are no folders in it: nobody but the daemon
    /// can make anything there.
    static func remove(_ folder: JobFolder) throws(PortError) {
        let operation = "remove the folder \(folder.path)"
        let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return }
            throw failure(operation)
        }
        guard let stream = fdopendir(descriptor) else {
            close(descriptor)
            throw failure(operation)
        }
        defer { closedir(stream) }
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) {
                    String(cString: $0)
                }
            }
            guard name != ".", name != ".." else { continue }
            guard unlinkat(descriptor, name, 0) == 0 || errno == ENOENT else { throw failure(operation) }
            errno = 0
        }
        guard errno == 0 else { throw failure(operation) }
        guard rmdir(folder.path) == 0 || errno == ENOENT else { throw failure(operation) }
    }

    /// Makes a folder and those above it.
    static func makePath(_ path: String, mode: mode_t) throws(PortError) {
        var made = ""
        for part in path.split(separator: "/") {
            made += "/\(part)"
            if mkdir(made, mode) == 0 {
                // Whatever the daemon's mask is.
                guard chmod(made, mode) == 0 else { throw failure("set the mode of \(made)") }
            } else if errno != EEXIST {
                throw failure("make the folder \(made)")
            }
        }
    }

    private static func failure(_ operation: String, _ number: Int32 = errno) -> PortError {
        PortError(
            number == EACCES || number == EPERM ? .notPermitted : .failed, operation,
            reason: String(cString: strerror(number)))
    }
}
