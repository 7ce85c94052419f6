import PacerModels
import PacerPlatform
import PacerReplay
@testable import PacerScheduling
import PacerTestSupport
import PacerUnits
import Testing

@Suite struct ClassHistoryTests {
    private static let machine = exampleMachine(cores: 16)

    private static func profile(
        _ name: String, user: UserID? = nil, rows: Int = 4, machineName: String = machine.name
    ) -> ClassProfile {
        ClassProfile(
            className: name, machineName: machineName, source: .declared,
            measurements: (0..<rows).map { row in
                let at = Configuration(
                    cores: 1 + row % 4, frequency: machine.frequencies[row % machine.frequencies.count])
                return Measurement(
                    configuration: at, rate: Law(sigma: 0.1).rate(at), rateError: 0.01,
                    power: examplePower.power(cores: at.cores, at: at.frequency), powerError: 0.01,
                    duration: Seconds(1))
            }, signals: [], work: [100], runs: 1, user: user)
    }

    private static func history(_ profiles: [ClassProfile]) -> ClassHistory {
        var history = ClassHistory()
        profiles.forEach { history.note($0) }
        return history
    }

    /// Whether a class is compared with others, and how many were fitted for that.
    private static func compare(
        _ key: ClassKey, in history: inout ClassHistory, power: PowerModel = examplePower
    ) -> (isCompared: Bool, fits: Int) {
        var fits = 0
        let others = history.others(than: key, power: power) { measurements in
            fits += 1
            return measurements.map { row in
                Estimate(
                    configuration: row.configuration, rate: row.rate, rateError: 0.01,
                    power: row.power ?? .zero, origin: .measured)
            }
        }
        return (others != nil, fits)
    }

    @Test func `of a user the classes that ran last are kept, in their order`() {
        let names = (1...11).map { "class-\($0)" }
        var history = Self.history(names.map { Self.profile($0) })
        let latest = Array(names.suffix(ClassHistory.mostOfUser))
        #expect(history.profiles.map(\.className) == latest)
        history.note(Self.profile(latest[2]))
        #expect(history.profiles.map(\.className) == latest.filter { $0 != latest[2] } + [latest[2]])
    }

    @Test func `many users take no more than there is room for`() {
        let users = (1...100).map { UserID($0) }
        let history = Self.history(users.map { Self.profile("x", user: $0) })
        #expect(history.profiles.map(\.user) == users.suffix(EngineStart.mostClasses))
    }

    @Test func `a class that was hardly measured is none, also if it was one before`() {
        var history = Self.history([Self.profile("a"), Self.profile("b", rows: 2)])
        #expect(history.profiles.map(\.className) == ["a"])
        history.note(Self.profile("a", rows: 1))
        #expect(history.profiles.isEmpty)
    }

    @Test func `a job is compared with three other classes of its user or more`() {
        let ada = UserID(5)
        var history = Self.history(
            ["a", "b", "c"].map { Self.profile($0, user: ada) } + ["d", "e", "f"].map { Self.profile($0) })
        #expect(Self.compare(ClassKey(user: ada, name: "new"), in: &history).isCompared)
        #expect(!Self.compare(ClassKey(user: ada, name: "a"), in: &history).isCompared)
        #expect(!Self.compare(ClassKey(user: UserID(6), name: "new"), in: &history).isCompared)
        history.note(Self.profile("g", user: ada))
        #expect(Self.compare(ClassKey(user: ada, name: "a"), in: &history).isCompared)
    }

    @Test func `what was found is found once, until a class or the machine's power is known otherwise`() {
        let new = ClassKey(user: nil, name: "new")
        var history = Self.history(["a", "b", "c"].map { Self.profile($0) })
        #expect(Self.compare(new, in: &history).fits == 3)
        #expect(Self.compare(new, in: &history).fits == 0)
        history.note(Self.profile("b"))
        #expect(Self.compare(new, in: &history).fits == 1)
        var power = examplePower
        power.idle += Watts(1)
        #expect(Self.compare(new, in: &history, power: power).fits == 3)
    }

    // MARK: In the engine

    private static let laws: [(String, Law)] = [
        ("a", Law(sigma: 0.02, sensitivity: 0.9, scale: 3)), ("b", Law(sigma: 0.1, sensitivity: 0.7)),
        ("c", Law(sigma: 0.3, sensitivity: 0.5, scale: 1e6)), ("d", Law(sigma: 0.05, kappa: 0.01)),
    ]

    private static func job(_ number: Int64, _ name: String, _ law: Law, at start: Double = 0) -> SimulatedJob
    {
        simulated(
            number, work: 160 * law.scale, deadline: 60, law: law, submitted: start, className: name)
    }

    private static func run(
        _ jobs: [SimulatedJob], classes: [ClassProfile] = [], keepsJournal: Bool = false
    ) -> SimulationResult {
        var simulation = Simulation(
            machine: machine, truth: examplePower, policies: examplePolicies, jobs: jobs, classes: classes)
        simulation.keepsJournal = keepsJournal
        return simulation.run()
    }

    private static func learnt() -> [ClassProfile] {
        laws.compactMap { name, law in run([job(1, name, law)]).profiles[name] }
    }

    @Test(arguments: [Law(sigma: 0.07, sensitivity: 0.8, scale: 7), Law(sigma: 0.2, sensitivity: 0.6)])
    func `a job of a new class costs no more where others are known, and keeps its deadline`(
        _ law: Law
    ) throws {
        let classes = Self.learnt()
        #expect(classes.count == Self.laws.count)
        let blind = try #require(Self.run([Self.job(9, "new", law)]).records.first)
        let told = try #require(Self.run([Self.job(9, "new", law)], classes: classes).records.first)
        #expect(told.probes != blind.probes)
        let (with, without) = (told.energy.machineDuringRun, blind.energy.machineDuringRun)
        #expect(with < without * 1.005, "\(with) instead of \(without)")
        let deadline = try #require(told.request.deadline)
        #expect(try #require(told.finished) <= deadline)
    }

    @Test func `classes of another machine are none`() {
        let foreign = Self.learnt().map { profile in
            var profile = profile
            profile.machineName = "elsewhere"
            return profile
        }
        let job = Self.job(9, "new", Law(sigma: 0.07))
        #expect(Self.run([job], classes: foreign).records == Self.run([job]).records)
    }

    @Test func `what an engine has seen and what it was told of count alike`() throws {
        let jobs = Self.laws.enumerated().map { index, law in
            Self.job(Int64(index) + 1, law.0, law.1, at: Double(index) * 100)
        }
        var engine = Engine(machine: Self.machine, power: examplePower, policies: examplePolicies)
        let result = Self.run(jobs, keepsJournal: true)
        for entry in result.journal { _ = engine.handle(entry.event, at: entry.at) }
        let start = try #require(engine.restart)
        #expect(start.classes == Self.laws.compactMap { result.profiles[$0.0] })
        var other = Engine(start, policies: examplePolicies)
        #expect(other.restart?.classes == start.classes)
        // The rest of the two lives is the same, to the last command.
        let new = Self.run(
            [Self.job(9, "new", Law(sigma: 0.07), at: 1000)], classes: start.classes, keepsJournal: true)
        #expect(new.journal.count > 20)
        for entry in new.journal {
            let one = engine.handle(entry.event, at: entry.at).map(\.journalText)
            #expect(other.handle(entry.event, at: entry.at).map(\.journalText) == one)
        }
    }
}
