import Glibc
import Testing

/// Every kind with an amount of work that a debug build does in well under a second.
private let smallRuns: [SmallRun] = [
    SmallRun(kind: "independent", work: 1_003),
    SmallRun(kind: "stream", work: 101, options: ["--array-mib", "1"]),
    SmallRun(kind: "serial", work: 1_003),
    SmallRun(kind: "amdahl", work: 1_003, options: ["--serial-fraction", "0.3"]),
    SmallRun(kind: "spinlock", work: 20_001),
    SmallRun(kind: "mcs", work: 20_001),
    SmallRun(kind: "mutex", work: 20_001),
    SmallRun(kind: "partitioned", work: 20_001),
    SmallRun(kind: "io", work: 23),
]

struct SmallRun: Sendable, CustomTestStringConvertible {
    let kind: String
    let work: Int
    var options: [String] = []

    func arguments(threads: Int) -> [String] {
        [kind, "--threads", "\(threads)", "--work", "\(work)"] + options
    }

    var testDescription: String { kind }
}

@Suite(.serialized)
struct `A workload` {
    @Test(arguments: smallRuns, [1, 2, 4])
    func `does its work, finds it right and declares progress up to the total`(
        _ run: SmallRun, threads: Int
    ) throws {
        let file = try TemporaryFile()
        let outcome = try WorkloadProgram.run(
            run.arguments(threads: threads) + ["--progress-every", "1ms"],
            environment: ["PACER_PROGRESS=\(file.path)"])
        #expect(outcome.status == 0)
        #expect(outcome.errors == "")
        #expect(outcome.output.hasPrefix("\(run.kind) threads=\(threads) work=\(run.work) seconds="))
        #expect(outcome.output.hasSuffix("/s check ok\n"))
        try expectProgress(try file.lines(), upTo: run.work)
    }

    @Test func `declares progress on the descriptor it is given, even if there is a path too`() throws {
        let file = try TemporaryFile()
        let child = try Child(
            WorkloadProgram.path, ["independent", "--work", "1003"],
            environment: ["PACER_PROGRESS_FD=3", "PACER_PROGRESS=\(file.path)"])
        var lines: [String] = []
        while let line = child.progress.line() { lines.append(line) }
        #expect(try child.finish().status == 0)
        try expectProgress(lines, upTo: 1_003)
        #expect(try file.lines() == [])
    }

    @Test func `prints nothing but its summary when nobody wants progress`() throws {
        let outcome = try WorkloadProgram.run(["serial", "--threads", "2", "--work", "100"])
        #expect(outcome.output.split(separator: "\n").count == 1)
        #expect(outcome.errors == "")
    }

    @Test func `shows done/total lines on standard output when asked to`() throws {
        let outcome = try WorkloadProgram.run(["io", "--threads", "2", "--work", "20", "--show-progress"])
        #expect(outcome.output.split(separator: "\n").dropLast().last == "20/20")
    }

    @Test func `prints its summary as JSON when asked to`() throws {
        let outcome = try WorkloadProgram.run(["partitioned", "--threads", "2", "--work", "1000", "--json"])
        #expect(outcome.output.hasPrefix(#"{"kind":"partitioned","threads":2,"work":1000,"seconds":"#))
        #expect(outcome.output.hasSuffix(#""check":"ok"}"# + "\n"))
    }

    @Test func `takes its number of threads from PACER_CORES`() throws {
        let outcome = try WorkloadProgram.run(["mutex", "--work", "100"], environment: ["PACER_CORES=3"])
        #expect(outcome.output.hasPrefix("mutex threads=3 "))
    }

    @Test func `works on when its progress cannot be declared, and says so`() throws {
        let outcome = try WorkloadProgram.run(
            ["serial", "--work", "100"], environment: ["PACER_PROGRESS=/nonexistent/progress"])
        #expect(outcome.status == 0)
        #expect(outcome.errors.contains("cannot open /nonexistent/progress"))
    }

    @Test func `works on when the reader of its progress goes away`() throws {
        let child = try Child(
            WorkloadProgram.path, ["io", "--threads", "1", "--work", "20", "--progress-every", "1ms"],
            environment: ["PACER_PROGRESS_FD=3"])
        child.progress.hangUp()
        #expect(try child.finish().status == 0)
    }

    @Test func `ends on SIGTERM`() throws {
        let child = try Child(
            WorkloadProgram.path, ["mcs", "--threads", "2"], environment: ["PACER_PROGRESS_FD=3"])
        #expect(child.progress.line() != nil)
        kill(child.processID, SIGTERM)
        #expect(try child.finish().status == 128 + SIGTERM)
    }

    @Test func `lists every kind in its help`() throws {
        let outcome = try WorkloadProgram.run(["--help"])
        #expect(outcome.status == 0)
        for run in smallRuns {
            #expect(outcome.output.contains("\n  \(run.kind) "))
        }
    }

    private func expectProgress(_ lines: [String], upTo work: Int) throws {
        let pairs = lines.map { line in line.split(separator: " ").compactMap { Int($0) } }
        #expect(pairs.allSatisfy { $0.count == 2 && $0[1] == work })
        let done = try pairs.map { try #require($0.first) }
        #expect(zip(done, done.dropFirst()).allSatisfy { $0 < $1 })
        #expect(lines.last == "\(work) \(work)")
    }
}

@Suite
struct `Bad usage` {
    @Test(arguments: [
        ([], "which kind? One of independent, "),
        (["juggling"], "there is no kind \"juggling\""),
        (["serial", "mutex"], "\"mutex\" is one argument too many"),
        (["serial", "--threads"], "--threads needs a value"),
        (["serial", "--threads", "0"], "--threads is \"0\", not a whole number from 1 to "),
        (["serial", "--work=many"], "--work is \"many\", not a whole number from 1 to "),
        (["serial", "--progress-every", "20"], "not a time from 1ms to 60s"),
        (["amdahl", "--serial-fraction", "1.5"], "not a number from 0 to 1"),
        (["serial", "--serial-fraction", "0.5"], "--serial-fraction is for amdahl, not for serial"),
        (["serial", "--array-mib", "8"], "--array-mib is for stream, not for serial"),
        (["serial", "--json=yes"], "--json takes no value"),
        (["serial", "--cores", "2"], "there is no option --cores"),
    ])
    func `is answered with a sentence and status 64`(arguments: [String], sentence: String) throws {
        let outcome = try WorkloadProgram.run(arguments)
        #expect(outcome.status == 64)
        #expect(outcome.output == "")
        #expect(outcome.errors.hasPrefix("pacer-workload: "))
        #expect(outcome.errors.contains(sentence))
    }

    @Test func `of PACER_CORES is answered too`() throws {
        let outcome = try WorkloadProgram.run(["serial"], environment: ["PACER_CORES=all"])
        #expect(outcome.status == 64)
        #expect(outcome.errors.contains("PACER_CORES is \"all\", not a whole number"))
    }
}
