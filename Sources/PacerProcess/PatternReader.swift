/// Reads regular expressions.
struct PatternReader {
    /// What is longer was not written by a person.
    private static let longestPattern = 1000
    private static let deepestNesting = 32
    /// A count in braces beyond this is refused.
    private static let mostRepetitions = 1000

    private let scalars: [UInt32]
    private var position = 0
    private var depth = 0
    private var ignoresCase = false
    /// Groups that are told of.
    private(set) var groupCount = 0

    private init(_ text: String) { scalars = text.unicodeScalars.map(\.value) }

    /// The expression in `text`, and how many groups it has.
    static func read(_ text: String) throws(PatternProblem) -> (syntax: PatternSyntax, groups: Int) {
        guard text.utf8.count <= longestPattern else {
            throw PatternProblem("it is longer than \(longestPattern) bytes")
        }
        var reader = PatternReader(text)
        reader.ignoresCase = reader.takes("(?i)")
        let syntax = try reader.alternatives()
        guard reader.position == reader.scalars.count else {
            throw PatternProblem("a ')' closes nothing")
        }
        return (syntax, reader.groupCount)
    }

    // MARK: What is built of others

    private mutating func alternatives() throws(PatternProblem) -> PatternSyntax {
        var parts = [try sequence()]
        while takes("|") { parts.append(try sequence()) }
        return parts.count == 1 ? parts[0] : .alternatives(parts)
    }

    private mutating func sequence() throws(PatternProblem) -> PatternSyntax {
        var parts: [PatternSyntax] = []
        while let next = peek, next != Self.scalar("|"), next != Self.scalar(")") {
            parts.append(try repeated(try atom()))
        }
        return parts.isEmpty ? .empty : parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func repeated(_ atom: PatternSyntax) throws(PatternProblem) -> PatternSyntax {
        let count: (least: Int, most: Int?)
        if takes("*") {
            count = (0, nil)
        } else if takes("+") {
            count = (1, nil)
        } else if takes("?") {
            count = (0, 1)
        } else if peek == Self.scalar("{") {
            count = try braces()
        } else {
            return atom
        }
        let isLazy = takes("?")
        if let next = peek, "*+?{".unicodeScalars.contains(where: { $0.value == next }) {
            throw PatternProblem("a repetition is repeated; put a group around it")
        }
        return .repeated(atom, least: count.least, most: count.most, isLazy: isLazy)
    }

    /// `{3}`, `{3,}`, `{,3}` or `{3,5}`.
    private mutating func braces() throws(PatternProblem) -> (Int, Int?) {
        position += 1
        let least = try number()
        let most = takes(",") ? try number() : least
        guard least != nil || most != nil, takes("}") else {
            throw PatternProblem(
                "a '{' repeats, and needs one or two numbers and a '}'; for the letter write \\{")
        }
        guard (least ?? 0) <= most ?? .max else { throw PatternProblem("the numbers in '{}' do not ascend") }
        return (least ?? 0, most)
    }

    private mutating func number() throws(PatternProblem) -> Int? {
        var value: Int?
        while let next = peek, (48...57).contains(next) {
            let sum = (value ?? 0) * 10 + Int(next - 48)
            guard sum <= Self.mostRepetitions else {
                throw PatternProblem("nothing is repeated more than \(Self.mostRepetitions) times")
            }
            value = sum
            position += 1
        }
        return value
    }

    // MARK: What stands alone

    private mutating func atom() throws(PatternProblem) -> PatternSyntax {
        guard let next = take() else { return .empty }
        switch Unicode.Scalar(next) {
        case "(": return try group()
        case "[": return .one(try set())
        case ".": return .one(ScalarSet(ranges: [10...10], isNegated: true))
        case "^": return .start
        case "$": return .end
        case "\\": return try escape()
        case "*", "+", "?", "{": throw PatternProblem("a repetition has nothing before it")
        default: return .one(folded(ScalarSet(ranges: [next...next])))
        }
    }

    private mutating func group() throws(PatternProblem) -> PatternSyntax {
        guard depth < Self.deepestNesting else {
            throw PatternProblem("more than \(Self.deepestNesting) groups are inside each other")
        }
        var number: Int?
        if !takes("?:") {
            if takes("?P<") || (peek == Self.scalar("?") && isNamed && takes("?<")) {
                while let next = take(), next != Self.scalar(">") {}
            } else if peek == Self.scalar("?") {
                throw PatternProblem("of the groups that begin with '(?' only '(?:' and '(?<name>' are known")
            }
            groupCount += 1
            number = groupCount
        }
        depth += 1
        let inside = try alternatives()
        depth -= 1
        guard takes(")") else { throw PatternProblem("a '(' is not closed") }
        return number.map { .group($0, inside) } ?? inside
    }

    /// Whether what follows is `?<` and a name, not a look behind.
    private var isNamed: Bool {
        guard position + 2 < scalars.count, scalars[position + 1] == Self.scalar("<") else { return false }
        return ScalarSet.word.contains(scalars[position + 2])
    }

    private mutating func escape() throws(PatternProblem) -> PatternSyntax {
        guard let next = take() else { throw PatternProblem("it ends in a backslash") }
        switch Unicode.Scalar(next) {
        case "b": return .wordEdge(isEdge: true)
        case "B": return .wordEdge(isEdge: false)
        default: return .one(folded(try escaped(next)))
        }
    }

    /// What stands for `\` and `next`, inside brackets and outside, in the case in which it is written.
    private mutating func escaped(_ next: UInt32) throws(PatternProblem) -> ScalarSet {
        switch Unicode.Scalar(next) {
        case "d": return .digit
        case "D": return ScalarSet(ranges: ScalarSet.digit.complement)
        case "w": return .word
        case "W": return ScalarSet(ranges: ScalarSet.word.complement)
        case "s": return .space
        case "S": return ScalarSet(ranges: ScalarSet.space.complement)
        case "t": return ScalarSet(ranges: [9...9])
        case "n": return ScalarSet(ranges: [10...10])
        case "r": return ScalarSet(ranges: [13...13])
        case "x": return try hexadecimal(digits: 2)
        case "u": return try hexadecimal(digits: 4)
        default:
            guard !ScalarSet.word.contains(next), next < 128 else {
                throw PatternProblem("a backslash before a letter or digit that has no meaning here")
            }
            return ScalarSet(ranges: [next...next])
        }
    }

    private mutating func hexadecimal(digits: Int) throws(PatternProblem) -> ScalarSet {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let next = take(), let digit = Unicode.Scalar(next).flatMap({ Character($0).hexDigitValue })
            else { throw PatternProblem("\\x needs two and \\u four hexadecimal digits") }
            value = value << 4 | UInt32(digit)
        }
        return ScalarSet(ranges: [value...value])
    }

