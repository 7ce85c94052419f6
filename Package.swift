// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target: language mode 6, warnings are errors, imports say what they are for.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func program(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .executableTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, exclude: name == "FuzzTests" ? ["Driver"] : [],
        swiftSettings: strict)
}

/// The program in which libFuzzer drives the entry points of `tests`. It is built where PACER_FUZZ is set, in the place
/// of every test; docs/testing.md.
func fuzzing(_ tests: Target) -> Target {
    .executableTarget(
        name: "pacer-fuzz", dependencies: tests.dependencies, path: "Tests/FuzzTests",
        sources: ["Driver", "Entries"], swiftSettings: strict,
        linkerSettings: [.unsafeFlags(["-use-ld=lld"])])
}

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
]

/// The pure modules, which everything may use.
let core: [Target.Dependency] = ["PacerUnits", "PacerPlatform", "PacerModels", "PacerScheduling"]

// The table of docs/ARCHITECTURE.md: what each module may import of ours and from outside.
let package = Package(
    name: "pacer",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // Pure: no Foundation, no clock, no async, no I/O.
        module("PacerUnits"),
        module("PacerPlatform", ["PacerUnits"]),
        module("PacerModels", ["PacerUnits", "PacerPlatform"]),
        module("PacerOptimizer", ["PacerUnits", "PacerPlatform", "PacerModels"]),
        module("PacerScheduling", ["PacerUnits", "PacerPlatform", "PacerModels"]),
        module("PacerPolicies", core + ["PacerOptimizer"]),
        module("PacerReplay", core + ["PacerOptimizer", heap]),
        module("PacerReport", ["PacerUnits", "PacerPlatform"]),

        // Contract.
        module("PacerPorts", ["PacerUnits", "PacerPlatform", "PacerScheduling"]),
        module("PacerAPI", ["PacerUnits"]),

        // Edges: one kind of effect each.
        .target(name: "CPacerShims"),
        .systemLibrary(name: "CHwloc", pkgConfig: "hwloc", providers: [.apt(["libhwloc-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        module("PacerHardware", core + ["PacerPorts", "CPacerShims", "CHwloc"]),
        module(
            "PacerProcess", ["PacerUnits", "PacerPlatform", "PacerScheduling", "PacerPorts", "CPacerShims"]),
        module("PacerStore", core + ["PacerPorts", "CSQLite"]),
        module("PacerConfig", core + ["PacerPolicies", "PacerReplay", yams]),
        module("PacerRuntime", core + ["PacerPorts"]),
        module(
            "PacerAPIServer",
            core + ["PacerOptimizer", "PacerAPI", "PacerPorts", "PacerRuntime", "CPacerShims"] + nio),
        module("PacerAPIClient", ["PacerUnits", "PacerAPI"] + nio),
        module(
            "PacerCommands",
            core + [
                "PacerAPI", "PacerAPIClient", "PacerConfig", "PacerPolicies", "PacerOptimizer", "PacerReplay",
                "PacerReport", "CPacerShims", "CZlib", argumentParser,
            ]),

        // Programs. The keeper alone links libcpupower, which is GPL-2.0-only.
        program("pacer", ["PacerCommands"]),
        program(
            "pacerd",
            core + [
                "PacerAPI", "PacerAPIServer", "PacerConfig", "PacerHardware", "PacerPolicies", "PacerPorts",
                "PacerProcess", "PacerRuntime", "PacerStore", "CPacerShims", argumentParser,
            ] + nio,
            exclude: ["Support"]),
        program("pacer-workload"),
        // Part of the build: manual pages from what the programs say of themselves.
        program("pacer-manual"),
        .executableTarget(
            name: "pacer-keeper", exclude: ["LICENSE"], linkerSettings: [.linkedLibrary("cpupower")]),
        .executableTarget(name: "pacer-shepherd", dependencies: ["CPacerShims"]),
        .executableTarget(name: "pacer-lp", linkerSettings: [.linkedLibrary("Clp")]),

        // Tests.
        module("PacerTestSupport", ["PacerUnits", "PacerPlatform", "PacerModels"]),
        tests("APITests", ["PacerUnits", "PacerAPI"]),
        tests(
            "APIServerTests",
            core + [
                "PacerAPI", "PacerAPIClient", "PacerAPIServer", "PacerPorts", "PacerRuntime", "CPacerShims",
                "PacerTestSupport", .product(name: "NIOEmbedded", package: "swift-nio"),
            ] + nio),
        tests(
            "CommandsTests",
            core + [
                "PacerAPI", "PacerAPIClient", "PacerCommands", "PacerConfig", "PacerOptimizer",
                "PacerPolicies", "PacerReplay", "PacerReport", "CZlib", "pacer-lp", argumentParser,
            ]),
        tests(
            "ProcessTests",
            ["PacerUnits", "PacerPlatform", "PacerScheduling", "PacerPorts", "PacerProcess", "CPacerShims"]
                + ["PacerTestSupport", "pacer-shepherd", "pacer-workload"]),
        tests("UnitsTests", ["PacerUnits"]),
        tests("PlatformTests", ["PacerUnits", "PacerPlatform"]),
        tests("ModelsTests", ["PacerUnits", "PacerPlatform", "PacerModels"]),
        tests(
            "SchedulingTests", core + ["PacerOptimizer", "PacerPolicies", "PacerReplay", "PacerTestSupport"]),
        tests(
            "ReportTests",
            core + [
                "PacerAPI", "PacerCommands", "PacerOptimizer", "PacerReplay", "PacerReport", argumentParser,
            ]),
        tests(
            "ReplayTests",
            core + ["PacerConfig", "PacerOptimizer", "PacerPolicies", "PacerReplay", "PacerTestSupport"]),
        tests("ConfigTests", core + ["PacerConfig", "PacerPolicies", "PacerReplay"]),
        tests("HardwareTests", core + ["PacerPorts", "PacerHardware", "CHwloc"]),
        tests("StoreTests", core + ["PacerPorts", "PacerStore"]),
        tests(
            "RuntimeTests",
            core + ["PacerPolicies", "PacerPorts", "PacerReplay", "PacerRuntime", "PacerTestSupport"]),
        tests(
            "FuzzTests",
            core + [
                "PacerAPI", "PacerAPIClient", "PacerAPIServer", "PacerCommands", "PacerConfig",
                "PacerHardware", "PacerPolicies", "PacerPorts", "PacerProcess", "PacerReplay",
                "PacerRuntime", "PacerStore", "PacerOptimizer", "PacerTestSupport", "CPacerShims",
            ] + nio + [.product(name: "NIOEmbedded", package: "swift-nio")]),
        tests("KeeperTests", ["pacer-keeper"]),
        tests("OptimizerTests", core + ["PacerOptimizer", "PacerTestSupport"]),
        tests(
            "PoliciesTests",
            core + ["PacerOptimizer", "PacerPolicies", "PacerConfig", "PacerReplay", "PacerTestSupport"]),
        tests("TidyTests"),
        tests("WorkloadTests", ["pacer-workload"]),
        tests("ManualTests", ["pacer", "pacerd", "pacer-manual"]),
        .executableTarget(name: "FaultHarness", path: "Tests/FaultHarness", swiftSettings: strict),
        tests("FaultTests", ["FaultHarness", "pacer", "pacerd", "pacer-keeper", "pacer-shepherd"]),
        tests("EndToEndTests", ["pacer", "pacerd", "pacer-keeper", "pacer-shepherd", "pacer-workload"]),
    ]
)

if Context.environment["PACER_FUZZ"] != nil {
    let entries = package.targets.filter { $0.name == "FuzzTests" }
    package.targets = package.targets.filter { $0.type != .test } + entries.map(fuzzing)
}
