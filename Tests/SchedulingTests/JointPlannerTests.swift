import PacerModels
import PacerPlatform
import PacerPolicies
import PacerReplay
import PacerScheduling
import PacerTestSupport
import PacerUnits
import Testing

/// Contenders for a machine, with what they may be given.
struct Contest {
    static let power = PowerModel(
        idle: Watts(8), uncore: Watts(6), cubic: 0.25, linear: 0.5, constant: 0.4)
    static let kinds = [
        JobKind(
            name: "ideal", scalability: ScalabilityModel(base: 1, contention: 0, coherency: 0),
            clockShare: 1, activity: 1),
        JobKind(
            name: "contending", scalability: ScalabilityModel(base: 1, contention: 0.2, coherency: 0.02),
            clockShare: 0.6, activity: 0.7),
    ]

    let cores: Int
    let tables: [OptionTable]
    let ladder: PriceLadder
    var contenders: [Contender] = []

    init(cores: Int, _ frequencies: [Double] = [1, 1.6, 2.4, 3]) {
        self.cores = cores
        let machine = ReplayMachine(
            MachineDescription(
                name: "m", summary: "", frequencies: frequencies.map { Hertz($0 * 1e9) },
                boostFrequencies: [], coresPerDomain: 1, cores: cores, power: Self.power,
                counterRangeMicrojoules: 1))
        let ladder = PriceLadder(
            power: Self.power, top: Hertz((frequencies.last ?? 1) * 1e9), accounting: .horizon)
        tables = Self.kinds.map { OptionTable(machine.options(of: $0), ladder: ladder) }
        self.ladder = ladder
    }

    /// Adds `count` random contenders, some of whom run on some of the cores.
    mutating func fill(_ count: Int, running: Bool, _ generator: inout SeededGenerator) {
        var left = running ? cores : 0
        for _ in 0..<count {
            let table = Int.random(in: 0..<tables.count, using: &generator)
            let work = Double.random(in: 0...200, using: &generator)
            let shortest = work / tables[table].highestSpeed
            let limit =
                Int.random(in: 0...4, using: &generator) == 0
                ? Double.infinity : shortest * Double.random(in: 0.3...8, using: &generator) - 1
            let most = Int.random(in: 1...cores, using: &generator)
            let shape = Int.random(in: 0...2, using: &generator)
            var contender = Contender(
                table: table, work: work, time: limit < .infinity ? limit * 0.98 - 0.1 : limit,
                limit: limit, cores: shape == 0 ? most...most : 1...most, isFixed: shape < 2)
            if left > 0, Bool.random(using: &generator), shape > 0 || most <= left {
                let used = shape == 0 ? most : Int.random(in: 1...min(most, left), using: &generator)
                left -= used
                if contender.isFixed { contender.cores = used...used }
                contender.held = contender.isFixed ? used : 1
                let options = tables[table].range(cores: used...used)
                contender.current = Int.random(in: options, using: &generator)
            }
            contenders.append(contender)
        }
        contenders.sort { $0.limit < $1.limit }
    }

    func planner(_ policy: any Policy) -> JointPlanner {
        JointPlanner(cores: cores, tables: tables, ladder: ladder, policy: policy)
    }

    func given(_ contender: Contender) -> JobOption? {
        contender.given >= 0 ? tables[contender.table].options[contender.given] : nil
    }
}

@Suite struct JointPlannerTests {
    private static let policies: [GridPolicy] = {
        var hasty = policy("hasty", .any, .any)
        hasty.haste = 1.5
        var product = policy("product", .any, .any)
        product.objective = .edp
        return examplePolicies + [
            hasty, product, policy("powersave", .widest, .governor(.powersave)),
            policy("two", .fixed(2), .lowestFeasible),
        ]
    }()

    private static func contest(seed: UInt64, running: Bool) -> Contest {
        var generator = SeededGenerator(seed: seed)
        var contest = Contest(cores: [1, 2, 3, 4, 6, 9][Int(seed % 6)])
        let count = seed.isMultiple(of: 4) ? 1 : Int.random(in: 2...12, using: &generator)
        contest.fill(count, running: running, &generator)
        return contest
    }

    @Test func `nobody gets more than there is, less than it holds, or what it may not have`() {
        for seed in UInt64(1)...90 {
            let contest = Self.contest(seed: seed, running: true)
            for policy in Self.policies {
                var planner = contest.planner(policy)
                var contenders = contest.contenders
                let rest = planner.plan(&contenders)
                #expect(rest > 0, "seed \(seed), \(policy.name)")
                let given = contenders.compactMap(contest.given)
                #expect(given.reduce(0) { $0 + $1.cores } <= contest.cores, "seed \(seed), \(policy.name)")
                for contender in contenders {
                    guard let option = contest.given(contender) else {
                        #expect(contender.held == 0, "seed \(seed), \(policy.name)")
                        continue
                    }
                    #expect(option.cores >= contender.held, "seed \(seed), \(policy.name)")
                    #expect(contender.cores.contains(option.cores), "seed \(seed), \(policy.name)")
                    if contender.isFixed, contender.held > 0 {
                        #expect(option.cores == contender.held, "seed \(seed), \(policy.name)")
                    }
                }
            }
        }
    }

