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
