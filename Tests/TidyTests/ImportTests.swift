import Testing

@Suite struct ImportTests {
    private let table: ModuleTable

    init() throws { table = ModuleTable(parsing: try Repository.text("Package.swift")) }

    @Test func `the table is read as it is written`() {
        #expect(table.targets.count > 25)
        #expect(table["PacerUnits"]?.dependencies == [])
        #expect(table["PacerModels"]?.dependencies == ["PacerPlatform", "PacerUnits"])
        #expect(table["PacerConfig"]?.dependencies.contains("Yams") == true)
        #expect(table["PacerAPIClient"]?.dependencies.contains("NIOHTTP1") == true)
        #expect(table["PacerCommands"]?.dependencies.contains("ArgumentParser") == true)
        #expect(table["PacerStore"]?.dependencies.contains("PacerModels") == true)
        #expect(table["pacer-keeper"]?.dependencies == [])
        #expect(table["CSQLite"]?.dependencies == [])
        #expect(table.reach("pacerd").contains("CSQLite"))
        #expect(table.products.isSuperset(of: ["Yams", "ArgumentParser", "NIOCore"]))
    }

    @Test func `every import of the sources is in the row of its target`() {
        expectNone(findings(in: Repository.swiftSources))
    }

    @Test func `every import of the tests is in the row of its target`() {
        expectNone(findings(in: Repository.testSources))
    }

    @Test func `the table opens no way that must stay closed`() {
        expectNone(ImportCheck.rows(table))
    }

    @Test func `every folder of sources and tests is built`() {
        expectNone(ImportCheck.folders(Repository.names(in: "Sources"), in: "Sources", table))
        let tests = Repository.names(in: "Tests").filter { $0 != "Fixtures" }
        expectNone(ImportCheck.folders(tests, in: "Tests", table))
    }

    @Test(
        arguments: [
            ("PacerScheduling", "public import PacerPolicies"), ("PacerHardware", "import CSQLite"),
            ("PacerStore", "import CHwloc"), ("PacerRuntime", "import NIOCore"), ("pacer", "import Yams"),
            ("PacerConfig", "import ArgumentParser"), ("PacerAPI", "import Foundation"),
            ("PacerRuntime", "import struct PacerHardware.RAPLMeter"), ("pacerd", "import Logging"),
            ("PacerModels", "import Dispatch"), ("PacerRuntime", "import FoundationEssentials"),
        ])
    func `an import outside the table is found`(target: String, code: String) {
        let source = snippet(code, path: "Sources/\(target)/Snippet.swift")
        #expect(ImportCheck.imports(of: source, in: target, table).count == 1)
    }

    @Test func `an import of the table is not found, nor a word that looks like one`() {
        let code = """
            public import PacerUnits
            import Glibc
            import class PacerPlatform.Machine
            // import PacerPolicies
            func `every import of PacerPolicies`() {}
            """
        let source = snippet(code, path: "Sources/PacerModels/Snippet.swift")
        #expect(ImportCheck.imports(of: source, in: "PacerModels", table).isEmpty)
    }

    @Test(
        arguments: [
            #"module("PacerScheduling", ["PacerPolicies"]), module("PacerPolicies")"#,
            #"module("PacerReplay", ["PacerA"]), module("PacerA", ["PacerPorts"]), module("PacerPorts")"#,
            #"module("PacerRuntime", ["PacerStore"]), module("PacerStore")"#,
            #"module("PacerCommands", ["PacerA"]), module("PacerA", ["PacerRuntime"]), module("PacerRuntime")"#,
            #"module("PacerRuntime", [yams])"#,
        ])
    func `a row that opens a closed way is found`(rows: String) {
        let manifest = """
            let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
            let package = Package(name: "pacer", targets: [\(rows)])
            """
        #expect(ImportCheck.rows(ModuleTable(parsing: manifest)).isEmpty == false)
    }

    @Test func `a folder that nothing builds is found`() {
        #expect(ImportCheck.folders(["PacerUnits", "PacerLost"], in: "Sources", table).count == 1)
    }

    private func findings(in sources: [SourceText]) -> [Finding] {
        sources.flatMap { source -> [Finding] in
            let parts = source.path.split(separator: "/")
            return parts.count > 2 ? ImportCheck.imports(of: source, in: String(parts[1]), table) : []
        }
    }
}
