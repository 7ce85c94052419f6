import PacerModels
import PacerPlatform
import PacerPolicies
import PacerTestSupport
import PacerUnits
import Testing

@testable import PacerScheduling

/// An engine whose launches succeed at once, and whose jobs end when the test says so.
private struct Floor {
    static let ada = UserID(1000)
    static let bob = UserID(1001)

    var engine: Engine
    var now = Instant(nanoseconds: 1_000_000_000)
    private(set) var owners: [JobID: UserID?] = [:]
    /// In the order in which they were started.
    private(set) var started: [JobID] = []

    init(cores: Int, limits: UserLimits = UserLimits(), queuePolicy: String? = nil) {
        engine = Engine(
            machine: exampleMachine(cores: cores), power: examplePower, policies: examplePolicies,
            queuePolicy: queuePolicy, userLimits: limits)
    }

    mutating func feed(_ event: Event) {
        var events = [event]
        while !events.isEmpty {
            for command in engine.handle(events.removeFirst(), at: now) {
                guard case .launch(let id, _) = command else { continue }
                started.append(id)
                events.append(.launched(id))
            }
        }
    }

    @discardableResult
    mutating func submit(_ user: UserID?, _ shape: JobShape, deadline: Double? = nil) -> JobID {
        let id = JobID(Int64(owners.count + 1))
        owners[id] = user
        feed(
            .submitted(
                JobRequest(
                    id: id, className: "class-\(id)", submitted: now,
                    deadline: deadline.map { now + Seconds($0) }, shape: shape, policy: "race-to-idle",
                    user: user), prior: nil))
        return id
    }

    mutating func end(_ id: JobID) { feed(.exited(id, .exited(code: 0))) }

    func cores(of user: UserID?) -> Int {
        engine.activeJobs.filter { owners[$0] == user }
            .reduce(0) { $0 + (engine.allocation(of: $1)?.cores.count ?? 0) }
    }

    func running(of user: UserID?) -> [JobID] { engine.activeJobs.filter { owners[$0] == user } }
    var freeCores: Int {
        engine.machine.coreCount
            - engine.activeJobs.reduce(0) { $0 + (engine.allocation(of: $1)?.cores.count ?? 0) }
    }
}

@Suite struct UserTests {
    private static func random(_ generator: inout SeededGenerator, cores: Int) -> JobShape {
        let width = Int.random(in: 1...cores, using: &generator)
        return switch Int.random(in: 0..<4, using: &generator) {
        case 0: .malleable(limit: nil)
        case 1: .moldable(limit: width)
        default: .rigid(cores: width)
        }
    }

    @Test(arguments: 1...12) func `nobody ever has more than allowed, and nothing waits without a reason`(
        seed: UInt64
    ) {
        var generator = SeededGenerator(seed: seed)
        let cores = Int.random(in: 2...12, using: &generator)
        let limits = UserLimits(
            running: Bool.random(using: &generator) ? Int.random(in: 1...4, using: &generator) : nil,
            coreShare: Bool.random(using: &generator) ? Double.random(in: 0.1...1, using: &generator) : nil)
        var floor = Floor(cores: cores, limits: limits)
        let users: [UserID?] = [Floor.ada, Floor.bob, UserID(1002), .root, nil]
        let most = limits.cores(of: cores)
        for _ in 0..<200 {
            floor.now = floor.now + Seconds(Double.random(in: 0...30, using: &generator))
            let running = floor.engine.activeJobs
            if let id = running.randomElement(using: &generator), Bool.random(using: &generator) {
                floor.end(id)
            } else {
                let user = users.randomElement(using: &generator) ?? nil
                var shape = Self.random(&generator, cores: cores)
                // The driver refuses what could never run.
                if case .rigid(let width) = shape, let user, user != .root {
                    shape = .rigid(cores: min(width, most))
                }
                let deadline = Bool.random(using: &generator) ? 100.0 : nil
                floor.submit(user, shape, deadline: deadline)
            }
            for user in users {
                guard let user, user != .root else { continue }
                #expect(floor.cores(of: user) <= most, "seed \(seed)")
                #expect(floor.running(of: user).count <= limits.running ?? .max, "seed \(seed)")
            }
            #expect(floor.freeCores >= 0, "seed \(seed)")
        }
        // Whoever ends the running jobs again and again sees all of them run.
        var rounds = 0
        while let id = floor.engine.activeJobs.first {
            floor.now = floor.now + Seconds(1)
            floor.end(id)
            rounds += 1
            #expect(rounds <= floor.owners.count, "seed \(seed)")
        }
        #expect(floor.engine.queuedJobs.isEmpty, "seed \(seed)")
        #expect(Set(floor.started).count == floor.owners.count, "seed \(seed)")
    }

