import Testing

@testable import PacerCommands

@Suite struct TextTableTests {
    @Test func `columns line up on the side they are told`() {
        var table = TextTable([("JOB", .right), ("CLASS", .left), ("J", .right)])
        table.add(["1", "compress", "12 J"])
        table.add(["120", "xz"])
        #expect(table.lines() == ["JOB  CLASS        J", "  1  compress  12 J", "120  xz"])
    }

    @Test func `characters that are two columns wide count as two, accents as none`() {
        #expect(displayWidth("日本") == 4)
        #expect(displayWidth("e\u{301}") == 1)
        #expect(displayWidth("µJ") == 2)
        #expect(displayWidth("\u{1b}[31mred\u{1b}[0m") == 3)
        var table = TextTable([("A", .left), ("B", .left)])
        table.add(["日本", "x"])
        table.add(["abcd", "y"])
        #expect(table.lines() == ["A     B", "日本  x", "abcd  y"])
    }

    @Test func `what others wrote does nothing to a terminal but show`() {
        let style = Style(isOn: true)
        for text in ["plain µJ 日本", style.red("failed") + " " + style.bold("job 1"), "two\nlines\tof text"] {
            #expect(Style.harmless(text) == text)
        }
        #expect(Style.harmless("a\u{1b}]0;owned\u{7}b") == "a\u{FFFD}]0;owned\u{FFFD}b")
        #expect(
            Style.harmless("x\u{1b}[2J\u{1b}[8my\r\u{9b}1m\u{7f}")
                == "x\u{FFFD}[2J\u{FFFD}[8my\u{FFFD}\u{FFFD}1m\u{FFFD}")
    }

    @Test func `what is too wide is cut where it says so`() {
        #expect(truncated("abcdef", to: 6) == "abcdef")
        #expect(truncated("abcdef", to: 4) == "abc…")
        #expect(truncated("日本語", to: 4) == "日…")
        #expect(truncated("abc", to: 0).isEmpty)
    }

    @Test func `without a terminal there are no colours`() {
        #expect(Style.plain.red("x") == "x")
        #expect(Style(isOn: true).red("x") == "\u{1b}[31mx\u{1b}[0m")
        #expect(Style(isOn: true).red("").isEmpty)
    }
}
