public import PacerPlatform

/// The logical CPUs that are online.
public enum OnlineCPUs {
    /// Reads the kernel's list; `nil` where it cannot be read.
    public static func read(_ path: String = "/sys/devices/system/cpu/online") -> CPUSet? {
        guard let line = try? SystemFile.line(path), let cpus = CPUSet(parsing: line), !cpus.isEmpty else {
            return nil
        }
        return cpus
    }
}