    @Test func `a job that waits for its own user's jobs makes nobody wait`() {
        var floor = Floor(cores: 4, limits: UserLimits(running: 1))
        let first = floor.submit(Floor.ada, .rigid(cores: 1), deadline: 100)
        let second = floor.submit(Floor.ada, .rigid(cores: 1), deadline: 10)
        let other = floor.submit(Floor.bob, .rigid(cores: 3))
        #expect(floor.engine.activeJobs == [first, other])
        #expect(floor.engine.queuedJobs == [second])
        floor.end(first)
        #expect(floor.engine.activeJobs == [second, other])
    }

    @Test func `a job that waits for its own user's jobs makes only those hurry`() throws {
        var floor = Floor(cores: 4, limits: UserLimits(running: 1))
        let own = floor.submit(Floor.ada, .rigid(cores: 1), deadline: 3000)
        let others = floor.submit(Floor.bob, .rigid(cores: 1), deadline: 3000)
        floor.submit(Floor.ada, .rigid(cores: 1), deadline: 100)
        let time = { (id: JobID) in
            try #require(floor.engine.jobs[id].flatMap { floor.engine.planningTime($0, at: floor.now) })
                .remaining
        }
        #expect(try time(others) > Seconds(2500))
        #expect(try time(own) < Seconds(100))
    }

    @Test func `a long line of jobs that wait for their own user's makes nobody wait`() {
        var floor = Floor(cores: 4, limits: UserLimits(running: 1))
        for _ in 0..<300 { floor.submit(Floor.ada, .rigid(cores: 1), deadline: 100) }
        let other = floor.submit(Floor.bob, .rigid(cores: 1))
        #expect(floor.engine.activeJobs == [JobID(1), other])
        #expect(floor.engine.queuedCount(of: Floor.ada) == 299)
    }

