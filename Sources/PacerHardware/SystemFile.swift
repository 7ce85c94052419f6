import Glibc

/// A file of the kernel that could not be read.
struct SystemFileError: Error, Hashable, CustomStringConvertible {
    let path: String
    /// The kernel's error number, or `nil` when the file was read but does not hold what it should.
    let number: Int32?
    let reason: String

    init(path: String, number: Int32) {
        self.path = path
        self.number = number
        self.reason = String(cString: strerror(number))
    }

    init(path: String, reason: String) {
        self.path = path
        self.number = nil
        self.reason = reason
    }

    /// Whether the file, or something on the way to it, does not exist.
    var isAbsent: Bool { number == ENOENT || number == ENOTDIR || number == ENODEV }

    /// Whether the process may not read it.
    var isForbidden: Bool { number == EACCES || number == EPERM }

    var description: String { "\(path): \(reason)" }
}

/// Reads small files and folders of procfs and sysfs.
enum SystemFile {
    /// The whole text of a file, at most `limit` bytes of it.
    static func text(_ path: String, limit: Int = 65536) throws(SystemFileError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFileError(path: path, number: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while bytes.count < limit {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemFileError(path: path, number: errno)
            }
            if count == 0 { break }
            bytes += chunk.prefix(count)
        }
        return String(decoding: bytes.prefix(limit), as: UTF8.self)
    }

    /// The first line of a file without its line end.
    static func line(_ path: String) throws(SystemFileError) -> String {
        let text = try text(path)
        return String(text.prefix { $0 != "\n" })
    }

    /// A file that holds one unsigned decimal number.
    static func number(_ path: String) throws(SystemFileError) -> UInt64 {
        let line = try line(path)
        guard let number = strictUnsigned(line[...]) else {
            throw SystemFileError(path: path, reason: "'\(line.prefix(32))' is not a number")
        }
        return number
    }

    /// The names in a folder, sorted, without `.` and `..`.
    static func names(in folder: String) throws(SystemFileError) -> [String] {
        guard let stream = opendir(folder) else { throw SystemFileError(path: folder, number: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw SystemFileError(path: folder, number: errno) }
        return names.sorted()
    }

    /// Whether something exists at `path`.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}

/// Decimal digits and nothing else: no sign, no space, no empty text, no overflow.
func strictUnsigned(_ text: Substring) -> UInt64? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return UInt64(text)
}
