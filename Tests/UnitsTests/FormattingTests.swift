import PacerUnits
import Testing

@Suite struct FormattingTests {
    @Test(arguments: [
        (65.24, "65.2 W"), (0, "0 W"), (0.84, "840 mW"), (1234, "1.23 kW"), (999.96, "1 kW"),
        (31.3, "31.3 W"),
        (-2.5, "-2.5 W"), (100.4, "100 W"), (2e-6, "2 µW"), (1.5e9, "1.5 GW"),
    ]) func `power is printed with three digits and a prefix`(_ watts: Double, _ text: String) {
        #expect(Watts(watts).description == text)
    }

    @Test func `each quantity has its unit`() {
        #expect(Joules(12_340).description == "12.3 kJ")
        #expect(Hertz(2.4e9).description == "2.4 GHz")
        #expect(Hertz(kilohertz: 800_000).description == "800 MHz")
        #expect(JouleSeconds(2).description == "2 J·s")
        #expect(JouleSecondsSquared(2).description == "2 J·s²")
    }

    @Test(arguments: [
        (0.25, "250 ms"), (5, "5 s"), (59.4, "59.4 s"), (61, "1 min 1 s"), (3600, "1 h 0 min"),
        (5400, "1 h 30 min"), (90_000, "1 d 1 h"), (-120, "-2 min 0 s"), (Double.infinity, "forever"),
    ]) func `time is printed in the units people use`(_ seconds: Double, _ text: String) {
        #expect(Seconds(seconds).description == text)
    }

    @Test(arguments: [
        (3.14159, 2, true, "3.14"), (3.1, 3, true, "3.100"), (3.1, 3, false, "3.1"), (3, 2, false, "3"),
        (-0.001, 2, true, "0.00"), (-1.5, 0, true, "-2"), (0.05, 1, true, "0.1"), (0.05, 2, true, "0.05"),
        (1e16, 2, true, "1e+16"),
    ]) func `decimals are rounded to their places`(
        _ value: Double, _ places: Int, _ zeros: Bool, _ text: String
    ) {
        #expect(decimal(value, places: places, keepZeros: zeros) == text)
    }

    @Test(arguments: [
        1e12, 9.3e12, 1e14, 9.99e14, 1e18, 1e19, 1e25, 1e300, .greatestFiniteMagnitude, .infinity,
    ])
    func `what no whole number can hold is printed all the same`(_ value: Double) {
        for sign in [1.0, -1] {
            for places in 0...6 { #expect(Double(decimal(sign * value, places: places)) == sign * value) }
            let texts = [
                Seconds(sign * value).description, Hertz(sign * value).description,
                Joules(sign * value).description,
            ]
            #expect(texts.allSatisfy { !$0.isEmpty })
        }
        #expect(Seconds(1e19).description == "forever")
        #expect(Hertz(value).kilohertz > 0 && Hertz(-value).kilohertz < 0)
        #expect(Hertz(.nan).kilohertz == 0 && Hertz(1e300).kilohertz == .max)
    }
}
