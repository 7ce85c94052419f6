import CPacerShims
import Glibc

/// Retired instructions of a job, counted by the processor since the counter was opened.
final class InstructionCounter {
    private let counters: [Int32]

    /// Whether the processor counts instructions at all, which one that is virtual often does not.
    private static let isSupported = {
        let counter = pacer_perf_open(
            pacer_perf_type_hardware, pacer_perf_instructions, 0, -1, PACER_PERF_INHERIT)
        if counter >= 0 { close(counter) }
        return ![ENOENT, EOPNOTSUPP, ENODEV, ENOSYS].contains(-counter)
    }()
    private static let cpuCount = Int32(sysconf(Int32(_SC_NPROCESSORS_CONF)))

    /// Counts everything in a version 2 cgroup: one counter for each of the machine's CPUs.
    init?(cgroup directory: Int32) {
        guard Self.isSupported else { return nil }
        var opened: [Int32] = []
        for cpu in 0..<Self.cpuCount {
            let counter = pacer_perf_open(
                pacer_perf_type_hardware, pacer_perf_instructions, directory, cpu, PACER_PERF_CGROUP)
            if counter == -ENODEV { continue }  // this CPU is offline
            guard counter >= 0 else {
                for counter in opened { close(counter) }
                return nil
            }
            opened.append(counter)
        }
        guard !opened.isEmpty else { return nil }
        counters = opened
    }

    /// Counts a process and every descendant that it creates from now on.
    init?(process: Int32) {
        guard Self.isSupported else { return nil }
        let counter = pacer_perf_open(
            pacer_perf_type_hardware, pacer_perf_instructions, process, -1, PACER_PERF_INHERIT)
        guard counter >= 0 else { return nil }
        counters = [counter]
    }

    deinit { for counter in counters { close(counter) } }

    /// Instructions so far. Counters that had to share the hardware are scaled up to the whole time.
    func read() -> UInt64? {
        var total = 0.0
        for counter in counters {
            var reading = pacer_perf_reading()
            guard pacer_perf_read(counter, &reading) == 0 else { return nil }
            guard reading.running_ns > 0 else { continue }
            total += Double(reading.value) * (Double(reading.enabled_ns) / Double(reading.running_ns))
        }
        return UInt64(total)
    }
}
