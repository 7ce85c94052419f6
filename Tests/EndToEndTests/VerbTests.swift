import Foundation
import Testing

extension EndToEnd {
    /// What the verbs of the command line do to real jobs.
    @Suite struct VerbTests {
        private static let waiting = "until [ -e stop ]; do sleep 0.05; done"

        @Test func `a queued job that is cancelled never starts`() throws {
            try Daemon.with { daemon in
                let all = "\(try daemon.coreCount)"
                let blocker = try daemon.submit("--rigid", all, script: Self.waiting)
                let queued = try daemon.submit("--rigid", all, script: "touch started")
                #expect(try daemon.job(queued).state == "queued")
                #expect(try daemon.pacer("cancel", "\(queued)").status == 0)
                let job = try daemon.end(of: queued)
                #expect(job.outcome?.kind == "cancelled")
                #expect(job.startedUnixNs == nil)
                try daemon.touch("stop")
                #expect(try daemon.end(of: blocker).isSuccess)
                #expect(!daemon.exists("started"))
            }
        }

        @Test func `a running job that is cancelled may clean up, and ends with its children`() throws {
            try Daemon.with { daemon in
                let id = try daemon.submit(
                    script: "trap 'touch cleaned; exit 0' TERM; sleep 1000 & touch up; wait")
                try poll("it runs") { daemon.exists("up") }
                #expect(try daemon.pacer("cancel", "\(id)").status == 0)
                let job = try daemon.end(of: id)
                #expect(job.outcome?.kind == "cancelled")
                #expect(daemon.exists("cleaned"))
                #expect(daemon.processes.ofJob(id).isEmpty)
            }
        }

        @Test func `wait tells whether all succeeded, and status shows several jobs as one list`() throws {
            try Daemon.with { daemon in
                let good = try daemon.submit(script: Self.waiting)
                let bad = try daemon.submit(script: "\(Self.waiting); exit 3")
                let waiter = try daemon.begin(["wait", "--json", "\(good)", "\(bad)"])
                #expect(!waiter.hasEnded)
                try daemon.touch("stop")
                let result = try waiter.finish()
                #expect(result.status == 1)
                let jobs = try result.decoded(JobList.self).jobs
                #expect(jobs.map(\.id) == [good, bad])
                #expect(jobs.map(\.outcome?.exitCode) == [0, 3])
                #expect(try daemon.pacer("wait", "\(good)").status == 0)
                let shown = try daemon.pacer("status", "--json", "\(good)", "\(bad)")
                #expect(try shown.decoded(JobList.self).jobs.map(\.id) == [good, bad])
                #expect(try daemon.pacer("status", "--json", "\(bad)").decoded(Job.self).id == bad)
                #expect(try daemon.begin(["submit", "--wait", "--", "false"]).finish().status == 1)
            }
        }

        @Test func `what is refused of one job does not keep others from being waited for`() throws {
            try Daemon.with { daemon in
                let good = try daemon.submit(script: Self.waiting)
                let bad = try daemon.submit(script: "\(Self.waiting); exit 3")
                let waiter = try daemon.begin(["wait", "--json", "4711", "\(bad)", "4712", "\(good)"])
                try daemon.touch("stop")
                let result = try waiter.finish()
                // What was refused tells more than that a job failed.
                #expect(result.status == 65)
                #expect(result.errors.contains("4711") && result.errors.contains("4712"))
                #expect(try result.decoded(JobList.self).jobs.map(\.id) == [bad, good])
                let text = try daemon.pacer("wait", "4711", "\(good)")
                #expect(text.status == 65)
                #expect(text.text.contains("job \(good)"))
            }
        }

        @Test func `what is refused of one job does not keep others from being shown or cancelled`() throws {
            try Daemon.with { daemon in
                let first = try daemon.submit(script: Self.waiting)
                let second = try daemon.submit(script: Self.waiting)
                let shown = try daemon.pacer("status", "--json", "4711", "\(first)", "\(second)")
                #expect(shown.status == 65)
                #expect(shown.errors.contains("4711"))
                #expect(try shown.decoded(JobList.self).jobs.map(\.id) == [first, second])
                let cancelled = try daemon.pacer("cancel", "4711", "\(second)", "4712")
                #expect(cancelled.status == 65)
                #expect(cancelled.errors.contains("4711") && cancelled.errors.contains("4712"))
                #expect(try daemon.end(of: second).outcome?.kind == "cancelled")
                try daemon.touch("stop")
                #expect(try daemon.end(of: first).isSuccess)
            }
        }

