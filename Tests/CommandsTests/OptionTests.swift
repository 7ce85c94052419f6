import ArgumentParser
import PacerAPI
import PacerAPIClient
import Testing

@testable import PacerCommands

@Suite struct OptionTests {
    static func submission(_ arguments: String...) throws -> SubmissionRequest {
        let command = try #require(try PacerCommand.parseAsRoot(["submit"] + arguments) as? Submit)
        var request = try command.job.request()
        try command.goal.apply(to: &request, now: Samples.now)
        return request
    }

    @Test func `a job without options leaves the choice to the daemon`() throws {
        let request = try Self.submission("--", "make", "-j{cores}")
        #expect(request.arguments == ["make", "-j{cores}"])
        #expect(request.shape == ShapeView(.malleable))
        #expect(request.policy == nil)
        #expect(request.deadlineUnixNs == nil)
        #expect(request.outputLimitBytes == nil)
        #expect(request.workingDirectory.hasPrefix("/"))
        #expect(request.environment["PATH"] != nil)
    }

    @Test func `every option arrives in the request`() throws {
        let request = try Self.submission(
            "-d", "30m", "-p", "race-to-idle", "--class", "nightly", "--moldable", "--max-cores", "4",
            "--estimate",
            "10m", "--progress", "([0-9]+)%", "--output-limit", "100MB", "--", "./a", "--deadline", "x")
        #expect(request.deadlineUnixNs == Samples.now + 1_800_000_000_000)
        #expect(request.policy == "race-to-idle")
        #expect(request.className == "nightly")
        #expect(request.shape == ShapeView(.moldable, cores: 4))
        #expect(request.estimateS == 600)
        #expect(request.progressPattern == "([0-9]+)%")
        #expect(request.outputLimitBytes == 100_000_000)
        #expect(request.arguments == ["./a", "--deadline", "x"])
        #expect(try Self.submission("--rigid", "2", "--", "a").shape == ShapeView(.rigid, cores: 2))
        #expect(try Self.submission("--output-limit", "unlimited", "--", "a").outputUnlimited == true)
    }

    @Test(arguments: [
        ([], "the command is empty"), (["--"], "the command is empty"), (["--", ""], "the command is empty"),
        (["--deadline", "30", "--", "a"], "'30' lacks a unit"),
        (["--deadline", "2020-01-01T00:00Z", "--", "a"], "it must be ahead of now"),
        (["--deadline", "soon", "--", "a"], "is not a deadline"),
        (["--estimate", "5", "--", "a"], "--estimate: '5' lacks a unit"),
        (["--estimate", "0s", "--", "a"], "above zero"),
        (["--output-limit", "5", "--", "a"], "lacks a unit"), (["--rigid", "0", "--", "a"], "at least 1"),
        (["--rigid", "2", "--moldable", "--", "a"], "exclude each other"),
        (["--rigid", "2", "--max-cores", "3", "--", "a"], "not --rigid"),
    ])
    func `a slip is told in one sentence, with exit code 64`(_ arguments: [String], _ part: String) throws {
        let command = try #require(try PacerCommand.parseAsRoot(["submit"] + arguments) as? Submit)
        let failure = #expect(throws: CommandFailure.self) {
            var request = try command.job.request()
            try command.goal.apply(to: &request, now: Samples.now)
        }
        #expect(failure?.exit == .usage)
        #expect(failure?.message.contains(part) == true, "\(failure?.message ?? "")")
        #expect(failure?.message.contains("\n") == false)
    }

    @Test(arguments: [
        ["submit", "--frob", "--", "a"], ["frob"], ["wait"], ["logs", "x"], ["submit", "make"],
    ])
    func `what the parser refuses ends with 64`(_ arguments: [String]) {
        let error = #expect(throws: (any Error).self) { try PacerCommand.parseAsRoot(arguments) }
        #expect(error.map { PacerCommand.exitCode(for: $0).rawValue } == 64)
    }

    @Test(arguments: [
        ["status", "--", "-1"], ["status", "7", "0"], ["wait", "0"], ["cancel", "7", "--", "-1"],
        ["logs", "0"], ["explain", "--", "-9223372036854775808"], ["events", "--job", "0"],
        ["events", "--job=-1"],
    ])
    func `what can be the number of no job is a wrong value, and no daemon is asked`(
        _ arguments: [String]
    ) throws {
        var command = try PacerCommand.parseAsRoot(
            [arguments[0], "--socket", "/nonexistent/pacerd.sock"] + arguments.dropFirst())
        let failure = #expect(throws: CommandFailure.self) { try command.run() }
        #expect(failure?.exit == .usage)
    }

    @Test func `the socket is the one named, else the user's where it exists, else the system's`() {
        let environment = ["XDG_RUNTIME_DIR": "/run/user/7", "PACER_SOCKET": "/env.sock"]
        func path(_ option: String?, _ environment: [String: String], _ exists: Bool) -> String {
            SocketChoice(option: option, environment: environment, userID: 7) { _ in exists }.path
        }
        #expect(path("/x.sock", environment, true) == "/x.sock")
        #expect(path(nil, environment, true) == "/env.sock")
        #expect(path(nil, ["XDG_RUNTIME_DIR": "/run/user/7"], true) == "/run/user/7/pacer/pacerd.sock")
        #expect(path(nil, ["XDG_RUNTIME_DIR": "/run/user/7"], false) == "/run/pacer/pacerd.sock")
        #expect(path(nil, ["PACER_SOCKET": ""], false) == "/run/pacer/pacerd.sock")
    }

    @Test func `a daemon that cannot be reached has its exit code`() {
        let absent = CommandFailure(ClientError.unreachable(.noFile, socketPath: "/x"))
        #expect(absent.exit.rawValue == 69)
        let denied = CommandFailure(ClientError.unreachable(.notPermitted, socketPath: "/x"))
        #expect(denied.exit.rawValue == 77)
        #expect(CommandFailure(ClientError.refused(APIError(.policyNotFound, "no"))).exit.rawValue == 64)
        #expect(CommandFailure(ClientError.protocolError("x")).exit.rawValue == 76)
    }

    @Test func `every verb explains itself, and most with examples`() {
        for verb in PacerCommand.configuration.subcommands {
            let help = PacerCommand.helpMessage(for: verb, columns: 110)
            #expect(help.contains("OVERVIEW: "))
            #expect(help.contains("USAGE: pacer "))
            #expect(help.contains(" pacer "), "\(help)")
        }
    }
}
