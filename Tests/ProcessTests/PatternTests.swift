import PacerTestSupport
import Testing

@testable import PacerProcess

@Suite struct PatternTests {
    private func groups(_ pattern: String, _ line: String) throws -> [String?]? {
        let scalars = Array(line.unicodeScalars)
        var steps = 1_000_000
        let pattern = try LinearPattern(pattern)
        guard let found = pattern.firstMatch(in: scalars.map(\.value), steps: &steps) else { return nil }
        return [1, 2].map { number in
            found[number].map { String(String.UnicodeScalarView(scalars[$0])) }
        }
    }

    @Test(
        arguments: [
            ("(a)", "xay", ["a", nil]), ("(a|ab)(c|bcd)", "abcd", ["a", "bcd"]), ("^(b)", "ab", nil),
            ("(b)$", "ab", ["b", nil]), ("(a+?)(a*)", "aaa", ["a", "aa"]), ("(a+)(a*)", "aaa", ["aaa", ""]),
            ("(x{2,3})", "xxxx", ["xxx", nil]), ("(x{2,3}?)", "xxxx", ["xx", nil]),
            ("(x{,2})", "xxx", ["xx", nil]),
            ("([^0-9]+)", "12ab3", ["ab", nil]), ("([]x]+)", "a]x]", ["]x]", nil]),
            ("([a-]+)", "b-a", ["-a", nil]),
            (#"\b(\w+)\b"#, "  word, two", ["word", nil]),
            (#"(\d+)\s*/\s*(\d+)"#, "at 3 / 12 now", ["3", "12"]),
            (#"\Boo(\D)"#, "foo!", ["!", nil]), (#"(\x41\u0042)"#, "xABy", ["AB", nil]),
            (#"(?i)([\x41-\x7a]+)"#, "1a_Z2", ["a_Z", nil]), (#"(?i)(\x61[^b])"#, "abaBAc", ["Ac", nil]),
            ("(?i)(step) ([0-9]+)", "STEP 7", ["STEP", "7"]), ("(?P<name>é)", "café", ["é", nil]),
            (#"(\[\d+\])"#, "x[12]", ["[12]", nil]), ("()(b)", "b", ["", "b"]), ("(a)|(b)", "b", [nil, "b"]),
            (#"([\d.]+)%"#, "12.5%", ["12.5", nil]), ("(.)", "\u{1F600}", ["\u{1F600}", nil]),
            ("(a*)*b", "aab", ["aa", nil]), ("(?:a|b)+(c)", "ababc", ["c", nil]),
        ] as [(String, String, [String?]?)])
    func `groups are where one expects them`(pattern: String, line: String, wanted: [String?]?) throws {
        #expect(try groups(pattern, line) == wanted)
    }

    @Test(arguments: [
        "(", ")", "a)", "(?=a)", "(?<=a)b", "(?<!a)b", #"(a)\1"#, "a**", "a++", "(a", "[a", "[z-a]", "a{3,2}",
        "a{", "{1}", "a{1001}", #"\"#, #"[\b]"#, "[[:digit:]]", #"\q"#, #"\x4"#, "((a{1000}){1000})",
        "(((){1000}){1000}){1000}",
        String(repeating: "(", count: 40) + "a" + String(repeating: ")", count: 40),
        String(repeating: "x", count: 1001),
    ]) func `what is no pattern, or none that can be matched in one go, is refused`(pattern: String) {
        #expect(throws: PatternProblem.self) { try LinearPattern(pattern) }
    }

    @Test(arguments: [
        #"(a+)+$"#, #"(a*)*b"#, #"(a|a)*b"#, #"(a|aa)+$"#, #"(.*)(.*)(.*)(.*)(.*)=x"#,
        #"(?:a?){100}(a{100})b"#,
        #"^(([a-z])+.)+[A-Z]([a-z])+$"#,
    ]) func `a pattern that ruins matchers that go back costs a step for each place and letter`(
        pattern: String
    ) throws {
        let pattern = try LinearPattern(pattern)
        let line = [UInt32](repeating: 97, count: 4000)
        let before = 4000 * 2 * LinearPattern.mostInstructions
        var steps = before
        #expect(pattern.firstMatch(in: line + [33], steps: &steps) == nil)
        #expect(steps > 0)
    }

    private func spent(_ pattern: String, on line: [UInt32]) throws -> Int {
        var steps = 100_000_000
        _ = try LinearPattern(pattern).firstMatch(in: line, steps: &steps)
        return 100_000_000 - steps
    }

    @Test func `a set costs a step for each range that is looked at, however often it names a letter`()
        throws
    {
        let often = String(repeating: "a", count: 900) + "b-db-dc"
        let read = try PatternReader.read("(?i)([\(often)]{50})x").syntax
        #expect(try read == PatternReader.read("(?i)([a-d]{50})x").syntax)
        let scalars = (0..<400 as Range<UInt32>).compactMap { Unicode.Scalar(0x100 + 2 * $0) }
        let apart = String(String.UnicodeScalarView(scalars))
        let line = [UInt32](repeating: 0x102, count: 4000)
        let narrow = try spent("([\u{102}]{50})x", on: line)
        let wide = try spent("([\(apart)]{50})x", on: line)
        #expect(wide > 2 * narrow && wide < 9 * narrow)
    }

    @Test func `a set has what its ranges have, however they overlap`() {
        var generator = SeededGenerator(seed: 20_261_128)
        for number in 0..<500 {
            let ranges = (0..<Int(generator.next() % 30)).map { _ in
                let low = UInt32(generator.next() % 90)
                return low...low + UInt32(generator.next() % 9)
            }
            for isNegated in [false, true] {
                let set = ScalarSet(ranges: ranges, isNegated: isNegated)
                let wrong = (0..<110 as Range<UInt32>).filter { scalar in
                    set.contains(scalar) == (ranges.contains { $0.contains(scalar) } == isNegated)
                }
                #expect(wrong.isEmpty, "case \(number): \(ranges)")
                let touching = zip(set.ranges, set.ranges.dropFirst()).filter { left, right in
                    left.upperBound + 1 >= right.lowerBound
                }
                #expect(touching.isEmpty, "case \(number): \(ranges)")
            }
        }
    }

    @Test func `sets that name letters many times match as in the standard library`() throws {
        var generator = SeededGenerator(seed: 20_261_129)
        for number in 0..<300 {
            let members = (0..<40).map { _ in
                ["a", "b", "c", "e", "b-d", "a-c", "d-f"].randomElement(using: &generator) ?? "a"
            }
            // Few kinds of members, so that most sets leave something out.
            let kinds = members.prefix(1 + Int(generator.next() % 3))
            let chosen = members.map { kinds.contains($0) ? $0 : kinds[0] }.joined()
            let text = "([\(generator.next() % 2 == 0 ? "" : "^")\(chosen)]+)"
            let line = String((0..<20).map { _ in "abcdefg".randomElement(using: &generator) ?? "a" })
            let expected = try Regex(text).matchingSemantics(.unicodeScalar).firstMatch(in: line)
            #expect(
                try groups(text, line)?[0] == expected?.output[1].substring.map(String.init),
                "case \(number): \(text) on \(line)")
        }
    }

    @Test func `a match that would take too long is given up, and so are the lines behind it`() throws {
        let pattern = try ProgressPattern(#"(?:a?){200}(\d+)"#)
        let slow = String(repeating: "a", count: 4000)
        var measure = ProgressMeasure()
        #expect(pattern.readLast(of: ["aa7"], into: &measure))
        #expect(measure.done == 7)
        #expect(!pattern.readLast(of: ["8"] + Array(repeating: slow, count: 3), into: &measure))
        #expect(measure.done == 7)
    }

    /// Random patterns whose repetitions cannot be of nothing, on random lines of three letters.
    @Test func `a match is the one that the standard library finds`() throws {
        var generator = SeededGenerator(seed: 20_261_126)
        var matches = 0
        for number in 0..<3000 {
            var remaining = 6
            let text = "(" + random(&generator, &remaining) + ")" + random(&generator, &remaining)
            let line = String(
                (0..<Int(generator.next() % 12)).map { _ in "abc".randomElement(using: &generator) ?? "a" })
            let expected = try Regex(text).matchingSemantics(.unicodeScalar).firstMatch(in: line)
            let found = try groups(text, line)
            #expect((found == nil) == (expected == nil), "case \(number): \(text) on \(line)")
            guard let expected, let found else { continue }
            matches += 1
            #expect(
                found[0] == expected.output[1].substring.map(String.init),
                "case \(number): \(text) on \(line)")
        }
        #expect(matches > 1000)
    }

    private func random(_ generator: inout SeededGenerator, _ remaining: inout Int) -> String {
        remaining -= 1
        let letters = ["a", "b", "c", "[ab]", "[^a]", "."]
        guard remaining > 0 else { return letters[Int(generator.next() % 6)] }
        switch generator.next() % 7 {
        case 0: return random(&generator, &remaining) + random(&generator, &remaining)
        case 1: return "(?:\(random(&generator, &remaining))|\(random(&generator, &remaining)))"
        case 2:
            return "(?:\(random(&generator, &remaining)))"
                + ["+", "{1,3}", "+?", "{2}"][Int(generator.next() % 4)]
        case 3:
            return letters[Int(generator.next() % 6)] + ["*", "?", "*?", "??"][Int(generator.next() % 4)]
                + letters[Int(generator.next() % 6)]
        default: return letters[Int(generator.next() % 6)]
        }
    }
}
