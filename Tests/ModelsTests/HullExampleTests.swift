import PacerModels
import PacerUnits
import Testing

/// The numbers of docs/models/hull.md.
@Suite struct HullExampleTests {
    static let machine = PowerModel(
        idle: Watts(8), uncore: Watts(6), cubic: 0.25, linear: 0.5, constant: 0.4)
    static let speedups = [1: 1.0, 2: 1.9, 4: 3.4]

    /// Energy of `work` at one configuration followed by idling until `deadline`.
    private func energy(_ work: Double, by deadline: Seconds, cores: Int, gigahertz: Double) -> Joules {
        let rate = (Self.speedups[cores] ?? 0) * gigahertz / 3
        let busy = Seconds(work / rate)
        let power = Self.machine.power(cores: cores, at: Hertz(gigahertz * 1e9))
        return power * busy + Self.machine.idle * (deadline - busy)
    }

    @Test func `the heuristics cost what the table says`() {
        let long = Seconds(200)
        #expect(close(energy(340, by: long, cores: 4, gigahertz: 3).value, 5660, within: 1e-9))
        #expect(agree(energy(340, by: long, cores: 2, gigahertz: 3).value, 5769, within: 1e-4))
        #expect(close(energy(340, by: long, cores: 4, gigahertz: 2).value, 4540, within: 1e-9))
        #expect(close(energy(340, by: Seconds(120), cores: 4, gigahertz: 3).value, 5020, within: 1e-9))
    }

    @Test func `two configurations beat every single one when the rate lies between them`() {
        let slow = Self.machine.power(cores: 4, at: Hertz(2e9))
        let fast = Self.machine.power(cores: 4, at: Hertz(3e9))
        let mixed = slow * Seconds(60) + fast * Seconds(60)
        #expect(close(3.4 * 2 / 3 * 60 + 3.4 * 60, 340, within: 1e-12))
        #expect(close(mixed.value, 4572, within: 1e-9))
        #expect(mixed < energy(340, by: Seconds(120), cores: 4, gigahertz: 3))
    }
}
