import Foundation
import Glibc
import PacerPorts
import PacerProcess
import PacerScheduling
import Testing

extension RealProcesses {
    @Suite
    struct NurseryTests {
        private static func nursery() throws -> Int32 {
            // What it forks is named like it for a moment.
            #expect(eventually { processes("pacer-shepherd --nursery").count == 1 })
            return try #require(processes("pacer-shepherd --nursery").first)
        }

        /// The spare shepherd, once it is another one than `last`.
        private static func spare(besides last: Int32?) throws -> Int32 {
            var found: [Int32] = []
            #expect(
                eventually {
                    found = processes("pacer-shepherd --spare")
                    return found.count == 1 && found.first != last
                })
            return try #require(found.first)
        }

        @Test func `shepherds come from one nursery and are named after their jobs`() throws {
            let bench = try Bench()
            for job in 1...3 as ClosedRange<Int64> { try bench.launch(JobID(job), "sleep 1000") }
            let nursery = try Self.nursery()
            for job in 1...3 {
                let shepherds = processes("pacer-shepherd --job \(job) ")
                #expect(shepherds.count == 1)
                let stat = FileManager.default.contents(atPath: "/proc/\(shepherds[0])/stat") ?? Data()
                let fields = String(decoding: stat, as: UTF8.self).split(separator: ")").last?.split(
                    separator: " ")
                #expect(fields?[1] == "\(nursery)", "its parent is not the nursery")
                #expect(fields?[3] == "\(shepherds[0])", "it leads no session of its own")
            }
        }

        @Test func `a shepherd has nothing open that is not its own`() throws {
            let bench = try Bench()
            try bench.launch(1, "sleep 1000")
            try bench.launch(2, "sleep 1000")
            let names = try ["1", "2"].map { job in
                let shepherd = try #require(processes("pacer-shepherd --job \(job) ").first)
                let folder = "/proc/\(shepherd)/fd"
                return try FileManager.default.contentsOfDirectory(atPath: folder).map {
                    try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
                }
            }
            #expect(names[0].count == names[1].count)
            #expect(!names[1].contains { $0.contains("job-1") })
        }

        @Test func `jobs go on when the nursery is killed, and the next has a new one`() throws {
            let bench = try Bench()
            try bench.launch(1, "echo begun; read line < /dev/null; sleep 0.3; exit 4")
            let first = try Self.nursery()
            kill(first, SIGKILL)
            #expect(eventually { !isAlive(first) })
            // The second has the spare one, the third is executed.
            for job in 2...4 as ClosedRange<Int64> {
                try bench.launch(JobID(job), "exit \(job)")
                #expect(bench.end(of: JobID(job))?.status == .exited(code: Int32(job)))
            }
            #expect(bench.end(of: 1)?.status == .exited(code: 4))
            #expect(try Self.nursery() != first)
        }

        @Test func `a nursery that does not answer is replaced`() throws {
            let bench = try Bench()
            try bench.launch(1, "exit 1")
            #expect(bench.end(of: 1) != nil)
            let first = try Self.nursery()
            kill(first, SIGSTOP)
            // The second has the spare one, the third is executed.
            for job in 2...4 as ClosedRange<Int64> {
                try bench.launch(JobID(job), "exit \(job)")
                #expect(bench.end(of: JobID(job))?.status == .exited(code: Int32(job)))
            }
            #expect(eventually { !isAlive(first) })
        }

        @Test func `a spare shepherd is there before the job, and another when it was killed`() throws {
            let bench = try Bench()
            try bench.launch(1, "exit 1")
            #expect(bench.end(of: 1) != nil)
            var spare = try Self.spare(besides: nil)
            for _ in 1...3 {
                // A request that came while it dies might be taken along.
                kill(spare, SIGKILL)
                spare = try Self.spare(besides: spare)
            }
            for job in 2...3 as ClosedRange<Int64> {
                try bench.launch(JobID(job), "sleep 1000")
                #expect(processes("pacer-shepherd --job \(job) ") == [spare])
                spare = try Self.spare(besides: spare)
            }
        }

        @Test func `a nursery ends with its daemon and leaves the shepherds`() throws {
            let bench = try Bench()
            try bench.launch(1, "sleep 1000")
            let nursery = try Self.nursery()
            bench.restart()
            #expect(eventually { !isAlive(nursery) && processes("pacer-shepherd --spare").isEmpty })
            #expect(bench.adopt() == .running)
        }
    }
}

/// Processes with this text in their arguments, of all that this one has started.
func processes(_ text: String) -> [Int32] {
    childrenOfThisProcess().filter { process in
        let arguments = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") ?? Data()
        return isAlive(process)
            && String(decoding: arguments, as: UTF8.self).replacing("\0", with: " ").contains(text)
    }
}
