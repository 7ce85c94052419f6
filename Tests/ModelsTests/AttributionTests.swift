import PacerUnits
import Testing

@testable import PacerModels

@Suite struct AttributionTests {
    static let machine = PowerModel(
        idle: Watts(8), uncore: Watts(6), cubic: 0.25, linear: 0.5, constant: 0.4)

    private func use(_ job: Int, _ busy: Double, gigahertz: Double = 2, activity: Double = 1) -> CoreUse<Int>
    {
        CoreUse(job: job, busyTime: Seconds(busy), frequency: Hertz(gigahertz * 1e9), activity: activity)
    }

    @Test func `the worked example of the documentation`() {
        let split = Attribution(
            microjoules: 110_000_000, over: Seconds(10), uses: [use(1, 5), use(2, 10)], machine: Self.machine)
        #expect(split.idle == Joules(80))
        #expect(split.parts.map(\.energy) == [Joules(10), Joules(20)])
    }

    @Test func `frequency and activity weigh, not processor time alone`() {
        // At 3 GHz a core draws 8.65 W, at 1 GHz 1.15 W; the slow job is twice as active.
        let split = Attribution(
            microjoules: 90_000_000, over: Seconds(10),
            uses: [use(1, 10, gigahertz: 3), use(2, 10, gigahertz: 1, activity: 2)], machine: Self.machine)
        #expect(agree(split.parts[0].energy.value, 10 * 8.65 / 10.95, within: 1e-6))
        #expect(split.parts[0].microjoules + split.parts[1].microjoules == 10_000_000)
    }

    @Test func `the parts and idle sum to the measured energy exactly`() {
        var random = SplitMix64(seed: 81)
        for _ in 0..<2000 {
            let measured = UInt64(random.number(0...1) * random.number(0...1) * 1e12)
            let uses = (0..<Int(random.number(0...12))).map { _ in
                use(
                    Int(random.number(0...6)), max(0, random.number(-1...20)),
                    gigahertz: random.number(0.4...4), activity: random.number(0.02...4))
            }
            let split = Attribution(
                microjoules: measured, over: Seconds(random.number(0...60)), uses: uses, machine: Self.machine
            )
            #expect(split.parts.reduce(split.idleMicrojoules) { $0 + $1.microjoules } == measured)
            #expect(split.parts.map(\.job) == Set(uses.map(\.job)).sorted())
        }
    }

    @Test func `idle never exceeds what was measured`() {
        let split = Attribution(
            microjoules: 5_000_000, over: Seconds(10), uses: [use(1, 10)], machine: Self.machine)
        #expect(split.idleMicrojoules == 5_000_000)
        #expect(split.parts.map(\.microjoules) == [0])
    }

    @Test func `without a busy job everything is idle`() {
        let none = Attribution<Int>(
            microjoules: 123, over: Seconds(0), uses: [], machine: Self.machine)
        #expect(none.idleMicrojoules == 123)
        let sleeping = Attribution(
            microjoules: 99_000_000, over: Seconds(1), uses: [use(3, 0)], machine: Self.machine)
        #expect(sleeping.idleMicrojoules == 99_000_000)
        #expect(sleeping.parts.map(\.job) == [3])
    }

    @Test func `several uses of one job count together`() {
        let split = Attribution(
            microjoules: 30_000_000, over: Seconds(0), uses: [use(2, 1), use(1, 1), use(2, 1)],
            machine: Self.machine)
        #expect(split.parts.map(\.job) == [1, 2])
        #expect(split.parts.map(\.microjoules) == [10_000_000, 20_000_000])
    }

    @Test func `a machine whose cores draw nothing is split by processor time`() {
        let machine = PowerModel(idle: .zero, uncore: Watts(5), cubic: 0, linear: 0, constant: 0)
        let split = Attribution(
            microjoules: 100, over: Seconds(1), uses: [use(1, 3), use(2, 1)], machine: machine)
        #expect(split.parts.map(\.microjoules) == [75, 25])
    }

    @Test func `what rounding leaves over goes to the largest remainders, then to the first`() {
        #expect(apportion(10, by: [0.46, 0.36, 0.18]) == [5, 3, 2])
        #expect(apportion(2, by: [1.0 / 3, 1.0 / 3, 1.0 / 3]) == [1, 1, 0])
        #expect(apportion(0, by: [0.5, 0.5]) == [0, 0])
        #expect(apportion(UInt64.max, by: [0.5, 0.5]).reduce(0, +) == UInt64.max)
        #expect(apportion(7, by: [0, 1]) == [0, 7])
    }
}
