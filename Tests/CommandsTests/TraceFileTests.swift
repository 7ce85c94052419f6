import PacerAPI
import PacerReplay
import Testing

@testable import PacerCommands

@Suite struct TraceFileTests {
    @Test func `a packed trace is read like one that is not, whatever its name`() throws {
        let folder = try ReplayFolder()
        let plain = try TraceFile.load(
            try folder.write("plain.swf", ReplaySamples.text), skipsBadLines: false)
        let packed = try TraceFile.load(
            try folder.write("odd-name", try folder.packed(ReplaySamples.text)), skipsBadLines: false)
        #expect(plain.jobs == packed.jobs)
        #expect(plain.header == packed.header)
        #expect(packed.name == "odd-name")
    }

    @Test func `several packed files in one are all read`() throws {
        let folder = try ReplayFolder()
        let bytes = try folder.packed("1 0 0 1 1\n") + folder.packed("2 1 0 1 1\n")
        let trace = try TraceFile.load(try folder.write("two.gz", bytes), skipsBadLines: false)
        #expect(trace.jobs.map(\.number) == [1, 2])
    }

    @Test func `a packed file of any size is unpacked whole`() throws {
        let folder = try ReplayFolder()
        let text = (0..<200_000).map { "\($0) \($0 * 7 % 1000)\n" }.joined()
        #expect(try Gunzip.unpack(folder.packed(text), limit: 1 << 30) == Array(text.utf8))
        let zeros = String(repeating: "0", count: 1 << 22)
        let bomb = try folder.packed(zeros)
        #expect(throws: Gunzip.Problem.self) { try Gunzip.unpack(bomb, limit: 1 << 20) }
    }

    @Test func `a packed file that is cut anywhere is refused in one sentence`() throws {
        let folder = try ReplayFolder()
        let bytes = try folder.packed(ReplaySamples.text)
        for length in 2..<bytes.count {
            let problem = #expect(throws: Gunzip.Problem.self) {
                try Gunzip.unpack(Array(bytes[..<length]), limit: 1 << 30)
            }
            #expect(problem?.description.contains("truncated") == true, "\(length)")
        }
    }

    @Test func `a packed file that is damaged, or has something behind it, is refused`() throws {
        let folder = try ReplayFolder()
        let bytes = try folder.packed(ReplaySamples.text)
        for index in stride(from: 12, to: bytes.count - 4, by: 7) {
            var damaged = bytes
            damaged[index] ^= 0x55
            #expect(throws: Gunzip.Problem.self) { try Gunzip.unpack(damaged, limit: 1 << 20) }
        }
        #expect(throws: Gunzip.Problem.self) {
            try Gunzip.unpack(bytes + Array("more".utf8), limit: 1 << 30)
        }
    }

    @Test(arguments: ["/nowhere/t.swf", "/"])
    func `a file that cannot be read is told by name, with exit code 65`(_ path: String) {
        let failure = #expect(throws: CommandFailure.self) {
            try TraceFile.load(path, skipsBadLines: false)
        }
        #expect(failure?.exit == .data)
        #expect(failure?.message.hasPrefix("\(path): cannot be read: ") == true)
    }

    @Test func `a bad line is told by file and line, with exit code 65`() throws {
        let folder = try ReplayFolder()
        let path = try folder.write("bad.swf", "1 0 0 1 1\n2 0 0 x 1\n3 0 0 1 1\n")
        let failure = #expect(throws: CommandFailure.self) {
            try TraceFile.load(path, skipsBadLines: false)
        }
        #expect(failure?.exit == .data)
        #expect(failure?.message.hasPrefix("\(path): line 2: ") == true)
        #expect(try TraceFile.load(path, skipsBadLines: true).jobs.count == 2)
    }
}
