/// Who may import what: the table of Package.swift, and what the table itself must never say.
enum ImportCheck {
    /// Modules that come with the toolchain or the system.
    static let platform: Set = [
        "Swift", "Glibc", "Foundation", "FoundationEssentials", "FoundationXML", "Synchronization", "Testing",
        "RegexBuilder",
    ]

    /// Products of other packages and system libraries, and the only sources that may use them.
    static let owners: [(module: String, targets: Set<String>)] = [
        ("CSQLite", ["PacerStore"]),
        ("CHwloc", ["PacerHardware"]),
        ("CZlib", ["PacerCommands"]),
        ("Yams", ["PacerConfig"]),
        ("ArgumentParser", ["PacerCommands", "pacerd"]),
        ("NIO", ["PacerAPIServer", "PacerAPIClient", "pacerd"]),
        ("Foundation", []),
        ("FoundationXML", []),
        ("FoundationEssentials", ["PacerAPI", "PacerStore", "PacerCommands", "pacer-manual"]),
    ]

    /// Ways that no import may open, however many modules lie between.
    static let never: [(from: String, to: [String])] =
        [
            ("PacerScheduling", ["PacerPolicies", "PacerOptimizer"]),
            ("PacerRuntime", ["PacerHardware", "PacerProcess", "PacerStore"]),
            ("PacerCommands", ["PacerRuntime", "PacerPorts", "PacerAPIServer"]),
            ("PacerReplay", ["PacerPorts"]),
            ("PacerReport", ["PacerReplay", "PacerScheduling"]),
            ("pacer-keeper", ["CPacerShims"]),
        ] + PurityCheck.pureModules.map { ($0, ["PacerPorts", "PacerAPI", "CPacerShims"]) }

    /// Imports of a file of `target` that the table does not have.
    static func imports(of source: SourceText, in target: String, _ table: ModuleTable) -> [Finding] {
        Import.all(in: source).compactMap { item in
            func finding(_ sentence: String) -> Finding {
                Finding(file: source.path, line: item.line, sentence: sentence)
            }
            if let owner = owner(of: item.module), source.path.hasPrefix("Sources/"), !owner.contains(target)
            {
                let allowed = owner.isEmpty ? "nothing in Sources" : owner.sorted().joined(separator: ", ")
                return finding("\(target) imports \(item.module), which is for \(allowed)")
            }
            if platform.contains(item.module) { return nil }
            guard let row = table[target] else { return nil }
            if row.dependencies.contains(item.module.replacing("_", with: "-")) { return nil }
            if row.dependencies.contains(item.module) { return nil }
            let isOurs = table[item.module] != nil || table.products.contains(item.module)
            return finding(
                isOurs
                    ? "\(target) imports \(item.module), which its row in Package.swift does not have"
                    : "\(item.module) is no module of ours, nor one that Package.swift names")
        }
    }

    /// Rows of the table that open a way that must stay closed.
    static func rows(_ table: ModuleTable) -> [Finding] {
        var findings: [Finding] = []
        for (from, forbidden) in never {
            let reached = table.reach(from)
            for module in forbidden where reached.contains(module) {
                findings.append(
                    Finding(
                        file: "Package.swift", line: table[from]?.line ?? 1,
                        sentence: "\(from) reaches \(module), which it must never depend on"))
            }
        }
        for target in table.targets where target.kind != .tests {
            for dependency in target.dependencies {
                guard let owner = owner(of: dependency), !owner.contains(target.name) else { continue }
                findings.append(
                    Finding(
                        file: "Package.swift", line: target.line,
                        sentence: "\(target.name) depends on \(dependency), which is not for it"))
            }
        }
        return findings
    }

    /// Folders that no row of the table knows: nothing builds them.
    static func folders(_ names: [String], in directory: String, _ table: ModuleTable) -> [Finding] {
        names.filter { table[$0] == nil }.map {
            Finding(
                file: "\(directory)/\($0)", line: 1, sentence: "no target of Package.swift builds this folder"
            )
        }
    }

    private static func owner(of module: String) -> Set<String>? {
        owners.first { module == $0.module || ($0.module == "NIO" && module.hasPrefix("NIO")) }?.targets
    }
}
