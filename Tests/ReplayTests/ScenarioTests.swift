import PacerModels
import PacerReplay
import PacerScheduling
import PacerUnits
import Testing

@Suite struct ScenarioTests {
    private static func trace(_ jobs: [(Double, Double, Int)], name: String = "a", procs: Int? = nil) -> Trace
    {
        Trace(
            name: name, header: procs.map { [.init(key: "MaxProcs", value: "\($0)")] } ?? [],
            jobs: jobs.enumerated().map { index, job in
                TraceJob(
                    number: index + 1, submitted: Seconds(job.0), runTime: Seconds(job.1), processors: job.2,
                    requestedTime: index % 2 == 0 ? Seconds(job.1 * 3 + 1) : nil)
            })
    }

    private static let small = trace([(0, 10, 1), (5, 20, 4), (5, 0, 2), (100, 8, 64), (200, 30, 8)])

    @Test func `rules that change nothing leave times and widths as they are`() throws {
        let workload = try Scenario(kinds: .named("plain")).workload([Self.small], cores: 16)
        #expect(workload.jobs.map { $0.submitted.nanoseconds / 1_000_000_000 } == [0, 5, 5, 100, 200])
        #expect(workload.jobs.map(\.cores) == [1, 4, 2, 64, 8])
        #expect(workload.jobs.map(\.shape) == [1, 4, 2, 64, 8].map { .rigid(cores: $0) })
        #expect(workload.jobs.allSatisfy { $0.deadline == nil })
        #expect(workload.kinds == [ShippedKinds.plain])
        #expect(workload.notes == ["1 job wider than the machine's 16 cores: refused"])
    }

