/// Finds the word that somebody meant.
enum Spelling {
    /// The candidate that differs least from `word`, if it differs by no more than a slip of the finger: one
    /// edit, or one in three letters of a longer word.
    static func suggestion(for word: String, among candidates: [String]) -> String? {
        let ranked = candidates.map { (distance: distance($0, word), candidate: $0) }
        guard let best = ranked.min(by: { ($0.distance, $0.candidate) < ($1.distance, $1.candidate) }),
            best.distance <= max(1, word.count / 3)
        else { return nil }
        return best.candidate
    }

    /// Letters inserted, removed, replaced or swapped with their neighbour to get from one word to the other.
    static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.lowercased().unicodeScalars)
        let right = Array(right.lowercased().unicodeScalars)
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in 1...left.count {
            var current = [row]
            for column in 1...right.count {
                let same = left[row - 1] == right[column - 1]
                var cost = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + (same ? 0 : 1))
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1]
                {
                    cost = min(cost, beforeLast[column - 2] + 1)
                }
                current.append(cost)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
