/// libcpupower is GPL-2.0-only; the keeper alone may meet it, and it may meet nothing of ours.
enum LicenceCheck {
    static let keeper = "Sources/pacer-keeper/"
    private static let headers: Set = ["cpufreq.h", "cpuidle.h", "cpupower.h", "powercap.h"]

    /// The headers that a C file includes, with their lines.
    static func includes(in source: SourceText) -> [(header: String, line: Int)] {
        source.lines.enumerated().compactMap { index, line in
            guard line.contains("include"),
                let match = line.firstMatch(of: #/^\s*#\s*include\s*["<]([^">]+)[">]/#)
            else { return nil }
            return (String(match.1), index + 1)
        }
    }

    /// Includes on the wrong side of the two licences.
    ///
    /// - Parameter keeperFiles: The names of the files in the keeper's folder.
    static func includes(of source: SourceText, keeperFiles: Set<String>) -> [Finding] {
        includes(in: source).compactMap { header, line in
            let name = header.split(separator: "/").last.map(String.init) ?? header
            if !source.path.hasPrefix(keeper) {
                guard headers.contains(name) else { return nil }
                return Finding(
                    file: source.path, line: line,
                    sentence: "\(header) is libcpupower's: only pacer-keeper is under its licence")
            }
            guard source.lines[line - 1].contains("\""), !keeperFiles.contains(header) else { return nil }
            return Finding(
                file: source.path, line: line, sentence: "the keeper includes \(header), which is not its own"
            )
        }
    }

    /// A file of the keeper without its licence, or another file with the keeper's.
    static func identifier(of source: SourceText) -> [Finding] {
        let first = source.lines.first ?? ""
        let isKeeper = source.path.hasPrefix(keeper)
        if isKeeper, !first.contains("SPDX-License-Identifier: GPL-2.0-only") {
            return [
                Finding(
                    file: source.path, line: 1,
                    sentence: "the keeper's files start with 'SPDX-License-Identifier: GPL-2.0-only'")
            ]
        }
        if !isKeeper, first.contains("SPDX-License-Identifier"), !first.contains("Apache-2.0") {
            return [
                Finding(file: source.path, line: 1, sentence: "what is not the keeper is under Apache-2.0")
            ]
        }
        return []
    }
}