    @Test func `widths are clipped, or scaled to the machine`() throws {
        let clipped = try Scenario(width: .clip).workload([Self.small], cores: 16)
        #expect(clipped.jobs.map(\.cores) == [1, 4, 2, 16, 8])
        let wide = Self.trace([(0, 1, 1), (0, 1, 7), (0, 1, 64), (0, 1, 128)], procs: 128)
        let scaled = try Scenario(width: .scale).workload([wide], cores: 32)
        #expect(scaled.jobs.map(\.cores) == [1, 2, 16, 32])
        #expect(throws: Scenario.Problem.self) {
            try Scenario(width: .scale).workload([Self.small], cores: 32)
        }
    }

    @Test(arguments: [0.3, 0.6, 1, 1.5])
    func `submission is stretched about the first so that the offered load is what was asked for`(
        _ target: Double
    ) throws {
        let shifted = Self.trace([(50, 10, 1), (55, 20, 4), (130, 8, 64), (250, 30, 8)])
        let scenario = Scenario(shape: .malleable, deadline: .factor(2), utilisation: target)
        let workload = try scenario.workload([shifted], cores: 16)
        let load = try #require(Scenario.offeredLoad(workload.jobs, cores: 16))
        #expect(abs(load / target - 1) < 1e-9)
        // By hand: the job of 64 cores is refused, the others bring 10 + 80 + 240 core-seconds.
        let span = try #require(workload.jobs.last).submitted - workload.jobs[0].submitted
        #expect(abs(330 / (16 * span.value) / target - 1) < 1e-9)
        #expect(workload.jobs[0].submitted == .zero + Seconds(50))
        for job in workload.jobs {
            #expect(
                job.deadline.map { abs(($0 - job.submitted).value - 2 * job.runTime.value) < 2e-9 } == true)
            #expect(job.shape == .malleable(limit: 16))
        }
    }

    @Test func `jobs that come all at once cannot be stretched`() {
        let burst = Self.trace([(3, 10, 1), (3, 10, 1)])
        #expect(throws: Scenario.Problem.self) {
            try Scenario(utilisation: 0.5).workload([burst], cores: 4)
        }
        #expect(Scenario.offeredLoad([], cores: 4) == nil)
    }

    @Test func `a requested time makes a deadline, and who requested none has none`() throws {
        let workload = try Scenario(deadline: .requested).workload([Self.small], cores: 64)
        #expect(workload.jobs.map { $0.deadline != nil } == [true, false, true, false, true])
        #expect(workload.jobs[0].deadline == .zero + Seconds(31))
        #expect(workload.notes == ["2 jobs without a requested time: no deadline"])
    }

    @Test func `traces are merged by time, then by their order`() throws {
        let other = Self.trace([(0, 1, 3), (5, 1, 3), (150, 1, 3)], name: "b")
        let workload = try Scenario().workload([Self.small, other], cores: 64)
        #expect(workload.name == "a + b")
        #expect(workload.jobs.map(\.cores) == [1, 3, 4, 2, 3, 64, 3, 8])
    }

    @Test func `a part of the jobs is the part of all of them`() throws {
        let jobs = (0..<500).map { (Double($0), Double($0 % 7), 1 + $0 % 60) }
        let trace = Self.trace(jobs)
        let all = try Scenario(seed: 3).workload([trace], cores: 64)
        let part = try Scenario(seed: 3, skip: 100, first: 50).workload([trace], cores: 64)
        #expect(part.jobs == Array(all.jobs[100..<150]))
        #expect(try Scenario(seed: 3, skip: 450, first: 100).workload([trace], cores: 64).jobs.count == 50)
        #expect(throws: Scenario.Problem.self) { try Scenario(skip: 500).workload([trace], cores: 64) }
    }

    @Test func `kinds are drawn by the seed, all of them, and none that is faster on fewer cores`() throws {
        let trace = Self.trace((0..<4000).map { (Double($0), 1, [1, 2, 16, 100, 300][$0 % 5]) })
        let first = try Scenario(seed: 1).workload([trace], cores: 512)
        let again = try Scenario(seed: 1).workload([trace], cores: 512)
        let other = try Scenario(seed: 2).workload([trace], cores: 512)
        #expect(first.jobs == again.jobs)
        #expect(first.jobs != other.jobs)
        #expect(Set(first.jobs.map(\.kind)).count == ShippedKinds.all.count)
        for job in first.jobs {
            let law = first.kinds[job.kind].scalability
            #expect(law.speedup(cores: job.cores) >= law.speedup(cores: max(1, job.cores - 1)))
        }
    }

    @Test func `words name rules as they are written in files and options`() {
        #expect(Scenario.Deadline(word: "1.5x") == .factor(1.5))
        #expect(Scenario.Deadline(word: "requested") == .requested)
        #expect(Scenario.Deadline(word: "none") == Scenario.Deadline.none)
        for word in ["", "x", "0x", "-1x", "2", "infx", "nanx", "1e9x"] {
            #expect(Scenario.Deadline(word: word) == nil, "\(word)")
        }
        #expect(Scenario.Kinds(word: "drawn") == .drawn)
        #expect(Scenario.Kinds(word: "plain") == .named("plain"))
        #expect(Scenario.Kinds(word: "fast") == nil)
        #expect(Scenario.utilisation(word: "0.6") == 0.6)
        #expect(Scenario.utilisation(word: "60 %") == 0.6)
        for word in ["0", "-1", "nan", "inf", "60 W", ""] {
            #expect(Scenario.utilisation(word: word) == nil, "\(word)")
        }
    }

    @Test func `deadlines and stretches that no instant can hold are refused`() {
        let long = Self.trace([(0, 1e9, 1), (3.9e9, 1e9, 1)])
        #expect(throws: Scenario.Problem.self) {
            try Scenario(deadline: .factor(1000)).workload([long], cores: 4)
        }
        #expect(throws: Scenario.Problem.self) {
            try Scenario(utilisation: 0.001).workload([long], cores: 4)
        }
        // What the first submission and the stretch behind it come to, not the stretch alone.
        let late = Self.trace([(4e9, 1e6, 4), (4e9 + 1e6, 1, 1)])
        #expect(throws: Scenario.Problem.self) {
            try Scenario(utilisation: 1.9e-4).workload([late], cores: 4)
        }
    }
}
