import Foundation
import Glibc
import PacerPorts
import PacerScheduling
import PacerTestSupport
import PacerUnits
import Testing

@testable import PacerProcess

@Suite
struct ProgressTests {
    // MARK: - Declared progress

    @Test(
        arguments: [
            ("3 8", 3, 8), ("3/8", 3, 8), ("  3   8 ", 3, 8), ("3\t8\r", 3, 8), ("0.5 2.5", 0.5, 2.5),
            ("45%", 0.45, 1),
            ("45 %", 0.45, 1), ("0.25", 0.25, 1), ("1.0", 1, 1), ("12", 12, nil), ("1e3", 1000, nil),
            ("1", 1, nil),
            ("9 8", 9, 9), ("45.5", 45.5, nil),
        ] as [(String, Double, Double?)])
    func `a declared line is read in every form that is promised`(line: String, done: Double, total: Double?)
    {
        let measure = Reading()
        #expect(measure.read(line))
        #expect(measure.done == done)
        #expect(measure.total == total)
    }

    @Test(arguments: [
        "", " ", "hello", "-1 5", "1 -5", "nan", "nan 5", "5 nan", "inf", "1 0", "0x10 0x20", "1 2 3", "101%",
        "1e400",
        "5 1e16", "%", "/", "5,5", "١ ٢", "1 2 %", "99999999999999999999999999999999999999 1",
    ])
    func `a line that is no progress is ignored`(line: String) {
        let measure = Reading()
        #expect(!measure.read(line))
        #expect(measure.done == nil && measure.total == nil)
    }

    @Test func `progress never falls, and the latest total that comes with it holds`() {
        let measure = Reading()
        #expect(measure.read("5 10"))
        #expect(!measure.read("4 20"))
        #expect(measure.done == 5 && measure.total == 10)
        #expect(measure.read("5 20"))
        #expect(measure.done == 5 && measure.total == 20)
        #expect(measure.read("6 7"))
        #expect(measure.total == 7)
        #expect(measure.read("30"))
        #expect(measure.done == 30 && measure.total == nil)
    }

    @Test func `a whole number behind fractions is a fraction`() {
        let measure = Reading()
        for line in ["0", "0.5", "1"] {
            #expect(measure.read(line))
        }
        #expect(measure.done == 1 && measure.total == 1)
    }

    // MARK: - Output that was not written for it

    private func progress(_ lines: [String]) -> (done: Double, total: Double)? {
        var guess = OutputGuess()
        for line in lines { _ = guess.read(line) }
        return guess.progress
    }

    @Test func `percentages and counts are believed once they grow`() {
        #expect(progress(["10%"]) == nil)
        #expect(progress(["10%", "10%"]) == nil)
        #expect(progress(["10%", "12.5 % done"]).map { [$0.done, $0.total] } == [0.125, 1])
        #expect(progress(["[1/80] compiling", "[2/80] linking"]).map { [$0.done, $0.total] } == [2, 80])
        #expect(progress(["step 1 / 80", "step 7 / 80"]).map { [$0.done, $0.total] } == [7, 80])
        #expect(progress(["1/80", "2/81"]) == nil)
        let bars = [" 40%|####      | 40/100 [00:01<00:02]", " 45%|####      | 45/100 [00:01<00:01]"]
        #expect(progress(bars).map { [$0.done, $0.total] } == [45, 100])
    }

    @Test func `disorder of parallel work is ignored, and what falls is not believed`() {
        #expect(progress(["[40/100]", "[42/100]", "[41/100]"])?.done == 42)
        #expect(progress(["load 80%", "load 20%", "load 30%"]) == nil)
        #expect(progress(["10%", "90%", "5%", "95%"]) == nil)
        let epochs = ["1/3 90/100", "2/3 10/100", "2/3 50/100"]
        #expect(progress(epochs).map { [$0.done, $0.total] } == [2, 3])
    }

