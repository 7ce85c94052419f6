/// A regular expression that is matched in a time that grows with the text and with the expression, never
/// with their powers: every place of the expression that the text can have reached is followed at once.
///
/// Source: Thompson, Regular expression search algorithm, Communications of the ACM 11 (1968); with groups
/// as in Pike, The text editor sam, Software: Practice and Experience 17 (1987). Of several matches it finds
/// the one that a backtracking matcher finds: the leftmost, and of those the one that earlier alternatives
/// and repetitions prefer.
struct LinearPattern {
    /// Larger expressions are refused: a count in braces repeats what stands before it.
    static let mostInstructions = 1000
    /// Groups whose place is kept.
    static let mostGroups = 2

    private enum Instruction {
        case one(ScalarSet)
        case start
        case end
        case wordEdge(isEdge: Bool)
        /// Goes on at both places; the first is preferred.
        case split(Int, Int)
        case jump(Int)
        /// Keeps this place: that of the beginning or the end of a group.
        case keep(slot: Int)
        case match
    }

    /// Where the groups of a match begin and end, in scalars from the start of the line; `-1` for no place.
    struct Groups {
        fileprivate var places: (Int, Int, Int, Int) = (-1, -1, -1, -1)

        /// The place of a group by its number from 1; `nil` when it took no part in the match.
        subscript(number: Int) -> Range<Int>? {
            let (start, end) = number == 1 ? (places.0, places.1) : (places.2, places.3)
            return start >= 0 && end >= start ? start..<end : nil
        }

        fileprivate mutating func keep(_ place: Int, in slot: Int) {
            switch slot {
            case 0: places.0 = place
            case 1: places.1 = place
            case 2: places.2 = place
            case 3: places.3 = place
            default: break
            }
        }
    }

    private struct Thread {
        var instruction: Int
        var groups: Groups
    }

    /// How many groups the expression has.
    let groupCount: Int
    private var program: [Instruction] = []
    /// Parts that were added; what is repeated may be empty.
    private var additions = 0

    /// Reads an expression.
    init(_ text: String) throws(PatternProblem) {
        let (syntax, groups) = try PatternReader.read(text)
        groupCount = groups
        try add(syntax)
        program.append(.match)
    }

    // MARK: From syntax to instructions

    private mutating func add(_ syntax: PatternSyntax) throws(PatternProblem) {
        additions += 1
        guard program.count < Self.mostInstructions, additions < 10 * Self.mostInstructions else {
            throw PatternProblem("it is too large, mostly because of large numbers in '{}'")
        }
        switch syntax {
        case .empty: break
        case .one(let set): program.append(.one(set))
        case .start: program.append(.start)
        case .end: program.append(.end)
        case .wordEdge(let isEdge): program.append(.wordEdge(isEdge: isEdge))
        case .sequence(let parts): for part in parts { try add(part) }
        case .alternatives(let parts): try add(alternatives: parts[...])
        case .group(let number, let inside):
            guard number <= Self.mostGroups else { return try add(inside) }
            program.append(.keep(slot: number * 2 - 2))
            try add(inside)
            program.append(.keep(slot: number * 2 - 1))
        case .repeated(let inside, let least, let most, let isLazy):
            for _ in 0..<least { try add(inside) }
            guard let most else { return try add(loop: inside, isLazy: isLazy) }
            try add(optional: inside, times: most - least, isLazy: isLazy)
        }
    }

    private mutating func add(alternatives parts: ArraySlice<PatternSyntax>) throws(PatternProblem) {
        guard let first = parts.first else { return }
        guard parts.count > 1 else { return try add(first) }
        let split = reserve()
        try add(first)
        let jump = reserve()
        program[split] = .split(split + 1, program.count)
        try add(alternatives: parts.dropFirst())
        program[jump] = .jump(program.count)
    }

    private mutating func add(loop inside: PatternSyntax, isLazy: Bool) throws(PatternProblem) {
        let split = reserve()
        try add(inside)
        program.append(.jump(split))
        program[split] = isLazy ? .split(program.count, split + 1) : .split(split + 1, program.count)
    }

    private mutating func add(
        optional inside: PatternSyntax, times: Int, isLazy: Bool
    ) throws(PatternProblem) {
        var splits: [Int] = []
        for _ in 0..<times {
            splits.append(reserve())
            try add(inside)
        }
        for split in splits {
            program[split] = isLazy ? .split(program.count, split + 1) : .split(split + 1, program.count)
        }
    }

    /// A place for an instruction that is not known yet.
    private mutating func reserve() -> Int {
        program.append(.jump(program.count))
        return program.count - 1
    }

    // MARK: Matching

    /// The groups of the first match in `line`; `nil` where nothing matches.
    ///
    /// - Parameter steps: What may still be spent: about one for each instruction and for each range of a set
    ///   that is looked at. At zero it is given up, which counts as no match.
    func firstMatch(in line: [UInt32], steps: inout Int) -> Groups? {
        var threads: [Thread] = []
        var next: [Thread] = []
        var seen = [Int](repeating: -1, count: program.count)
        var found: Groups?
        for place in 0...line.count {
            // A match that begins here is preferred less than any that has begun before.
            if found == nil { follow(0, Groups(), at: place, in: line, &threads, &seen, &steps) }
            if threads.isEmpty { if found == nil { continue } else { break } }
            guard steps > 0 else { return nil }
            next.removeAll(keepingCapacity: true)
            for thread in threads {
                if case .match = program[thread.instruction] {
                    found = thread.groups
                    break  // Those behind it are preferred less.
                }
                guard place < line.count, case .one(let set) = program[thread.instruction]
                else { continue }
                steps -= set.steps
                guard set.contains(line[place]) else { continue }
                follow(
                    thread.instruction + 1, thread.groups, at: place + 1, in: line, &next, &seen, &steps)
            }
            swap(&threads, &next)
        }
        return found
    }

    /// Adds every instruction that can be reached from one without taking a scalar, the preferred ones first.
    private func follow(
        _ instruction: Int, _ groups: Groups, at place: Int, in line: [UInt32], _ threads: inout [Thread],
        _ seen: inout [Int], _ steps: inout Int
    ) {
        var open = [Thread(instruction: instruction, groups: groups)]
        while var thread = open.popLast() {
            guard seen[thread.instruction] != place else { continue }
            seen[thread.instruction] = place
            steps -= 1
            switch program[thread.instruction] {
            case .one, .match:
                threads.append(thread)
                continue
            case .split(let preferred, let other):
                open.append(Thread(instruction: other, groups: thread.groups))
                thread.instruction = preferred
            case .jump(let target): thread.instruction = target
            case .keep(let slot):
                thread.groups.keep(place, in: slot)
                thread.instruction += 1
            case .start where place == 0, .end where place == line.count: thread.instruction += 1
            case .wordEdge(let isEdge) where Self.isEdge(place, in: line) == isEdge: thread.instruction += 1
            case .start, .end, .wordEdge: continue
            }
            open.append(thread)
        }
    }

    private static func isEdge(_ place: Int, in line: [UInt32]) -> Bool {
        let before = place > 0 && ScalarSet.word.contains(line[place - 1])
        let behind = place < line.count && ScalarSet.word.contains(line[place])
        return before != behind
    }
}