    /// What stands in brackets, behind the first one.
    private mutating func set() throws(PatternProblem) -> ScalarSet {
        let isNegated = takes("^")
        var ranges: [ClosedRange<UInt32>] = []
        var isFirst = true
        while true {
            guard let next = take() else { throw PatternProblem("a '[' is not closed") }
            if next == Self.scalar("]"), !isFirst { break }
            isFirst = false
            let low = try member(next)
            guard let start = low.single, peek == Self.scalar("-"), position + 1 < scalars.count,
                scalars[position + 1] != Self.scalar("]")
            else {
                ranges += low.set.ranges
                continue
            }
            position += 1
            guard let last = take(), let end = try member(last).single, end >= start else {
                throw PatternProblem("a range in brackets does not ascend")
            }
            ranges.append(start...end)
        }
        return ScalarSet(ranges: folded(ScalarSet(ranges: ranges)).ranges, isNegated: isNegated)
    }

    /// A member of a set in brackets, and its scalar where it is one.
    private mutating func member(_ next: UInt32) throws(PatternProblem) -> (set: ScalarSet, single: UInt32?) {
        if next == Self.scalar("["), peek == Self.scalar(":") {
            throw PatternProblem("named classes such as [:digit:] are not known; write \\d")
        }
        guard next == Self.scalar("\\") else { return (ScalarSet(ranges: [next...next]), next) }
        guard let behind = take() else { throw PatternProblem("it ends in a backslash") }
        if behind == Self.scalar("b") { throw PatternProblem("\\b has no meaning in brackets") }
        let set = try escaped(behind)
        let isSingle = set.ranges.count == 1 && set.ranges[0].count == 1
        return (set, isSingle ? set.ranges[0].lowerBound : nil)
    }

    private func folded(_ set: ScalarSet) -> ScalarSet { ignoresCase ? set.ignoringCase : set }

    // MARK: The text

    private var peek: UInt32? { position < scalars.count ? scalars[position] : nil }

    private mutating func take() -> UInt32? {
        guard position < scalars.count else { return nil }
        defer { position += 1 }
        return scalars[position]
    }

    /// Goes behind `text` where it stands here.
    private mutating func takes(_ text: StaticString) -> Bool {
        let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard position + wanted.count <= scalars.count,
            wanted.indices.allSatisfy({ scalars[position + $0] == UInt32(wanted[$0]) })
        else { return false }
        position += wanted.count
        return true
    }

    private static func scalar(_ scalar: Unicode.Scalar) -> UInt32 { scalar.value }
}