    @Test(arguments: [
        "12/25/2026", "/usr/1/2", "v1/2", "1/2.5", "3/2", "1/1", "100000000000000000000/2", "150%", "x5%",
        "1.2.3%",
        "10.0.0.1/24", "5%d", "-5%", "a_5%", "1/2x", "12:30%",
    ])
    func `names, paths, dates and addresses are not progress`(line: String) {
        #expect(Array(OutputFindings(line)).isEmpty)
    }

    @Test func `progress bars, colours and binary data are cut into lines`() {
        let cases: [(String, [String])] = [
            ("a\nb\n", ["a", "b"]), ("1%\r2%\r3%", ["1%", "2%"]), ("1%\u{8}\u{8}2%\n", ["1%", "2%"]),
            ("\u{1B}[32m45%\u{1B}[0m\n", ["45%"]), ("\u{1B}]0;title\u{7}x\n", ["x"]), ("a\0b\nc\n", ["c"]),
            ("\u{1B}[\nnext\n", ["next"]), ("grün 5%\n", ["grün 5%"]),
            (String(repeating: "x", count: 5000) + "\ny\n", ["y"]),
        ]
        for (text, wanted) in cases {
            #expect(cut([Array(text.utf8)]) == wanted, "\(text.debugDescription)")
            #expect(cut(text.utf8.map { [$0] }) == wanted, "\(text.debugDescription), byte by byte")
        }
        #expect(cut([[0xFF, 0xFE, 10, 97, 10]]) == ["a"])
    }

    private func cut(_ chunks: [[UInt8]]) -> [String] {
        var lines = OutputLines()
        var result: [String] = []
        for chunk in chunks { chunk.withUnsafeBufferPointer { lines.feed($0) { result.append($0) } } }
        return result
    }

    // MARK: - Patterns

