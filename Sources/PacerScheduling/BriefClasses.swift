/// Classes whose last run ended before anything could be measured of it: there is nothing to learn, and more
/// than one core would be lost on it.
struct BriefClasses: Sendable {
    private static let most = 64

    /// The one that was met last comes last.
    private var names: [String] = []

    func contains(_ name: String) -> Bool { names.contains(name) }

    /// Notes how a run of the class went.
    mutating func note(_ name: String, isBrief: Bool) {
        guard !isBrief || names.last != name else { return }
        names.removeAll { $0 == name }
        guard isBrief else { return }
        if names.count == Self.most { names.removeFirst() }
        names.append(name)
    }
}
