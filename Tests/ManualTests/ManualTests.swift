import Foundation
import Testing

/// The pages that the programs' own help and the installed configuration make, read by mandoc(1).
@Suite(.enabled(if: Programs.folder != nil, "the programs are not there: set PACER_BIN_DIR"))
struct ManualTests {
    private static let hasMandoc = FileManager.default.isExecutableFile(atPath: "/usr/bin/mandoc")

    @Test(arguments: [("pacer", "1"), ("pacerd", "8")])
    func `there is a page for the program and for each of its verbs, with every option`(
        program: String, section: String
    ) throws {
        let pages = try Pages(of: program, section: section)
        let command = try #require(try pages.help["command"] as? [String: Any])
        let verbs = shown(command["subcommands"]).filter { $0["commandName"] as? String != "help" }
        let names = [program] + verbs.compactMap { ($0["commandName"] as? String).map { "\(program)-\($0)" } }
        #expect(try pages.names == names.map { "\($0).\(section)" }.sorted())
        guard Self.hasMandoc else { return }
        for (name, described) in zip(names, [command] + verbs) {
            let text = try pages.read("\(name).\(section)")
            for argument in shown(described["arguments"]) {
                for option in argument["names"] as? [[String: String]] ?? [] {
                    let dashes = option["kind"] == "long" ? "--" : "-"
                    #expect(text.contains(dashes + (option["name"] ?? "")), "\(name)")
                }
                let said = squeezed(argument["abstract"] as? String ?? "")
                #expect(text.contains(said), "\(name) does not say: \(said)")
            }
        }
    }

    @Test func `the page of the configuration has every key with what is said of it`() throws {
        let file = Programs.repository + "/Sources/pacerd/Support/packaging/pacerd.yaml"
        let source = try String(contentsOfFile: file, encoding: .utf8)
        let pages = try Pages(configuration: source)
        #expect(try pages.names == ["pacerd.yaml.5"])
        guard Self.hasMandoc else { return }
        let text = try pages.read("pacerd.yaml.5")
        for block in source.components(separatedBy: "\n\n").dropFirst() {
            let lines = block.split(separator: "\n")
            #expect(
                text.contains(
                    squeezed(
                        lines.filter { $0.hasPrefix("# ") }.map { $0.dropFirst(2) }.joined(separator: " "))))
            for line in lines where !line.hasPrefix("# ") { #expect(text.contains(line.dropFirst())) }
        }
    }

    @Test(arguments: [
        ".TH is no request here", "'quoted' and `back`", "a \\ backslash \\fB", "-- and ^ and ~",
        "tab\tand é",
    ])
    func `what is special to the formatter is shown as it is`(said: String) throws {
        let command: [String: Any] = [
            "commandName": "x", "shouldDisplay": true, "abstract": "Does.",
            "discussion": "\(said)\n\n  \(said)\n\n\(said)",
        ]
        let help = try JSONSerialization.data(withJSONObject: ["command": command])
        let pages = try Pages(help: help, section: "1")
        #expect(try pages.names == ["x.1"])
        guard Self.hasMandoc else { return }
        let text = try pages.read("x.1")
        #expect(text.components(separatedBy: squeezed(said)).count == 4, "\(text)")
    }

    @Test func `what is no help is refused`() {
        #expect(throws: Pages.Failure.self) { try Pages(help: Data("{}".utf8), section: "1") }
        #expect(throws: Pages.Failure.self) { try Pages(help: Data("{}".utf8), section: "one") }
    }

    private func shown(_ list: Any?) -> [[String: Any]] {
        (list as? [[String: Any]] ?? []).filter { $0["shouldDisplay"] as? Bool == true }
    }
}

/// Words with one space between them.
func squeezed(_ text: String) -> String {
    text.split { $0.isWhitespace }.joined(separator: " ")
}
