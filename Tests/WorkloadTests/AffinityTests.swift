import Glibc
import Testing

@Suite(.serialized, .enabled(if: access("/usr/bin/taskset", X_OK) == 0, "needs /usr/bin/taskset"))
struct `A workload whose CPUs change` {
    /// The kinds, with an amount of work from which the test doubles until the run outlives the change.
    private static let kinds = [
        ("independent", 2_000), ("stream", 500), ("amdahl", 2_000), ("spinlock", 50_000), ("mcs", 50_000),
        ("mutex", 50_000), ("partitioned", 100_000),
    ]

    @Test(arguments: kinds)
    func `still ends with the right result`(kind: String, leastWork: Int) throws {
        let allowed = try allowedCPUs()
        let first = String(allowed.prefix { $0.isNumber })
        var work = leastWork
        while true {
            let child = try Child(
                WorkloadProgram.path,
                [kind, "--threads", "4", "--work", "\(work)", "--progress-every", "1ms"],
                environment: ["PACER_PROGRESS_FD=3"])
            // Each line is proof that the threads run; after the last one the changes come too late.
            let isNarrowed = try child.progress.line() != nil && change(child, to: first)
            let isWidened = try child.progress.line() != nil && change(child, to: allowed)
            let isRunning = child.progress.line() != nil
            let outcome = try child.finish()
            #expect(outcome.status == 0)
            #expect(outcome.output.hasSuffix("check ok\n"))
            if isNarrowed && isWidened && isRunning { return }
            work *= 2
            try #require(work < leastWork << 14, "no run lasted until its CPUs were changed")
        }
    }

    @Test func `starts one thread for each CPU it may use`() throws {
        let first = String(try allowedCPUs().prefix { $0.isNumber })
        let outcome = try Child(
            "/usr/bin/taskset", ["-c", first, WorkloadProgram.path, "serial", "--work", "100"]
        ).finish()
        #expect(outcome.output.hasPrefix("serial threads=1 "))
    }

    /// Sets the CPUs of all threads of `child`; false when it is gone.
    private func change(_ child: Child, to cpus: String) throws -> Bool {
        let arguments = ["--all-tasks", "--cpu-list", "--pid", cpus, "\(child.processID)"]
        return try Child("/usr/bin/taskset", arguments).finish().status == 0
    }

    /// The CPUs of this process, as in `0-3,8`.
    private func allowedCPUs() throws -> String {
        let descriptor = open("/proc/self/status", O_RDONLY)
        let lines = Pipe.End(descriptor: descriptor).rest().split(separator: "\n")
        let line = try #require(lines.first { $0.hasPrefix("Cpus_allowed_list:") })
        return String(try #require(line.split(separator: "\t").last))
    }
}
