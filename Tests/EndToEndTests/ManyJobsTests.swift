import Foundation
import Glibc
import Testing

extension EndToEnd {
    /// Very many jobs from several clients at once.
    @Suite struct ManyJobsTests {
        @Test func `jobs of eight clients at once run exactly once, and have the numbers that were told`()
            throws
        {
            try Daemon.with { daemon in
                let (clients, each) = (8, 40)
                let ran = daemon.path("ran")
                let line = "sh -c 'echo $PACER_JOB >>\(ran)'\n"
                try String(repeating: line, count: each).write(
                    toFile: daemon.path("lines"), atomically: true, encoding: .utf8)
                let waiting = try (0..<clients).map { _ in
                    try daemon.begin(["submit", "--wait", "--each", daemon.path("lines")])
                }
                let finished = try waiting.map { try $0.finish() }
                let accepted = finished.map { $0.text.split(separator: "\n").compactMap { Int($0) } }
                for (result, ids) in zip(finished, accepted) {
                    #expect(result.status == 0, "\(result.errors)")
                    #expect(ids == ids.sorted() && ids.count == each)
                }
                let numbers = daemon.text("ran").split(separator: "\n").compactMap { Int($0) }
                #expect(numbers.sorted() == accepted.flatMap { $0 }.sorted())
                #expect(Set(numbers).count == clients * each)
                let jobs = try daemon.jobs
                #expect(jobs.allSatisfy { $0.isSuccess })
                #expect(jobs.count == clients * each)
            }
        }

        @Test func `a daemon that is killed among many jobs loses none and repeats none`() throws {
            try Daemon.with { daemon in
                let ran = daemon.path("ran")
                let count = 150
                let line = "sh -c 'echo $PACER_JOB >>\(ran)'\n"
                try String(repeating: line, count: count).write(
                    toFile: daemon.path("lines"), atomically: true, encoding: .utf8)
                let result = try daemon.pacer("submit", "--each", daemon.path("lines"))
                let ids = result.text.split(separator: "\n").compactMap { Int($0) }
                #expect(ids.count == count)
                var ended = 0
                while ended < count {
                    daemon.kill()
                    try daemon.start()
                    usleep(100_000)
                    ended = try daemon.jobs.count { $0.state == "finished" }
                }
                let numbers = daemon.text("ran").split(separator: "\n").compactMap { Int($0) }
                #expect(Set(numbers).count == numbers.count)
                let jobs = try daemon.jobs
                #expect(jobs.map(\.id) == ids)
                // A job may have been started by a daemon that died before it said so; none is forgotten.
                for job in jobs where job.isSuccess { #expect(numbers.contains(job.id)) }
                #expect(jobs.count { $0.isSuccess } == numbers.count)
            }
        }

        @Test func `lines are put behind the command, and one that is none is told before anything runs`()
            throws
        {
            try Daemon.with { daemon in
                try "a 'b c'\n# nothing\nd\n".write(
                    toFile: daemon.path("lines"), atomically: true, encoding: .utf8)
                let result = try daemon.pacer(
                    "submit", "--json", "--wait", "--each", daemon.path("lines"), "--", "printf", "[%s]")
                #expect(result.status == 0, "\(result.errors)")
                #expect(try daemon.pacer("logs", "1").text == "[a][b c]")
                #expect(try daemon.pacer("logs", "2").text == "[d]")

                try "true\nfalse 'open\n".write(
                    toFile: daemon.path("lines"), atomically: true, encoding: .utf8)
                let refused = try daemon.pacer("submit", "--each", daemon.path("lines"))
                #expect(refused.status == 65)
                #expect(refused.errors.contains("line 2"))
                #expect(try daemon.jobs.count == 2)

                try "true\nfalse\n".write(toFile: daemon.path("lines"), atomically: true, encoding: .utf8)
                #expect(try daemon.pacer("submit", "--wait", "--each", daemon.path("lines")).status == 1)
            }
        }

        @Test func `of more finished jobs than are to be kept the oldest go, with what they wrote`() throws {
            try Daemon.with(configuration: "finished-jobs: 100") { daemon in
                try String(repeating: "echo ran\n", count: 130).write(
                    toFile: daemon.path("lines"), atomically: true, encoding: .utf8)
                let result = try daemon.pacer("submit", "--each", daemon.path("lines"))
                #expect(result.status == 0, "\(result.errors)")
                let ids = result.text.split(separator: "\n").compactMap { Int($0) }
                try poll("all have ended") { try daemon.jobs.allSatisfy { $0.isFinished } }
                let left = try daemon.jobs.map(\.id)
                #expect((100..<130).contains(left.count))
                #expect(left == Array(ids.suffix(left.count)))
                #expect(try daemon.pacer("logs", "\(left[0])").text == "ran\n")
                let gone = try daemon.pacer("status", "\(ids[0])")
                #expect(gone.status == 65, "\(gone.errors)")
                let folders = try FileManager.default.contentsOfDirectory(atPath: "\(daemon.state)/jobs")
                #expect(folders.compactMap { Int($0) }.sorted() == left)
                daemon.kill()
                try daemon.start()
                // What is beyond the limit is removed at the start.
                let after = try daemon.jobs.map(\.id)
                #expect(after.count >= 100)
                #expect(after == left.suffix(after.count))
            }
        }
    }
}
