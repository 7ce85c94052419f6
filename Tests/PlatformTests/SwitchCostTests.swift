import PacerPlatform
import PacerUnits
import Testing

@Suite struct SwitchCostTests {
    private let cost = SwitchCost(cores: Seconds(0.02), frequency: Seconds(0.002))
    private let slow = Configuration(cores: 4, frequency: Hertz(1e9))
    private let fast = Configuration(cores: 4, frequency: Hertz(2e9))
    private let narrow = Configuration(cores: 2, frequency: Hertz(1e9))

    @Test func `a change of cores costs more than one of frequency, and none costs nothing`() {
        #expect(cost.between(slow, slow) == .zero)
        #expect(cost.between(slow, fast) == Seconds(0.002))
        #expect(cost.between(slow, narrow) == Seconds(0.02))
        #expect(cost.between(narrow, fast) == Seconds(0.02))
        #expect(cost.between(nil, fast) == .zero)
    }

    @Test func `a detour costs what it is longer than the straight way`() {
        #expect(cost.detour(from: slow, by: fast, to: slow) == Seconds(0.004))
        #expect(cost.detour(from: slow, by: narrow, to: slow) == Seconds(0.04))
        // The cores change either way.
        #expect(cost.detour(from: slow, by: narrow, to: narrow) == .zero)
        #expect(abs(cost.detour(from: slow, by: fast, to: narrow).value - 0.002) < 1e-12)
        #expect(cost.detour(from: slow, by: fast, to: nil) == Seconds(0.002))
    }

    @Test func `no detour is shorter than the straight way`() {
        // Where a change of cores costs less than one of frequency, the way by other cores would be.
        let odd = SwitchCost(cores: .zero, frequency: Seconds(1))
        #expect(odd.detour(from: slow, by: narrow, to: fast) == .zero)
    }
}
