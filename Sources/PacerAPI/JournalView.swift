/// A segment of the event journal.
public struct JournalSegmentView: Hashable, Sendable, Codable {
    /// Ascends from segment to segment.
    public var number: Int
    /// How long it is now.
    public var bytes: UInt64
    /// When it was last added to.
    public var changedUnixNs: Int64

    /// A segment of `bytes` bytes.
    public init(number: Int, bytes: UInt64, changedUnixNs: Int64) {
        self.number = number
        self.bytes = bytes
        self.changedUnixNs = changedUnixNs
    }
}

/// The body of `GET /v1/journal`.
public struct JournalView: Hashable, Sendable, Codable {
    /// Oldest first; the last one may still grow.
    public var segments: [JournalSegmentView]

    /// A journal of these segments.
    public init(segments: [JournalSegmentView]) { self.segments = segments }
}
