/// The version of the API that this package speaks.
///
/// The number changes when an old client could misread an answer. New fields and new codes do not change it:
/// readers ignore what they do not know.
public enum APIVersion {
    /// The version in the path of every route.
    public static let current = 1

    /// What every path starts with.
    public static let prefix = "/v1"

    /// The largest request body that is read, in bytes.
    public static let largestBody = 4 << 20
}

/// Header fields that carry what a body of raw bytes cannot.
public enum APIHeader {
    /// Where the next read of an output goes on.
    public static let nextOffset = "Pacer-Next-Offset"

    /// `true` when the job had finished before the bytes were read, so that nothing will follow them.
    public static let jobFinished = "Pacer-Job-Finished"

    /// What the next request for events comes after.
    public static let nextEvent = "Pacer-Next-Event"
}
