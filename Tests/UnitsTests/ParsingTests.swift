import PacerUnits
import Testing

@Suite struct ParsingTests {
    @Test(arguments: [
        ("90s", 90.0), ("30 min", 1800), ("1h30m", 5400), ("250 ms", 0.25), ("1 d 2 h", 93_600), (" 5s ", 5),
        ("1.5h", 5400), ("0s", 0),
    ]) func `a length of time is read`(_ text: String, _ seconds: Double) throws {
        #expect(try Seconds(parsing: text) == Seconds(seconds))
    }

    @Test(arguments: ["", "   ", "30", "fast", "30 parsecs", "h", "1h30", "10 W"])
    func `what is not a length of time is refused`(_ text: String) {
        #expect(throws: QuantityParseError.self) { try Seconds(parsing: text) }
    }

    @Test func `the refusal names the mistake and a remedy`() {
        #expect {
            try Seconds(parsing: "30")
        } throws: { error in
            "\(error)" == "'30' lacks a unit; write e.g. 30s, 30m or 30h"
        }
        #expect {
            try Watts(parsing: "65 J")
        } throws: { error in
            "\(error)".contains("'65 J'") && "\(error)".contains("W, mW, kW")
        }
    }

    @Test func `power, frequency and energy are read with their units`() throws {
        #expect(try Watts(parsing: "65 W") == Watts(65))
        #expect(try Watts(parsing: "900mW") == Watts(0.9))
        #expect(try Watts(parsing: "1.2 kW") == Watts(1200))
        #expect(try Hertz(parsing: "2.4 GHz") == Hertz(2.4e9))
        #expect(try Hertz(parsing: "800 MHz").kilohertz == 800_000)
        #expect(try Joules(parsing: "3.5 kJ") == Joules(3500))
        #expect(try Joules(parsing: "2 Wh") == Joules(7200))
    }

    @Test func `shares and sizes are read with their units`() throws {
        #expect(try fraction(parsing: "10 %") == 0.1)
        #expect(try byteCount(parsing: "4 GiB") == 4_294_967_296)
        #expect(try byteCount(parsing: "100 MB") == 100_000_000)
        #expect(throws: QuantityParseError.self) { try fraction(parsing: "0.1") }
        #expect(throws: QuantityParseError.self) { try byteCount(parsing: "-1 B") }
        #expect(throws: QuantityParseError.self) { try Watts(parsing: "65 W extra") }
    }
}
