import Foundation
import PacerPlatform
import PacerPorts
import PacerScheduling
import PacerUnits
import Testing

@testable import PacerProcess

extension RealProcesses {
    /// What `make bench-changes` prints: time of all CPUs that a busy job loses when it gets more of them.
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
            return try (0..<40).map { _ in
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

        private static func milliseconds(_ seconds: Double) -> String {
            String(format: "%.1f ms", seconds * 1000)
        }
    }
}
