import Glibc

/// What the daemon itself takes. A figure that the kernel does not tell is `nil`.
struct ProcessFigures {
    /// Processor time of all threads, in seconds.
    var cpuSeconds: Double?
    /// Memory that is in RAM, in bytes.
    var residentBytes: Double?
    /// Open files.
    var openFiles: Int?

    /// As they are now.
    static func now() -> ProcessFigures {
        var figures = ProcessFigures()
        var usage = rusage()
        if getrusage(RUSAGE_SELF.rawValue, &usage) == 0 {
            let seconds = { (time: timeval) in Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
            figures.cpuSeconds = seconds(usage.ru_utime) + seconds(usage.ru_stime)
        }
        // The second word is what is resident, in pages.
        if let words = line("/proc/self/statm")?.split(separator: " "), words.count > 1,
            let pages = Double(words[1])
        {
            figures.residentBytes = pages * Double(sysconf(Int32(_SC_PAGESIZE)))
        }
        figures.openFiles = openFiles()
        return figures
    }

    private static func line(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(file, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
    }

    private static func openFiles() -> Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while let entry = readdir(folder) {
            let isFile = withUnsafeBytes(of: &entry.pointee.d_name) { $0.first != UInt8(ascii: ".") }
            count += isFile ? 1 : 0
        }
        // The folder itself is open, too.
        return count - 1
    }
}
