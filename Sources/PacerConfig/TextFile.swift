import Glibc

/// Reads small text files and lists directories, naming the path in every error.
public enum TextFile {
    /// Configuration is written by people: what is larger is not configuration.
    public static let largestByteCount = 256 * 1024

    /// The whole file as text; refused when it is not UTF-8 or has more than `limit` bytes.
    public static func read(
        _ path: String, limit: Int = largestByteCount
    ) throws(ConfigurationError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path, errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw unreadable(path, errno)
            }
            bytes += chunk[..<count]
            guard bytes.count <= limit else {
                throw ConfigurationError(.unreadable("it is larger than \(limit) bytes"), file: path)
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError(.unreadable("it is not UTF-8 text"), file: path)
        }
        return text
    }

    /// The names in a directory in ascending order, hidden ones left out.
    static func names(inDirectory path: String) throws(ConfigurationError) -> [String] {
        guard let directory = opendir(path) else { throw unreadable(path, errno) }
        defer { closedir(directory) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
            errno = 0
        }
        if errno != 0 { throw unreadable(path, errno) }
        return names.sorted()
    }

    /// The last component of a path without the ending `.yaml`.
    static func baseName(of path: String) -> String {
        let last = path.split(separator: "/").last.map(String.init) ?? path
        return last.hasSuffix(".yaml") ? String(last.dropLast(".yaml".count)) : last
    }

    private static func unreadable(_ path: String, _ code: Int32) -> ConfigurationError {
        var buffer = [CChar](repeating: 0, count: 256)
        let status = strerror_r(code, &buffer, buffer.count)
        let bytes = buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
        let words = status == 0 ? String(decoding: bytes, as: UTF8.self) : "error \(code)"
        return ConfigurationError(.unreadable(words), file: path)
    }
}
