import Glibc

/// The class of a job that names none: the program, with what makes one program several.
///
/// An interpreter stands for its script (`python3 train.py` is `train.py`), and a word behind the program
/// that is no file is taken for a subcommand (`cargo build`, `pacer-workload stream`).
///
/// - Parameter workingDirectory: where a word that is a file would be; `nil` where it must not be looked for:
///   it would tell a user of what only the daemon can see.
func defaultClass(of arguments: [String], workingDirectory: String?) -> String {
    let program = baseName(arguments[0])
    let rest = arguments.dropFirst()
    let interpreters = ["sh", "bash", "dash", "zsh", "python", "python3", "perl", "ruby", "node", "Rscript"]
    if interpreters.contains(program) {
        guard let script = rest.first, !script.hasPrefix("-") else { return program }
        return baseName(script)
    }
    guard let word = rest.first, word.count >= 2, word.utf8.allSatisfy(isLowerCaseOrDash),
        !word.hasPrefix("-"),
        workingDirectory.map({ access("\($0)/\(word)", F_OK) != 0 }) ?? true
    else { return program }
    return "\(program) \(word)"
}

private func isLowerCaseOrDash(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "-")
}

private func baseName(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
}
