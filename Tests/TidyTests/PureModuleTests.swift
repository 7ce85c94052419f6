import Testing

@Suite struct PureModuleTests {
    @Test(arguments: PurityCheck.pureModules)
    func `a pure module mentions no clock, no effect and nothing inexact`(module: String) {
        let sources = Repository.swift(module)
        #expect(!sources.isEmpty)
        expectNone(sources.flatMap(PurityCheck.effects))
    }

    @Test func `nothing that the daemon or the command line links uses Swift's concurrency`() throws {
        let table = ModuleTable(parsing: try Repository.text("Package.swift"))
        let linked = Set(["pacer", "pacerd"] + table.reach("pacer") + table.reach("pacerd"))
        #expect(linked.isSuperset(of: ["PacerUnits", "PacerRuntime", "PacerAPIServer", "PacerCommands"]))
        expectNone(linked.sorted().flatMap(Repository.swift).flatMap(PurityCheck.concurrency))
    }

    @Test(
        arguments: [
            "import Foundation", "let now = ContinuousClock.now", "let day = Date ()", "print(plan)",
            "let power = pow(f, 3)", "let r = Double.random(in: 0...1)", "order.shuffled()",
            "let text = \"\\(exp(x))\"", "var g = SystemRandomNumberGenerator()",
            "#\"\"\"\n\"#\n\"\"\"#; log(2)",
        ])
    func `an effect in code is found`(code: String) {
        #expect(PurityCheck.effects(in: snippet(code)).count == 1)
    }

    @Test(
        arguments: [
            "// print(plan) would be an effect, as is Date()",
            "/* import /* Foundation */ Glibc */ let a = 1",
            "let text = \"Date() and print(\\\"x\\\")\"",
            "let r = Double.random(\n    in: 0...1, using: &generator)",
            "let update = validDate(text); blueprint(x)", "let expected = exposure + power.log",
            "let raw = #\"say \"print(\" \\(Date())\"#",
            "let lines = \"\"\"\n    a \"quoted\" print(x)\n    \"\"\"",
        ])
    func `what only looks like an effect is not found`(code: String) {
        #expect(PurityCheck.effects(in: snippet(code)).isEmpty)
    }

    @Test(
        arguments: [
            "func load() async {}", "await job.done", "Task { run() }", "actor Loop {}",
            "DispatchQueue.main.sync {}", "@MainActor func a() {}", "import Dispatch",
        ])
    func `concurrency in code is found`(code: String) {
        #expect(PurityCheck.concurrency(in: snippet(code)).count == 1)
        #expect(PurityCheck.concurrency(in: snippet("// " + code)).isEmpty)
    }

    @Test func `a scheduled task of the event loop is no concurrency`() {
        let code = "var wake: Scheduled<Void>? = eventLoop.scheduleTask(in: .seconds(1)) { factor() }"
        #expect(PurityCheck.concurrency(in: snippet(code)).isEmpty)
    }

    @Test func `a finding names its file and line`() {
        let finding = PurityCheck.effects(in: snippet("// first\n\"\"\"\n  text\n\"\"\"\nprint(1)")).first
        #expect(finding?.description.hasPrefix("Sources/PacerModels/Snippet.swift:5: ") == true)
    }
}

/// A source file of that text.
func snippet(_ code: String, path: String = "Sources/PacerModels/Snippet.swift") -> SourceText {
    SourceText(code, path: path)
}
