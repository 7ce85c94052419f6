import Glibc

/// The CPUs that the kernel lets this process run on at present.
enum AllowedCPUs {
    /// How many there are: the bits of `Cpus_allowed` in /proc/self/status; 1 when that cannot be read.
    static func count() -> Int {
        guard let file = fopen("/proc/self/status", "re") else { return 1 }
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) > 0, let line {
            let text = String(cString: line)
            if text.hasPrefix("Cpus_allowed:") {
                return max(1, text.dropFirst("Cpus_allowed:".count).reduce(0) { $0 + bits(of: $1) })
            }
        }
        return 1
    }

    /// Set bits of a hexadecimal digit, 0 for the commas and blanks between.
    private static func bits(of digit: Character) -> Int {
        digit.hexDigitValue?.nonzeroBitCount ?? 0
    }
}
