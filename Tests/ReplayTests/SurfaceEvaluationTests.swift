import Foundation
import PacerModels
import PacerPlatform
import PacerPolicies
import PacerReplay
import PacerScheduling
import PacerUnits
import Testing

@Suite struct SurfaceEvaluationTests {
    static let factors = [1.1, 2.5]
    /// Those that differ most: probing, one configuration, late.
    static let names = ["minimum-energy", "wide-and-slow", "narrow-and-fast", "governor-powersave"]

    /// Every figure of an evaluation, from the surface and the timeline alone.
    private func check(_ result: SurfaceEvaluation, _ surface: Surface, _ trial: SurfaceTrial, _ name: String)
    {
        var energy = 0.0
        var time = 0.0
        var work = 0.0
        var before: Configuration?
        for (index, stretch) in result.timeline.enumerated() {
            let point = surface.points.first { $0.configuration == stretch.configuration }
            guard let point else {
                Issue.record("\(name): the table has no \(stretch.configuration)")
                return
            }
            let length = stretch.duration.value
            energy += point.power.value * length
            time += length
            work += stretch.work
            let isRunning = abs(stretch.work - length / point.time.value) <= 2e-9 / point.time.value + 1e-12
            #expect(isRunning || stretch.work == 0, "\(name): \(stretch)")
            if stretch.work == 0, result.timeline.dropFirst(index + 1).first?.work ?? 0 > 0 {
                let lost = ControlConstants().changes.between(before, stretch.configuration)
                #expect(abs(length - lost.value) < 1e-6, "\(name): \(stretch)")
            }
            before = stretch.configuration
        }
        let rest = max(0, result.deadline.value - time)
        if trial.accounting == .horizon { energy += trial.idlePower.value * rest }
        #expect(abs(work - 1) < 1e-9, "\(name): work \(work)")
        #expect(abs(time - result.time.value) <= 1e-9 * time, "\(name): time")
        #expect(abs(energy - result.energy.value) <= 1e-9 * energy, "\(name): energy")
        #expect(result.isMissed == (time > result.deadline.value + 1e-6), "\(name): missed")
        guard let optimum = result.optimum else { return }
        if !result.isMissed { #expect(result.energy >= optimum * (1 - 1e-9), "\(name): below the optimum") }
        #expect(result.bestSingleEnergy.map { $0 >= optimum * (1 - 1e-9) } != false, "\(name): best single")
    }

    /// A trial of a program that does not say how much work there is.
    private func unsaid(
        _ factor: Double, runs: Int? = nil, spread: Double = 0, seed: UInt64 = 1
    ) -> SurfaceTrial {
        var trial = trial(factor, runs == nil ? .cold : .warm, idle: 5, seed: seed)
        trial.workSpread = spread
        trial.earlierRuns = runs ?? 1
        return trial
    }

    @Test func `a program that does not say how much work there is runs as fast as it can, once`() throws {
        let policy = try shipped("minimum-energy")
        let surface = Kinds.scaling
        let first = surface.evaluate(policy, unsaid(2.5))
        #expect(Set(first.timeline.map(\.configuration)) == [surface.fastest.configuration])
        let second = surface.evaluate(policy, unsaid(2.5, runs: 1))
        #expect(!second.isMissed && second.energy < first.energy * 0.9)
    }

    @Test func `more runs of equal work need less of a reserve`() throws {
        let policy = try shipped("minimum-energy")
        let energies = [1, 5].map { runs in
            Kinds.scaling.evaluate(policy, unsaid(1.3, runs: runs)).energy
        }
        #expect(energies[0] > energies[1], "\(energies)")
    }

    @Test func `earlier runs of other amounts are other figures, and follow from the table as well`() throws {
        let policy = try shipped("minimum-energy")
        var energies: Set<Joules> = []
        var missed = 0
        for seed in UInt64(1)...10 {
            let trial = unsaid(1.5, runs: 3, spread: 0.1, seed: seed)
            let result = Kinds.scaling.evaluate(policy, trial)
            check(result, Kinds.scaling, trial, "seed \(seed)")
            energies.insert(result.energy)
            if result.isMissed { missed += 1 }
        }
        #expect(energies.count == 10)
        #expect(missed <= 2)
    }

    @Test(arguments: Kinds.all)
    func `every figure follows from the table and the timeline`(_ surface: Surface) throws {
        for name in Self.names {
            let policy = try shipped(name)
            for factor in Self.factors {
                for trial in [trial(factor, .warm, idle: 5), trial(factor, idle: 5, .run)] {
                    var policy = policy
                    if trial.accounting == .run { policy.accounting = .run }
                    let name = "\(policy.name) at \(factor), \(trial.knowledge), \(trial.accounting)"
                    check(surface.evaluate(policy, trial), surface, trial, name)
                }
            }
        }
    }

    @Test(arguments: Kinds.all)
    func `minimum-energy keeps every deadline that leaves a tenth`(_ surface: Surface) throws {
        let policy = try shipped("minimum-energy")
        for factor in Self.factors {
            for knowledge in Knowledge.allCases {
                let result = surface.evaluate(policy, trial(factor, knowledge, idle: 2))
                #expect(!result.isMissed, "\(factor) \(knowledge): \(result.time) of \(result.deadline)")
            }
        }
    }

    /// The least energy by trying every pair of configurations, idling included, that together fill the time.
    private func bruteForce(_ surface: Surface, _ trial: SurfaceTrial) -> Double? {
        let deadline = surface.points.map(\.time.value).reduce(.infinity, min) * trial.deadlineFactor
        let idle = trial.accounting == .horizon ? trial.idlePower.value : 0
        var states = surface.points.map { (rate: 1 / $0.time.value, power: $0.power.value) }
        states.append((0, idle))
        let needed = 1 / deadline
        var best: Double?
        for fast in states where fast.rate >= needed * (1 - 1e-12) {
            for slow in states where slow.rate <= needed * (1 + 1e-12) {
                let span = fast.rate - slow.rate
                let share = span > 0 ? min(1, (needed - slow.rate) / span) : 1
                let energy = (fast.power * share + slow.power * (1 - share)) * deadline
                best = min(best ?? energy, energy)
            }
        }
        return best
    }

    @Test(arguments: Kinds.all)
    func `the optimum is what trying every pair finds`(_ surface: Surface) throws {
        let policy = try shipped("race-to-idle")
        for factor in [0.5, 0.99, 1, 1.03, 1.4, 2, 7, 50] {
            for trial in [trial(factor), trial(factor, idle: 12), trial(factor, idle: 12, .run)] {
                let found = surface.evaluate(policy, trial).optimum?.value
                let tried = bruteForce(surface, trial)
                #expect((found == nil) == (tried == nil), "\(factor)")
                if let found, let tried {
                    #expect(abs(found - tried) <= 1e-9 * tried, "\(factor): \(found), tried \(tried)")
                }
            }
        }
    }

    @Test func `the best single configuration idles for the rest, by horizon, and by run does not`() throws {
        let surface = surface(
            "two", cores: [1, 2], gigahertz: [1], time: { n, _ in 20 / n },
            power: { n, _ in n == 1 ? 12 : 20 })
        let policy = try shipped("race-to-idle")
        // At twice the fastest time one core takes 20 s at 12 W; two take 10 s at 20 W and idle for 10 s.
        let dear = surface.evaluate(policy, trial(2, idle: 10))
        #expect(dear.bestSingleEnergy == Joules(240))
        #expect(dear.bestSingle?.cores == 1)
        let cheap = surface.evaluate(policy, trial(2, idle: 1))
        #expect(cheap.bestSingleEnergy == Joules(210))
        #expect(cheap.bestSingle?.cores == 2)
        #expect(surface.evaluate(policy, trial(2, idle: 10, .run)).bestSingleEnergy == Joules(200))
        #expect(surface.evaluate(policy, trial(0.9)).bestSingleEnergy == nil)
    }

    @Test func `a missed deadline is said, and the optimum is still that of the deadline`() throws {
        let result = Kinds.scaling.evaluate(try shipped("governor-powersave"), trial(1.1))
        #expect(result.isMissed)
        #expect(result.time > result.deadline)
        #expect(result.optimum == Kinds.scaling.evaluate(try shipped("race-to-idle"), trial(1.1)).optimum)
    }

    @Test func `the same trial twice is the same, and another seed is not`() throws {
        let policy = try shipped("minimum-energy")
        for knowledge in Knowledge.allCases {
            let plain = trial(2, knowledge, idle: 5)
            #expect(Kinds.scaling.evaluate(policy, plain) == Kinds.scaling.evaluate(policy, plain))
            let noisy = trial(2, knowledge, idle: 5, noise: 0.05, seed: 7)
            let first = Kinds.scaling.evaluate(policy, noisy)
            #expect(first == Kinds.scaling.evaluate(policy, noisy))
            let other = trial(2, knowledge, idle: 5, noise: 0.05, seed: 8)
            #expect(first != Kinds.scaling.evaluate(policy, other))
        }
    }

    @Test func `who knows the program probes less`() throws {
        let policy = try shipped("minimum-energy")
        let cold = Kinds.scaling.evaluate(policy, trial(2.5, .cold, idle: 5))
        let warm = Kinds.scaling.evaluate(policy, trial(2.5, .warm, idle: 5))
        #expect(!cold.probes.isEmpty)
        #expect(warm.probes.count < cold.probes.count)
    }

    /// The published programs of one machine.
    private static func measured(_ machine: String, table: String = "loghin-teo") throws -> [Surface] {
        let text = try String(
            contentsOfFile: "\(repositoryRoot)/Tests/Fixtures/surfaces/\(table).csv", encoding: .utf8)
        return try SurfaceTable(text).surfaces.filter { $0.input == machine }
    }

    @Test(arguments: [("arm", 126.0), ("i7", 26)])
    func `a program that never ran costs less where others ran before`(_ machine: String, _ idle: Double)
        throws
    {
        let policy = try shipped("minimum-energy")
        let surfaces = try Self.measured(machine)
        #expect(surfaces.count > OtherClasses.fewest)
        var excess: [Knowledge: Double] = [:]
        for factor in [1.5, 3] {
            let classes = surfaces.compactMap { $0.profile(policy, trial(factor, .others, idle: idle)) }
            #expect(classes.count == surfaces.count)
            for surface in surfaces {
                for knowledge in [Knowledge.cold, .others] {
                    let trial = trial(factor, knowledge, idle: idle)
                    let result = surface.evaluate(policy, trial, classes: classes)
                    check(result, surface, trial, "\(surface.app) at \(factor), \(knowledge)")
                    #expect(!result.isMissed)
                    excess[knowledge, default: 0] += try #require(result.excess)
                }
            }
        }
        #expect(try #require(excess[.others]) < (try #require(excess[.cold])), "\(excess)")
    }

    @Test(arguments: [1.1, 1.25, 1.5])
    func `a deadline that all cores do not keep is kept by fewer, if they are faster`(_ factor: Double) throws
    {
        // 5.2 s on ten cores, 9 s on all 32, where a job that nobody knows begins.
        let surface = surface(
            "peak", cores: [1, 2] + (2...16).map { $0 * 2 }, gigahertz: [1.2, 1.4, 1.6, 1.8, 2, 2.2],
            time: { n, f in 24.96 * (1 + (n - 1) * (0.02 + 0.01 * n)) / n * (0.8 * 2.2 / f + 0.2) },
            power: { n, f in 200 + n * (0.35 * f * f * f + 1.2) })
        let policy = try shipped("minimum-energy")
        for knowledge in [Knowledge.cold, .warm] {
            let result = surface.evaluate(policy, trial(factor, knowledge, idle: 190))
            #expect(!result.isMissed, "\(knowledge): \(result.time) of \(result.deadline)")
        }
    }

    @Test(arguments: [1.25, 1.5, 3])
    func `a program that is slower on all cores than on one ends near the optimum`(_ factor: Double) throws {
        // 39.5 s on 40 cores, 8 s on four, 20 s on one.
        let surface = surface(
            "locked", cores: [1, 2] + (1...10).map { $0 * 4 }, gigahertz: [0.95],
            time: { n, _ in 20 * (1 + 0.05 * n * (n - 1)) / n }, power: { n, _ in 150 + 1.5 * n })
        let result = surface.evaluate(try shipped("minimum-energy"), trial(factor, idle: 150))
        #expect(!result.isMissed, "\(result.time) of \(result.deadline)")
        #expect(try #require(result.excess) < 0.15)
    }

    @Test func `a deadline that all cores just keep leaves room for probes of fewer`() throws {
        // 20.4 s on eight cores, 21 s on all 32, of 22.5 s.
        let surface = surface(
            "flat", cores: [1, 2] + (1...8).map { $0 * 4 }, gigahertz: [2],
            time: { n, _ in 20 * (1 + 0.01 * abs(n.squareRoot() - 3) * (n < 9 ? 30 / n : 1)) },
            power: { n, _ in 20 + 6 * n })
        let cold = surface.evaluate(try shipped("minimum-energy"), trial(1.1, idle: 20))
        #expect(!cold.isMissed)
        #expect(try #require(cold.excess) < 0.5, "\(cold.timeline)")
        let warm = surface.evaluate(try shipped("minimum-energy"), trial(1.1, .warm, idle: 20))
        #expect(!warm.isMissed)
        #expect(try #require(warm.excess) < 0.2, "\(warm.timeline)")
    }

    /// How much of the time to the deadline all cores take at the top, where a job that nobody knows begins.
    @Test(arguments: [0.93, 0.95, 0.965, 0.98, 0.99])
    func `a deadline kept out of the margin alone is no reason to learn nothing`(_ share: Double) throws {
        // 111 s on all 32 cores, 75 s on twelve.
        let surface = surface(
            "peak", cores: [1, 2, 4, 6, 8, 12, 16, 20, 24, 28, 32], gigahertz: [1.2, 1.5, 1.8, 2.1, 2.5],
            time: { n, f in 400 * (1 + (n - 1) * (0.03 + 0.007 * n)) / n * (0.7 * 2.5 / f + 0.3) },
            power: { n, f in 100 + n * (0.35 * f * f * f + 1.2) })
        let times = surface.points.map(\.time)
        let start = try #require(surface.points.max { $0.configuration < $1.configuration }).time
        let factor = start / (try #require(times.min())) / share
        let result = surface.evaluate(try shipped("minimum-energy"), trial(factor, idle: 90))
        #expect(!result.isMissed, "\(result.time) of \(result.deadline)")
        #expect(try #require(result.excess) < 0.05, "\(result.timeline)")
    }

    @Test(arguments: [Knowledge.cold, .warm])
    func `a late job looks where no law would send it`(_ knowledge: Knowledge) throws {
        // Four of its cores are slower than one of another kind, and three of those are the fastest.
        let stream = try Self.measured("bard/ODROIDXU3", table: "poet-bard").first { $0.app == "stream" }
        let left = Set([0.4, 0.5, 0.9].map { Hertz($0 * 1e9) })
        let surface = Surface(
            app: "stream", input: "",
            points: try #require(stream).points.filter { !left.contains($0.configuration.frequency) })
        for factor in [1.1, 1.25, 1.5] {
            let result = surface.evaluate(try shipped("minimum-energy"), trial(factor, knowledge))
            #expect(!result.isMissed, "\(factor): \(result.time) of \(result.deadline)")
        }
    }

    @Test func `with fewer than three others a program is as if cold`() throws {
        let policy = try shipped("minimum-energy")
        let surfaces = try Self.measured("arm")
        let trial = trial(1.5, .others, idle: 126)
        // Of some programs hardly more is learnt than where they run, which says nothing of others.
        let classes = surfaces.dropLast().compactMap { $0.profile(policy, trial) }
            .filter { $0.measurements.count > 2 }.prefix(3)
        #expect(classes.count == 3)
        let known = try #require(surfaces.first { $0.app == classes.first?.className })
        let unknown = try #require(surfaces.last)
        var cold = trial
        cold.knowledge = .cold
        let others = Array(classes)
        #expect(known.evaluate(policy, trial, classes: others) == known.evaluate(policy, cold))
        #expect(unknown.evaluate(policy, trial, classes: others) != unknown.evaluate(policy, cold))
    }

    @Test func `a job whose last bit of work takes long at a slow configuration leaves it in time`() throws {
        // Between 1 and 47 cores at 25 times the rate: the last 0.2 % take 10 s on one core.
        let surface = try #require(Self.measured("arm").first { $0.app == "npb-sp" })
        let result = surface.evaluate(try shipped("minimum-energy"), trial(1.5, .warm, idle: 126))
        #expect(!result.isMissed, "\(result.time) of \(result.deadline)")
    }
}
