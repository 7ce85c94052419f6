import Foundation
import Glibc
import PacerPlatform
import PacerPorts
import PacerTestSupport
import Testing

@testable import PacerProcess

struct ThreadSpreadTests {
    /// CPUs of a machine of two packages, some cores with siblings: numbered next to each other, or far
    /// apart.
    private func places(_ random: inout SeededGenerator) -> [ThreadSpread.Place] {
        let cores = Int.random(in: 1...6, using: &random)
        let siblings = Bool.random(using: &random)
        let apart = Bool.random(using: &random)
        let all = (0..<cores).flatMap { core -> [ThreadSpread.Place] in
            let numbers = siblings ? (apart ? [core, core + cores] : [2 * core, 2 * core + 1]) : [core]
            return numbers.map {
                ThreadSpread.Place(cpu: CPUID($0), core: CPUID(numbers[0]), package: core * 2 / cores)
            }
        }
        return all.filter { _ in Int.random(in: 0..<4, using: &random) > 0 }
    }

    private func loads(
        _ threads: [Int32: CPUID], _ key: (ThreadSpread.Place) -> CPUID, _ places: [ThreadSpread.Place]
    ) -> [CPUID: Int] {
        var result: [CPUID: Int] = [:]
        for place in places {
            result[key(place), default: 0] += threads.values.count { $0 == place.cpu }
        }
        return result
    }

    @Test(arguments: 1...300 as ClosedRange<UInt64>)
    func `threads end up even over CPUs, then over cores, and none moves twice`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let places = places(&random)
        let threads = places.isEmpty ? 0 : Int.random(in: 0...12, using: &random)
        var now: [Int32: CPUID] = [:]
        for thread in 0..<threads {
            now[Int32(thread)] = try #require(places.randomElement(using: &random)).cpu
        }
        let moves = ThreadSpread.moves(
            of: now.sorted { $0.key < $1.key }.map { ThreadSpread.Thread(id: $0.key, cpu: $0.value) },
            over: places)
        #expect(Set(moves.map(\.thread)).count == moves.count)
        for move in moves {
            #expect(now[move.thread] != move.cpu)
            now[move.thread] = move.cpu
        }
        let cpus = loads(now, \.cpu, places)
        let cores = loads(now, \.core, places)
        #expect((cpus.values.max() ?? 0) - (cpus.values.min() ?? 0) <= 1)
        for from in places {
            for to in places where (cpus[from.cpu] ?? 0) > (cpus[to.cpu] ?? 0) {
                #expect((cores[from.core] ?? 0) - (cores[to.core] ?? 0) <= 1)
            }
        }
        let again = ThreadSpread.moves(
            of: now.map { ThreadSpread.Thread(id: $0.key, cpu: $0.value) }, over: places)
        #expect(again.isEmpty)
    }

    @Test func `a thread stays in its package where that is as good`() {
        let places = (0..<4).map { ThreadSpread.Place(cpu: CPUID($0), core: CPUID($0), package: $0 % 2) }
        let moves = ThreadSpread.moves(
            of: [0, 0, 1, 1].enumerated().map { ThreadSpread.Thread(id: Int32($0), cpu: CPUID($1)) },
            over: places)
        #expect(Set(moves.map { [Int($0.thread) / 2, $0.cpu.number] }) == [[0, 2], [1, 3]])
    }
}

extension RealProcesses {
    @Suite
    struct WideningTests {
        /// The CPU that a process was on when it was last looked at.
        private func cpu(of process: String) -> String? {
            guard let stat = FileManager.default.contents(atPath: "/proc/\(process)/stat") else { return nil }
            return String(decoding: stat, as: UTF8.self).split(separator: ")").last
                .map { $0.split(separator: " ") }.flatMap { $0.count > 36 ? String($0[36]) : nil }
        }

        /// The kernel alone leaves them together for tens of milliseconds.
        @Test(
            .enabled(if: Bench.cpus.count > 1, "one CPU leaves nothing to choose"),
            arguments: Bench.containments)
        func `processes that shared a CPU run side by side as soon as there are two`(use: CgroupUse) throws {
            let bench = try Bench(use)
            let script = "(while :; do :; done) & echo $! $$ ready; while :; do :; done"
            try bench.launch(bench.request(1, script, cpus: Bench.firstCPU))
            #expect(bench.hasPrinted("ready"))
            let both = bench.text().split(separator: " ").prefix(2).map(String.init)
            var apart = 0
            for _ in 0..<20 {
                try bench.executor.confine(1, to: Bench.firstCPU)
                usleep(10_000)
                try bench.executor.confine(1, to: CPUSet(Bench.cpus.cpus.prefix(2)))
                if Set(both.map(cpu)).count == 2 { apart += 1 }
            }
            #expect(apart >= 10)
            #expect(bench.affinities() == ["\(CPUSet(Bench.cpus.cpus.prefix(2)))"])
        }
    }
}
