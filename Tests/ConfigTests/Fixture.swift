import PacerConfig
import Testing

/// The root of the repository, from the place of this file.
let repositoryRoot = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }

/// A policy file that is accepted, to be spoilt one line at a time.
let soundPolicy = """
    # A comment.
    name: example
    summary: Some cores, some clock.
    cores: any
    frequency: any
    mix: two-configurations
    objective: energy
    accounting: horizon
    margin: 10 %
    references: [kim-2015]
    """

/// A machine description that is accepted.
let soundMachine = """
    name: bench
    summary: A machine on paper.
    cores: 8
    cores-per-domain: 2
    frequencies: [800 MHz, 1.6 GHz, 2.4 GHz]
    boost: [3 GHz]
    power: { idle: 8 W, uncore: 6 W, cubic: 0.25 W/GHz^3, linear: 0.5 W/GHz, constant: 0.4 W }
    counter-range: 262143328850 µJ
    """

extension String {
    /// The text with the line that starts with `start` replaced, or removed when there is no replacement.
    func replacingLine(_ start: String, with line: String?) -> String {
        split(separator: "\n", omittingEmptySubsequences: false)
            .compactMap { $0.hasPrefix(start) ? line : String($0) }
            .joined(separator: "\n")
    }
}

/// A reproducible sequence of random numbers (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

/// The error that reading a spoilt file gives.
func failure(_ read: () throws(ConfigurationError) -> some Any) -> ConfigurationError? {
    do {
        _ = try read()
        Issue.record("accepted")
        return nil
    } catch {
        return error
    }
}
