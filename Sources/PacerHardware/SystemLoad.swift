import Glibc
public import PacerUnits

/// What all programs together make of the processors.
public enum SystemLoad {
    /// Processor time that was used since boot, by everything, in ticks of 10 ms; `nil` where the kernel does
    /// not tell.
    public static func busyTime(processRoot: String = "/proc") -> Seconds? {
        guard let line = try? SystemFile.line("\(processRoot)/stat"), line.hasPrefix("cpu ") else {
            return nil
        }
        let fields = line.split(separator: " ").dropFirst().map { strictUnsigned($0) }
        guard fields.count >= 8 else { return nil }
        // user nice system idle iowait irq softirq steal; guest time is part of user time.
        let busy = [0, 1, 2, 5, 6].compactMap { fields[$0] }
        guard busy.count == 5 else { return nil }
        return Seconds(Double(busy.reduce(0, +)) / Double(sysconf(Int32(_SC_CLK_TCK))))
    }

    /// The processes of this name other than this one, ascending.
    public static func processes(named name: String, processRoot: String = "/proc") -> [Int32] {
        // A process may end while it is looked at; then it is not there.
        let numbers = ((try? SystemFile.names(in: processRoot)) ?? []).compactMap { Int32($0) }
        return numbers.sorted().filter { number in
            number != getpid() && (try? SystemFile.line("\(processRoot)/\(number)/comm")) == name
        }
    }
}
