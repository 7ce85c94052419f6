/// The table of modules as Package.swift has it: what each target may import.
struct ModuleTable {
    struct Target: Hashable {
        enum Kind: String { case module, program, tests, target, executableTarget, systemLibrary }

        let name: String
        let kind: Kind
        /// Our targets and products of other packages, ascending.
        let dependencies: [String]
        let line: Int
    }

    /// In the order of the file.
    let targets: [Target]
    /// Products of other packages that any target may name.
    let products: Set<String>

    init(parsing text: String) {
        let source = SourceText(text, path: "Package.swift")
        let variables = ModuleTable.variables(text, source)
        products = Set(variables.values.joined()).filter { !$0.hasPrefix("Pacer") }
        let start = source.words.first { $0.text == "targets" }?.start ?? 0
        var targets: [Target] = []
        for word in source.words where word.start > start {
            guard let kind = Target.Kind(rawValue: word.text), source.next(after: word.end) == "(" else {
                continue
            }
            let length = source.brackets(from: word.end).utf8.count
            let range = word.end..<word.end + length
            let arguments = ModuleTable.withoutSettings(
                String(decoding: Array(text.utf8)[range], as: UTF8.self))
            let literals = ModuleTable.literals(arguments)
            guard let name = literals.first else { continue }
            var dependencies = Set(literals.dropFirst())
            for used in SourceText(arguments, path: "Package.swift").words {
                dependencies.formUnion(variables[used.text] ?? [])
            }
            targets.append(
                Target(name: name, kind: kind, dependencies: dependencies.sorted(), line: word.line))
        }
        self.targets = targets
    }

    subscript(name: String) -> Target? { targets.first { $0.name == name } }

    /// Every target of ours that `name` reaches, directly or through others, ascending.
    func reach(_ name: String) -> [String] {
        var reached: Set<String> = []
        var open = self[name]?.dependencies ?? []
        while let next = open.popLast() {
            guard let target = self[next], reached.insert(next).inserted else { continue }
            open += target.dependencies
        }
        return reached.sorted()
    }

    /// The constants of the manifest that stand for dependencies, by name.
    private static func variables(_ text: String, _ source: SourceText) -> [String: [String]] {
        var variables: [String: [String]] = [:]
        let bytes = Array(text.utf8)
        let declarations = source.words.indices.filter { source.words[$0].text == "let" }
        for index in declarations where index + 1 < source.words.count {
            let name = source.words[index + 1]
            let end = source.words[(index + 1)...].first { $0.text == "let" || $0.text == "func" }?.start
            let body = String(decoding: bytes[name.end..<(end ?? bytes.count)], as: UTF8.self)
            guard body.hasPrefix(": Target.Dependency") || body.hasPrefix(": [Target.Dependency]") else {
                continue
            }
            variables[name.text] = literals(withoutSettings(body))
        }
        return variables
    }

    /// Without what names no dependency: packages, excluded paths, settings, and comments.
    private static func withoutSettings(_ text: String) -> String {
        text.split(separator: "\n").map { line in line.split(separator: "//", maxSplits: 1).first ?? "" }
            .joined(separator: "\n")
            .replacing(#/, package: "[^"]*"/#, with: "")
            .replacing(#/(exclude|providers|linkerSettings): \[[^\]]*\]+\)?\]?/#, with: "")
            .replacing(#/pkgConfig: "[^"]*"/#, with: "")
    }

    private static func literals(_ text: String) -> [String] {
        text.matches(of: #/"([^"]*)"/#).map { String($0.1) }
    }
}

/// An `import` of a Swift file.
struct Import: Hashable {
    let module: String
    let line: Int

    /// The imports of a file, in order.
    static func all(in source: SourceText) -> [Import] {
        let kinds: Set = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]
        let modifiers: Set = [
            "public", "package", "internal", "fileprivate", "private", "testable", "preconcurrency",
        ]
        let words = source.words
        return words.indices.compactMap { index in
            guard words[index].text == "import", index + 1 < words.count else { return nil }
            // Elsewhere in a line the word is part of a test's name.
            let before = words[..<index].reversed().prefix { $0.line == words[index].line }
            guard before.allSatisfy({ modifiers.contains($0.text) }) else { return nil }
            var module = words[index + 1]
            if kinds.contains(module.text), index + 2 < words.count { module = words[index + 2] }
            return Import(module: module.text, line: words[index].line)
        }
    }
}
