import PacerAPI
@testable import PacerAPIServer
import PacerTestSupport
import PacerUnits
import Testing

/// A machine that draws a kilowatt: a joule of a job is a millisecond of it.
private struct Kilowatt {
    struct Run {
        var id: Int64
        var start: Int64
        var end: Int64
        var deadline: Int64?
    }

    static let millisecond: Int64 = 1_000_000
    var runs: [Run]

    /// Everything that there is to show of a job, times in milliseconds.
    func view(_ run: Run, at now: Int64) -> JobView {
        let until = min(now, run.end)
        var view = JobView(
            id: run.id, className: "work", command: ["work"], workingDirectory: "/", userID: 1000,
            shape: ShapeView(.malleable), policy: "minimum-energy",
            state: now >= run.end ? .finished : .running, submittedUnixNs: run.start * Self.millisecond,
            nowUnixNs: now * Self.millisecond,
            work: WorkView(done: 0, total: nil, basis: "unknown", source: nil, ratePerS: nil),
            learnt: LearntView(knownRuns: 0),
            energy: EnergyView(
                source: .measured, machineDuringRunJ: Double(until - run.start),
                attributedJ: Double(until - run.start), attributedErrorJ: 0.25,
                horizonJ: run.deadline.flatMap { now >= $0 ? Double($0 - run.start) : nil }, unknownS: 0))
        view.startedUnixNs = run.start * Self.millisecond
        view.deadlineUnixNs = run.deadline.map { $0 * Self.millisecond }
        if now >= run.end { view.finishedUnixNs = run.end * Self.millisecond }
        view.learnt.estimates = [
            EstimateView(
                configuration: ConfigurationView(cores: 1, frequencyKhz: nil), ratePerS: 1,
                rateErrorRatio: nil, powerW: 61.237, origin: .measured)
        ]
        return view
    }

    /// What a user is told of `id`.
    func told(_ id: Int64, at now: Int64, by disclosure: EnergyDisclosure) throws -> JobView {
        let run = try #require(runs.first { $0.id == id })
        return try disclosure.restricted(view(run, at: now)) { () throws(APIError) in
            runs.filter { $0.start <= now && now < $0.end }.map { view($0, at: now) }
        }
    }
}

@Suite struct DisclosureTests {
    @Test(arguments: 1...40) func `whatever a user asks and when, nothing tells of less than a second`(
        seed: UInt64
    ) throws {
        var random = SeededGenerator(seed: seed)
        let disclosure = EnergyDisclosure()
        let machine = Kilowatt(
            runs: (1...5 as ClosedRange<Int64>).map { id in
                let start = Int64.random(in: 0...4000, using: &random)
                let end = start + Int64.random(in: 1...9000, using: &random)
                let deadline = end + Int64.random(in: -500...3000, using: &random)
                return Kilowatt.Run(
                    id: id, start: start, end: end, deadline: Bool.random(using: &random) ? deadline : nil)
            })
        var figures: [Int64: [(told: Double, isFinal: Bool)]] = [:]
        var instants: Set<Int> = []
        var now: Int64 = 0
        while now < 16_000 {
            now += Int64.random(in: 1...(Bool.random(using: &random) ? 40 : 1500), using: &random)
            for run in machine.runs where run.start <= now && Bool.random(using: &random) {
                let energy = try machine.told(run.id, at: now, by: disclosure).energy
                let isFinal = now >= run.end
                #expect(energy.machineDuringRunJ == energy.attributedJ, "seed \(seed)")
                if let horizon = energy.horizonJ, let total = energy.attributedJ {
                    #expect(abs(horizon - total) >= 1000 - 20, "seed \(seed)")
                }
                guard let told = energy.attributedJ else {
                    #expect(energy.withheld != nil, "seed \(seed)")
                    continue
                }
                figures[run.id, default: []].append((told, isFinal))
                // Rounded to ten joules at most: ten milliseconds.
                if !isFinal { instants.insert(Int((told + Double(run.start)) / 100)) }
            }
        }
        for run in machine.runs {
            var last = 0.0
            for figure in figures[run.id] ?? [] where figure.told != last {
                #expect(figure.told - last >= 1000 - 20, "job \(run.id), seed \(seed)")
                last = figure.told
            }
        }
        // The figures of all jobs together are of moments that are a second apart.
        let moments = instants.sorted()
        for (left, right) in zip(moments, moments.dropFirst()) where right - left > 1 {
            #expect(right - left >= 9, "seed \(seed)")
        }
    }

    @Test func `a job that ran for less than a second has no joules, and the reason is told`() throws {
        let machine = Kilowatt(runs: [Kilowatt.Run(id: 1, start: 0, end: 999, deadline: 5000)])
        let energy = try machine.told(1, at: 9000, by: EnergyDisclosure()).energy
        #expect(energy.attributedJ == nil)
        #expect(energy.machineDuringRunJ == nil)
        #expect(energy.attributedErrorJ == nil)
        #expect(energy.horizonJ == nil)
        #expect(energy.withheld == .tooShort)
    }

    @Test func `a finished job has the whole of its joules, rounded`() throws {
        let machine = Kilowatt(runs: [.init(id: 1, start: 0, end: 4321, deadline: 8765)])
        let view = try machine.told(1, at: 9000, by: EnergyDisclosure())
        #expect(view.energy.attributedJ == 4320)
        #expect(view.energy.machineDuringRunJ == 4320)
        #expect(view.energy.attributedErrorJ == 1)
        #expect(view.energy.horizonJ == 8770)
        #expect(view.energy.withheld == nil)
        #expect(view.learnt.estimates.map(\.powerW) == [61])
    }

    @Test func `a job that runs is told of once it is asked about for more than a second`() throws {
        let machine = Kilowatt(runs: [.init(id: 1, start: 0, end: 100_000, deadline: nil)])
        let disclosure = EnergyDisclosure()
        #expect(try machine.told(1, at: 5000, by: disclosure).energy.withheld == .notYet)
        #expect(try machine.told(1, at: 5999, by: disclosure).energy.attributedJ == nil)
        #expect(try machine.told(1, at: 6000, by: disclosure).energy.attributedJ == 5000)
        #expect(try machine.told(1, at: 6999, by: disclosure).energy.attributedJ == 5000)
        #expect(try machine.told(1, at: 7000, by: disclosure).energy.attributedJ == 6000)
        // Nobody asked for a minute: what was taken then is not of now.
        #expect(try machine.told(1, at: 67_000, by: disclosure).energy.withheld == .notYet)
    }

    @Test(arguments: [
        (0.0, 0.0), (0.4, 0), (0.5, 1), (1.49, 1), (99.6, 100), (999.4, 999), (999.6, 1000), (1004, 1000),
        (1006, 1010), (123_456, 123_000), (-3.4, -3), (9_996_000, 10_000_000),
    ])
    func `joules are rounded to one joule, or to three digits where that is coarser`(
        value: Double, told: Double
    ) {
        #expect(EnergyDisclosure.joules(value) == told)
        // What was rounded stays what it is.
        #expect(EnergyDisclosure.joules(told) == told)
    }

    @Test(arguments: [(61.237, 61.0), (8.04, 8), (0.1234, 0.12), (1999, 2000), (0, 0), (104, 100)])
    func `watts are rounded to two digits`(value: Double, told: Double) {
        #expect(EnergyDisclosure.watts(value) == told)
    }
}
