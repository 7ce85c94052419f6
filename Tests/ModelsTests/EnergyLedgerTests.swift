import PacerUnits
import Testing

@testable import PacerModels

@Suite struct EnergyLedgerTests {
    static let machine = PowerModel(
        idle: Watts(8), uncore: Watts(6), cubic: 0.25, linear: 0.5, constant: 0.4)

    private func ledger() -> EnergyLedger<Int> {
        EnergyLedger(machine: Self.machine, doubt: .described(Self.machine))
    }

    private func use(_ job: Int, _ busy: Double, cores: Int = 1, gigahertz: Double = 2)
        -> EnergyLedger<Int>.Use
    {
        EnergyLedger.Use(
            job: job, cores: cores, frequency: Hertz(gigahertz * 1e9), busyTime: Seconds(busy))
    }

    @Test func `jobs, idle and unknown sum to what was counted exactly, whatever happens`() {
        var random = SplitMix64(seed: 41)
        var ledger = ledger()
        var counted: UInt64 = 0
        var final: UInt64 = 0
        var (first, last) = (1, 3)
        for step in 0..<600 {
            let microjoules = UInt64(random.number(0...1) * random.number(0...1) * 4e8)
            let length = Seconds(random.number(0.01...2))
            counted += microjoules
            if random.number(0...1) < 0.05 {
                ledger.addUnknown(microjoules, over: length)
            } else {
                let uses = (first..<last).map { job in
                    use(
                        job, random.number(0...1) < 0.3 ? 0 : length.value * random.number(0...2),
                        cores: Int(random.number(1...3)), gigahertz: [1, 2, 3][Int(random.number(0...2.9))])
                }
                ledger.add(microjoules, over: length, uses: uses)
            }
            if random.number(0...1) < 0.05, last < first + 5 { last += 1 }
            if random.number(0...1) < 0.04, first < last {
                final += ledger.close(first)?.microjoules ?? 0
                first += 1
            }
            let jobs = ledger.lines.reduce(final) { $0 + $1.microjoules }
            #expect(jobs == ledger.attributedMicrojoules, "step \(step)")
            #expect(jobs + ledger.idleMicrojoules + ledger.unknownMicrojoules == counted, "step \(step)")
            #expect(ledger.countedMicrojoules == counted)
        }
        #expect(ledger.idleMicrojoules > 0 && ledger.attributedMicrojoules > 0)
        #expect(ledger.unknownMicrojoules > 0 && ledger.unknownTime > .zero)
        #expect(first > 10)
    }

    private func joules(_ line: EnergyLedger<Int>.Line) -> Double { Double(line.microjoules) / 1e6 }

    /// What the machine draws in `length` seconds, in microjoules, by the model and the jobs' activities.
    private func energy(_ length: Double, _ uses: [(use: EnergyLedger<Int>.Use, activity: Double)]) -> UInt64
    {
        let cores = uses.reduce(0) { sum, entry in
            let power = Self.machine.corePower(at: entry.use.frequency, activity: entry.activity)
            return sum + (power * entry.use.busyTime).value
        }
        let busiest = uses.map { $0.use.busyTime.value / Double($0.use.cores) }.max() ?? 0
        let total = 8 * length + 6 * min(length, busiest) + cores
        return UInt64((total * 1e6).rounded())
    }

    @Test func `a solo stretch puts right what was split before it, as in the documentation`() throws {
        // Activities 1.5 and 0.5, one core each at 2 GHz (3.4 W): 10 s together draw 8 + 6 + 6.8 W.
        var ledger = ledger()
        let together = [(use: use(1, 10), activity: 1.5), (use: use(2, 10), activity: 0.5)]
        ledger.add(energy(10, together), over: Seconds(10), uses: together.map(\.use))
        let before = ledger.lines
        #expect(before.map(\.microjoules) == [64_000_000, 64_000_000])
        #expect(agree(before[0].error.value, 22.6, within: 0.01), "\(before[0].error)")
        for _ in 0..<10 {
            let alone = [(use: use(1, 1), activity: 1.5)]
            ledger.add(energy(1, alone), over: Seconds(1), uses: alone.map(\.use))
        }
        let after = ledger.lines
        #expect(agree(after[1].error.value, 5.76, within: 0.01), "\(after)")
        #expect(agree(joules(after[0]), 205.17, within: 1e-4), "\(after)")
        #expect(agree(joules(after[1]), 33.83, within: 1e-3), "\(after)")
        // Job 1: 10·(5.1 + 6·0.75) and alone 10·(5.1 + 6) joules; job 2: 10·(1.7 + 6·0.25).
        for (line, truth) in zip(after, [207.0, 32]) {
            #expect(abs(joules(line) - truth) < line.error.value)
            #expect(line.error < before[0].error * 0.5)
        }
    }

    @Test func `an interval of unknown energy is nobody's`() {
        var ledger = ledger()
        ledger.add(30_000_000, over: Seconds(1), uses: [use(1, 1)])
        let before = ledger.lines
        ledger.addUnknown(5_000_000, over: Seconds(2))
        #expect(ledger.lines == before)
        #expect(ledger.idleMicrojoules == 8_000_000)
        #expect(ledger.unknownMicrojoules == 5_000_000)
        #expect(ledger.unknownTime == Seconds(2))
        #expect(ledger.countedMicrojoules == 35_000_000)
    }

    @Test func `bursts of a quota are not taken for idling`() {
        // Half of the time at full speed: the counter moves evenly, the processor time does not.
        var ledger = ledger()
        for step in 0..<20 {
            ledger.add(500_000, over: Seconds(0.02), uses: [use(1, step.isMultiple(of: 2) ? 0.04 : 0)])
        }
        #expect(ledger.lines.map(\.microjoules) == [6_800_000])
        #expect(ledger.idleMicrojoules == 3_200_000)
    }

    @Test func `what a class is known for is the start`() throws {
        var ledger = ledger()
        ledger.expect(ActivityEstimate(value: 1.5, error: 0.15), of: 1)
        ledger.expect(ActivityEstimate(value: 0.5, error: 0.05), of: 2)
        let together = [(use: use(1, 10), activity: 1.5), (use: use(2, 10), activity: 0.5)]
        ledger.add(energy(10, together), over: Seconds(10), uses: together.map(\.use))
        let lines = ledger.lines
        #expect(agree(joules(lines[0]), 96, within: 0.01), "\(lines)")
        #expect(lines[0].error < Joules(6), "\(lines)")
        let learnt = try #require(ledger.activity(of: 1))
        #expect(agree(learnt.value, 1.5, within: 0.05) && learnt.error < 0.15)
        #expect(ledger.activity(of: 3) == nil)
    }

    @Test func `many arrangements take bounded memory and still sum up`() {
        var ledger = ledger()
        for step in 0..<500 {
            ledger.add(
                60_000_000, over: Seconds(1),
                uses: [use(1, 1, gigahertz: 1 + Double(step) / 1000), use(2, 1)])
        }
        #expect(ledger.lines.reduce(0) { $0 + $1.microjoules } == 26_000_000_000)
        #expect(ledger.lines.allSatisfy { $0.error.isFinite && $0.error > .zero })
    }
}
