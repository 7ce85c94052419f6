/// Reads a page as a browser's tokeniser would, far enough to see whether elements are closed in order.
struct MarkupReader {
    private(set) var faults: [String] = []
    private(set) var counts: [String: Int] = [:]
    private(set) var ids: [String] = []
    /// Targets of links within the page.
    private(set) var links: [String] = []
    private(set) var attributes: Set<String> = []
    /// Pictures that have no name for those who do not see them.
    private(set) var unnamedPictures = 0

    private static let void: Set = ["meta", "link", "input", "br", "rect", "path"]

    init(_ page: String) {
        var open: [String] = []
        var rest = page[...]
        while let start = rest.firstIndex(of: "<") {
            rest = rest[start...].dropFirst()
            if rest.first == "!" {
                rest = rest.drop { $0 != ">" }
                continue
            }
            let isEnd = rest.first == "/"
            if isEnd { rest = rest.dropFirst() }
            let name = String(rest.prefix { $0.isLetter || $0.isNumber })
            guard !name.isEmpty else {
                faults.append("a bare <")
                continue
            }
            let (pairs, isClosed, tail) = MarkupReader.attributes(rest.dropFirst(name.count))
            rest = tail
            if isEnd {
                if open.popLast() != name { faults.append("</\(name)> closes another element") }
                continue
            }
            counts[name, default: 0] += 1
            note(name, pairs)
            if isClosed || MarkupReader.void.contains(name) {
                // In SVG only what is closed has no content; `path` may hold a title.
                if !isClosed, name == "path" { open.append(name) }
                continue
            }
            open.append(name)
            if name == "script" || name == "style" {
                guard let end = rest.firstRange(of: "</\(name)>") else {
                    faults.append("\(name) has no end")
                    return
                }
                rest = rest[end.lowerBound...]
            }
        }
        if !open.isEmpty { faults.append("never closed: \(open)") }
    }

    private mutating func note(_ name: String, _ pairs: [(String, String)]) {
        attributes.formUnion(pairs.map(\.0))
        let names = pairs.map(\.0)
        if Set(names).count != names.count { faults.append("<\(name)> has an attribute twice") }
        for (key, value) in pairs {
            if key == "id" { ids.append(value) }
            if key == "href", value.hasPrefix("#") { links.append(String(value.dropFirst())) }
        }
        if name == "svg", !names.contains("aria-label") { unnamedPictures += 1 }
    }

    /// Names and values up to the end of the tag, and whether it ends in `/>`.
    private static func attributes(
        _ text: Substring
    ) -> (pairs: [(String, String)], isClosed: Bool, rest: Substring) {
        var rest = text
        var pairs: [(String, String)] = []
        while true {
            rest = rest.drop { $0.isWhitespace }
            guard let first = rest.first else { return (pairs, false, rest) }
            if first == ">" { return (pairs, false, rest.dropFirst()) }
            if rest.hasPrefix("/>") { return (pairs, true, rest.dropFirst(2)) }
            let name = String(rest.prefix { !$0.isWhitespace && $0 != "=" && $0 != ">" && $0 != "/" })
            guard !name.isEmpty else {
                rest = rest.dropFirst()
                continue
            }
            rest = rest.dropFirst(name.count)
            guard rest.hasPrefix("=\"") else {
                pairs.append((name, ""))
                continue
            }
            let value = rest.dropFirst(2).prefix { $0 != "\"" }
            pairs.append((name, String(value)))
            rest = rest[value.endIndex...].dropFirst()
        }
    }
}
