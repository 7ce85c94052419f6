/// Whether what the documentation promises is there.
enum DocumentationCheck {
    private static let parts = ["Goal", "Formula", "Parameters", "When it loses", "Sources"]

    /// A policy file without its section, or with a reference that nobody lists.
    static func policy(
        _ text: String, file: String, sections: [String: String], references: Set<String>
    ) -> [Finding] {
        let name = file.split(separator: "/").last.map { String($0.prefix { $0 != "." }) } ?? file
        var findings: [Finding] = []
        if let section = sections[name] {
            findings += parts.filter { !section.contains("**\($0).**") }.map {
                Finding(
                    file: "docs/policies.md", line: 1, sentence: "the section of \(name) lacks '\($0)'")
            }
        } else {
            findings.append(
                Finding(file: file, line: 1, sentence: "docs/policies.md has no section '\(name)'"))
        }
        findings += keys(of: text).filter { !references.contains($0.key) }.map {
            Finding(
                file: file, line: $0.line, sentence: "docs/models/references.md has no reference '\($0.key)'")
        }
        return findings
    }

    /// The text of each second-level section, by its title.
    static func sections(of text: String) -> [String: String] {
        var sections: [String: String] = [:]
        for part in "\n\(text)".split(separator: "\n## ").dropFirst() {
            let title = part.prefix { $0 != "\n" }
            sections[String(title), default: ""] += part.dropFirst(title.count)
        }
        return sections
    }

    /// The keys in the first column of the table of references.
    static func references(of text: String) -> Set<String> {
        Set(
            text.split(separator: "\n").compactMap { line in
                line.firstMatch(of: #/^\| ([a-z0-9-]+) \|/#).map { String($0.1) }
            })
    }

    /// The entries of a policy file's `references`, as a list in brackets or one a line.
    private static func keys(of text: String) -> [(key: String, line: Int)] {
        var keys: [(String, Int)] = []
        var inside = false
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            var rest = line[...]
            if line.hasPrefix("references:") {
                inside = true
                rest = line.dropFirst("references:".count)
            } else if let first = line.first, first != " ", first != "-" {
                inside = false
            }
            guard inside else { continue }
            keys += rest.matches(of: #/[a-z0-9]+(-[a-z0-9]+)*/#).map { (String($0.output.0), index + 1) }
        }
        return keys
    }

    /// Relative links that lead nowhere.
    static func links(_ text: String, file: String, exists: (String) -> Bool) -> [Finding] {
        let folder = file.split(separator: "/").dropLast().map(String.init)
        var findings: [Finding] = []
        var isCode = false
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("```") { isCode.toggle() }
            if isCode { continue }
            for link in line.replacing(#/`[^`]*`/#, with: "").matches(of: #/\]\(([^)\s]+)\)/#) {
                let target = link.1.prefix { $0 != "#" }
                guard !target.isEmpty, !target.contains(":"), !exists(resolve(target, in: folder)) else {
                    continue
                }
                findings.append(
                    Finding(file: file, line: index + 1, sentence: "the link to \(link.1) leads nowhere"))
            }
        }
        return findings
    }

    private static func resolve(_ target: Substring, in folder: [String]) -> String {
        var path = folder
        for part in target.split(separator: "/") {
            if part == ".." { _ = path.popLast() } else if part != "." { path.append(String(part)) }
        }
        return path.joined(separator: "/")
    }
}
