/// A regular expression that takes a time in proportion to the text, whatever its author had in mind: the
/// daemon matches what users give it on the one thread on which it serves them all.
///
/// Alternatives, groups, classes, `\d \w \s \b` and their opposites, anchors, and greedy and lazy repetition,
/// as usual. What needs backtracking, such as references and looking around, is refused. Sets of states are
/// followed all at once, each with the way that was preferred (Thompson, CACM 1968; Pike's captures).
struct LinearPattern {
    /// Why a pattern cannot be used, in words.
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    /// Steps of the compiled pattern; repetitions with bounds are written out.
    static let mostSteps = 512

    /// How many groups capture.
    let groupCount: Int
    let program: [Step]
    let ignoresCase: Bool

    init(_ pattern: String) throws(Refusal) {
        var parser = PatternParser(pattern)
        let tree = try parser.parse()
        groupCount = parser.groupCount
        ignoresCase = parser.ignoresCase
        var compiler = Compiler()
        try compiler.add(.group(0, tree))
        try compiler.emit(.found)
        program = compiler.program
    }

    /// A step of a compiled pattern.
    enum Step {
        case found
        case take(ScalarSet)
        case check(Assertion)
        case keep(Int)
        case goTo(Int)
        /// The first is preferred.
        case either(Int, Int)
    }

    /// What holds between two characters.
    enum Assertion {
        case start
        case end
        case wordEdge
        case noWordEdge
    }

    /// What a pattern consists of.
    indirect enum Node {
        case nothing
        case scalar(ScalarSet)
        case assertion(Assertion)
        /// `nil` for a group that does not capture.
        case group(Int?, Node)
        case sequence([Node])
        case choice([Node])
        /// `nil` for any number.
        case repeated(Node, least: Int, most: Int?, isLazy: Bool)
    }

    /// Some of all characters.
    struct ScalarSet {
        var ranges: [ClosedRange<UInt32>] = []
        var isInverted = false

        func contains(_ scalar: UInt32) -> Bool {
            ranges.contains { $0.contains(scalar) } != isInverted
        }
    }
}

extension LinearPattern {
    private struct Compiler {
        var program: [Step] = []

        mutating func emit(_ step: Step) throws(Refusal) {
            guard program.count < mostSteps else { throw Refusal(description: "it is too large") }
            program.append(step)
        }

        mutating func add(_ node: Node) throws(Refusal) {
            switch node {
            case .nothing: break
            case .scalar(let set): try emit(.take(set))
            case .assertion(let assertion): try emit(.check(assertion))
            case .group(nil, let inner): try add(inner)
            case .group(let number?, let inner):
                try emit(.keep(2 * number))
                try add(inner)
                try emit(.keep(2 * number + 1))
            case .sequence(let parts): for part in parts { try add(part) }
            case .choice(let options): try add(options[...])
            case .repeated(let inner, let least, let most, let isLazy):
                for _ in 0..<least { try add(inner) }
                if let most {
                    try addOptional(inner, times: most - least, isLazy: isLazy)
                } else {
                    try addLoop(inner, isLazy: isLazy)
                }
            }
        }

        private mutating func add(_ options: ArraySlice<Node>) throws(Refusal) {
            guard let first = options.first else { return }
            guard options.count > 1 else { return try add(first) }
            let fork = program.count
            try emit(.found)  // replaced below
            try add(first)
            let leave = program.count
            try emit(.found)
            program[fork] = .either(fork + 1, program.count)
            try add(options.dropFirst())
            program[leave] = .goTo(program.count)
        }

        private mutating func addOptional(_ node: Node, times: Int, isLazy: Bool) throws(Refusal) {
            var forks: [Int] = []
            for _ in 0..<times {
                forks.append(program.count)
                try emit(.found)
                try add(node)
            }
            for fork in forks { program[fork] = Self.fork(fork + 1, program.count, isLazy) }
        }

        private mutating func addLoop(_ node: Node, isLazy: Bool) throws(Refusal) {
            let fork = program.count
            try emit(.found)
            try add(node)
            try emit(.goTo(fork))
            program[fork] = Self.fork(fork + 1, program.count, isLazy)
        }

        private static func fork(_ into: Int, _ past: Int, _ isLazy: Bool) -> Step {
            isLazy ? .either(past, into) : .either(into, past)
        }
    }
}
