import Testing

@Suite struct StyleTests {
    private let sources = Repository.swiftSources + Repository.cSources

    @Test func `no file, line or function is longer than the style says`() {
        expectNone(sources.flatMap(StyleCheck.sizes))
    }

    @Test func `no file and no type has a name that says nothing`() {
        expectNone(sources.flatMap(StyleCheck.names))
    }

    @Test func `nothing ends the program by force`() {
        expectNone(Repository.swiftSources.flatMap(StyleCheck.force))
    }

    @Test func `no work is left as a note`() {
        expectNone(sources.flatMap(StyleCheck.notes))
    }

    @Test func `a long file and a long line are found`() {
        let long = String(repeating: "\n", count: 401)
        #expect(StyleCheck.sizes(of: snippet(long)).map(\.line) == [401])
        #expect(StyleCheck.sizes(of: snippet(String(long.dropLast()))).isEmpty)
        #expect(
            StyleCheck.sizes(of: snippet("let a = \"" + String(repeating: "é", count: 101) + "\"")).count == 1
        )
        #expect(
            StyleCheck.sizes(of: snippet("let a = \"" + String(repeating: "é", count: 100) + "\"")).isEmpty)
    }

    @Test(arguments: ["func long(a: Int = { 1 }()) -> Int {", "init?(_ text: String) {", "deinit {"])
    func `a long function is found`(head: String) {
        let body = String(repeating: "    work()\n", count: 59)
        let short = String(repeating: "    work()\n", count: 58)
        let tail = "}\nfunc next() {}"
        #expect(StyleCheck.sizes(of: snippet("struct A {\n\(head)\n\(body)\(tail)\n}")).map(\.line) == [2])
        #expect(StyleCheck.sizes(of: snippet("struct A {\n\(head)\n\(short)\(tail)\n}")).isEmpty)
    }

    @Test func `a requirement of a protocol and a call of an initialiser have no length`() {
        let code = """
            protocol Meter {
                init(name: String)
                func read(at now: Instant) -> Reading
                var domains: [Domain] { get }
            }
            struct A { func make() -> B { self.init(a: 1); return .init(b: 2) } }
            """
        #expect(FunctionLength.all(in: snippet(code)).map(\.name) == ["make"])
    }

    @Test func `a function in C is measured too`() {
        let body = String(repeating: "    if (a) { work('}', \"{\"); }\n", count: 60)
        let code = "static const int a[] = {\n1 };\nstatic int long_one(int a)\n{\n\(body)}\n"
        let finding = StyleCheck.sizes(of: snippet(code, path: "Sources/CPacerShims/a.c"))
        #expect(finding.map(\.line) == [4])
        #expect(finding.first?.sentence.contains("long_one") == true)
    }

    @Test(
        arguments: [
            ("StringUtils.swift", ""), ("A.swift", "final class JobManager {}"),
            ("A.swift", "struct MeterImpl {}"),
            ("A.swift", "enum CommonWords {}"), ("MockMeter.swift", ""),
            ("A.swift", "protocol TimeHelpers {}"),
        ])
    func `an empty name is found`(file: String, code: String) {
        #expect(StyleCheck.names(in: snippet(code, path: "Sources/PacerAPI/\(file)")).count == 1)
    }

    @Test func `a name that only contains such a word is not found`() {
        let code = "struct Implementation {}\nenum Mockingbird {}\n// struct JobManager\nlet manager = 1"
        #expect(StyleCheck.names(in: snippet(code)).isEmpty)
    }

    @Test(
        arguments: [
            "let a = try! load()", "let b = c as! D", "fatalError(\"no\")", "let e = f!",
            "let g = list[0]!.name",
            "let h = first()!", "var i: Int!",
        ])
    func `force is found`(code: String) {
        #expect(StyleCheck.force(in: snippet(code)).count == 1)
    }

    @Test func `a negation and an inequality are not force`() {
        let code = "if !ready, a != b, c! = 1, list[0] != d { say(\"Stop!\") }  // really!"
        #expect(StyleCheck.force(in: snippet(code.replacing("c! = 1, ", with: ""))).isEmpty)
    }

    @Test(arguments: ["// TODO: later", "let a = 1  // FIXME", "/* XXX */", "// see a.TODO.b"])
    func `a note to oneself is found`(code: String) {
        #expect(StyleCheck.notes(in: snippet(code)).count == 1)
        #expect(StyleCheck.notes(in: snippet("let method = todo")).isEmpty)
    }
}
