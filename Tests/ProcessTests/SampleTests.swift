import Foundation
import Glibc
import PacerPlatform
import PacerPorts
import PacerProcess
import PacerScheduling
import PacerUnits
import Testing

extension RealProcesses {
    @Suite
    struct SampleTests {
        @Test(arguments: Bench.containments)
        func `processor time grows with work, is told apart and never falls`(use: CgroupUse) throws {
            let bench = try Bench(use)
            // Short-lived children do most of the work: what they did must not vanish with them.
            try bench.launch(
                1,
                "while :; do sh -c 'for i in $(seq 3000); do :; done'; cat /proc/stat >/dev/null; done"
            )
            var last = try #require(bench.sample())
            var samples = 0
            let reached = eventually {
                guard let sample = bench.sample() else { return false }
                #expect(sample.busyTime >= last.busyTime)
                #expect(sample.userTime >= last.userTime)
                #expect(sample.systemTime >= last.systemTime)
                #expect(sample.voluntarySwitches >= last.voluntarySwitches)
                #expect(sample.involuntarySwitches >= last.involuntarySwitches)
                #expect(sample.runQueueDelay >= last.runQueueDelay)
                #expect(sample.majorFaults >= last.majorFaults)
                last = sample
                samples += 1
                return sample.busyTime > Seconds(0.5)
            }
            #expect(reached && samples > 1)
            #expect(last.userTime > .zero)
            #expect(last.userTime + last.systemTime < last.busyTime + Seconds(0.1))
        }

        @Test(arguments: Bench.containments)
        func `the report of the end accounts for all descendants`(use: CgroupUse) throws {
            let bench = try Bench(use)
            try bench.launch(
                1, "(setsid sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done' &); exit 0")
            let end = try #require(bench.end())
            #expect(end.cpuTime > Seconds(0.05))
        }

        @Test(arguments: Bench.containments)
        func `processor time by CPU adds up to the whole`(use: CgroupUse) throws {
            let bench = try Bench(use)
            try bench.launch(bench.request(1, "while :; do :; done", cpus: Bench.firstCPU))
            #expect(eventually { (bench.sample()?.busyTime.value ?? 0) > 0.2 })
            let before = try #require(bench.sample()?.busyTime)
            let byCPU = bench.executor.processorTime(1)
            let after = try #require(bench.sample()?.busyTime)
            let total = byCPU.values.total()
            #expect(total >= before - Seconds(0.05) && total <= after + Seconds(0.05))
            let onFirst = byCPU[Bench.firstCPU.cpus[0]] ?? .zero
            #expect(onFirst > 0.9 * total)
        }

        @Test(arguments: Bench.containments)
        func `threads are seen in the state they are in`(use: CgroupUse) throws {
            let bench = try Bench(use)
            try bench.launch(1, "while :; do :; done & exec sleep 1000")
            #expect(
                eventually {
                    guard let threads = bench.sample()?.threads else { return false }
                    return threads.processes == 2 && threads.threads == 2 && threads.runnable == 1
                        && threads.inFutex == 0 && threads.uninterruptible == 0
                })
            #expect(eventually { (bench.sample()?.runQueueDelay ?? .zero) > .zero })
        }

        @Test(
            .enabled(
                if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "there is no python3"))
        func `threads that wait for a lock are seen in a futex`() throws {
            let bench = try Bench()
            let script = """
                import threading, time
                lock = threading.Lock()
                lock.acquire()
                for _ in range(6): threading.Thread(target=lock.acquire).start()
                print("ready", flush=True)
                time.sleep(1000)
                """
            try bench.launch(bench.request(arguments: ["/usr/bin/python3", "-c", script]))
            #expect(bench.hasPrinted("ready"))
            #expect(eventually { bench.sample()?.threads.inFutex == 6 })
            #expect(bench.sample()?.threads.threads == 7)
        }

        @Test(arguments: Bench.containments)
        func `samples of an adopted job go on`(use: CgroupUse) throws {
            let bench = try Bench(use)
            try bench.launch(bench.request(1, "while :; do :; done", cpus: Bench.firstCPU))
            #expect(eventually { (bench.sample()?.busyTime.value ?? 0) > 0.2 })
            let before = try #require(bench.sample())
            bench.restart()
            #expect(bench.adopt() == .running)
            let after = try #require(bench.sample())
            #expect(after.busyTime >= before.busyTime - Seconds(0.02))
            #expect(bench.affinities() == [Bench.firstCPU.description])
            try bench.executor.throttle(1, share: 0.2, cores: 1)
        }

        @Test func `a flood of binary output is counted and not mistaken for progress`() throws {
            let bench = try Bench()
            try bench.launch(
                1, "head -c 60000000 /dev/urandom; head -c 5000000 /dev/zero >&2; echo; echo 7%; sleep 1000")
            var mistaken: PacerScheduling.Progress?
            let isCounted = eventually {
                let sample = bench.sample()
                mistaken = mistaken ?? sample?.progress
                return sample?.outputBytes == 65_000_004
            }
            #expect(isCounted)
            #expect(mistaken == nil)
        }

        @Test func `a job's progress file, then its pattern, then its output are believed`() throws {
            let bench = try Bench()
            for job in 1...3 as ClosedRange<Int64> { mkfifo("\(bench.root)/go-\(job)", 0o600) }
            let steps = "for i in 1 2 3 4; do read line; echo \"step $i/8\"; echo \"$i of 8 things\" >&2;"
            try bench.launch(
                bench.request(1, "exec 5<>\(bench.root)/go-1; exec <&5; \(steps) echo $i 40 >&3; done"))
            try bench.launch(
                bench.request(
                    2, "exec 5<>\(bench.root)/go-2; exec <&5; \(steps) done; sleep 1000",
                    pattern: "(\\d+) of (\\d+) things"))
            try bench.launch(
                bench.request(3, "exec 5<>\(bench.root)/go-3; exec <&5; \(steps) done; sleep 1000"))
            for step in 1...3 {
                for job in 1...3 as ClosedRange<Int64> {
                    let pipe = open("\(bench.root)/go-\(job)", O_WRONLY)
                    #expect(write(pipe, "\n", 1) == 1)
                    close(pipe)
                    let file = job == 1 ? "progress" : "stderr"
                    #expect(
                        eventually { bench.text(file, of: JobID(job)).split(separator: "\n").count == step })
                }
                let seen = (1...3 as ClosedRange<Int64>).map { bench.sample(JobID($0))?.progress }
                #expect(seen[0]?.done == Double(step) && seen[0]?.total == 40 && seen[0]?.source == .declared)
                #expect(seen[1]?.done == Double(step) && seen[1]?.total == 8 && seen[1]?.source == .declared)
                #expect(seen[2]?.done == (step == 1 ? nil : Double(step)))
                #expect(seen[2] == nil || seen[2]?.source == .output)
            }
            let now = Bench.now()
            let progress = try #require(bench.executor.sample(1, at: now)?.progress)
            #expect(progress.at <= now && now - progress.at < Seconds(30))
            bench.restart()
            for job in 1...3 as ClosedRange<Int64> {
                #expect(bench.adopt(JobID(job)) == .running)
                #expect(bench.sample(JobID(job))?.progress?.done == 3)
            }
        }
    }
}