        @Test func `logs that are followed end when the job ends`() throws {
            try Daemon.with { daemon in
                let id = try daemon.submit(script: "echo first; echo aside >&2; \(Self.waiting); printf last")
                let follower = try daemon.begin(["logs", "--follow", "\(id)"])
                try poll("the first line is shown") { follower.output == Data("first\n".utf8) }
                #expect(!follower.hasEnded)
                try daemon.touch("stop")
                let result = try follower.finish()
                #expect(result.status == 0)
                #expect(result.text == "first\nlast")
                #expect(try daemon.pacer("logs", "--stderr", "\(id)").text == "aside\n")
            }
        }

        @Test func `a job learns its number of cores from its arguments and its environment`() throws {
            try Daemon.with { daemon in
                let cores = min(2, try daemon.coreCount)
                let echo = try daemon.submit(
                    ["--rigid", "\(cores)"], ["echo", "-j{cores}", "{cores}+{cores}"])
                #expect(try daemon.end(of: echo).isSuccess)
                #expect(try daemon.pacer("logs", "\(echo)").text == "-j\(cores) \(cores)+\(cores)\n")
                let script = "echo $PACER_CORES $OMP_NUM_THREADS $RAYON_NUM_THREADS $GOMAXPROCS"
                let hinted = try daemon.submit(
                    ["--rigid", "\(cores)"], ["sh", "-c", script], extra: ["GOMAXPROCS": "77"])
                #expect(try daemon.end(of: hinted).isSuccess)
                #expect(try daemon.pacer("logs", "\(hinted)").text == "\(cores) \(cores) \(cores) 77\n")
            }
        }

        @Test func `a job runs in the folder and with the file mask of its submitter`() throws {
            try Daemon.with { daemon in
                let id = try daemon.submit(script: "pwd; umask")
                #expect(try daemon.end(of: id).isSuccess)
                var mask = umask(0)
                umask(mask)
                let text = try daemon.pacer("logs", "\(id)").text.split(separator: "\n")
                #expect(text.first.map(String.init) == daemon.path("").dropLast().description)
                mask = mode_t(text.last ?? "", radix: 8) ?? 0o7777
                #expect(mask == umask(mask))
            }
        }

        @Test func `each shape keeps its number of cores`() throws {
            try Daemon.with { daemon in
                let all = try daemon.coreCount
                let command = try Workload.command("independent", seconds: 2, on: daemon)
                let rigid = try daemon.end(
                    of: daemon.submit(["--rigid", "\(all)", "--deadline", "120s"], command))
                #expect(rigid.isSuccess)
                #expect(rigid.shape == Job.Shape(kind: "rigid", cores: all))
                #expect(Set(rigid.decisions.compactMap(\.configuration?.cores)) == [all])

                let moldable = try daemon.end(
                    of: daemon.submit(["--moldable", "--class", "m", "--deadline", "120s"], command))
                #expect(moldable.isSuccess)
                #expect(moldable.shape.kind == "moldable")
                #expect(Set(moldable.decisions.compactMap(\.configuration?.cores)).count == 1)

                let narrow = try daemon.end(
                    of: daemon.submit(
                        ["--malleable", "--max-cores", "1", "--class", "n", "--deadline", "120s"], command))
                #expect(narrow.isSuccess)
                #expect(narrow.shape == Job.Shape(kind: "malleable", cores: 1))
                #expect(Set(narrow.decisions.compactMap(\.configuration?.cores)) == [1])
            }
        }

