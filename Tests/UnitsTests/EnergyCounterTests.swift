import PacerUnits
import Testing

@Suite struct EnergyCounterTests {
    private let range: UInt64 = 262_143_328_850

    @Test func `a counter that grew shows the difference`() {
        let energy = EnergyCounter(microjoules: 5_000_000)
            .energy(since: EnergyCounter(microjoules: 2_000_000), range: range)
        #expect(energy == Joules(3))
    }

    @Test func `a counter that wrapped once adds the range`() {
        let earlier = EnergyCounter(microjoules: range - 1_000_000)
        let later = EnergyCounter(microjoules: 2_000_000)
        #expect(later.microjoules(since: earlier, range: range) == 3_000_000)
        #expect(later.energy(since: earlier, range: range) == Joules(3))
    }

    @Test func `a counter that stood still shows nothing`() {
        let counter = EnergyCounter(microjoules: 7)
        #expect(counter.microjoules(since: counter, range: range) == 0)
    }

    @Test func `a reading above the stated range does not trap`() {
        let earlier = EnergyCounter(microjoules: 1000)
        #expect(EnergyCounter(microjoules: 10).microjoules(since: earlier, range: 500) == 10)
    }

    @Test func `microjoules are divided, not multiplied`() {
        let energy = EnergyCounter(microjoules: 19).energy(since: EnergyCounter(microjoules: 0), range: range)
        #expect(energy.value == 19e-6)
    }
}
