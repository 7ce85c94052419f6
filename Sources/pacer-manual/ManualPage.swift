/// A manual page on its way.
struct ManualPage {
    /// As in `pacer-submit`.
    let name: String
    let section: Int
    private var lines: [String]

    /// A page with its heading and the section NAME.
    init(name: String, section: Int, abstract: String, edition: Edition) {
        self.name = name
        self.section = section
        let volume =
            switch section {
            case 1: "User Commands"
            case 5: "File Formats"
            default: "System Administration"
            }
        // The words of whatis(1) are no sentence.
        let what = abstract.hasSuffix(".") ? String(abstract.dropLast()) : abstract
        lines = [
            ".\\\" Made from what the program says of itself; changes here are lost.",
            ".TH \(name.uppercased()) \(section) \(edition.date) \"Pacer \(edition.version)\" \"\(volume)\"",
            ".SH NAME",
            "\(name) \\- \(Roff.escaped(what.prefix(1).lowercased() + what.dropFirst()))",
        ]
    }

    /// The name of its file.
    var file: String { "\(name).\(section)" }

    var text: String { lines.joined(separator: "\n") + "\n" }

    mutating func begin(_ heading: String) { lines.append(".SH \(heading)") }

    mutating func add(_ more: [String]) { lines += more }

    /// Paragraphs below a heading, which needs no paragraph of its own first.
    mutating func add(_ heading: String, paragraphs: String) {
        let more = Roff.paragraphs(paragraphs)
        guard !more.isEmpty else { return }
        begin(heading)
        lines += more.first == ".PP" ? Array(more.dropFirst()) : more
    }

    /// A term and what is to be said of it.
    mutating func add(term: String, _ description: [String]) {
        lines += [".TP", term] + (description.isEmpty ? ["\\&"] : description)
    }

    /// Other pages, as `name(section)`, ascending.
    mutating func addSeeAlso(_ pages: [(name: String, section: Int)]) {
        let others = pages.filter { $0.name != name }
        guard !others.isEmpty else { return }
        begin("SEE ALSO")
        for (index, page) in others.enumerated() {
            let name = Roff.escaped(page.name, isCode: true)
            lines.append(".BR \(name) (\(page.section))\(index + 1 < others.count ? "," : "")")
        }
    }
}

/// Of which Pacer pages are, and of which day.
struct Edition {
    var version: String
    /// As `2026-11-26`.
    var date: String
}
