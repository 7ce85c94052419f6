/// Classes whose last run ended before anything could be measured of it: there is nothing to learn, and more
/// than one core would be lost on it.
struct BriefClasses: Sendable {
    private static let most = 64

    /// The one that was met last comes last.
    private var classes: [ClassKey] = []

    func contains(_ key: ClassKey) -> Bool { classes.contains(key) }

    /// Notes how a run of the class went.
    mutating func note(_ key: ClassKey, isBrief: Bool) {
        guard !isBrief || classes.last != key else { return }
        classes.removeAll { $0 == key }
        guard isBrief else { return }
        if classes.count == Self.most { classes.removeFirst() }
        classes.append(key)
    }
}