    @Test(arguments: 1...10)
    func `the front of a line is the same whether all of it is looked at or not`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var floor = Floor(cores: 2)
        let users: [UserID?] = [Floor.ada, Floor.bob, .root, nil]
        for _ in 0..<150 {
            let user = users.randomElement(using: &generator) ?? nil
            let due = Double(Int.random(in: 1...3, using: &generator)) * 10_000
            let deadline = due - (floor.now - Instant.zero).value
            floor.submit(
                user, .rigid(cores: Int.random(in: 1...2, using: &generator)),
                deadline: Bool.random(using: &generator) ? deadline : nil)
            guard Int.random(in: 0..<10, using: &generator) == 0, let id = floor.engine.activeJobs.first
            else { continue }
            floor.now = floor.now + Seconds(Double(Int.random(in: 1...30, using: &generator)))
            floor.end(id)
        }
        let whole = floor.engine.queuedJobs
        #expect(whole.count == floor.engine.queueLength && whole.count > 50, "seed \(seed)")
        for limit in [0, 1, 7, 40, 200] {
            #expect(floor.engine.queuedJobs(limit: limit) == Array(whole.prefix(limit)), "seed \(seed)")
        }
    }

    @Test func `a job that can do with fewer cores gets those that its user may have`() {
        var floor = Floor(cores: 8, limits: UserLimits(coreShare: 0.5))
        floor.submit(Floor.ada, .malleable(limit: nil))
        #expect(floor.cores(of: Floor.ada) == 4)
        floor.submit(Floor.bob, .malleable(limit: 3))
        floor.submit(Floor.bob, .malleable(limit: nil))
        #expect(floor.cores(of: Floor.bob) == 4)
        floor.submit(.root, .rigid(cores: 8))
        #expect(floor.cores(of: .root) == 0)
        for id in floor.engine.activeJobs { floor.end(id) }
        #expect(floor.cores(of: .root) == 8)
    }

    @Test func `whoever comes later does not wait behind all that another has submitted`() {
        var floor = Floor(cores: 2)
        for _ in 0..<20 { floor.submit(Floor.ada, .rigid(cores: 2)) }
        let later = floor.submit(Floor.bob, .rigid(cores: 2))
        floor.now = floor.now + Seconds(60)
        floor.end(JobID(1))
        #expect(floor.engine.activeJobs == [later])
    }

    @Test(arguments: 1...5) func `users who always have jobs that wait get the same share of the cores`(
        seed: UInt64
    ) {
        var generator = SeededGenerator(seed: seed)
        let cores = Int.random(in: 1...6, using: &generator)
        var floor = Floor(cores: cores)
        let users = [Floor.ada, Floor.bob, UserID(1002)]
        // One submits all at once, in front of the others, and wider jobs.
        for (index, user) in users.enumerated() {
            for _ in 0..<45 { floor.submit(user, .rigid(cores: index == 0 ? max(1, cores / 2) : 1)) }
        }
        var coreTime: [UserID: Double] = [:]
        for _ in 0..<60 {
            let step = Double.random(in: 1...20, using: &generator)
            for user in users { coreTime[user, default: 0] += step * Double(floor.cores(of: user)) }
            floor.now = floor.now + Seconds(step)
            if let id = floor.engine.activeJobs.randomElement(using: &generator) { floor.end(id) }
        }
        let times = users.compactMap { coreTime[$0] }
        let (least, greatest) = (times.min() ?? 0, times.max() ?? 0)
        #expect(least > 0, "seed \(seed)")
        #expect(greatest < 2 * least, "seed \(seed): \(times)")
    }

    @Test func `deadlines come before fairness, and a user's own jobs keep their order`() {
        var floor = Floor(cores: 1)
        floor.submit(Floor.ada, .rigid(cores: 1))
        let calm = floor.submit(Floor.bob, .rigid(cores: 1))
        let urgent = floor.submit(Floor.ada, .rigid(cores: 1), deadline: 50)
        let third = floor.submit(Floor.ada, .rigid(cores: 1))
        let fourth = floor.submit(Floor.bob, .rigid(cores: 1))
        floor.now = floor.now + Seconds(5)
        #expect(floor.engine.queuedJobs.first == urgent)
        for _ in 0..<4 {
            floor.now = floor.now + Seconds(5)
            for id in floor.engine.activeJobs { floor.end(id) }
        }
        #expect(floor.started == [JobID(1), urgent, calm, fourth, third])
    }

    @Test func `what was used is forgotten with time`() {
        var floor = Floor(cores: 1)
        floor.submit(Floor.ada, .rigid(cores: 1))
        floor.now = floor.now + Seconds(3600)
        floor.end(JobID(1))
        // Bob has just had a minute, which weighs more than an hour long ago.
        floor.now = floor.now + Seconds(12 * 3600)
        let bobs = floor.submit(Floor.bob, .rigid(cores: 1))
        floor.now = floor.now + Seconds(60)
        let next = (floor.submit(Floor.bob, .rigid(cores: 1)), floor.submit(Floor.ada, .rigid(cores: 1)))
        floor.end(bobs)
        #expect(floor.engine.activeJobs == [next.1])
    }

    @Test func `first come, first served asks for no user`() {
        var floor = Floor(cores: 1, queuePolicy: "fcfs")
        floor.engine = Engine(
            machine: exampleMachine(cores: 1), power: examplePower,
            policies: examplePolicies + [Self.fcfs], queuePolicy: "fcfs")
        for user in [Floor.ada, Floor.ada, Floor.ada, Floor.bob] { floor.submit(user, .rigid(cores: 1)) }
        floor.end(JobID(1))
        floor.end(JobID(2))
        #expect(floor.started == [JobID(1), JobID(2), JobID(3)])
    }

    private static let fcfs: GridPolicy = {
        var policy = policy("fcfs", .widest, .highest)
        policy.queue = .fcfs
        return policy
    }()

    @Test func `jobs of no user are served as ever`() {
        var floor = Floor(cores: 1, limits: UserLimits(running: 1, coreShare: 0.1))
        for _ in 0..<5 { floor.submit(nil, .rigid(cores: 1)) }
        while let id = floor.engine.activeJobs.first {
            floor.now = floor.now + Seconds(1)
            floor.end(id)
        }
        #expect(floor.started == (1...5).map { JobID($0) })
    }

    @Test func `an engine that goes on instead of another gives the same commands`() throws {
        var floor = Floor(cores: 2, limits: UserLimits(running: 1))
        floor.submit(Floor.ada, .rigid(cores: 1))
        floor.now = floor.now + Seconds(100)
        floor.end(JobID(1))
        let start = try #require(floor.engine.restart)
        #expect(start.shares.map(\.user) == [Floor.ada])
        #expect(start.userLimits == UserLimits(running: 1))
        var other = Engine(start, policies: examplePolicies)
        let users = [Floor.ada, Floor.ada, Floor.bob, Floor.bob]
        for (index, user) in users.enumerated() {
            let event = Event.submitted(
                JobRequest(
                    id: JobID(Int64(index) + 10), className: "x", submitted: floor.now, deadline: nil,
                    shape: .rigid(cores: 2), policy: "race-to-idle", user: user), prior: nil)
            let commands = (
                floor.engine.handle(event, at: floor.now).map(\.journalText),
                other.handle(event, at: floor.now).map(\.journalText)
            )
            #expect(commands.0 == commands.1)
        }
    }
}
