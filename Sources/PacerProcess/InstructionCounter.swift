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

    /// So many descriptors are left for files and connections, without which no job starts and nobody is
    /// answered. A job can do without its instructions.
    static let reserve: Int32 = 256

    /// Counts everything in a version 2 cgroup: one counter for each of the machine's CPUs.
    init?(cgroup directory: Int32) {
        guard Self.isSupported else { return nil }
        let opened = Self.openAll(on: Array(0..<Self.cpuCount), limit: pacer_descriptor_limit()) { cpu in
            pacer_perf_open(
                pacer_perf_type_hardware, pacer_perf_instructions, directory, cpu, PACER_PERF_CGROUP)
        }
        guard let opened else { return nil }
        counters = opened
    }

    /// Counts a process and every descendant that it creates from now on.
    init?(process: Int32) {
        guard Self.isSupported else { return nil }
        let opened = Self.openAll(on: [-1], limit: pacer_descriptor_limit()) { cpu in
            pacer_perf_open(
                pacer_perf_type_hardware, pacer_perf_instructions, process, cpu, PACER_PERF_INHERIT)
        }
        guard let opened else { return nil }
        counters = opened
    }

    /// What `open` opens for each of the CPUs, those that are offline left out; `nil`, and nothing stays
    /// open, where that fails or where it comes close to the `limit` of descriptors.
    ///
    /// The kernel gives the lowest number that is free, so what lies above one is about what is left.
    static func openAll(on cpus: [Int32], limit: Int32, open: (Int32) -> Int32) -> [Int32]? {
        var opened: [Int32] = []
        for cpu in cpus {
            let counter = open(cpu)
            if counter == -ENODEV { continue }  // this CPU is offline
            if counter >= 0 { opened.append(counter) }
            guard counter >= 0, counter < limit - reserve else {
                for counter in opened { close(counter) }
                return nil
            }
        }
        return opened.isEmpty ? nil : opened
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
