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
    struct SteeringTests {
        @Test(
            .enabled(if: Bench.cpus.count > 1, "one CPU leaves nothing to choose"),
            arguments: Bench.containments)
        func `every process and thread of a running job moves`(use: CgroupUse) throws {
            let bench = try Bench(use)
            try bench.launch(1, "sleep 1000 & (setsid sleep 1000 &); echo ready; sleep 1000")
            #expect(bench.hasPrinted("ready"))
            #expect(eventually { bench.sample()?.threads.processes == 4 })
            for cpus in [Bench.firstCPU, Bench.lastCPU, Bench.cpus, Bench.firstCPU] {
                try bench.executor.confine(1, to: cpus)
                #expect(bench.affinities() == [cpus.description])
            }
        }

        @Test(
            .enabled(if: Bench.cpus.count > 1, "one CPU leaves nothing to choose"),
            arguments: Bench.containments)
        func `a job that asks for all CPUs stays on its own`(use: CgroupUse) throws {
            let bench = try Bench(use)
            let widen = "taskset -pc \(Bench.cpus) $$ > /dev/null; echo widened; exec sleep 1000"
            try bench.launch(bench.request(1, widen, cpus: Bench.firstCPU))
            #expect(bench.hasPrinted("widened"))
            // With a cpuset it never left; without one the next sample brings it back.
            _ = bench.sample()
            #expect(bench.affinities() == [Bench.firstCPU.description])
        }

        @Test func `CPUs that do not exist are refused`() throws {
            let bench = try Bench()
            try bench.launch(1, "sleep 1000")
            #expect(throws: PortError.self) { try bench.executor.confine(1, to: []) }
            #expect(throws: PortError.self) { try bench.executor.confine(1, to: [CPUID(4000)]) }
            #expect(throws: PortError.self) { try bench.executor.confine(1, to: [CPUID(1_000_000)]) }
        }

        @Test(arguments: Bench.containments)
        func `a job that is limited to a quarter uses much less than all of its time`(use: CgroupUse) throws {
            let bench = try Bench(use)
            try bench.launch(bench.request(1, "while :; do :; done", cpus: Bench.firstCPU))
            let method = try bench.executor.throttle(1, share: 0.25, cores: 1)
            #expect(method.contains("quota") || method.contains("duty cycle"))
            // Half a second of processor time takes two seconds of wall time; a load beside it makes it
            // longer.
            let start = try #require(bench.sample())
            #expect(eventually { (bench.sample()?.busyTime ?? .zero) - start.busyTime > Seconds(0.5) })
            let slow = try #require(bench.sample())
            #expect((slow.busyTime - start.busyTime) / (slow.at - start.at) < 0.5)

            // Without the limit, the job waits for a CPU or uses it all the time, and is never held back.
            let unlimited = try bench.executor.throttle(1, share: 1, cores: 1)
            #expect(unlimited == method)
            _ = bench.sample()
            #expect(
                eventually {
                    guard let from = bench.sample() else { return false }
                    _ = eventually { (bench.sample()?.busyTime ?? .zero) - from.busyTime > Seconds(0.3) }
                    guard let to = bench.sample() else { return false }
                    let used = to.busyTime - from.busyTime + (to.runQueueDelay - from.runQueueDelay)
                    return used / (to.at - from.at) > 0.6
                })
        }

        @Test func `a limited job can be ended politely`() throws {
            for use in Bench.containments {
                let bench = try Bench(use)
                try bench.launch(1, "trap 'exit 3' TERM; echo ready; while :; do :; done")
                #expect(bench.hasPrinted("ready"))
                try bench.executor.throttle(1, share: 0.1, cores: 1)
                try bench.executor.signal(1, SIGTERM)
                #expect(bench.end()?.status == .exited(code: 3))
            }
        }

        @Test(arguments: Bench.containments)
        func `a paused job does nothing until it is to proceed`(use: CgroupUse) throws {
            let bench = try Bench(use)
            try bench.launch(1, "(while :; do :; done) & while :; do :; done")
            #expect(eventually { (bench.sample()?.busyTime ?? .zero) > Seconds(0.05) })
            for _ in 0..<2 {
                try bench.executor.pause(1)
                try bench.executor.pause(1)
                #expect(bench.standsStill())
                // A limit that changes meanwhile changes nothing of that.
                try bench.executor.throttle(1, share: 0.5, cores: 1)
                try bench.executor.throttle(1, share: 1, cores: 1)
                #expect(bench.standsStill())
                let before = try #require(bench.sample()).busyTime
                try bench.executor.proceed(1)
                #expect(eventually { (bench.sample()?.busyTime ?? .zero) - before > Seconds(0.1) })
            }
        }

        @Test(arguments: Bench.containments)
        func `a paused job can be ended politely once it proceeds, and killed at once`(use: CgroupUse) throws
        {
            for signal in [SIGTERM, SIGKILL] {
                let bench = try Bench(use)
                try bench.launch(1, "trap 'exit 3' TERM; echo ready; while :; do :; done")
                #expect(bench.hasPrinted("ready"))
                try bench.executor.pause(1)
                #expect(bench.standsStill())
                try bench.executor.signal(1, signal)
                if signal == SIGTERM { try bench.executor.proceed(1) }
                let status = bench.end()?.status
                #expect(status == (signal == SIGTERM ? .exited(code: 3) : .signalled(signal: SIGKILL)))
            }
        }

        @Test(arguments: Bench.containments)
        func `a paused job goes on when its daemon is gone, and can be paused by the next`(
            use: CgroupUse
        ) throws {
            let bench = try Bench(use)
            try bench.launch(1, "while :; do :; done")
            #expect(eventually { (bench.sample()?.busyTime ?? .zero) > Seconds(0.05) })
            try bench.executor.pause(1)
            #expect(bench.standsStill())
            bench.restart()
            #expect(bench.adopt() == .running)
            let before = try #require(bench.sample()).busyTime
            #expect(eventually { (bench.sample()?.busyTime ?? .zero) - before > Seconds(0.1) })
            try bench.executor.pause(1)
            #expect(bench.standsStill())
        }

        @Test func `shares that are not numbers are refused`() throws {
            let bench = try Bench()
            try bench.launch(1, "sleep 1000")
            #expect(throws: PortError.self) { try bench.executor.throttle(1, share: .nan, cores: 1) }
            #expect(throws: PortError.self) { try bench.executor.throttle(1, share: -1, cores: 1) }
            try bench.executor.throttle(1, share: 0, cores: 1)
            try bench.executor.throttle(1, share: 0.001, cores: 1)
            try bench.executor.throttle(1, share: 7, cores: 64)
        }

        @Test func `jobs that are not here cannot be steered`() throws {
            let bench = try Bench()
            #expect(throws: PortError.self) { try bench.executor.confine(8, to: Bench.cpus) }
            #expect(throws: PortError.self) { try bench.executor.throttle(8, share: 0.5, cores: 1) }
            #expect(throws: PortError.self) { try bench.executor.signal(8, SIGTERM) }
            #expect(throws: PortError.self) { try bench.executor.pause(8) }
            #expect(throws: PortError.self) { try bench.executor.proceed(8) }
            #expect(bench.sample(8) == nil)
            #expect(bench.executor.processorTime(8).isEmpty)
            bench.executor.readable(8)
            bench.executor.forget(8)
        }
    }
}

extension Bench {
    /// The distinct affinities of all descendants of this bench's only job.
    func affinities() -> Set<String> {
        var result: Set<String> = []
        for process in allProcesses() {
            let environment = FileManager.default.contents(atPath: "/proc/\(process)/environ") ?? Data()
            guard String(decoding: environment, as: UTF8.self).contains("PACER_PROGRESS=\(root)") else {
                continue
            }
            let status = FileManager.default.contents(atPath: "/proc/\(process)/status") ?? Data()
            for line in String(decoding: status, as: UTF8.self).split(separator: "\n")
            where line.hasPrefix("Cpus_allowed_list:") {
                result.insert(line.dropFirst("Cpus_allowed_list:".count).trimmingCharacters(in: .whitespaces))
            }
        }
        return result
    }
}
