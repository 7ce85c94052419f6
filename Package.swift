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

func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
]

// The table of docs/ARCHITECTURE.md: what each module may import of ours and from outside.
let package = Package(
    name: "pacer",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
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
        module(
            "PacerPolicies",
            ["PacerUnits", "PacerPlatform", "PacerModels", "PacerOptimizer", "PacerScheduling"]),

        // Contract.
        module("PacerPorts", ["PacerUnits", "PacerPlatform", "PacerScheduling"]),

        // Edges.
        module(
            "PacerRuntime", ["PacerUnits", "PacerPlatform", "PacerModels", "PacerScheduling", "PacerPorts"]),
    ]
)
