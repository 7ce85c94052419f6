import CPacerShims
import Glibc
import PacerPlatform
import PacerScheduling
import PacerUnits

/// Sums over the processes and threads of one job that keep growing while processes and threads come and go.
///
/// A thread that has not run since it was last read is where it was: only its `schedstat` is read again,
/// which keeps parked pools cheap. Of very many threads only some are read at each look, all of them in turn;
/// the others keep what they had.
final class JobAccounts {
    /// Threads whose `schedstat` is read at one look; some ten microseconds each.
    private static let threadsPerLook = 256
    /// Threads whose state, switches and system call are read at one look; some fifty microseconds each.
    private static let detailedThreadsPerLook = 64

    private struct Thread {
        var look = 0
        var slices: UInt64 = 0
        var runTime: UInt64 = 0
        var delay: UInt64 = 0
        var voluntary: UInt64 = 0
        var involuntary: UInt64 = 0
        var state = UInt8(ascii: "S")
        var inFutex = false
        /// Whether its details may have changed since they were read.
        var isStale = true

        /// Adds what a thread that has ended did.
        mutating func absorb(_ other: Thread) {
            runTime += other.runTime
            delay += other.delay
            voluntary += other.voluntary
            involuntary += other.involuntary
        }
    }

    private let reader: KernelFileReader
    private var threads: [Int32: Thread] = [:]
    private var departed = Thread()
    private var look = 0
    private var seen = 0
    private var stale = 0
    /// Every how many looks a thread is read, and its details are.
    private var stride = 1
    private var detailStride = 1
    private var largest: JobSample?

    init(reader: KernelFileReader) { self.reader = reader }

    /// Fills in everything but instructions and progress.
    ///
    /// - Parameters:
    ///   - processes: the processes of the job now.
    ///   - shepherd: reaps orphans of the job, whose time it then carries.
    ///   - use: what the cgroup says of the processor time; without it the processes are asked.
    ///   - visit: called for each thread.
    func sample(
        at now: Instant, processes: [Int32], shepherd: Int32?, use: ProcessorUse?, visit: (Int32) -> Void
    ) -> JobSample {
        look += 1
        stride = 1 + seen / Self.threadsPerLook
        detailStride = 1 + stale / Self.detailedThreadsPerLook
        (seen, stale) = (0, 0)
        var sample = JobSample(at: now)
        var tree = TreeUse()
        if let shepherd { tree.addReaped(by: shepherd, reader: reader) }
        for process in processes {
            tree.add(process, reader: reader)
            for thread in reader.threads(of: process) {
                update(thread, of: process)
                visit(thread)
            }
        }
        settleDeparted()
        sample.threads = states(processes: processes.count)
        let totals = totals()
        sample.majorFaults = tree.majorFaults
        sample.voluntarySwitches = totals.voluntary
        sample.involuntarySwitches = totals.involuntary
        sample.runQueueDelay = Seconds(Double(totals.delay) / 1_000_000_000)
        let treeUse = tree.use
        // Clock ticks are coarse and thread times miss what started and ended between two looks: the larger
        // of the two is nearer.
        let known = use ?? treeUse
        sample.busyTime = use?.total ?? max(treeUse.total, Seconds(Double(totals.runTime) / 1_000_000_000))
        sample.userTime = known.user
        sample.systemTime = known.system
        return neverFalling(sample)
    }

    /// Processor time alone, without looking at the threads.
    func busyTime(processes: [Int32], shepherd: Int32?, use: ProcessorUse?) -> Seconds {
        if let use { return use.total }
        var tree = TreeUse()
        if let shepherd { tree.addReaped(by: shepherd, reader: reader) }
        for process in processes { tree.add(process, reader: reader) }
        return max(tree.use.total, largest?.busyTime ?? .zero)
    }

    // MARK: - Details

    private func update(_ id: Int32, of process: Int32) {
        seen += 1
        let folder = "/proc/\(process)/task/\(id)"
        var thread = threads[id] ?? Thread()
        if thread.look == 0 || (Int(id) + look) % stride == 0 { readTimes(of: &thread, folder: folder) }
        if thread.isStale {
            stale += 1
            if thread.look == 0 || (Int(id) + look) % detailStride == 0 {
                readDetails(of: &thread, folder: folder)
            }
        }
        thread.look = look
        threads[id] = thread
    }

    private func readTimes(of thread: inout Thread, folder: String) {
        let times: (run: UInt64, delay: UInt64, slices: UInt64)? = reader.read("\(folder)/schedstat") {
            scanner in
            guard let run = scanner.number(), let delay = scanner.number(), let slices = scanner.number()
            else {
                return nil
            }
            return (run, delay, slices)
        }
        guard let times else { return }
        if times.run < thread.runTime || times.slices < thread.slices {
            departed.absorb(thread)  // the number was given to a new thread
            thread = Thread()
        }
        if times.run != thread.runTime || times.slices != thread.slices { thread.isStale = true }
        (thread.runTime, thread.delay, thread.slices) = times
    }

