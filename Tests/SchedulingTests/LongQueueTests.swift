import PacerModels
import PacerPlatform
import PacerPolicies
import PacerReplay
import PacerScheduling
import PacerTestSupport
import PacerUnits
import Testing

/// What happens with very many jobs that wait.
@Suite struct LongQueueTests {
    /// How often a policy was asked for something. One engine uses it, on one thread.
    private final class Tally: @unchecked Sendable {
        var plans = 0
        var options = 0
    }

    /// A policy that counts what it is asked.
    private struct Counting: Policy {
        let tally = Tally()
        let policy = examplePolicies[4]
        var name: String { policy.name }
        var summary: String { policy.summary }
        var wantsProfile: Bool { policy.wantsProfile }
        var margin: Double { policy.margin }
        var accounting: Accounting { policy.accounting }

        func plan(_ view: PlanningView) -> Plan {
            tally.plans += 1
            return policy.plan(view)
        }

        func option(_ request: OptionRequest, of table: OptionTable) -> Int? {
            tally.options += 1
            return policy.option(request, of: table)
        }
    }

    private static let class_ = "known"

    private static func profile() throws -> ClassProfile {
        let job = simulated(1, work: 60, deadline: 120, law: Law(sigma: 0.1), className: class_)
        return try #require(run([job]).profiles[class_])
    }

    private static func engine(_ policy: any Policy, cores: Int = 4) -> Engine {
        Engine(
            machine: exampleMachine(cores: cores), power: examplePower, policies: [policy],
            queuePolicy: policy.name)
    }

    private static func request(
        _ id: Int64, deadline: Double? = nil, shape: JobShape = .malleable(limit: nil),
        className: String = class_
    ) -> JobRequest {
        JobRequest(
            id: JobID(id), className: className, submitted: .zero,
            deadline: deadline.map { .zero + Seconds($0) }, shape: shape, policy: "minimum-energy")
    }

    /// The jobs that were started, in order; they run from now on.
    @discardableResult
    private static func starts(
        _ engine: inout Engine, _ event: Event, at now: Instant
    ) -> [(job: JobID, cores: Int)] {
        var started: [(job: JobID, cores: Int)] = []
        for command in engine.handle(event, at: now) {
            guard case .launch(let id, let cores) = command else { continue }
            started.append((id, cores.count))
        }
        for start in started { _ = engine.handle(.launched(start.job), at: now) }
        return started
    }

    /// What a policy is asked at a submission, at the end of a job and at a look.
    private static func asked(_ count: Int64, deadlines: Bool) throws -> [Int] {
        let policy = Counting()
        let profile = try profile()
        var engine = engine(policy)
        for id in 1...count {
            let deadline = deadlines ? 10_000 + Double(id % 97) : nil
            starts(&engine, .submitted(request(id, deadline: deadline), prior: profile), at: .zero)
        }
        let now = Instant.zero + Seconds(5)
        let running = try #require(engine.activeJobs.first)
        let tally = policy.tally
        return try [
            { engine in
                starts(&engine, .submitted(request(count + 1, deadline: 9000), prior: profile), at: now)
            },
            { engine in starts(&engine, .exited(running, .exited(code: 0)), at: now) },
            { engine in
                let reading = EnergyReading(at: now, microjoules: 0, unknown: .zero)
                starts(&engine, .observed(Snapshot(energy: reading, samples: [:])), at: now)
            },
            { engine in
                let next = request(count + 2, deadline: 9000)
                let admission = engine.admission(of: next, prior: profile, at: now)
                try #require(admission != .unknown(.work))
            },
            { engine in
                // Behind all of them.
                let admission = engine.admission(of: request(count + 2), prior: profile, at: now)
                try #require(admission == .unknown(.line))
            },
        ].map { (step: (inout Engine) throws -> Void) in
            (tally.plans, tally.options) = (0, 0)
            try step(&engine)
            return tally.plans + tally.options
        }
    }

    @Test(arguments: [true, false])
    func `what an event costs does not grow with the line`(_ deadlines: Bool) throws {
        let short = try Self.asked(400, deadlines: deadlines)
        let long = try Self.asked(2000, deadlines: deadlines)
        #expect(short == long)
        #expect(short.reduce(0, +) > 0)
    }

    @Test func `jobs of a long line are served by deadline, then by number`() {
        var generator = SeededGenerator(seed: 4)
        var engine = Self.engine(examplePolicies[4], cores: 1)
        let requests = (1...700 as ClosedRange<Int64>).map { id in
            Self.request(
                id, deadline: id % 3 == 0 ? nil : 1000 + Double(Int.random(in: 0...50, using: &generator)),
                className: "class-\(id)")
        }
        // The first one has the core before the others come.
        var served: [JobID] = []
        for request in requests {
            served += Self.starts(&engine, .submitted(request, prior: nil), at: .zero).map(\.job)
        }
        var now = Instant.zero
        while let running = engine.activeJobs.first {
            now = now + Seconds(0.01)
            served += Self.starts(&engine, .exited(running, .exited(code: 0)), at: now).map(\.job)
        }
        let expected =
            [requests[0]]
            + requests.dropFirst().sorted {
                ($0.deadline ?? .distantFuture, $0.id) < ($1.deadline ?? .distantFuture, $1.id)
            }
        #expect(served == expected.map(\.id))
        #expect(engine.queueLength == 0)
    }

    @Test func `jobs whose deadlines have passed do not keep others from theirs, however many they are`()
        throws
    {
        let profile = try Self.profile()
        var engine = Self.engine(examplePolicies[4])
        let blocker = Self.request(1, shape: .rigid(cores: 4), className: "blocker")
        Self.starts(&engine, .submitted(blocker, prior: nil), at: .zero)
        for id in 2...600 as ClosedRange<Int64> {
            Self.starts(&engine, .submitted(Self.request(id, deadline: 10), prior: profile), at: .zero)
        }
        let now = Instant.zero + Seconds(100)
        Self.starts(&engine, .submitted(Self.request(601, deadline: 250), prior: profile), at: now)
        let started = Self.starts(&engine, .exited(JobID(1), .exited(code: 0)), at: now).map(\.job)
        #expect(started.contains(JobID(601)))
    }

    @Test func `jobs that end before they can be measured run side by side, one a core`() {
        var engine = Self.engine(examplePolicies[4], cores: 2)
        let submit = { (id: Int64) in Event.submitted(Self.request(id, className: "true"), prior: nil) }
        #expect(Self.starts(&engine, submit(1), at: .zero).map(\.cores) == [2])
        for id in 2...9 as ClosedRange<Int64> { Self.starts(&engine, submit(id), at: .zero) }
        let soon = Instant.zero + Seconds(0.004)
        let next = Self.starts(&engine, .exited(JobID(1), .exited(code: 0)), at: soon)
        #expect(next.map(\.job) == [JobID(2), JobID(3)])
        #expect(next.map(\.cores) == [1, 1])
    }

    @Test func `jobs that take their time, or have no time, are not taken for such`() {
        for (length, deadline, cores) in [(20.0, nil, 2), (0.004, 1.0, 2), (0.004, 60.0, 1)] {
            var engine = Self.engine(examplePolicies[4], cores: 2)
            for id in 1...9 as ClosedRange<Int64> {
                let request = Self.request(id, deadline: deadline, className: "true")
                Self.starts(&engine, .submitted(request, prior: nil), at: .zero)
            }
            let end = Instant.zero + Seconds(length)
            let next = Self.starts(&engine, .exited(JobID(1), .exited(code: 0)), at: end)
            #expect(next.first?.cores == cores)
        }
    }
}
