import Foundation
import Testing

/// A breach of a house rule: where it is, and what is wrong in one sentence.
struct Finding: Hashable, Comparable, CustomStringConvertible {
    /// The path below the repository's root.
    let file: String
    /// Counted from one.
    let line: Int
    let sentence: String

    var description: String { "\(file):\(line): \(sentence)" }

    static func < (left: Finding, right: Finding) -> Bool {
        (left.file, left.line, left.sentence) < (right.file, right.line, right.sentence)
    }
}

/// Fails once for every finding, with its place.
func expectNone(_ findings: [Finding], sourceLocation: SourceLocation = #_sourceLocation) {
    for finding in findings {
        Issue.record("\(finding.description)", sourceLocation: sourceLocation)
    }
}

/// The files of the repository, by their paths below its root.
enum Repository {
    static let root: URL = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The text of a file.
    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
    }

    /// The names in a directory, ascending; empty when there is none.
    static func names(in directory: String) -> [String] {
        let path = root.appendingPathComponent(directory).path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { !$0.hasPrefix(".") }.sorted()
    }

    /// Every file below a directory whose name ends in one of `endings`, ascending.
    static func files(below directory: String, endings: [String]) -> [String] {
        let path = root.appendingPathComponent(directory).path
        let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        return names.filter { name in endings.contains { name.hasSuffix($0) } }
            .map { "\(directory)/\($0)" }.sorted()
    }

    /// The Swift sources of one target, read and stripped once.
    static func swift(_ target: String) -> [SourceText] {
        swiftSources.filter { $0.path.hasPrefix("Sources/\(target)/") }
    }

    /// Every Swift file below `Sources`.
    static let swiftSources = sources(below: "Sources", endings: [".swift"])
    /// Every C file below `Sources`.
    static let cSources = sources(below: "Sources", endings: [".c", ".h"])
    /// Every Swift file below `Tests`.
    static let testSources = sources(below: "Tests", endings: [".swift"])

    private static func sources(below directory: String, endings: [String]) -> [SourceText] {
        files(below: directory, endings: endings).compactMap { path in
            (try? text(path)).map { SourceText($0, path: path) }
        }
    }
}