    @Test func `the same contenders get the same, whatever was planned before`() {
        for seed in UInt64(1)...40 {
            let contest = Self.contest(seed: seed, running: true)
            let other = Self.contest(seed: seed + 600, running: false)
            for policy in Self.policies {
                var fresh = contest.planner(policy)
                var used = contest.planner(policy)
                var first = contest.contenders
                var second = contest.contenders
                var others = other.contenders
                _ = used.plan(&others)
                let rest = fresh.plan(&first)
                #expect(used.plan(&second) == rest, "seed \(seed), \(policy.name)")
                #expect(first.map(\.given) == second.map(\.given), "seed \(seed), \(policy.name)")
                // What was given before counts for nothing either.
                #expect(used.plan(&second) == rest)
                #expect(first.map(\.given) == second.map(\.given), "seed \(seed), \(policy.name)")
            }
        }
    }

    @Test func `on an idle machine somebody begins`() {
        for seed in UInt64(1)...120 {
            let contest = Self.contest(seed: seed, running: false)
            for policy in Self.policies {
                var planner = contest.planner(policy)
                var contenders = contest.contenders
                _ = planner.plan(&contenders)
                #expect(
                    contenders.contains { $0.given >= 0 },
                    "seed \(seed), \(policy.name), \(contest.cores) cores")
            }
        }
    }

    @Test func `who is alone gets the cheapest option that ends in time, or the fastest`() {
        for seed in UInt64(1)...300 {
            var generator = SeededGenerator(seed: seed)
            var contest = Contest(cores: [1, 2, 3, 4, 8][Int(seed % 5)])
            contest.fill(1, running: false, &generator)
            var contenders = contest.contenders
            let lone = contenders[0]
            var planner = contest.planner(policy("pace-to-idle", .any, .any))
            _ = planner.plan(&contenders)
            let options = contest.tables[lone.table].options.filter { lone.cores.contains($0.cores) }
            let inTime = options.filter { $0.speed * max(lone.time, 0) >= lone.work }
            guard let chosen = contest.given(contenders[0]) else {
                Issue.record("seed \(seed): it waits")
                continue
            }
            let cost = { (option: JobOption) in
                (option.corePower + contest.ladder.sharedPower) / option.speed
            }
            if let least = inTime.map(cost).min() {
                #expect(chosen.speed * lone.time >= lone.work * (1 - 1e-9), "seed \(seed)")
                #expect(cost(chosen) <= least * (1 + 1e-9), "seed \(seed)")
            } else {
                #expect(chosen.speed == options.map(\.speed).max(), "seed \(seed)")
            }
        }
    }

    @Test func `where one has to be late it is the one that takes the most, not two others`() {
        // Ideal jobs on four cores: 150 core-seconds are wanted of the 124 that there are.
        let contest = Contest(cores: 4)
        let wanted = [(work: 90.0, limit: 26.0), (work: 30, limit: 30), (work: 30, limit: 31)]
        for policy in examplePolicies where policy.mixesOptions {
            var planner = contest.planner(policy)
            var contenders = wanted.map {
                Contender(
                    table: 0, work: $0.work, time: $0.limit, limit: $0.limit, cores: 1...4, isFixed: false)
            }
            _ = planner.plan(&contenders)
            #expect(contenders[1...].allSatisfy { $0.given >= 0 }, "\(policy.name)")
            // It would need more than three to end in time, and is given what the others leave.
            let cores = contest.given(contenders[0])?.cores ?? 0
            #expect(cores <= 2, "\(policy.name)")
        }
    }

    @Test func `race-to-idle gives the most urgent all that it may have at the top`() {
        for seed in UInt64(1)...100 {
            var generator = SeededGenerator(seed: seed)
            var contest = Contest(cores: [1, 2, 4, 7][Int(seed % 4)])
            contest.fill(Int.random(in: 1...6, using: &generator), running: false, &generator)
            for index in contest.contenders.indices {
                contest.contenders[index].cores = 1...contest.cores
                contest.contenders[index].isFixed = false
            }
            var planner = contest.planner(examplePolicies[0])
            var contenders = contest.contenders
            _ = planner.plan(&contenders)
            let hopeful = contest.contenders.firstIndex {
                $0.limit < .infinity && $0.work <= $0.limit * contest.tables[$0.table].highestSpeed
            }
            for (index, contender) in contenders.enumerated() {
                let isFirst = index == (hopeful ?? 0)
                #expect((contender.given >= 0) == isFirst, "seed \(seed)")
                guard isFirst, let option = contest.given(contender) else { continue }
                #expect(option.cores == contest.cores && option.configuration.frequency == Hertz(3e9))
            }
        }
    }
}
