import PacerUnits
import Testing

@Suite struct QuantityTests {
    @Test func `power times time is energy and energy over time is power`() {
        #expect(Watts(65) * Seconds(10) == Joules(650))
        #expect(Seconds(10) * Watts(65) == Joules(650))
        #expect(Joules(650) / Seconds(10) == Watts(65))
        #expect(Joules(650) / Watts(65) == Seconds(10))
    }

    @Test func `energy times time is the energy-delay product, twice its square`() {
        #expect(Joules(3) * Seconds(4) == JouleSeconds(12))
        #expect(JouleSeconds(12) * Seconds(4) == JouleSecondsSquared(48))
    }

    @Test func `quantities of one kind add, subtract, scale and compare`() {
        var power = Watts(5) + Watts(7) - Watts(2)
        #expect(power == Watts(10))
        power += Watts(1)
        power -= Watts(3)
        #expect(power == Watts(8))
        #expect(power * 2 == 2 * power)
        #expect(power / 4 == Watts(2))
        #expect(-power == Watts(-8))
        #expect(Watts(9) / Watts(3) == 3)
        #expect(Watts(1) < Watts(2))
        #expect(Watts.zero.value == 0)
    }

    @Test func `a sum over nothing is nothing`() {
        #expect([Joules]().total() == .zero)
        #expect([Joules(1), Joules(2), Joules(3.5)].total() == Joules(6.5))
    }

    @Test func `infinite and undefined amounts are not finite`() {
        #expect(Seconds(1).isFinite)
        #expect(!Seconds.infinity.isFinite)
        #expect(!Seconds(.nan).isFinite)
    }

    @Test(arguments: [400_000, 800_000, 2_401_000, 5_700_000])
    func `kilohertz survive the way to hertz and back`(
        _ kilohertz: Int
    ) {
        #expect(Hertz(kilohertz: kilohertz).kilohertz == kilohertz)
        #expect(Hertz(kilohertz: kilohertz) == Hertz(Double(kilohertz) * 1000))
    }

    @Test func `cores are counted and named`() {
        #expect(CoreCount(1).description == "1 core")
        #expect(CoreCount(4).description == "4 cores")
        #expect(CoreCount(1) < CoreCount(2))
    }

    @Test func `what is not a number is in no order and in no range`() {
        let none = Watts(.nan)
        for other in [none, Watts(1), Watts(.infinity), Watts(-.infinity)] {
            #expect(!(none < other) && !(none <= other) && !(none > other) && !(none >= other))
            #expect(!(other <= none) && !(other >= none))
        }
        #expect(!(Watts(0)...Watts(1e6)).contains(none))
        #expect((Watts(0)...Watts(1e6)).contains(Watts(1e6)))
        #expect(Watts(1) >= Watts(1) && Watts(1) <= Watts(1) && Watts(2) > Watts(1))
    }

    @Test func `lengths of time whose parts cancel out beyond all numbers are refused`() {
        let huge = String(repeating: "9", count: 308)
        #expect(throws: QuantityParseError.self) { try Seconds(parsing: "\(huge)d-\(huge)d") }
        #expect(throws: QuantityParseError.self) { try Seconds(parsing: "\(huge)d") }
    }
}
