/// The page of a configuration file, made from the file that is installed: all of it is commented out.
///
/// Blocks are separated by blank lines. `# text` is said of the keys below it; `#key: value` is a key with its
/// value, and a line with two spaces behind the `#` belongs to what is above it.
struct ConfigurationPage {
    let text: String
    let edition: Edition

    func page() -> ManualPage {
        var page = ManualPage(
            name: "pacerd.yaml", section: 5, abstract: "the configuration of the daemon pacerd",
            edition: edition)
        var isFirst = true
        for block in blocks() {
            let prose = block.filter { Self.isProse($0) }.map { String($0.dropFirst(2)) }
            let settings = block.filter { !Self.isProse($0) && $0.hasPrefix("#") && $0 != "#" }
            if isFirst {
                page.add("DESCRIPTION", paragraphs: paragraphs(block))
                page.begin("KEYS")
                isFirst = false
                continue
            }
            guard let first = settings.first else {
                page.add(Roff.paragraphs(paragraphs(block)))
                continue
            }
            let key = first.dropFirst().prefix { $0 != ":" }
            page.add(term: "\\fB\(Roff.escaped(String(key), isCode: true))\\fR", prose.map(Roff.prose))
            page.add([".IP", ".nf"])
            page.add(settings.map { Roff.escaped(String($0.dropFirst()), isCode: true) })
            page.add([".fi"])
        }
        page.begin("FILES")
        page.add(term: "\\fI/etc/pacer/pacerd.yaml\\fR", ["The configuration of root\\(aqs daemon."])
        page.addSeeAlso([("pacer", 1), ("pacerd", 8)])
        return page
    }

    private func blocks() -> [[Substring]] {
        text.split(separator: "\n", omittingEmptySubsequences: false).split { $0.isEmpty }.map(Array.init)
    }

    /// The text of a block of nothing but comments; a bare `#` separates paragraphs.
    private func paragraphs(_ block: [Substring]) -> String {
        block.map { $0 == "#" ? "" : String($0.dropFirst(2)) }.joined(separator: "\n")
    }

    private static func isProse(_ line: Substring) -> Bool {
        line.hasPrefix("# ") && !line.hasPrefix("#  ")
    }
}
