public import PacerUnits

/// When the next job is expected, by the gaps between the last ones.
///
/// Jobs come in bursts, so the mean gap says little: after a hundred jobs within a minute and none for an
/// hour it is half a minute. What is asked is how long one waits for the next job from any moment, which is
/// more likely to lie within a long gap: E[g²] / 2E[g] for gaps g (Cox, Renewal Theory, 1962, section 5.2),
/// the mean gap where jobs come independently of each other.
public struct Arrivals: Hashable, Sendable, Codable {
    /// Jobs that come within this of the one before have come with it.
    static let together = Seconds(1)
    /// Each gap counts this share of what is remembered.
    static let weight = 1.0 / 16
    /// Fewer gaps say nothing.
    static let fewest = 4
    /// When nobody has come for this many times the expected wait, what the gaps say holds no longer.
    static let silence = 3.0

    private var last: Instant?
    private var gaps = 0
    private var meanGap = 0.0
    private var meanSquare = 0.0

    private enum CodingKeys: String, CodingKey {
        case last, gaps
        case meanGap = "meanGapS"
        case meanSquare = "meanSquareGapS2"
    }

    /// Whether jobs can have come so; what was written by others may say anything.
    public var isPossible: Bool {
        (0...Self.fewest).contains(gaps) && (gaps == 0 || last != nil)
            && [meanGap, meanSquare].allSatisfy { $0.isFinite && $0 >= 0 } && (gaps == 0 || meanGap > 0)
    }

    /// Nothing has come yet.
    public init() {}

    /// A job has come.
    public mutating func note(at now: Instant) {
        defer { last = now }
        guard let last, now - last >= Self.together else { return }
        let gap = (now - last).value
        meanGap += Self.weight * (gap - meanGap)
        meanSquare += Self.weight * (gap * gap - meanSquare)
        gaps = min(gaps + 1, Self.fewest)
    }

    /// Seconds until the next job comes, on average from any moment; infinite where too little is known.
    public var expectedWait: Double { gaps < Self.fewest ? .infinity : meanSquare / meanGap / 2 }

    /// Seconds from `now` on for which a next job is expected at all; not above zero for none.
    public func expectation(at now: Instant) -> Double {
        guard let last, gaps >= Self.fewest else { return 0 }
        return Self.silence * expectedWait - (now - last).value
    }
}
