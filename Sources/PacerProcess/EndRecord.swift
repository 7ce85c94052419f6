import Glibc
import PacerPorts
import PacerScheduling
import PacerUnits

/// How a job ended, as its shepherd wrote it down:
/// `exited 3 cpu_us=… maxrss_kib=… end_monotonic_ns=… end_unix_ns=… boot_id=…`.
struct EndRecord: Equatable {
    var status: ExitStatus
    var cpuTime: Seconds
    var monotonicNanoseconds: Int64
    /// On the clock that goes on while the machine sleeps; `nil` in records of earlier versions.
    var bootNanoseconds: Int64?
    var unixNanoseconds: Int64
    var bootID: String

    /// `nil` when the line is not such a record.
    init?(parsing line: some StringProtocol) {
        let words = line.split(separator: " ")
        guard words.count >= 2, let number = Int32(words[1]) else { return nil }
        switch words[0] {
        case "exited": status = .exited(code: number)
        case "signalled": status = .signalled(signal: number)
        default: return nil
        }
        var fields: [Substring: Substring] = [:]
        for word in words.dropFirst(2) {
            let parts = Substring(word).split(separator: "=", maxSplits: 1)
            if parts.count == 2 { fields[parts[0]] = parts[1] }
        }
        guard let cpu = fields["cpu_us"].flatMap({ Int64($0) }),
            let monotonic = fields["end_monotonic_ns"].flatMap({ Int64($0) }),
            let unix = fields["end_unix_ns"].flatMap({ Int64($0) })
        else { return nil }
        cpuTime = Seconds(Double(cpu) / 1_000_000)
        monotonicNanoseconds = monotonic
        unixNanoseconds = unix
        bootNanoseconds = fields["end_boot_ns"].flatMap { Int64($0) }
        bootID = fields["boot_id"].map(String.init) ?? "unknown"
    }

    /// The record in a job's folder; `nil` when there is none.
    init?(folder: String) {
        guard let text = KernelFile.text("\(folder)/status") else { return nil }
        self.init(parsing: text)
    }

    /// The record on a clock that shows `now` at this moment. Within one boot the monotonic clock tells how
    /// long ago the end was, whatever was done to the time of day since.
    func report(now: Instant) -> ExitReport {
        let sameBoot = bootID != "unknown" && bootID == KernelFile.text("/proc/sys/kernel/random/boot_id")
        let age =
            sameBoot
            ? bootNanoseconds.map { SystemClock.age(of: $0, on: CLOCK_BOOTTIME) }
                ?? SystemClock.age(of: monotonicNanoseconds, on: CLOCK_MONOTONIC)
            : SystemClock.age(of: unixNanoseconds, on: CLOCK_REALTIME)
        return ExitReport(status: status, at: now.advanced(by: .zero - age), cpuTime: cpuTime)
    }
}

/// The kernel's clocks, to place times that others recorded on the executor's clock.
enum SystemClock {
    static func nanoseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return nanoseconds(time)
    }

    /// A time in nanoseconds, at the nearest end of what can be counted where it lies beyond: the times of a
    /// file are what its owner says they are.
    static func nanoseconds(_ time: timespec) -> Int64 {
        let (seconds, beyond) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflow) = seconds.addingReportingOverflow(Int64(time.tv_nsec))
        return beyond || overflow ? (time.tv_sec < 0 ? .min : .max) : sum
    }

    /// How long ago a time was that somebody recorded on `clock`; zero for one that is still to come.
    static func age(of recorded: Int64, on clock: clockid_t) -> Duration {
        let now = Instant(nanoseconds: nanoseconds(clock))
        return max(.zero, Instant(nanoseconds: recorded).duration(to: now))
    }
}
