import Foundation
import Testing

extension EndToEnd {
    /// What a shell is told when somebody asks it to complete a command.
    @Suite struct CompletionTests {
        @Test func `names of policies and numbers of jobs are completed`() throws {
            try Daemon.with { daemon in
                let id = try daemon.submit(script: "true")
                let asked = { (verb: String, argument: String) throws -> [String] in
                    let words = ["---completion", verb, "--", argument, "2", "0", "pacer", verb, ""]
                    let said = try daemon.begin(words, extra: ["SAP_SHELL": "bash"]).finish()
                    return said.text.split(separator: "\n").map(String.init)
                }
                #expect(try asked("cancel", "positional@0") == ["\(id)"])
                let files = try FileManager.default.contentsOfDirectory(
                    atPath: "\(Programs.repository)/policies")
                let names = files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
                #expect(try asked("submit", "--policy") == names)
                _ = try daemon.stop()
                // Without a daemon there is nothing to offer, and nobody to complain to.
                #expect(try asked("cancel", "positional@0") == [])
            }
        }
    }
}
