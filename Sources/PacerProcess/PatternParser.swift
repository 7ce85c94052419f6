/// Reads the text of a ``LinearPattern``.
struct PatternParser {
    typealias Node = LinearPattern.Node
    typealias Refusal = LinearPattern.Refusal
    typealias ScalarSet = LinearPattern.ScalarSet

    /// Digits, what words are made of, and spaces.
    static let digits: [ClosedRange<UInt32>] = [48...57]
    static let word: [ClosedRange<UInt32>] = [48...57, 65...90, 95...95, 97...122]
    static let spaces: [ClosedRange<UInt32>] = [9...13, 32...32]

    private static let deepest = 40
    private static let mostRepetitions = 256

    private(set) var groupCount = 0
    private(set) var ignoresCase = false
    private var rest: ArraySlice<Unicode.Scalar>
    private var depth = 0

    init(_ pattern: String) { rest = ArraySlice(Array(pattern.unicodeScalars)) }

    mutating func parse() throws(Refusal) -> Node {
        if takes("(?i)") { ignoresCase = true }
        let node = try choice()
        guard rest.isEmpty else { throw refusal("a ')' closes nothing") }
        return node
    }

    private mutating func choice() throws(Refusal) -> Node {
        var options = [try sequence()]
        while takes("|") { options.append(try sequence()) }
        return options.count == 1 ? options[0] : .choice(options)
    }

    private mutating func sequence() throws(Refusal) -> Node {
        var parts: [Node] = []
        while let first = rest.first, first != "|", first != ")" {
            parts.append(try repetition(of: try atom()))
        }
        return parts.isEmpty ? .nothing : .sequence(parts)
    }

    private mutating func repetition(of atom: Node) throws(Refusal) -> Node {
        var least = 1
        var most: Int? = 1
        if takes("*") {
            (least, most) = (0, nil)
        } else if takes("+") {
            most = nil
        } else if takes("?") {
            least = 0
        } else if let bounds = try bounds() {
            (least, most) = bounds
        } else {
            return atom
        }
        let isLazy = takes("?")
        if let next = rest.first, next == "+" || next == "*" || next == "?" {
            throw refusal("'\(next)' repeats what is repeated already")
        }
        return .repeated(atom, least: least, most: most, isLazy: isLazy)
    }

    /// `{2}`, `{2,}` or `{2,5}`; a brace that is no such thing stands for itself.
    private mutating func bounds() throws(Refusal) -> (Int, Int?)? {
        let before = rest
        guard takes("{"), let least = number() else {
            rest = before
            return nil
        }
        var most: Int? = least
        if takes(",") { most = number() }
        guard takes("}") else {
            rest = before
            return nil
        }
        guard least <= Self.mostRepetitions, most ?? least <= Self.mostRepetitions, most ?? least >= least
        else {
            throw refusal("a repetition is out of order, or above \(Self.mostRepetitions)")
        }
        return (least, most)
    }

    private mutating func number() -> Int? {
        let digits = rest.prefix { ("0"..."9").contains($0) }
        guard !digits.isEmpty, digits.count <= 6 else { return nil }
        rest = rest.dropFirst(digits.count)
        return Int(String(String.UnicodeScalarView(digits)))
    }

    private mutating func atom() throws(Refusal) -> Node {
        guard let scalar = rest.popFirst() else { return .nothing }
        switch scalar {
        case "(": return try group()
        case "[": return .scalar(try bracket())
        case ".": return .scalar(ScalarSet(ranges: [10...10], isInverted: true))
        case "^": return .assertion(.start)
        case "$": return .assertion(.end)
        case "*", "+", "?": throw refusal("there is nothing before '\(scalar)' to repeat")
        case "\\":
            if takes("b") { return .assertion(.wordEdge) }
            if takes("B") { return .assertion(.noWordEdge) }
            return .scalar(try escape())
        default: return .scalar(literal(scalar))
        }
    }

    private mutating func group() throws(Refusal) -> Node {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw refusal("groups are nested too deeply") }
        var number: Int?
        if takes("?:") {
            number = nil
        } else if rest.starts(with: "?<=".unicodeScalars) || rest.starts(with: "?<!".unicodeScalars) {
            throw refusal("it looks around, which is not possible here")
        } else if takes("?<") || takes("?P<") {
            guard let end = rest.firstIndex(of: ">") else { throw refusal("the name of a group has no end") }
            rest = rest[(end + 1)...]
            groupCount += 1
            number = groupCount
        } else if rest.first == "?" {
            throw refusal("it looks around or sets options, which is not possible here")
        } else {
            groupCount += 1
            number = groupCount
        }
        let node = try choice()
        guard takes(")") else { throw refusal("a '(' is not closed") }
        return .group(number, node)
    }

    /// What stands behind a backslash.
    private mutating func escape() throws(Refusal) -> ScalarSet {
        guard let scalar = rest.popFirst() else { throw refusal("it ends in a backslash") }
        switch scalar {
        case "d", "D": return ScalarSet(ranges: Self.digits, isInverted: scalar == "D")
        case "w", "W": return ScalarSet(ranges: Self.word, isInverted: scalar == "W")
        case "s", "S": return ScalarSet(ranges: Self.spaces, isInverted: scalar == "S")
        case "t": return literal("\t")
        case "n": return literal("\n")
        case "r": return literal("\r")
        case "e": return literal("\u{1b}")
        default:
            guard !Self.word.contains(where: { $0.contains(scalar.value) }) || scalar == "_" else {
                throw refusal("'\\\(scalar)' is not possible here")
            }
            return literal(scalar)
        }
    }

    /// What stands between brackets.
    private mutating func bracket() throws(Refusal) -> ScalarSet {
        var set = ScalarSet(isInverted: takes("^"))
        var isFirst = true
        while let scalar = rest.popFirst() {
            if scalar == "]", !isFirst { return set }
            isFirst = false
            let low = scalar == "\\" ? try escape() : literal(scalar)
            guard !low.isInverted else { throw refusal("an opposite cannot be in a class") }
            guard let start = single(low), rest.first == "-",
                rest.dropFirst().first.map({ $0 != "]" }) == true
            else {
                set.ranges += low.ranges
                continue
            }
            rest = rest.dropFirst()
            guard let scalar = rest.popFirst(),
                let end = single(scalar == "\\" ? try escape() : literal(scalar)),
                end >= start
            else { throw refusal("a range of a class is out of order") }
            set.ranges.append(start...end)
            if ignoresCase { set.ranges += Self.lowercased(start...end) }
        }
        throw refusal("a '[' is not closed")
    }

    private func literal(_ scalar: Unicode.Scalar) -> ScalarSet {
        var value = scalar.value
        if ignoresCase, (65...90).contains(value) { value += 32 }
        return ScalarSet(ranges: [value...value])
    }

    /// The part of a range that has capitals, as small letters: texts are searched in these.
    private static func lowercased(_ range: ClosedRange<UInt32>) -> [ClosedRange<UInt32>] {
        let capitals = range.clamped(to: 65...90)
        guard range.overlaps(65...90) else { return [] }
        return [capitals.lowerBound + 32...capitals.upperBound + 32]
    }

    private func single(_ set: ScalarSet) -> UInt32? {
        guard !set.isInverted, set.ranges.count == 1, let range = set.ranges.first, range.count == 1 else {
            return nil
        }
        return range.lowerBound
    }

    private mutating func takes(_ text: String) -> Bool {
        guard rest.starts(with: text.unicodeScalars) else { return false }
        rest = rest.dropFirst(text.unicodeScalars.count)
        return true
    }

    private func refusal(_ reason: String) -> Refusal { Refusal(description: reason) }
}
