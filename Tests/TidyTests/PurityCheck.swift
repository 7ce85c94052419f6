/// What would make a decision depend on anything but its arguments.
enum PurityCheck {
    /// The modules that run in replay exactly as they do live.
    static let pureModules = [
        "PacerUnits", "PacerPlatform", "PacerModels", "PacerOptimizer", "PacerScheduling", "PacerPolicies",
        "PacerReplay", "PacerReport",
    ]

    private static let effects: Set = [
        "Foundation", "FoundationEssentials", "Glibc", "Musl", "Dispatch", "ContinuousClock",
        "SuspendingClock",
        "SystemRandomNumberGenerator",
    ]
    private static let effectfulCalls: Set = ["Date", "print", "debugPrint", "dump"]
    private static let inexactCalls: Set = ["pow", "exp", "exp2", "log", "log2", "log10"]
    private static let randomness: Set = ["random", "shuffled", "shuffle", "randomElement"]
    private static let concurrency: Set = [
        "async", "await", "Task", "TaskGroup", "actor", "MainActor", "AsyncStream", "Dispatch",
        "DispatchQueue",
        "DispatchSource", "withCheckedContinuation", "withTaskGroup",
    ]

    /// Mentions of clocks, input and output, randomness without a seed, and functions of libm.
    static func effects(in source: SourceText) -> [Finding] {
        source.words.compactMap { word in
            let isCall = source.next(after: word.end) == "("
            let sentence: String
            if effects.contains(word.text) {
                sentence = "a pure module may not mention \(word.text)"
            } else if isCall, effectfulCalls.contains(word.text) {
                sentence = "a pure module may not call \(word.text)( ): time is an argument, text is a result"
            } else if isCall, inexactCalls.contains(word.text) {
                sentence = "\(word.text)( ) differs between libraries in the last bit; write the product out"
            } else if isCall, randomness.contains(word.text), source.previous(before: word.start) == ".",
                !source.brackets(from: word.end).contains("using:")
            {
                sentence = "\(word.text)( ) without using: cannot be repeated"
            } else {
                return nil
            }
            return Finding(file: source.path, line: word.line, sentence: sentence)
        }
    }

    /// Mentions of Swift's concurrency and of libdispatch, whose timer wakes an idle process every second.
    static func concurrency(in source: SourceText) -> [Finding] {
        source.words.filter { concurrency.contains($0.text) }.map { word in
            Finding(
                file: source.path, line: word.line,
                sentence: "\(word.text) brings in the concurrency run-time; see docs/decisions/0005")
        }
    }
}
