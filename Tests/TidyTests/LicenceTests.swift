import Testing

@Suite struct LicenceTests {
    private let keeperFiles = Set(Repository.names(in: "Sources/pacer-keeper"))

    @Test func `only the keeper meets libcpupower, and the keeper meets nothing of ours`() {
        #expect(Repository.cSources.contains { $0.path.hasPrefix(LicenceCheck.keeper) })
        expectNone(Repository.cSources.flatMap { LicenceCheck.includes(of: $0, keeperFiles: keeperFiles) })
    }

    @Test func `every file of the keeper, and no other, is under GPL-2.0-only`() {
        let swift = Repository.swiftSources.filter { $0.path.hasPrefix(LicenceCheck.keeper) }
        #expect(swift.isEmpty)
        expectNone((Repository.cSources + Repository.swiftSources).flatMap(LicenceCheck.identifier))
        #expect(keeperFiles.contains("LICENSE"))
    }

    @Test func `only the keeper links libcpupower`() throws {
        let manifest = try Repository.text("Package.swift")
        let links = manifest.matches(of: #/linkedLibrary\("cpupower"\)/#)
        #expect(links.count == 1)
        let table = ModuleTable(parsing: manifest)
        let keeper = try #require(table["pacer-keeper"])
        #expect(keeper.dependencies == [])
        let line = try #require(links.first).range.lowerBound
        let place = manifest[..<line].count { $0 == "\n" } + 1
        #expect(table.targets.last { $0.line <= place } == keeper)
        #expect(table.targets.allSatisfy { !$0.dependencies.contains("pacer-keeper") || $0.kind == .tests })
    }

    @Test(
        arguments: [
            ("Sources/CPacerShims/a.c", "#include <cpufreq.h>"),
            ("Sources/pacer-shepherd/a.c", "  #  include \"cpuidle.h\""),
            ("Sources/pacer-keeper/a.c", "#include \"CPacerShims.h\""),
            ("Sources/pacer-keeper/a.c", "#include \"../pacer-shepherd/job.h\""),
        ])
    func `an include across the licences is found`(path: String, code: String) {
        #expect(LicenceCheck.includes(of: snippet(code, path: path), keeperFiles: ["knobs.h"]).count == 1)
    }

    @Test func `the keeper's own includes are not found`() {
        let source = snippet("#include <cpufreq.h>\n#include \"knobs.h\"", path: "Sources/pacer-keeper/a.c")
        #expect(LicenceCheck.includes(of: source, keeperFiles: ["knobs.h"]).isEmpty)
    }

    @Test(
        arguments: [
            ("Sources/pacer-keeper/a.c", "#include <stdio.h>"),
            ("Sources/pacer-keeper/a.c", "// SPDX-License-Identifier: Apache-2.0"),
            ("Sources/CPacerShims/a.c", "// SPDX-License-Identifier: GPL-2.0-only"),
        ])
    func `a wrong or missing licence is found`(path: String, code: String) {
        #expect(LicenceCheck.identifier(of: snippet(code, path: path)).count == 1)
    }
}
