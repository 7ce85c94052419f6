import PacerPorts

/// The stored form of submissions, of which many that come together have one environment: it is most of the
/// text, and is made once for as long as it stays the same.
struct SubmissionText {
    private var environment: [String: String] = [:]
    private var text = "{}"
    /// Within a text of JSON the quotes would be escaped, so this is the key.
    private static let place = "\"environment\":{}"

    /// What `format` makes of `submission`.
    mutating func of(_ submission: JobSubmission, _ format: StoredFormat) throws(DatabaseError) -> String {
        if environment != submission.environment {
            text = try format.plainText(submission.environment)
            environment = submission.environment
        }
        var rest = submission
        rest.environment = [:]
        let whole = try format.text(rest)
        guard let range = whole.utf8.firstRange(of: Self.place.utf8) else {
            return try format.text(submission)
        }
        return whole[..<range.upperBound].dropLast(2) + text + whole[range.upperBound...]
    }
}
