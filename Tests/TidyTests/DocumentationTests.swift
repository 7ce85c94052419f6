import Testing

@Suite struct DocumentationTests {
    @Test func `every policy has its section, and every reference of it exists`() throws {
        let sections = DocumentationCheck.sections(of: try Repository.text("docs/policies.md"))
        let references = DocumentationCheck.references(of: try Repository.text("docs/models/references.md"))
        let files = Repository.files(below: "policies", endings: [".yaml"])
        #expect(!files.isEmpty && !references.isEmpty)
        for file in files {
            expectNone(
                DocumentationCheck.policy(
                    try Repository.text(file), file: file, sections: sections, references: references))
        }
    }

    @Test func `every module is in the table of the architecture`() throws {
        let text = try Repository.text("docs/ARCHITECTURE.md")
        let table = ModuleTable(parsing: try Repository.text("Package.swift"))
        let modules = table.targets.filter { $0.kind != .tests && $0.kind != .systemLibrary }
        #expect(modules.count > 20)
        let missing = modules.filter { !text.contains("`\($0.name)`") }
        expectNone(
            missing.map {
                Finding(
                    file: "Package.swift", line: $0.line, sentence: "ARCHITECTURE.md does not name \($0.name)"
                )
            })
    }

    @Test func `every relative link leads somewhere`() throws {
        let files = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].filter(Repository.exists)
        for file in files + Repository.files(below: "docs", endings: [".md"]) {
            expectNone(
                DocumentationCheck.links(
                    try Repository.text(file), file: file, exists: Repository.exists))
        }
    }

    @Test func `a policy without a section, a part of it or a reference is found`() {
        let sections = DocumentationCheck.sections(
            of: """
                # Policies
                ## sound
                **Goal.** a **Formula.** b **Parameters.** c **When it loses.** d **Sources.** e
                ## vague
                **Goal.** a **Formula.** b **Sources.** e
                """)
        let references = DocumentationCheck.references(
            of: "| key | what |\n| --- | --- |\n| kim-2015 | paper |")
        let check = { (file: String, text: String) in
            DocumentationCheck.policy(text, file: file, sections: sections, references: references).count
        }
        #expect(check("policies/sound.yaml", "name: sound\nreferences: [kim-2015]") == 0)
        #expect(check("policies/sound.yaml", "name: sound") == 0)
        #expect(check("policies/sound.yaml", "references: [kim-2015, nobody-1999]\nname: sound") == 1)
        #expect(check("policies/sound.yaml", "references:\n  - nobody-1999\n- nobody-2000\nname: sound") == 2)
        #expect(check("policies/vague.yaml", "name: vague") == 2)
        #expect(check("policies/absent.yaml", "name: absent") == 1)
    }

    @Test func `a link that leads nowhere is found`() {
        let text = """
            [there](models/hull.md#worked) and [not there](models/gone.md), [web](https://example.org/a.md),
            [here](#above), `[code](no.md)`, [up](../README.md)
            ```
            [code](no.md)
            ```
            """
        let findings = DocumentationCheck.links(text, file: "docs/policies.md") { path in
            ["docs/models/hull.md", "README.md"].contains(path)
        }
        #expect(findings.map(\.line) == [1])
        #expect(findings.first?.sentence.contains("gone.md") == true)
    }
}
