import Foundation
import PacerPlatform
import PacerPorts
import PacerScheduling
import PacerUnits
import Testing

@testable import PacerProcess

extension RealProcesses {
    /// What `make bench-changes` prints: what a job loses when its CPUs change, and how soon its rate is the new
    /// one.
    @Suite(.enabled(if: ProcessInfo.processInfo.environment["PACER_BENCH"] != nil, "prints figures"))
    struct WideningBench {
        @Test func `time lost by each change, with threads spread and by the kernel alone`() throws {
            let all = Bench.cpus.cpus
            for few in Set([1, all.count / 2]).sorted() where few > 0 && few < all.count {
                for spread in [false, true] {
                    let lost = try Self.losses(from: CPUSet(all.prefix(few)), spread: spread).sorted()
                    let mean = lost.reduce(0, +) / Double(lost.count)
                    print(
                        "\(few) to \(all.count) CPUs, \(spread ? "threads spread" : "kernel alone"): "
                            + "mean \(Self.milliseconds(mean)), median "
                            + "\(Self.milliseconds(lost[lost.count / 2])), longest "
                            + "\(Self.milliseconds(lost[lost.count - 1])) of \(lost.count) changes")
                }
            }
        }

        /// Seconds of the whole width that a job with a busy process for each CPU does not run, by change.
        private static func losses(from few: CPUSet, spread: Bool) throws -> [Double] {
            let bench = try Bench(.none)
            let width = Bench.cpus.count
            let others = String(repeating: "(while :; do :; done) & ", count: width - 1)
            try bench.launch(bench.request(1, others + "echo ready; while :; do :; done", cpus: few))
            try #require(bench.hasPrinted("ready"))
            let reader = KernelFileReader()
            let shepherd = try #require(bench.executor.jobs[1]?.shepherd)
            let busy = {
                reader.descendants(of: shepherd).map {
                    reader.read("/proc/\($0)/schedstat") { $0.number() } ?? 0
                }.reduce(0, +)
            }
            let everywhere = try AffinityMask(Bench.cpus)
            return try (0..<changes).map { _ in
                try bench.executor.confine(1, to: few)
                usleep(100_000)
                let (start, before) = (Bench.now(), busy())
                if spread {
                    try bench.executor.confine(1, to: Bench.cpus)
                } else {
                    try everywhere.applyToThreads(of: { reader.descendants(of: shepherd) }, reader: reader)
                }
                usleep(300_000)
                let (end, after) = (Bench.now(), busy())
                return (end - start).value - Double(after - before) / 1e9 / Double(width)
            }
        }

        @Test func `rate of a job after each change, in steps of ten milliseconds`() throws {
            let all = Bench.cpus
            let few = CPUSet(all.cpus.prefix(max(1, all.count / 2)))
            for kind in ["independent", "stream"] {
                for (from, to) in [(few, all), (all, few)] {
                    let rates = try Self.rates(of: kind, from: from, to: to)
                    let late = rates.suffix(20).reduce(0, +) / 20
                    let shares = rates.prefix(6).map { String(format: "%.2f", $0 / late) }
                    print(
                        "\(from.count) to \(to.count) CPUs, \(kind): " + shares.joined(separator: " ")
                            + " of the rate from 200 ms on")
                }
            }
        }

        /// Work per second in each of the forty steps of ten milliseconds after a change, mean of many.
        private static func rates(of kind: String, from: CPUSet, to: CPUSet) throws -> [Double] {
            let bench = try Bench(.none)
            let arguments = [
                Programs.workload, kind, "--work", "1000000000", "--progress-every", "1ms",
                "--threads", "\(Bench.cpus.count)",
            ]
            try bench.launch(bench.request(1, arguments: arguments))
            try #require(eventually { bench.sample()?.progress != nil })
            var rates = [Double](repeating: 0, count: 40)
            for _ in 0..<changes {
                try bench.executor.confine(1, to: from)
                usleep(200_000)
                try bench.executor.confine(1, to: to)
                let start = Bench.now()
                var last = try #require(bench.sample()?.progress)
                for step in rates.indices {
                    let left = start + Seconds(0.01 * Double(step + 1)) - Bench.now()
                    usleep(useconds_t(max(0, left.value) * 1e6))
                    let next = try #require(bench.sample()?.progress)
                    rates[step] += (next.done - last.done) / 0.01 / Double(changes)
                    last = next
                }
            }
            return rates
        }

        private static let changes = 40

        private static func milliseconds(_ seconds: Double) -> String {
            String(format: "%.1f ms", seconds * 1000)
        }
    }
}