        @Test func `a forecast starts nothing and names every policy's plan`() throws {
            try Daemon.with { daemon in
                struct Forecast: Decodable {
                    struct Plan: Decodable { var policy: String }

                    var className: String
                    var knownRuns: Int
                    var probes: [Job.Configuration]
                    var plans: [Plan]
                }
                let command = try Workload.command("independent", seconds: 3, on: daemon)
                let plan = ["plan", "--json", "--class", "f", "--deadline", "60s", "--"] + command
                let unknown = try daemon.begin(plan).finish().decoded(Forecast.self)
                #expect(unknown.className == "f")
                #expect(unknown.knownRuns == 0)
                #expect(try daemon.jobs.isEmpty)
                let run = try daemon.end(of: daemon.submit(["--class", "f", "--deadline", "60s"], command))
                #expect(run.isSuccess)
                let known = try daemon.begin(plan).finish().decoded(Forecast.self)
                #expect(known.knownRuns == 1)
                let policies = Set(known.plans.map(\.policy))
                #expect(policies.isSuperset(of: ["race-to-idle", "wide-and-slow", "minimum-energy"]))
                #expect(try daemon.jobs.count == 1)
            }
        }

        @Test func `what a job runs at is explained while it runs and when it has ended`() throws {
            try Daemon.with { daemon in
                struct Told: Decodable {
                    struct Plan: Decodable { var policy: String }
                    struct Stay: Decodable { var durationS: Double }
                    struct Belief: Decodable { var origin: String }

                    var job: Job
                    var scope: String
                    var estimates: [Belief]
                    var hull: [Job.Configuration]
                    var plans: [Plan]
                    var requiredRatePerS: Double?
                    var ranAt: [Stay]
                }
                let blocker = try daemon.submit("--rigid", "\(daemon.coreCount)", script: Self.waiting)
                let command = try Workload.command("independent", seconds: 8, on: daemon)
                let id = try daemon.submit(["--class", "e", "--deadline", "60s"], command)
                for json in [[], ["--json"]] {
                    let early = try daemon.begin(["explain", "\(id)"] + json).finish()
                    expectRefusal(early, exit: 75, naming: "nothing is known of job \(id) yet")
                }
                try daemon.touch("stop")
                #expect(try daemon.end(of: blocker).isSuccess)
                try daemon.job(id, "was measured") { !$0.probes.isEmpty }
                let running = try daemon.pacer("explain", "--json", "\(id)").decoded(Told.self)
                #expect(running.job.state != "finished")
                #expect(running.scope == "rest")
                #expect(running.hull.count <= running.estimates.count)
                #expect(try daemon.end(of: id).isSuccess)
                let told = try daemon.pacer("explain", "--json", "\(id)").decoded(Told.self)
                #expect(told.scope == "whole")
                #expect(told.job.isSuccess)
                #expect(!told.hull.isEmpty)
                #expect(told.estimates.contains { $0.origin == "measured" })
                #expect(told.plans.first?.policy == "minimum-energy")
                #expect(told.plans.count >= 9)
                #expect((told.requiredRatePerS ?? 0) > 0)
                #expect(!told.ranAt.isEmpty)

                let text = try daemon.pacer("explain", "\(id)")
                #expect(text.status == 0)
                for part in ["from its start to the deadline", "race-to-idle", "emulated", "# chosen"] {
                    #expect(text.text.contains(part), "\(text.text)")
                }
                let file = daemon.path("frontier.svg")
                #expect(try daemon.pacer("explain", "\(id)", "--svg", file).status == 0)
                let written = try String(contentsOfFile: file, encoding: .utf8)
                #expect(written == (try daemon.pacer("explain", "\(id)", "--svg", "-").text))
                #expect(written.hasPrefix("<svg ") && written.hasSuffix("</svg>\n"))
                let refused = try daemon.pacer("explain", "\(id)", "--svg", "/nonexistent/x.svg")
                #expect(refused.status == 73)
                #expect(refused.errors.contains("/nonexistent/x.svg"))
                let both = try daemon.pacer("explain", "\(id)", "--json", "--svg", "-")
                #expect(both.status == 64)
            }
        }

        @Test func `a job of which nothing was learnt has nothing to explain`() throws {
            try Daemon.with { daemon in
                let id = try daemon.submit([], ["true"])
                _ = try daemon.end(of: id)
                for json in [[], ["--json"]] {
                    let result = try daemon.begin(["explain", "\(id)"] + json).finish()
                    expectRefusal(result, exit: 65, naming: "nothing was learnt of job \(id)")
                }
            }
        }
    }
}
