import Foundation
import Testing

extension EndToEnd {
    /// Bad input: one sentence, the documented exit code, and nothing lost.
    @Suite struct RefusalTests {
        @Test func `a submission that cannot be is refused in one line, and no job comes of it`() throws {
            try Daemon.with { daemon in
                let earlier = try daemon.end(of: daemon.submit([], ["true"])).id
                let refusals: [(arguments: [String], culprit: String)] = [
                    (["--policy", "nonesuch", "--", "true"], "nonesuch"),
                    (["--deadline", "2020-01-01T00:00Z", "--", "true"], "2020-01-01T00:00Z"),
                    (["--deadline", "30", "--", "true"], "30"),
                    (["--deadline", "30 parsecs", "--", "true"], "parsecs"),
                    (["--estimate", "5", "--", "true"], "--estimate"),
                    (["--output-limit", "lots", "--", "true"], "--output-limit"),
                    (["--rigid", "99999", "--", "true"], "99999"),
                    (["--rigid", "0", "--", "true"], "--rigid"),
                    (["--rigid", "1", "--moldable", "--", "true"], "--moldable"),
                    (["--progress", "(", "--", "true"], "'('"),
                    (["--progress", "abc", "--", "true"], "'abc'"),
                    (["--progress", #"(a)\1"#, "--", "true"], #"'(a)\1'"#),
                    (["--deadline", "1m"], "command"),
                    (["--", ""], "command"),
                ]
                for (arguments, culprit) in refusals {
                    for verb in ["submit", "run"] {
                        let result = try daemon.begin([verb] + arguments).finish()
                        expectRefusal(result, exit: 64, naming: culprit)
                    }
                }
                try "a\nb\n".write(toFile: daemon.path("lines"), atomically: true, encoding: .utf8)
                let each = ["submit", "--each", daemon.path("lines"), "--progress", "(", "--", "true"]
                expectRefusal(try daemon.begin(each).finish(), exit: 64, naming: "'('")
                #expect(try daemon.jobs.map(\.id) == [earlier])
            }
        }

        @Test func `a program that does not exist is named by the job's end`() throws {
            try Daemon.with { daemon in
                let job = try daemon.end(of: daemon.submit([], ["/nonexistent/program"]))
                #expect(job.outcome?.kind == "notStarted")
                #expect(job.outcome?.reason?.contains("/nonexistent/program") == true)
                #expect(try daemon.pacer("run", "--", "no-such-program-at-all").status == 127)
                #expect(try daemon.end(of: daemon.submit([], ["true"])).isSuccess)
            }
        }

        @Test func `a job number that was never given is refused`() throws {
            try Daemon.with { daemon in
                for verb in ["status", "wait", "logs", "cancel"] {
                    expectRefusal(try daemon.pacer(verb, "4711"), exit: 65, naming: "4711")
                }
                let ended = try daemon.end(of: daemon.submit([], ["true"])).id
                expectRefusal(try daemon.pacer("cancel", "\(ended)"), exit: 65, naming: "\(ended)")
            }
        }

        @Test func `what can be the number of no job is a wrong value`() throws {
            try Daemon.with { daemon in
                for verb in ["status", "wait", "logs", "cancel", "explain"] {
                    expectRefusal(try daemon.pacer(verb, "--", "-1"), exit: 64, naming: "-1")
                }
                expectRefusal(try daemon.pacer("events", "--job=-1"), exit: 64, naming: "-1")
            }
        }

        @Test func `a socket that nobody listens on is named`() throws {
            try Daemon.with(isStarted: false) { daemon in
                for command in [
                    ["submit", "--", "true"], ["run", "--", "true"], ["status"], ["wait", "1"],
                    ["logs", "1"], ["cancel", "1"], ["inspect"], ["plan", "--", "true"], ["policies"],
                    ["compare", "--deadline", "5s", "--", "true"], ["explain", "1"],
                ] {
                    expectRefusal(try daemon.begin(command).finish(), exit: 69, naming: daemon.socket)
                }
                // A socket that a daemon has left behind is no listener either.
                try daemon.start()
                daemon.kill()
                expectRefusal(try daemon.pacer("status"), exit: 69, naming: daemon.socket)
            }
        }

        @Test func `a file that is not there is a file that is not good, whoever reads it`() throws {
            try Daemon.with(isStarted: false) { daemon in
                let emulated = ["--machine", "emulated"]
                try "".write(toFile: daemon.path("trace.swf"), atomically: true, encoding: .utf8)
                for command in [
                    ["evaluate", "none.csv"], ["evaluate", "none.csv", "-p", "./none.csv.yaml"],
                    ["replay", "none.swf"], ["replay", "--scenario", "none.yaml"],
                    ["replay", "trace.swf", "--machine", "./none.yaml"], ["report", "none.json"],
                    ["verify", "none.jsonl"], ["policies", "check", "none.yaml"],
                    ["policies", "list", "--directory", "none"], ["submit", "--each", "none.txt"],
                    ["calibrate", "--config", "none.yaml"] + emulated,
                    ["calibrate", "--profile", "./none.yaml"] + emulated,
                ] {
                    expectRefusal(try daemon.begin(command).finish(), exit: 65, naming: "none")
                }
            }
        }

        @Test func `a policy file with an unknown key is refused with file, line and key`() throws {
            try Daemon.with(isStarted: false) { daemon in
                let good = try String(
                    contentsOfFile: "\(Programs.repository)/policies/race-to-idle.yaml", encoding: .utf8)
                let file = daemon.path("race-to-idle.yaml")
                try good.write(toFile: file, atomically: true, encoding: .utf8)
                #expect(try daemon.pacer("policies", "check", file).status == 0)
                try (good + "frequencies: all\n").write(toFile: file, atomically: true, encoding: .utf8)
                let result = try daemon.pacer("policies", "check", file)
                expectRefusal(result, exit: 65, naming: "frequencies")
                let lines = good.split(separator: "\n", omittingEmptySubsequences: false).count
                #expect(result.errors.contains("\(file):\(lines)"))
            }
        }

        @Test func `a daemon with a bad configuration or policy directory names the file`() throws {
            try Daemon.with(isStarted: false) { daemon in
                let file = daemon.path("pacerd.yaml")
                try "grase: 1 s\n".write(toFile: file, atomically: true, encoding: .utf8)
                let places = ["--socket", daemon.socket, "--state-directory", daemon.state]
                let result = try daemon.startInVain(places + ["--config", file])
                #expect(result.status == 78)
                #expect(result.errors.contains("\(file):1") && result.errors.contains("grase"))
                let missing = try daemon.startInVain(places + ["--policies", daemon.path("none")])
                #expect(missing.status == 78)
                #expect(missing.errors.contains(daemon.path("none")))
            }
        }

        @Test func `a database of a newer version is left alone`() throws {
            try Daemon.with { daemon in
                #expect(try daemon.end(of: daemon.submit([], ["true"])).isSuccess)
                _ = try daemon.stop()
                let file = URL(fileURLWithPath: "\(daemon.state)/pacer.sqlite")
                var bytes = try Data(contentsOf: file)
                // The schema's version: user_version, big-endian, at offset 60 of an SQLite file.
                bytes.replaceSubrange(60..<64, with: [0x00, 0x00, 0x27, 0x0f])
                try bytes.write(to: file)
                let result = try daemon.startInVain(
                    ["--socket", daemon.socket, "--state-directory", daemon.state])
                #expect(result.status == 74)
                #expect(result.errors.contains(file.path) && result.errors.contains("9999"))
                #expect(try Data(contentsOf: file) == bytes)
            }
        }

        @Test func `a second daemon on a socket or a state gives up, and the first goes on`() throws {
            try Daemon.with { daemon in
                let sameSocket = try daemon.startInVain(
                    ["--socket", daemon.socket, "--state-directory", "\(daemon.folder)/other"])
                #expect(sameSocket.status == 69)
                #expect(sameSocket.errors.contains(daemon.socket))
                let sameState = try daemon.startInVain(
                    ["--socket", "\(daemon.folder)/other.socket", "--state-directory", daemon.state])
                #expect(sameState.status == 74)
                #expect(sameState.errors.contains(daemon.state))
                #expect(try daemon.end(of: daemon.submit([], ["true"])).isSuccess)
            }
        }
    }
}
