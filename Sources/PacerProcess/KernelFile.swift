import CPacerShims
import Glibc
import PacerPorts

/// Small files that are read and written as a whole: those of /proc and of cgroups, and a job's own.
enum KernelFile {
    /// The text of a file without surrounding white space; `nil` when it cannot be read.
    static func text(_ path: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let got = pacer_read_file(path, &bytes, bytes.count)
            guard got >= 0 else { return nil }
            if got < bytes.count { return trimmed(bytes[..<got]) }
            bytes = [UInt8](repeating: 0, count: bytes.count * 4)
        }
    }

    /// The whole numbers of a file, of which everything else separates.
    static func numbers(_ path: String) -> [Int64] {
        guard let text = text(path) else { return [] }
        return text.utf8.split { !(48...57).contains($0) }.compactMap { Int64(Substring($0)) }
    }

    /// The value behind `key` in a file of lines `key value`.
    static func value(of key: String, in path: String) -> Int64? {
        guard let text = text(path) else { return nil }
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == key { return Int64(words[1]) }
        }
        return nil
    }

    static func write(_ text: String, to path: String) throws(PortError) {
        let result = pacer_write_file(path, text)
        if result < 0 { throw PortError(errno: -result, "write '\(text)' to \(path)") }
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The names in a folder, ascending; none when it cannot be read.
    static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names.sorted()
    }

    /// Makes a folder unless it is there already.
    static func makeFolder(_ path: String) throws(PortError) {
        if mkdir(path, 0o755) != 0, errno != EEXIST { throw PortError(errno: errno, "create \(path)") }
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
        let isSpace: (UInt8) -> Bool = { $0 == 10 || $0 == 32 || $0 == 0 }
        var text = bytes.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return String(decoding: text, as: UTF8.self)
    }
}

extension PortError {
    /// What the kernel refused to do, in its words.
    init(errno error: Int32, _ operation: String) {
        let code: Code =
            switch error {
            case EACCES, EPERM, EROFS: .notPermitted
            case ENOENT, ENODEV, ESRCH: .notPresent
            case EINVAL: .invalid
            default: .failed
            }
        self.init(code, operation, reason: String(cString: strerror(error)))
    }
}
