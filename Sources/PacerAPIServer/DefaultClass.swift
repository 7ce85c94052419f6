import Glibc
import PacerScheduling

/// The class of a job that names none: the program, with what makes one program several.
///
/// An interpreter stands for its script (`python3 -u train.py` is `train.py`) or module (`python3 -m pytest`
/// is `pytest`). A script among the arguments (`sh -c 'make; make check'`) is told from others by the last
/// digits of its fingerprint: its text is the user's, and names of classes are shown. A word behind another
/// program that is no file is taken for a subcommand (`cargo build`, `pacer-workload stream`).
///
/// - Parameter workingDirectory: where a word that is a file would be; `nil` where it must not be looked for:
///   it would tell a user of what only the daemon can see.
func defaultClass(of arguments: [String], workingDirectory: String?) -> String {
    let program = baseName(arguments[0])
    let rest = arguments.dropFirst()
    if let interpreter = Interpreter(program) { return interpreter.script(of: rest) ?? program }
    guard let word = rest.first, word.count >= 2, word.utf8.allSatisfy(isLowerCaseOrDash),
        !word.hasPrefix("-"),
        workingDirectory.map({ access("\($0)/\(word)", F_OK) != 0 }) ?? true
    else { return program }
    return "\(program) \(word)"
}

/// A program that runs what another file, or an argument, says.
private struct Interpreter {
    let program: String
    /// The letter of the option whose value is the script itself.
    let code: Character
    /// Letters of other options that have their values in the next argument.
    var valued: Set<Character> = []
    /// The letter of the option whose value is a module.
    var module: Character?

    /// `nil` for other programs.
    init?(_ program: String) {
        self.program = program
        switch program {
        case "sh", "bash", "dash", "zsh": (code, valued) = ("c", ["o", "O"])
        case "python", "python3": (code, valued, module) = ("c", ["W", "X"], "m")
        case "perl", "ruby", "Rscript": (code, valued) = ("e", ["I"])
        case "node": (code, valued) = ("e", ["r"])
        default: return nil
        }
    }

    /// What is run; `nil` where no argument says so.
    func script(of arguments: ArraySlice<String>) -> String? {
        var rest = arguments
        while let argument = rest.popFirst() {
            if argument == "-" { return nil }
            guard argument.hasPrefix("-") else { return baseName(argument) }
            guard !argument.hasPrefix("--"), let letter = argument.last else { continue }
            // Letters may be joined (`bash -lc`); what has a value comes last.
            if letter == code {
                return rest.first.map { "\(program) -\(code) \(Fingerprint.of($0).suffix(8))" }
            }
            if letter == module { return rest.first }
            if valued.contains(letter) { rest = rest.dropFirst() }
        }
        return nil
    }
}

private func isLowerCaseOrDash(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "-")
}

private func baseName(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
}
