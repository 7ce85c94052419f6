import PacerModels

/// What is believed of jobs that wait, found once for all of one class: thousands of them may come at once.
struct SharedBeliefs: Sendable {
    /// All that the belief of a job that has not started follows from.
    struct Key: Equatable, Sendable {
        var prior: ClassProfile?
        var counts: [Int]
        var power: PowerModel
    }

    private static let most = 32

    /// The one that was kept or asked for last comes last.
    private var entries: [(key: Key, belief: Belief)] = []

    /// What was found before; `nil` when that was too long ago.
    subscript(key: Key) -> Belief? { entries.last { $0.key == key }?.belief }

    mutating func keep(_ belief: Belief, for key: Key) {
        guard entries.last?.key != key else { return }
        entries.removeAll { $0.key == key }
        if entries.count == Self.most { entries.removeFirst() }
        entries.append((key, belief))
    }
}
