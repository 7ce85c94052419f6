import PacerAPI
import Testing

@testable import PacerCommands

@Suite struct CommandLinesTests {
    @Test(
        arguments: [
            ("make -j4", [["make", "-j4"]]),
            ("  spaces\tand   tabs  ", [["spaces", "and", "tabs"]]),
            ("one\ntwo 2\n", [["one"], ["two", "2"]]),
            ("\n# a remark\n   # another\n\nreal # not a remark\n", [["real", "#", "not", "a", "remark"]]),
            ("sh -c 'echo $X >> \"f\"'", [["sh", "-c", "echo $X >> \"f\""]]),
            (
                #"say "two words" "a \"quote\"" "back\slash""#,
                [["say", "two words", "a \"quote\"", "back\\slash"]]
            ),
            (#"a\ b 'it'"'"'s' """#, [["a b", "it's", ""]]),
            ("windows lines\r\nhere\r\n", [["windows", "lines"], ["here"]]),
            ("", []),
        ] as [(String, [[String]])])
    func `words are parted as a shell parts them`(_ text: String, _ commands: [[String]]) throws {
        #expect(try CommandLines(text).commands == commands)
    }

    @Test(arguments: ["/nowhere/lines", "/"])
    func `a file that cannot be read is told, as everywhere else`(_ path: String) {
        let failure = #expect(throws: CommandFailure.self) { try CommandLines.read(path) }
        #expect(failure?.exit == .data)
        #expect(failure?.message.hasPrefix("\(path): cannot be read: ") == true)
    }

    @Test(arguments: [("fine\n'open", 2), ("\"open", 1), ("a\nb\nc \\", 3)])
    func `a quote that is not closed is told with its line`(_ text: String, _ line: Int) {
        let error = #expect(throws: CommandLines.Malformed.self) { try CommandLines(text) }
        #expect(error?.line == line)
    }
}
