import Glibc
import PacerPlatform
import PacerPorts
import PacerScheduling
import PacerUnits
import Testing

@testable import PacerProcess

@Suite
struct RecordTests {
    private static let fields = "cpu_us=1500000 maxrss_kib=1 end_monotonic_ns=7 end_unix_ns=8 boot_id=b"

    @Test func `the record of an end is read back`() throws {
        let exited = try #require(EndRecord(parsing: "exited 3 \(Self.fields)"))
        #expect(exited.status == .exited(code: 3))
        #expect(exited.cpuTime == Seconds(1.5))
        #expect(exited.monotonicNanoseconds == 7 && exited.unixNanoseconds == 8 && exited.bootID == "b")
        #expect(EndRecord(parsing: "signalled 9 \(Self.fields) later=field")?.status == .signalled(signal: 9))
    }

    @Test(arguments: [
        "", "exited", "exited x cpu_us=1", "exited 3", "vanished 3 \(Self.fields)", "exited 3 cpu_us=x",
    ])
    func `what is not a record is refused`(line: String) {
        #expect(EndRecord(parsing: line) == nil)
    }

    @Test func `an end is placed on the daemon's clock, and never in its future`() throws {
        var record = try #require(EndRecord(parsing: "exited 0 \(Self.fields)"))
        let now = Instant(nanoseconds: 5_000_000_000)
        record.unixNanoseconds = SystemClock.nanoseconds(CLOCK_REALTIME) - 2_000_000_000
        let age = now - record.report(now: now).at
        #expect(age >= Seconds(2) && age < Seconds(60))
        record.unixNanoseconds = SystemClock.nanoseconds(CLOCK_REALTIME) + 2_000_000_000_000
        #expect(record.report(now: now).at == now)
    }

    @Test func `times that cannot have been do not end the daemon`() throws {
        for time in [Int64.min, .max] {
            var record = try #require(EndRecord(parsing: "exited 0 \(Self.fields)"))
            let now = Instant(nanoseconds: 5_000_000_000)
            (record.unixNanoseconds, record.monotonicNanoseconds) = (time, time)
            let end = record.report(now: now).at
            #expect(end <= now && (time > 0) == (end == now))
        }
    }

    @Test func `messages of a shepherd are read, unknown ones passed over`() throws {
        #expect(ShepherdMessage(line: "running pid=12 later=field") == .running(program: 12))
        let failed = ShepherdMessage(line: "failed 7 2 execute the program")
        #expect(failed == .failed(stage: 7, error: 2, step: "execute the program"))
        let record = try #require(EndRecord(parsing: "exited 0 \(Self.fields)"))
        #expect(ShepherdMessage(line: "ended exited 0 \(Self.fields)") == .ended(record))
        for line in ["", "running", "running pid=x", "ended", "ended soon", "failed", "hello"] {
            #expect(ShepherdMessage(line: line[...]) == nil)
        }
    }

    @Test func `cgroup mounts are found on unified, hybrid and old machines and in containers`() {
        let unified = CgroupMounts(
            mounts: "30 25 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw",
            membership: "0::/system.slice/pacer.service")
        #expect(unified.version2 == "/sys/fs/cgroup" && unified.version1.isEmpty)
        #expect(unified.ownPath == "/system.slice/pacer.service")
        let hybrid = CgroupMounts(
            mounts: """
                31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw
                32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
                41 31 0:38 / /sys/fs/cgroup/uni\\040fied rw - cgroup2 cgroup2 rw
                """, membership: "2:cpuacct,cpu:/\n0::/")
        #expect(hybrid.version2 == "/sys/fs/cgroup/uni fied" && hybrid.ownPath == "")
        #expect(hybrid.version1["cpu"] == hybrid.version1["cpuacct"] && hybrid.version1["cpu"] != nil)
        let container = CgroupMounts(
            mounts: "30 25 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw",
            membership: "0::/docker/abc/inner")
        #expect(container.ownPath == "/inner")
        let none = CgroupMounts(mounts: "nonsense\n1 2 3 - \n", membership: "")
        #expect(none.version2 == nil && none.version1.isEmpty)
    }

    @Test func `without cgroups the containment says so and why`() {
        let switchedOff = CgroupLayout(parent: "pacer-none", use: .none)
        #expect(switchedOff.containment.method == "process tree")
        #expect(switchedOff.containment.note.hasPrefix("cgroups are switched off: "))
        let absent = CgroupLayout(
            parent: "pacer-none", use: .any, mounts: CgroupMounts(mounts: "", membership: ""))
        #expect(absent.containment.note.hasPrefix("there are no cgroups: "))
        let readOnly = CgroupMounts(mounts: "30 25 0:26 / /proc rw - cgroup2 cgroup2 rw", membership: "0::/")
        let refused = CgroupLayout(parent: "pacer-none", use: .any, mounts: readOnly)
        #expect(
            refused.containment.note.hasPrefix("cgroups cannot be used (could not create /proc/pacer-none: "))
    }

    @Test(arguments: ["0", "63", "64", "0-1,64,127-130", "4095"])
    func `a set of CPUs survives the way through a mask`(text: String) throws {
        let cpus = try #require(CPUSet(parsing: text))
        #expect(try AffinityMask(cpus).cpus == cpus)
    }

    @Test func `masks are compared as sets, whatever their length`() throws {
        let small = try AffinityMask([CPUID(1)])
        let large = try AffinityMask([CPUID(1), CPUID(100)])
        #expect(small.isSubset(of: large) && !large.isSubset(of: small) && small.isSubset(of: small))
    }

    @Test func `jobs with the same number in different folders have different cgroups`() {
        let names = ["/a", "/b"].map { ProcessExecutor.cgroupName(JobID(1), folder: $0) }
        #expect(names[0] != names[1])
        #expect(names[0] == ProcessExecutor.cgroupName(JobID(1), folder: "/a"))
    }
}
