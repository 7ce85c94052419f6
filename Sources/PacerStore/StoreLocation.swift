import Glibc
import PacerPorts

/// Where a database is: an absolute path without symbolic links that SQLite can take.
struct StoreLocation: Hashable {
    let path: String

    /// SQLite's limit of 512 bytes, less its longest suffix ("-journal").
    static let longestPath = 504

    /// Finds the place and creates the folders that are missing, private to this user.
    init(_ path: String) throws(PortError) {
        let operation = "open the database \(path)"
        func refuse(_ reason: String) -> PortError { PortError(.invalid, operation, reason: reason) }
        guard !path.isEmpty, !path.utf8.contains(0) else { throw refuse("that is not a path") }
        let split = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let name = String(split.map { path[path.utf8.index(after: $0)...] } ?? path[...])
        guard !name.isEmpty, name != ".", name != ".." else { throw refuse("that is a folder") }
        let folder = String(split.map { path[..<$0] } ?? ".")
        let resolved: String
        do throws(SystemFailure) {
            let parent = try StoreLocation.resolvedFolder(folder.isEmpty ? "/" : folder)
            let plain = parent == "/" ? "/\(name)" : "\(parent)/\(name)"
            resolved = try StoreLocation.resolved(plain) ?? plain
        } catch {
            throw PortError(error.code, operation, reason: error.reason)
        }
        let length = resolved.utf8.count
        guard length <= StoreLocation.longestPath else {
            throw refuse("the path has \(length) bytes; SQLite takes \(StoreLocation.longestPath) at most")
        }
        self.path = resolved
    }

    /// The write-ahead log; gone after a clean end.
    var log: String { "\(path)-wal" }

    /// Whether the last program that had the database open did not close it.
    var wasLeftOpen: Bool {
        StoreLocation.size(log) ?? 0 > 0 || StoreLocation.size("\(path)-journal") ?? 0 > 0
    }

    /// Creates an empty file that only this user can read, unless there is one.
    func createFile() throws(SystemFailure) {
        var status = stat()
        if lstat(path, &status) == 0 {
            switch status.st_mode & S_IFMT {
            case S_IFREG: return
            case S_IFDIR: throw SystemFailure(.invalid, "a folder is in the place of the file")
            default: throw SystemFailure(.invalid, "what is in its place is not a regular file")
            }
        }
        guard errno == ENOENT else { throw SystemFailure(errno, at: path) }
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemFailure(errno, at: path) }
        close(descriptor)
    }

    /// The first `count` bytes of the file; fewer when it is shorter.
    func beginning(_ count: Int) throws(SystemFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFailure(errno, at: path) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: count)
        let length = pread(descriptor, &bytes, count, 0)
        guard length >= 0 else { throw SystemFailure(errno, at: path) }
        return Array(bytes.prefix(length))
    }

    /// Renames the file and its log to a name that is free, and returns it.
    func moveAside(at second: Int64) throws(SystemFailure) -> StoreLocation {
        // Free, since only the holder of the lock makes such names.
        var target = "\(path).corrupt-\(second)"
        while StoreLocation.size(target) != nil { target += "+" }
        guard rename(path, target) == 0 else { throw SystemFailure(errno, at: path) }
        for ending in ["-wal", "-journal"] where StoreLocation.size("\(path)\(ending)") != nil {
            guard rename("\(path)\(ending)", "\(target)\(ending)") == 0 else {
                throw SystemFailure(errno, at: "\(path)\(ending)")
            }
        }
        // An index of the log; SQLite makes it anew.
        guard unlink("\(path)-shm") == 0 || errno == ENOENT else {
            throw SystemFailure(errno, at: "\(path)-shm")
        }
        return StoreLocation(resolved: target)
    }

    /// Copies the file and its log to names beside them, for somebody who may write to what is opened.
    ///
    /// SQLite deletes a log beside an empty file, though all that was written may be in the log alone: a copy
    /// is at least one page long.
    func copy() throws(SystemFailure) -> StoreLocation {
        let target = StoreLocation(resolved: "\(path).copy")
        for ending in ["", "-wal"] where StoreLocation.size("\(path)\(ending)") != nil {
            try StoreLocation.copy("\(path)\(ending)", to: "\(target.path)\(ending)")
        }
        let header = try StoreLocation(resolved: log).beginningIfThere(12)
        let page = header.count == 12 ? header[8...].reduce(0) { $0 << 8 | Int($1) } : 4096
        guard (512...65536).contains(page), StoreLocation.size(target.path) ?? 0 < page else { return target }
        guard truncate(target.path, off_t(page)) == 0 else { throw SystemFailure(errno, at: target.path) }
        return target
    }

    /// Removes the file and what SQLite keeps beside it.
    func remove() throws(SystemFailure) {
        for ending in ["", "-wal", "-shm", "-journal"] {
            guard unlink("\(path)\(ending)") == 0 || errno == ENOENT else {
                throw SystemFailure(errno, at: "\(path)\(ending)")
            }
        }
    }

    private func beginningIfThere(_ count: Int) throws(SystemFailure) -> [UInt8] {
        StoreLocation.size(path) == nil ? [] : try beginning(count)
    }

    private static func copy(_ path: String, to target: String) throws(SystemFailure) {
        let source = open(path, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw SystemFailure(errno, at: path) }
        defer { close(source) }
        let copy = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard copy >= 0 else { throw SystemFailure(errno, at: target) }
        defer { close(copy) }
        var bytes = [UInt8](repeating: 0, count: 65536)
        while true {
            let length = read(source, &bytes, bytes.count)
            guard length >= 0 else { throw SystemFailure(errno, at: path) }
            if length == 0 { return }
            guard write(copy, bytes, length) == length else { throw SystemFailure(errno, at: target) }
        }
    }

    private init(resolved path: String) { self.path = path }

    /// A folder's real path, created if need be.
    private static func resolvedFolder(_ folder: String) throws(SystemFailure) -> String {
        if let path = try resolved(folder) { return path }
        let parts = folder.split(separator: "/")
        var path = folder.hasPrefix("/") ? "" : "."
        for part in parts {
            path += "/\(part)"
            if mkdir(path, 0o700) != 0, errno != EEXIST { throw SystemFailure(errno, at: path) }
        }
        guard let path = try resolved(folder) else { throw SystemFailure(ENOENT, at: folder) }
        return path
    }

    /// The real path of what exists; `nil` for what does not.
    private static func resolved(_ path: String) throws(SystemFailure) -> String? {
        guard let real = realpath(path, nil) else {
            if errno == ENOENT { return nil }
            throw SystemFailure(errno, at: path)
        }
        defer { free(real) }
        return String(cString: real)
    }

    /// A file's size; `nil` when there is none.
    static func size(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }
}