    private func readDetails(of thread: inout Thread, folder: String) {
        let details: (UInt8, UInt64, UInt64)? = reader.read("\(folder)/status") { scanner in
            guard scanner.skip(past: "\nState:"), let state = scanner.character(),
                scanner.skip(past: "\nvoluntary_ctxt_switches:"), let voluntary = scanner.number(),
                scanner.skip(past: "nonvoluntary_ctxt_switches:"), let involuntary = scanner.number()
            else { return nil }
            return (state, voluntary, involuntary)
        }
        guard let details else { return }
        (thread.voluntary, thread.involuntary) = (details.1, details.2)
        // A duty cycle holds it: what it was doing before, it goes on with.
        if details.0 == UInt8(ascii: "T") { return }
        thread.state = details.0
        thread.inFutex = thread.state == UInt8(ascii: "S") && isInFutex(folder)
        // What runs, or waits for the disk, changes without a trace in the times; what sleeps must run to
        // change.
        thread.isStale = thread.state != UInt8(ascii: "S")
    }

    private func isInFutex(_ folder: String) -> Bool {
        let call: UInt64? = reader.read("\(folder)/syscall") { $0.number() }
        if let call { return call == UInt64(pacer_futex_syscall) }
        // Reading system calls needs the right to trace, which Yama leaves to ancestors: after a restart of
        // the daemon the kernel function that the thread sleeps in tells the same.
        return reader.read("\(folder)/wchan") { $0.skip(past: "futex") ? true : nil } ?? false
    }

    private func settleDeparted() {
        for (id, thread) in threads where thread.look != look {
            departed.absorb(thread)
            threads[id] = nil
        }
    }

    private func totals() -> Thread {
        var totals = departed
        for thread in threads.values { totals.absorb(thread) }
        return totals
    }

    private func states(processes: Int) -> ThreadStates {
        var states = ThreadStates()
        states.processes = processes
        states.threads = threads.count
        for thread in threads.values {
            switch thread.state {
            case UInt8(ascii: "R"): states.runnable += 1
            case UInt8(ascii: "D"): states.uninterruptible += 1
            default: if thread.inFutex { states.inFutex += 1 }
            }
        }
        return states
    }

    /// A process may be missed while it passes from one parent to another; what is missed is not taken back.
    private func neverFalling(_ sample: JobSample) -> JobSample {
        var result = sample
        if let largest {
            result.busyTime = max(sample.busyTime, largest.busyTime)
            result.userTime = max(sample.userTime, largest.userTime)
            result.systemTime = max(sample.systemTime, largest.systemTime)
            result.runQueueDelay = max(sample.runQueueDelay, largest.runQueueDelay)
            result.voluntarySwitches = max(sample.voluntarySwitches, largest.voluntarySwitches)
            result.involuntarySwitches = max(sample.involuntarySwitches, largest.involuntarySwitches)
            result.majorFaults = max(sample.majorFaults, largest.majorFaults)
        }
        largest = result
        return result
    }
}

/// Processor time and faults of a process tree, from `/proc/PID/stat`.
///
/// A process carries the time of the children that it has waited for, and the shepherd that of the orphans
/// that it has reaped, so that a living process counts with both its own and its children's fields, the
/// shepherd with its children's alone. Children of a program that ignores SIGCHLD are lost when they end.
private struct TreeUse {
    private var userTicks: UInt64 = 0
    private var systemTicks: UInt64 = 0
    private(set) var majorFaults: UInt64 = 0

    mutating func add(_ process: Int32, reader: KernelFileReader) { add(process, own: true, reader: reader) }

    mutating func addReaped(by process: Int32, reader: KernelFileReader) {
        add(process, own: false, reader: reader)
    }

    private mutating func add(_ process: Int32, own: Bool, reader: KernelFileReader) {
        let fields: [UInt64]? = reader.read("/proc/\(process)/stat") { scanner in
            guard scanner.skip(pastLast: UInt8(ascii: ")")) else { return nil }
            scanner.skip(fields: 9)  // the name is the 2nd field, majflt the 12th
            var fields: [UInt64] = []
            for _ in 0..<6 { fields.append(scanner.number() ?? 0) }
            return fields  // majflt cmajflt utime stime cutime cstime
        }
        guard let fields, fields.count == 6 else { return }
        majorFaults += fields[1] + (own ? fields[0] : 0)
        userTicks += fields[4] + (own ? fields[2] : 0)
        systemTicks += fields[5] + (own ? fields[3] : 0)
    }

    var use: ProcessorUse {
        let perSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
        let user = Seconds(Double(userTicks) / perSecond)
        let system = Seconds(Double(systemTicks) / perSecond)
        return ProcessorUse(total: user + system, user: user, system: system)
    }
}
