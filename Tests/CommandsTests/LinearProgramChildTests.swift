import Foundation
import PacerOptimizer
import Testing

@testable import PacerCommands

/// Where the solver's program is.
private enum SolverProgram {
    /// Above this test program; `nil` where it was not built.
    static let path: String? = {
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).standardizedFileURL
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            let path = "\(folder.path)/pacer-lp"
            if FileManager.default.isExecutableFile(atPath: path) { return path }
        }
        return nil
    }()
}

/// The real solver of linear programs.
@Suite(.enabled(if: SolverProgram.path != nil, "pacer-lp is not above the tests' program"))
struct LinearProgramChildTests {
    /// What the program makes of a text: its exit code, its answer, its complaint.
    private func run(_ text: String, arguments: [String] = []) throws -> (
        code: Int32, out: String, err: String
    ) {
        let process = Process()
        let (input, output, errors) = (Pipe(), Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: try #require(SolverProgram.path))
        process.arguments = arguments
        (process.standardInput, process.standardOutput, process.standardError) = (input, output, errors)
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try input.fileHandleForWriting.close()
        let out = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let err = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, out, err)
    }

    @Test func `the example of the protocol is answered as documented`() throws {
        let text = "rows 2\n1 inf\n-inf 4\ncolumns 2\n3 inf 1 0 1\n1 inf 2 0 0.5 1 4\nsolve\nvalues\n"
        let answer = try run(text)
        #expect(answer.code == 0 && answer.err.isEmpty)
        #expect(answer.out == "optimal 2.5\n3\n-0.125\nvalues 2\n0.5\n1\n")
    }

    @Test(
        arguments: [
            "rows", "rows 0", "rows -1", "rows x", "rows 99999999999", "rows 1\n1", "rows 1\n2 1",
            "rows 1\nnan 1", "rows 1\n0 1\nrows 1\n0 1", "columns 1\n1 1 0", "solve", "nonsense",
            "\u{1b}[31m",
            "rows 1\n0 1\ncolumns 1\ninf 1 0", "rows 1\n0 1\ncolumns 1\n1 -1 0",
            "rows 1\n0 1\ncolumns 1\n1 1 1 1 1", "rows 1\n0 1\ncolumns 1\n1 1 2 0 1 0 1",
            "rows 1\n0 1\ncolumns 1\n1 1 1 0", "rows 1\n0 1\nlimits 1\n0 1",
            String(repeating: "x", count: 5000), "rows 1\n0 1\0",
        ])
    func `wrong input is one sentence and exit code 65`(text: String) throws {
        let answer = try run(text)
        #expect(answer.code == 65 && answer.out.isEmpty)
        #expect(answer.err.hasPrefix("pacer-lp: line ") && answer.err.filter { $0 == "\n" }.count == 1)
        #expect(answer.err.allSatisfy { $0 == "\n" || ($0.asciiValue ?? 0) >= 32 })
    }

    @Test func `arguments are refused`() throws {
        #expect(try run("", arguments: ["--help"]).code == 64)
        #expect(try run("").code == 0)
    }

    @Test func `a program grows by columns, and its limits move`() throws {
        let child = try LinearProgramChild(program: SolverProgram.path)
        try child.setRows([LinearRow(lower: 1, upper: .infinity), LinearRow(lower: -.infinity, upper: 4)])
        #expect(try child.solve() == .infeasible)
        try child.add([
            LinearColumn(cost: 3, entries: [.init(row: 0, value: 1)]),
            LinearColumn(cost: 1, entries: [.init(row: 0, value: 0.5), .init(row: 1, value: 4)]),
        ])
        #expect(try child.solve() == .optimal(cost: 2.5, duals: [3, -0.125]))
        try child.add([LinearColumn(cost: 0.5, upper: 0.25, entries: [.init(row: 0, value: 1)])])
        guard case .optimal(let cost, _) = try child.solve() else { return #expect(Bool(false)) }
        #expect(abs(cost - 1.875) < 1e-9)
        try child.setLimits([(2, .infinity)])
        guard case .optimal(let cheaper, _) = try child.solve() else { return #expect(Bool(false)) }
        #expect(abs(cheaper - 0.5) < 1e-9)
    }

    @Test func `a program that is not there is a failure with a sentence`() {
        #expect(throws: CommandFailure.self) { try LinearProgramChild(program: nil) }
        #expect(throws: CommandFailure.self) { try LinearProgramChild(program: "/nowhere/pacer-lp") }
    }

    @Test func `a program that ends too early is a failure, not a crash`() throws {
        let child = try LinearProgramChild(program: "/bin/true")
        #expect(throws: CommandFailure.self) {
            try child.setRows((0..<100_000).map { _ in LinearRow(lower: 0, upper: 1) })
            _ = try child.solve()
        }
    }
}