    @Test(
        arguments: [
            (#"step (\d+) of (\d+)"#, ["step 3 of 9"], 3, 9), (#"(\d+)%"#, ["now 40% done"], 0.4, 1),
            (#"(\d+ ?%)"#, ["now 40% done"], 0.4, 1), (#"at (\S+)"#, ["at 0.75"], 0.75, 1),
            (#"(\d+) done"#, ["7 done"], 7, nil),
            (#"i=(\d+)"#, ["i=1", "i=2", "noise"], 2, nil), (#"(?:a|b)=(?<n>\d+)/(\d+)"#, ["b=5/6"], 5, 6),
        ] as [(String, [String], Double, Double?)])
    func `a pattern declares progress`(pattern: String, lines: [String], done: Double, total: Double?) throws
    {
        var patterned = ProgressMeasure()
        let isRead = try ProgressPattern(pattern).readLast(of: lines, into: &patterned)
        #expect(isRead && patterned.done == done && patterned.total == total)
    }

    @Test(arguments: ["(", "no group", #"\(no group\)"#, "[()]", "(a)(b)(c)", "(?:a)", "*"])
    func `a pattern without one or two groups is refused`(pattern: String) {
        let error = #expect(throws: PortError.self) { try ProgressPattern(pattern) }
        #expect(error?.code == .invalid)
    }

    // MARK: - Files

    @Test func `a progress file may be appended to, written anew, replaced and filled with rubbish`() throws {
        let folder = "\(FileManager.default.temporaryDirectory.path)/pacer-progress-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }  // a leftover in /tmp harms nobody
        let reader = try ProgressReader(folder: folder, pattern: nil)
        #expect(reader.read(now: .zero) == nil)
        let huge = String(repeating: "7", count: 100_000)
        let steps: [(String, Double)] = [
            ("1 9\n", 1), ("2 9\n", 2), ("2 9\n3 9\n", 3), ("4 9\nrubbish\n", 4), ("5 9\n6 ", 5), (huge, 5),
            ("\(huge)\n6 9\n", 6), ("\0\u{1}\n", 6), ("3 9\n", 6), ("", 6), ("8 9\n", 8),
        ]
        for (index, (text, done)) in steps.enumerated() {
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/progress"), options: .atomic)
            #expect(reader.read(now: .zero)?.done == done, "step \(index)")
        }
    }

    /// In memory, where a file has any time that its owner gives it, and any length.
    @Test(.enabled(if: access("/dev/shm", W_OK) == 0, "/dev/shm cannot be written"))
    func `a job may give its files any time and any length`() throws {
        let folder = "/dev/shm/pacer-progress-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }  // a leftover in memory until a restart
        let reader = try ProgressReader(folder: folder, pattern: nil)
        let now = Instant(nanoseconds: 1_790_000_000_000_000_000)
        for (index, second) in [Int.max, .min, 1 << 40, -1 << 40].enumerated() {
            try Data("\(index + 1) 9\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/progress"))
            var times = [
                timespec(tv_sec: second, tv_nsec: 999_999_999), timespec(tv_sec: second, tv_nsec: 0),
            ]
            #expect(utimensat(AT_FDCWD, "\(folder)/progress", &times, 0) == 0)
            let progress = try #require(reader.read(now: now))
            #expect(progress.done == Double(index + 1) && progress.at <= now)
        }
        try Data().write(to: URL(fileURLWithPath: "\(folder)/stdout"))
        for _ in 0..<5 {
            #expect(truncate("\(folder)/stdout", .max) == 0)
            _ = reader.read(now: now)
            #expect(truncate("\(folder)/stdout", 0) == 0)
            _ = reader.read(now: now)
        }
        #expect(reader.outputBytes == .max)
    }

    @Test func `a symbolic link in place of a progress file is not followed`() throws {
        let folder = "\(FileManager.default.temporaryDirectory.path)/pacer-progress-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }  // a leftover in /tmp harms nobody
        try Data("1 2\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/elsewhere"))
        symlink("\(folder)/elsewhere", "\(folder)/progress")
        #expect(try ProgressReader(folder: folder, pattern: nil).read(now: .zero) == nil)
    }

    @Test func `percentages within binary output are chance`() throws {
        let folder = "\(FileManager.default.temporaryDirectory.path)/pacer-progress-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }  // a leftover in /tmp harms nobody
        let reader = try ProgressReader(folder: folder, pattern: nil)
        var output = Data("\u{1}\n\0\n5%\n\u{2}\n6%\n".utf8)
        try output.write(to: URL(fileURLWithPath: "\(folder)/stdout"))
        #expect(reader.read(now: .zero) == nil)
        output += Data("7%\n8%\n".utf8)
        try output.write(to: URL(fileURLWithPath: "\(folder)/stdout"))
        #expect(reader.read(now: .zero)?.done == 0.08)
        #expect(reader.outputBytes == UInt64(output.count))
    }

    // MARK: - Anything at all

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `whatever a job writes, progress is finite, within its total and never falls`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("0123456789 0123456789./%%  \n\n\r-+eE\t[]nax\u{1B}\u{8}ü\0".utf8) + [0xFF]
        var lines = OutputLines()
        var guess = OutputGuess()
        let measure = Reading()
        var lastGuess = 0.0
        for _ in 0..<400 {
            let count = Int.random(in: 0...200, using: &random)
            let bytes = (0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
            bytes.withUnsafeBufferPointer { buffer in
                lines.feed(buffer) { line in
                    let before = measure.done ?? 0
                    _ = measure.read(line)
                    #expect(measure.done ?? 0 >= before)
                    #expect((measure.done ?? 0).isFinite)
                    if let done = measure.done, let total = measure.total {
                        #expect(done <= total && total > 0)
                    }
                    let chosen = guess.chosen
                    _ = guess.read(line)
                    #expect(chosen == nil || guess.chosen == chosen)
                    if let progress = guess.progress {
                        #expect(progress.done >= lastGuess && progress.done <= progress.total)
                        lastGuess = progress.done
                    }
                }
            }
        }
    }
}

/// A measure that can be read into inside of an expectation.
private final class Reading {
    private var measure = ProgressMeasure()

    var done: Double? { measure.done }
    var total: Double? { measure.total }

    func read(_ line: String) -> Bool { measure.read(line) }
}
