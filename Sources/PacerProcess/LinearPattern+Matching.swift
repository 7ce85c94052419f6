extension LinearPattern {
    /// The first match in a text: what it and its groups cover, `nil` for a group that took no part.
    ///
    /// - Parameter budget: Steps that may still be made; the search gives up at 0.
    func firstMatch(in text: [Unicode.Scalar], budget: inout Int) -> [Range<Int>?]? {
        var search = Search(self, text)
        var places: [Int]?
        for position in 0...text.count {
            // Only until something is found: an earlier start is preferred.
            if places == nil {
                search.enter(0, at: position, Array(repeating: -1, count: 2 * groupCount + 2))
            }
            if search.current.isEmpty { break }
            budget -= search.current.count + 1
            guard budget > 0 else { return nil }
            if let found = search.advance(over: position) { places = found }
        }
        return places.map { places in
            (0...groupCount).map { group in
                let (start, end) = (places[2 * group], places[2 * group + 1])
                return start >= 0 && end >= start ? start..<end : nil
            }
        }
    }

    /// The states of a search, the preferred ones first.
    private struct Search {
        struct State {
            var step: Int
            var places: [Int]
        }

        let pattern: LinearPattern
        let text: [UInt32]
        var current: [State] = []
        private var next: [State] = []
        /// The position at which a step was entered last: a second way to it adds nothing.
        private var entered: [Int]

        init(_ pattern: LinearPattern, _ text: [Unicode.Scalar]) {
            self.pattern = pattern
            self.text = text.map { pattern.ignoresCase ? Self.lowercase($0.value) : $0.value }
            entered = Array(repeating: -1, count: pattern.program.count)
        }

        /// Follows a state to the steps that take a character, and adds these to the current ones.
        mutating func enter(_ step: Int, at position: Int, _ places: [Int]) {
            var open = [State(step: step, places: places)]
            while var state = open.popLast() {
                guard entered[state.step] != position else { continue }
                entered[state.step] = position
                switch pattern.program[state.step] {
                case .goTo(let target): open.append(State(step: target, places: state.places))
                case .either(let first, let second):
                    open.append(State(step: second, places: state.places))
                    open.append(State(step: first, places: state.places))
                case .keep(let place):
                    state.places[place] = position
                    open.append(State(step: state.step + 1, places: state.places))
                case .check(let assertion):
                    if holds(assertion, at: position) {
                        open.append(State(step: state.step + 1, places: state.places))
                    }
                case .take, .found: current.append(state)
                }
            }
        }

        /// Goes over one character; the places of a match that ends before it, if one does.
        mutating func advance(over position: Int) -> [Int]? {
            var found: [Int]?
            swap(&current, &next)
            current.removeAll(keepingCapacity: true)
            for state in next {
                if case .found = pattern.program[state.step] {
                    // Those behind it are less preferred.
                    found = state.places
                    break
                }
                guard case .take(let set) = pattern.program[state.step], position < text.count,
                    set.contains(text[position])
                else { continue }
                enter(state.step + 1, at: position + 1, state.places)
            }
            return found
        }

        private func holds(_ assertion: Assertion, at position: Int) -> Bool {
            let before = position > 0 && Self.isWord(text[position - 1])
            let behind = position < text.count && Self.isWord(text[position])
            return switch assertion {
            case .start: position == 0
            case .end: position == text.count
            case .wordEdge: before != behind
            case .noWordEdge: before == behind
            }
        }

        private static func isWord(_ scalar: UInt32) -> Bool {
            PatternParser.word.contains { $0.contains(scalar) }
        }

        private static func lowercase(_ scalar: UInt32) -> UInt32 {
            (65...90).contains(scalar) ? scalar + 32 : scalar
        }
    }
}
