import PacerReplay
import PacerUnits
import Testing

@Suite struct TraceTests {
    private func read(_ text: String, skipsBadLines: Bool = false) throws(Trace.Problem) -> Trace {
        try Trace(standardWorkloadFormat: Array(text.utf8), name: "t.swf", skipsBadLines: skipsBadLines)
    }

    private func problem(_ text: String, skipsBadLines: Bool = false) -> Trace.Problem? {
        #expect(throws: Trace.Problem.self) { try read(text, skipsBadLines: skipsBadLines) }
    }

    private static let header = """
        ; Version: 2.2
        ; MaxProcs: 128 (of 130)
        ;MaxNodes:64
        ; UnixStartTime: 820454400
        ;
        ; a line without a key
        ; Note: the first
        ; Note: 12:30 is no key

        """

    @Test func `the fields that a replay needs are read, whatever is between them`() throws {
        let trace = try read(
            Self.header + "1 0 5 100 4 99.5 -1 8 3600 -1 1 7 7 -1 2 -1 -1 -1\n"
                + "  2\t10.5  -1 \t 0.25   -1 -1 -1 16 -1 -1 1 7 7 -1 2 -1 -1 -1 \r\n"
                + "\n   \n3 11 0 7 1\n; End: yes")
        #expect(
            trace.jobs == [
                TraceJob(
                    number: 1, submitted: Seconds(0), runTime: Seconds(100), processors: 4,
                    requestedTime: Seconds(3600)),
                TraceJob(number: 2, submitted: Seconds(10.5), runTime: Seconds(0.25), processors: 16),
                TraceJob(number: 3, submitted: Seconds(11), runTime: Seconds(7), processors: 1),
            ])
        #expect(trace.machineProcessors == 128)
        #expect(trace.value(of: "unixstarttime") == "820454400")
        #expect(trace.header.filter { $0.key == "Note" }.map(\.value) == ["the first", "12:30 is no key"])
        #expect(trace.value(of: "End") == "yes")
        #expect(trace.notes.isEmpty)
    }

    @Test(arguments: [
        ("1 0 0 10", 1, "4 fields"), ("1 0 0 10 2\n1", 2, "truncated"),
        ("1 0 0 10 2\n2 0 0 abc 2\n", 2, "field 4 (run time) is 'abc'"),
        ("1 -5 0 10 2\n", 1, "field 2 (submit time) is -5"),
        ("1 0 0 -7 2\n", 1, "field 4 (run time) is -7"), ("1 0 0 10 -3\n", 1, "field 5"),
        ("1 0 0 10 2.5\n", 1, "whole number"), ("1.5 0 0 10 2\n", 1, "whole number"),
        ("1 0 0 1e300 2\n", 1, "at most"), ("1 0 0 10 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n", 1, "19 fields"),
        ("1 0 0 nan 2\n", 1, "not a number"), ("1 0 0 inf 2\n", 1, "not a number"),
        ("1 0 0 0x10 2\n", 1, "not a number"), ("1 0 0 1.2.3 2\n", 1, "not a number"),
        ("1 0 0 - 2\n", 1, "not a number"), ("1 0 0 . 2\n", 1, "not a number"),
        ("# 1 0 0 10 2\n", 1, "field 1 (job number)"),
        ("\u{7F}ELF\u{2}\u{1}\u{0}\u{0}\n", 1, "not text"),
    ])
    func `a bad line is refused with its number`(_ text: String, _ line: Int, _ part: String) {
        let problem = problem(text)
        #expect(problem?.line == line)
        #expect(problem?.reason.contains(part) == true, "\(problem?.reason ?? "")")
    }

    @Test func `bad lines are skipped when asked, and counted`() throws {
        let trace = try read("; x\n1 0 0 10 2\nfoo\n2 -1 0 10 2\n3 5 0 10 2\n4 6", skipsBadLines: true)
        #expect(trace.jobs.map(\.number) == [1, 3])
        #expect(trace.notes.count == 1)
        #expect(trace.notes.first?.hasPrefix("3 bad lines skipped; the first is line 3: ") == true)
    }

    @Test func `a last line that is cut anywhere is not taken for a job`() throws {
        let line = "10 20 30 40 5 -1 -1 5 60 -1 1 2 3 4 5 6 -1 -1"
        let text = "\(line)\n\(line)\n"
        // The last number may lose its end unseen where what is left is a number.
        for length in line.utf8.count + 2..<text.utf8.count - 4 {
            let cut = String(decoding: text.utf8.prefix(length), as: UTF8.self)
            #expect(problem(cut)?.reason.contains("truncated") == true, "\(length)")
        }
        #expect(try read(String(text.dropLast())).jobs.count == 2)
    }

    @Test func `jobs that cannot be replayed are counted by reason, and jobs of no length kept`() throws {
        let trace = try read(
            "1 0 0 -1 4\n2 0 0 10 -1\n3 0 0 10 0 -1 -1 0\n4 0 0 0 4\n5 0 0 -1 2\n6 0 0 9 0 -1 -1 3\n")
        #expect(trace.jobs.map(\.number) == [4, 6])
        #expect(trace.jobs[0].runTime == .zero)
        #expect(trace.jobs[1].processors == 3)
        #expect(
            trace.notes == ["2 jobs without a run time left out", "2 jobs without processors left out"])
    }

    @Test func `jobs out of order are sorted stably, and repeated numbers kept`() throws {
        let trace = try read("1 10 0 1 1\n2 5 0 1 1\n3 10 0 1 1\n2 5 0 2 1\n4 20 0 1 1\n")
        #expect(trace.jobs.map(\.number) == [2, 2, 1, 3, 4])
        #expect(trace.jobs.map(\.runTime.value) == [1, 2, 1, 1, 1])
        #expect(
            trace.notes == [
                "2 jobs not in order of submission, put in order",
                "1 job with a number that another job has, kept",
            ])
    }

    @Test(arguments: ["", "\n\n", "; MaxProcs: 4\n", "1 0 0 -1 4\n"])
    func `a trace without jobs is refused as a whole`(_ text: String) {
        #expect(problem(text)?.line == nil)
    }

    @Test func `any bytes give a trace or one sentence`() {
        var state: UInt64 = 7
        func next(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(count))
        }
        let alphabet = Array("0123456789 \t\n\r;.-+eE:x\u{0}é".utf8)
        for round in 0..<3000 {
            let bytes = (0..<next(120)).map { _ in alphabet[next(alphabet.count)] }
            for skips in [false, true] {
                do throws(Trace.Problem) {
                    let trace = try Trace(standardWorkloadFormat: bytes, name: "", skipsBadLines: skips)
                    #expect(trace.jobs.allSatisfy { $0.processors > 0 && $0.runTime >= .zero })
                } catch {
                    #expect(!error.description.contains("\n"), "round \(round)")
                }
            }
        }
    }

    @Test func `numbers are read to the last bit`() throws {
        for text in ["0.1", "123456789.123", "3.3333333333333335", "1e3", "2.5E-3", "000123.4500", "+7"] {
            let trace = try read("1 \(text) 0 1 1\n")
            #expect(trace.jobs[0].submitted.value == Double(text))
        }
    }
}
