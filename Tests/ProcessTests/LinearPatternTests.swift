import Testing

@testable import PacerProcess

@Suite struct LinearPatternTests {
    private static func match(_ pattern: String, _ text: String) throws -> [String?]? {
        let scalars = Array(text.unicodeScalars)
        var budget = 1_000_000
        let places = try LinearPattern(pattern).firstMatch(in: scalars, budget: &budget)
        return places?.map { place in place.map { String(String.UnicodeScalarView(scalars[$0])) } }
    }

    @Test(
        arguments: [
            ("", "abc", [""]), ("b+", "abbc", ["bb"]), ("b+?", "abbc", ["b"]),
            ("(a|ab)(c|bcd)", "abcd", ["abcd", "a", "bcd"]),
            ("(ab|a)(c|bcd)?", "abcd", ["abc", "ab", "c"]), ("x*", "aaa", [""]),
            ("(a*)*b", "aaab", ["aaab", "aaa"]),
            ("^a$", "a", ["a"]), (#"\bfoo\b"#, "a foo.", ["foo"]), (#"a\.b"#, "axb a.b", ["a.b"]),
            ("[^a-c]+", "abcxyz", ["xyz"]), ("[]a]+", "x]a", ["]a"]), ("[a-]+", "x-a", ["-a"]),
            (#"[\d.]+"#, "v 1.5", ["1.5"]), ("a{2,3}", "aaaa", ["aaa"]), ("a{2}", "aaa", ["aa"]),
            ("a{2,}", "aaa", ["aaa"]),
            ("{a}", "x{a}", ["{a}"]), ("(?i)STEP ([0-9]+)", "at Step 7", ["Step 7", "7"]),
            ("ü.", "grün", ["ün"]),
        ] as [(String, String, [String])])
    func `the match is the one that is usual`(pattern: String, text: String, groups: [String]) throws {
        #expect(try Self.match(pattern, text) == groups)
    }

    @Test func `a group that took no part covers nothing, and what is not there is not found`() throws {
        #expect(try Self.match("(a)|(b)", "b") == ["b", nil, "b"])
        #expect(try Self.match("a$", "ab") == nil)
        #expect(try Self.match("^b", "ab") == nil)
    }

    @Test(arguments: [
        "(?=a)(b)", "(?<=a)(b)", #"(a)\1"#, "a**", "(a", "a)", "[a", "a{5,2}", "a{1000}", #"a\"#, "(?s)a",
        #"\p{L}"#, "[z-a]", "(a{200}){200}", String(repeating: "(", count: 5000),
        String(repeating: "a", count: 5000),
    ])
    func `what cannot be matched in time, or means nothing, is refused`(pattern: String) {
        #expect(throws: LinearPattern.Refusal.self) { try LinearPattern(pattern) }
    }

    /// Patterns that take a backtracking matcher longer than the age of the universe.
    @Test(arguments: ["(a+)+$", "(a|a)*b", "(a*)*(a*)*(a*)*b", "(.*)(.*)(.*)(.*)x", "(a?){60}a{60}b"])
    func `no pattern takes long`(pattern: String) throws {
        let text = Array((String(repeating: "a", count: 4000) + "!").unicodeScalars)
        var budget = 10_000_000
        let expression = try LinearPattern(pattern)
        #expect(expression.firstMatch(in: text, budget: &budget) == nil)
        // Never more than every step at every character.
        #expect(10_000_000 - budget <= (text.count + 1) * (expression.program.count + 1))
        #expect(budget > 0)
    }

    @Test func `a search stops when its budget is used up`() throws {
        var budget = 100
        let text = Array(String(repeating: "a", count: 1000).unicodeScalars)
        #expect(try LinearPattern("a*b").firstMatch(in: text, budget: &budget) == nil)
        #expect(budget <= 0)
    }

    /// Random small patterns against the standard library's matcher, which backtracks. Nothing is repeated that can
    /// be empty: there matchers disagree on what a turn is that goes nowhere.
    @Test(arguments: 1...200) func `it finds what a backtracking matcher finds`(seed: Int) throws {
        var state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15
        func random(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(count))
        }
        func pattern(_ depth: Int) -> String {
            let atoms = ["a", "b", ".", "[ab]", "[^a]", "c"]
            switch depth > 0 ? random(6) : 0 {
            case 1: return pattern(depth - 1) + pattern(depth - 1)
            case 2: return "(?:" + pattern(depth - 1) + "|" + pattern(depth - 1) + ")"
            case 3: return "(" + pattern(depth - 1) + ")"
            case 4: return "(?:" + pattern(depth - 1) + ")" + ["+", "+?", "{1,2}", "{2}"][random(4)]
            default: return atoms[random(atoms.count)]
            }
        }
        for _ in 0..<20 {
            let parts = (0...random(3)).map { _ in
                "(?:" + pattern(3) + ")" + ["", "*", "+", "?", "{0,2}", "*?", "+?", "??"][random(8)]
            }
            let pattern = parts.joined()
            let text = (0..<random(8)).map { _ in ["a", "b", "c"][random(3)] }.joined()
            let standard = text.firstMatch(of: try Regex(pattern)).map {
                String($0.output[0].substring ?? "")
            }
            #expect(
                try Self.match(pattern, text)?.first == standard.map { .some($0) }, "\(pattern) in \(text)")
        }
    }
}
